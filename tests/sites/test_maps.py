"""The map of a commune: its ground made once, kept, renewed; what is drawn over it; where the page shows it."""

from __future__ import annotations

import contextlib
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.core.files.storage import default_storage
from django_scopes import scopes_disabled

from socle.sites import grounds
from socle.sites.contract import MapError, Picture
from socle.sites.frame import frame_for
from socle.sites.maps import (
    MAP_HEIGHT,
    MAP_WIDTH,
    Box,
    box_around,
    boxes_of,
    degrees,
    map_of,
    mercator,
    place_in,
    street_map_of,
)
from socle.sites.models import Change, MapPicture, WebSite
from socle.sites.models.notices import ExceptionalDay
from socle.sites.publishing import folders
from socle.sites.publishing.actions import publish_site
from socle.territory.models import Outline
from tests import factories as f
from tests.engines.map_server import png

CONTACT = "/contact/"


def square(west: float, south: float, side: float) -> list[list[list[float]]]:
    east, north = west + side, south + side
    return [[[west, south], [east, south], [east, north], [west, north], [west, south]]]


@pytest.mark.parametrize(
    ("rings", "is_wide"),
    [
        (square(3.7, 50.0, 0.1), False),
        ([[[3.7, 50], [4.1, 50], [4.1, 50.05], [3.7, 50.05], [3.7, 50]]], True),
        ([[[-61.5, 16], [-61.4, 16], [-61.4, 16.2], [-61.5, 16]]], False),
    ],
)
def test_a_map_shows_a_whole_commune_in_the_middle_of_a_picture_of_one_shape(rings, is_wide):
    box = box_around(rings)
    west, south, east, north = box
    assert (east - west) / (north - south) == pytest.approx(MAP_WIDTH / MAP_HEIGHT)
    places = [place_in(box, MAP_WIDTH, MAP_HEIGHT)(*point) for point in rings[0]]
    left, right = min(x for x, _ in places), max(x for x, _ in places)
    top, bottom = min(y for _, y in places), max(y for _, y in places)
    assert left + right == pytest.approx(MAP_WIDTH, abs=2)
    assert top + bottom == pytest.approx(MAP_HEIGHT, abs=2)
    assert (left if is_wide else top) == 90


def test_the_projection_is_the_standard_s_and_is_undone():
    assert mercator(180, 0) == pytest.approx((20037508.34, 0), abs=0.01)
    assert mercator(0, 85.0511287798) == pytest.approx((0, 20037508.34), abs=0.01)
    assert degrees(*mercator(3.7, 50.1)) == pytest.approx((3.7, 50.1))
    assert box_around([[[3, 50], [3, 50], [3, 50]]]) is None


# How wide a commune is, in degrees at 50 degrees north, where one is 71.7 km: the scale that its map shows.
@pytest.mark.parametrize(("side", "words"), [(0.005, "200\u00a0m"), (0.05, "2\u00a0km"), (0.2, "10\u00a0km")])
def test_a_scale_is_a_round_length_of_the_ground_and_not_of_the_projection(prisches, side, words):
    Outline.objects.filter(commune=prisches.beneficiary.commune).update(rings=square(3.7, 50.0, side))
    shown = map_of(fresh(prisches))
    number, unit = words.split("\u00a0")
    metres = int(number) * (1000 if unit == "km" else 1)
    assert shown.scale_words == words
    west, _, east, _ = box_around(square(3.7, 50.0, side))
    ground = (east - west) / 40075016.68 * 360 * 71695.0
    assert shown.scale / MAP_WIDTH * ground == pytest.approx(metres, rel=0.02)


class Source:
    """A source of the tests: what it gives, and how many times it was asked."""

    def __init__(
        self, name: str = "essai", colour: str = "#d8e8c8", failure: str = "", draws_streets: bool = False
    ) -> None:
        self.name, self.colour, self.failure, self.asked = name, colour, failure, 0
        self.draws_streets = draws_streets

    def source(self) -> str:
        return self.name

    def picture(self, box: Box, width: int, height: int) -> Picture:
        self.asked += 1
        if self.failure:
            raise MapError(self.failure)
        return Picture(
            png((width, height), self.colour), "image/png", f"Atelier {self.name}", "Licence de l’essai", "2026"
        )


