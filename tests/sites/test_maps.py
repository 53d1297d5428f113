"""The map of a commune: its ground made once, kept, renewed; what is drawn over it; where the page shows it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.core.files.storage import default_storage
from django_scopes import scopes_disabled

from socle.sites import grounds
from socle.sites.contract import MapError, Picture
from socle.sites.maps import MAP_HEIGHT, MAP_WIDTH, Box, box_around, degrees, map_of, mercator, place_in
from socle.sites.models import Change, MapPicture, WebSite
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

    def __init__(self, name: str = "essai", colour: str = "#d8e8c8", failure: str = "") -> None:
        self.name, self.colour, self.failure, self.asked = name, colour, failure, 0

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


def made_of(website: WebSite) -> MapPicture:
    return MapPicture.objects.get(website=website)


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
    assert set(MapPicture.objects.values_list("problem", flat=True)) == {asked[0].failure}


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
    assert list(MapPicture.objects.values_list("website", flat=True)) == [ablain.pk]


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


def _noted(website: WebSite) -> None:
    Change.objects.create(website=website, key="all", at=f.NOW)
    assert publish_site(website.pk, at=f.NOW) is not None