@pytest.fixture
def asked(settings, tmp_path, monkeypatch) -> list[Source]:
    """The sources that the platform asks, in their order; a test puts them there."""
    settings.MEDIA_ROOT = tmp_path
    found: list[Source] = []
    monkeypatch.setattr(grounds, "sources", lambda: list(found))
    return found


def fresh(website: WebSite) -> WebSite:
    with scopes_disabled():
        return WebSite.objects.select_related("facts", "beneficiary__commune__outline").get(pk=website.pk)


def made_of(website: WebSite, scale: MapPicture.Scale = MapPicture.Scale.COMMUNE) -> MapPicture:
    return MapPicture.objects.get(website=website, scale=scale)


def follow(days: float) -> int:
    return grounds.follow(at=f.NOW + timedelta(days=days))


@pytest.mark.slow
def test_a_picture_is_made_once_and_asked_again_a_year_later(prisches, asked, django_capture_on_commit_callbacks):
    asked.append(Source())
    for days in (0, 0.5, 1.1, 2.2, 364):
        follow(days)
    assert asked[0].asked == 1
    first = made_of(prisches)
    assert first.file.name.startswith(f"{prisches.media_folder}/images/plan-")
    assert first.file.name.endswith(".webp")
    assert first.file.size <= grounds.HEAVIEST
    assert (first.credit, first.licence, first.source_date) == ("Atelier essai", "Licence de l’essai", "2026")
    assert Change.objects.filter(website=prisches, key="map").count() == 1
    with django_capture_on_commit_callbacks(execute=True):
        follow(366)
    assert asked[0].asked == 2
    # The ground is the same: the file that readers have is kept.
    assert made_of(prisches).file.name == first.file.name
    assert default_storage.exists(first.file.name)


@pytest.mark.slow
def test_it_is_made_again_when_the_outline_or_the_source_changes(prisches, asked, django_capture_on_commit_callbacks):
    asked.append(Source())
    follow(0)
    first = made_of(prisches).file.name
    Outline.objects.filter(commune=prisches.beneficiary.commune).update(rings=square(3.7, 50.0, 0.2))
    follow(1.1)
    assert asked[0].asked == 2
    asked[0] = Source("autre", "#fff0c0")
    with django_capture_on_commit_callbacks(execute=True):
        follow(2.2)
    assert (asked[0].asked, made_of(prisches).credit) == (1, "Atelier autre")
    assert made_of(prisches).file.name != first
    assert not default_storage.exists(first)


def test_a_source_that_fails_leaves_what_was_there_or_lets_the_next_draw_and_is_asked_the_next_day(prisches, asked):
    asked += [Source("fine", failure="Le serveur de cartes répond 503."), Source("dessin", "#fff0c0")]
    follow(0)
    assert (made_of(prisches).credit, made_of(prisches).problem) == ("Atelier dessin", asked[0].failure)
    follow(0.5)
    follow(1.1)
    # The drawing is not drawn again for that.
    assert [one.asked for one in asked] == [2, 1]
    said, asked[0].failure = asked[0].failure, ""
    follow(2.2)
    assert (made_of(prisches).credit, made_of(prisches).problem) == ("Atelier fine", "")
    asked[0].failure = said
    follow(400)
    assert (made_of(prisches).credit, made_of(prisches).problem) == ("Atelier fine", said)
    assert [one.asked for one in asked] == [4, 1]


def test_a_source_that_answers_nobody_is_left_alone_until_the_next_time(prisches, ablain, asked, monkeypatch):
    monkeypatch.setattr(grounds, "PATIENCE", 1)
    asked += [Source("fine", failure="Le serveur de cartes répond 503."), Source("dessin")]
    follow(0)
    assert [one.asked for one in asked] == [1, 2]
    assert set(MapPicture.objects.filter(scale="commune").values_list("problem", flat=True)) == {asked[0].failure}


def test_a_commune_that_lost_its_outline_loses_its_picture_and_one_without_is_asked_of_nobody(prisches, asked):
    asked.append(Source())
    follow(0)
    Outline.objects.filter(commune=prisches.beneficiary.commune).delete()
    follow(1.1)
    assert made_of(prisches).file.name == ""
    assert asked[0].asked == 1
    assert map_of(fresh(prisches)) is None


@pytest.mark.parametrize("field", ["archived_at", "redirects_to"])
def test_a_site_that_nobody_reads_any_more_is_left_alone(prisches, ablain, asked, field):
    asked.append(Source())
    with scopes_disabled():
        WebSite.objects.filter(pk=prisches.pk).update(**{field: f.NOW if field == "archived_at" else ablain})
    follow(0)
    assert set(MapPicture.objects.values_list("website", flat=True)) == {ablain.pk}


@pytest.mark.slow
def test_a_page_shows_it_with_its_alternative_its_credit_and_its_licence_and_nothing_from_elsewhere(
    prisches, asked, visit, valid_html
):
    bare = BeautifulSoup(visit(prisches, CONTACT).content, "html5lib").select_one("figure.map")
    assert bare.img is None
    assert bare.svg["aria-label"] == "Contour de la commune de Prisches, avec la place de la mairie"
    asked.append(Source())
    follow(0)
    for path in ("/", CONTACT):
        page = visit(prisches, path).content.decode()
        assert valid_html(page) == []
        (figure,) = BeautifulSoup(page, "html5lib").select("figure.map")
        assert figure.img["alt"] == "Plan de la commune de Prisches et de ses alentours, avec la place de la mairie"
        assert (figure.img["width"], figure.img["height"]) == ("800", "600")
        assert figure.img["src"] == f"/media/{made_of(prisches).file.name}"
        assert figure.svg["aria-hidden"] == "true"
        assert len(figure.select("circle.dot")) == 1
        said = " ".join(figure.figcaption.get_text().split()).replace("\u00a0", " ")
        assert "Fond de plan : Atelier essai, 2026 (Licence de l’essai)." in said
    answer = visit(prisches, figure.img["src"])
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/webp")
    assert answer.getvalue()[8:12] == b"WEBP"


@pytest.mark.slow
def test_it_goes_online_with_the_site_and_is_renewed_there(prisches, asked, settings, tmp_path):
    settings.PUBLISHED_ROOT = tmp_path / "published"
    publish_site(prisches.pk, at=f.NOW) or _noted(prisches)
    asked.append(Source())
    follow(0)
    done = publish_site(prisches.pk, at=f.NOW)
    current = folders.home_of(prisches.slug) / "current"
    name = made_of(prisches).file.name
    assert f"/media/{name}" in done.written
    assert {"/", CONTACT} <= set(done.written)
    assert (current / "media" / name).read_bytes()[8:12] == b"WEBP"


# --- The streets around the mairie ------------------------------------------------------------------------------------
STREETS = MapPicture.Scale.STREETS


def place(website: WebSite, latitude: float | None, longitude: float | None) -> None:
    website.facts.latitude, website.facts.longitude = latitude, longitude
    website.facts.save(update_fields=["latitude", "longitude"])


def test_the_streets_shown_are_those_within_a_walk_of_the_mairie(prisches):
    west, south, east, north = boxes_of(fresh(prisches))[STREETS]
    assert (east - west) / (north - south) == pytest.approx(MAP_WIDTH / MAP_HEIGHT)
    assert degrees((west + east) / 2, (south + north) / 2) == pytest.approx((3.77, 50.08))
    # 71.6 km a degree of longitude at 50.08 degrees north, on the ellipsoid: the sphere of the projection is near it.
    assert (degrees(east, 0)[0] - degrees(west, 0)[0]) * 71_577 == pytest.approx(700, rel=0.01)


@pytest.mark.parametrize("at", [(None, None), (0.0, 0.0), (3.77, 50.08), (50.08, 4.77)])
def test_a_mairie_that_is_nowhere_or_far_from_its_commune_has_no_street(prisches, asked, at):
    asked.append(Source(draws_streets=True))
    place(prisches, *at)
    follow(0)
    assert boxes_of(fresh(prisches))[STREETS] is None
    assert (made_of(prisches, STREETS).file.name, bool(made_of(prisches).file)) == ("", True)
    assert street_map_of(fresh(prisches)) is None


@pytest.mark.slow
def test_the_contact_page_shows_the_streets_and_the_first_page_the_commune(prisches, asked, visit, valid_html):
    asked += [Source(draws_streets=True), Source("dessin")]
    follow(0)
    assert [one.asked for one in asked] == [2, 0]
    page = visit(prisches, CONTACT).content
    assert valid_html(page) == []
    (figure,) = BeautifulSoup(page, "html5lib").select("figure.map")
    assert figure.img["src"] == f"/media/{made_of(prisches, STREETS).file.name}"
    assert figure.img["alt"] == "Plan des rues autour de la mairie de Prisches, avec la place de la mairie"
    assert figure.select(".own, .around") == []
    dot = figure.select_one("circle.dot")
    assert (dot["cx"], dot["cy"]) == ("400", "300")
    # 100 metres of the 700 that are seen.
    assert figure.select_one("text").string == "100\u00a0m"
    assert figure.select_one(".scale")["d"] == "M24 566v12h114v-12"
    said = " ".join(figure.figcaption.get_text().split())
    assert said == (
        "La mairie. Fond de plan\u00a0: Atelier essai, 2026 (Licence de l’essai). "
        "Ouvrir dans votre application de cartes, ou voir sur OpenStreetMap."
    ).replace("\u00a0", " ")
    assert visit(prisches, figure.img["src"]).getvalue()[8:12] == b"WEBP"
    home = BeautifulSoup(visit(prisches, "/").content, "html5lib").select_one("figure.map")
    assert home.img["src"] == f"/media/{made_of(prisches).file.name}"
    assert "rues" not in home.get_text()


def test_without_who_draws_streets_the_contact_page_keeps_the_commune_and_says_so(prisches, asked, visit):
    asked.append(Source())
    follow(0)
    said = "Les rues autour de la mairie n’y sont pas dessinées."
    for path, is_said in (("/", False), (CONTACT, True)):
        figure = BeautifulSoup(visit(prisches, path).content, "html5lib").select_one("figure.map")
        assert figure.img["src"] == f"/media/{made_of(prisches).file.name}"
        assert (said in figure.get_text()) is is_said
    assert (made_of(prisches, STREETS).file.name, made_of(prisches, STREETS).problem) == ("", "")


def test_the_streets_follow_the_mairie_and_leave_with_who_drew_them(
    prisches, asked, django_capture_on_commit_callbacks
):
    """A drawing has no street, and an old picture would be shown under a licence that the operator has no more."""
    asked += [Source(draws_streets=True), Source("dessin", "#d8e8c8")]
    follow(0)
    place(prisches, 50.05, 3.75)
    follow(1.1)
    assert [one.asked for one in asked] == [3, 0]
    street, whole = made_of(prisches, STREETS).file.name, made_of(prisches).file.name
    # Alike to the last byte, as those of a server that answers anything: each has its file.
    assert street != whole
    del asked[0]
    with django_capture_on_commit_callbacks(execute=True):
        follow(2.2)
    assert (made_of(prisches, STREETS).file.name, made_of(prisches).file.name) == ("", whole)
    assert not default_storage.exists(street)
    assert default_storage.exists(whole)


def test_a_source_that_lacks_streets_alone_is_left_alone_too(prisches, ablain, asked, monkeypatch):
    """The commune's picture is not asked again meanwhile: nothing else tells that the source is silent."""
    asked.append(Source(draws_streets=True))
    follow(0)
    MapPicture.objects.filter(scale=STREETS).update(made_of="")
    monkeypatch.setattr(grounds, "PATIENCE", 1)
    asked[0].asked, asked[0].failure = 0, "Le serveur de cartes répond 503."
    assert follow(1.1) == 0
    assert asked[0].asked == 1
    assert set(MapPicture.objects.values_list("scale", "problem")) == {("commune", ""), (STREETS, asked[0].failure)}


def test_a_source_is_left_alone_after_failures_in_a_row_and_no_others(monkeypatch):
    monkeypatch.setattr(grounds, "PATIENCE", 2)
    source = Source()
    one = grounds.MapSource(source)
    for failure in ("a", "", "b", "", "c", "d", ""):
        source.failure = failure
        with contextlib.suppress(MapError):
            one.ground((0, 0, 4, 3))
    assert source.asked == 6
    with pytest.raises(MapError, match="d"):
        one.ground((0, 0, 4, 3))


def test_a_site_whose_commune_alone_was_drawn_by_an_older_release_is_looked_at_at_once(prisches, asked):
    asked.append(Source(draws_streets=True))
    follow(0)
    MapPicture.objects.filter(scale=STREETS).delete()
    follow(0.1)
    assert made_of(prisches, STREETS).file
    assert asked[0].asked == 3


@pytest.mark.slow
def test_the_streets_go_online_with_the_site(prisches, asked, settings, tmp_path):
    settings.PUBLISHED_ROOT = tmp_path / "published"
    publish_site(prisches.pk, at=f.NOW) or _noted(prisches)
    asked.append(Source(draws_streets=True))
    follow(0)
    publish_site(prisches.pk, at=f.NOW)
    current = folders.home_of(prisches.slug) / "current"
    name = made_of(prisches, STREETS).file.name
    assert (current / "media" / name).read_bytes()[8:12] == b"WEBP"
    assert f"/media/{name}" in (current / "contact/index.html").read_text()


@pytest.mark.parametrize(
    ("name", "at", "address"),
    [
        ("Prisches", (50.08, 3.77), "geo:50.08000,3.77000?q=50.08000,3.77000(Mairie%20de%20Prisches)"),
        ("L’Épine (Haute)", (-21.3, 0.00001),
         "geo:-21.30000,0.00001?q=-21.30000,0.00001(Mairie%20de%20L%E2%80%99%C3%89pine%20%28Haute%29)"),
        ("Prisches", (None, None), ""),
    ],
)  # fmt: skip
def test_a_link_opens_the_place_in_the_map_of_the_reader(prisches, rf, name, at, address):
    place(prisches, *at)
    with scopes_disabled():
        website = fresh(prisches)
        website.beneficiary.commune.name = name
        assert frame_for(rf.get("/"), None, website).way_link == address


@pytest.mark.slow
def test_the_contact_page_begins_with_the_form_then_the_next_closures_then_the_place(
    prisches, visit, valid_html, time_machine
):
    time_machine.move_to(f.NOW)
    for days, reason in ((44, "Inventaire"), (46, "Congés")):
        day = f.TODAY + timedelta(days=days)
        ExceptionalDay.objects.create(website=prisches, starts_on=day, ends_on=day, reason=reason, added_at=f.NOW)
    page = visit(prisches, CONTACT).content
    assert valid_html(page) == []
    article = BeautifulSoup(page, "html5lib").select_one("article")
    assert article.select_one("a")["href"] == "/_/contact/"
    assert article.select_one("a")["class"] == ["button"]
    kinds = [one.name if one.name == "figure" else one["aria-labelledby"] for one in article.select("section, figure")]
    assert kinds == ["write-title", "closings-title", "office-title", "figure"]
    near, far = article.select(".exceptional")
    assert ("Inventaire" in near.get_text(), near.parent["aria-labelledby"]) == (True, "closings-title")
    # Said once: those that are far are where the hours are.
    assert ("Congés" in far.get_text(), len(far.select("li"))) == (True, 1)


def _noted(website: WebSite) -> None:
    Change.objects.create(website=website, key="all", at=f.NOW)
    assert publish_site(website.pk, at=f.NOW) is not None
