"""The export that a real WordPress wrote (tests/site_import/wordpress): each thing as its readers saw it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from django_scopes import scope

from socle.site_import import actions, bodies, wordpress
from socle.site_import.models import ImportedItem, ItemState, Nature, Status
from tests import factories as f
from tests.sites.conftest import secretary

AT = "https://vieux-bourg.invalid"
UPLOADS = f"{AT}/wp-content/uploads/2021/03"
EXPORT = Path(__file__).parent / "wordpress" / "export.xml"


@pytest.fixture(scope="module")
def found() -> wordpress.Export:
    with EXPORT.open("rb") as file:
        return wordpress.read(file, on=date(2026, 11, 26))


@pytest.fixture(scope="module")
def by_title(found):
    return {thing.title: thing for thing in found.things}


class Everything:
    """Every address became something: images by their number, the rest as it was written."""

    def link(self, address: str) -> str:
        return bodies.external(address)

    def picture(self, address: str) -> int | None:
        return {f"{UPLOADS}/place.jpg": 1, f"{UPLOADS}/ecole.jpg": 2}.get(address)


def body(thing) -> bodies.Body:
    return bodies.body_of(thing.content, thing.source, Everything())


def texts(thing) -> str:
    return "".join(block["value"] for block in body(thing).blocks if block["type"] == "text")


def pictures(thing) -> list[tuple[int, str, str]]:
    values = [block["value"] for block in body(thing).blocks if block["type"] == "picture"]
    return [(value["image"], value["alternative"], value["caption"]) for value in values]


def test_the_file_is_as_wordpress_wrote_it():
    written = EXPORT.read_text()
    assert 'generator="WordPress/6.8' in written
    assert EXPORT.stat().st_size < 60_000


def test_what_everybody_read_is_found_and_the_rest_is_left_with_its_reason(found, by_title):
    kept = {thing.title: thing.nature for thing in found.things if thing.state == ItemState.FOUND}
    assert kept == {
        "La place": Nature.IMAGE, "L’école": Nature.PAGE, "Bulletin de mars": Nature.DOCUMENT,
        "La commune": Nature.PAGE, "Le marché revient & s’agrandit": Nature.NEWS, "Vœux du maire": Nature.NEWS,
        "Coupure d’eau rue Haute jeudi matin, de 9 h à midi. Rue…": Nature.NEWS,
    }  # fmt: skip
    left = {thing.title: thing.notes[0] for thing in found.things if thing.state == ItemState.LEFT}
    reasons = {
        "Espace des élus": "privée", "Ancienne page": "corbeille", "Compte rendu à relire": "brouillon",
        "À relire": "relecture", "Note interne": "privée", "Pour les parents": "mot de passe",
        "Fête de 2035": "à venir",
    }  # fmt: skip
    assert left.keys() == reasons.keys()
    for title, reason in reasons.items():
        assert reason in left[title], title
    assert "Commentaires non repris\u00a0: 2." in found.remarks
    assert "Catégories et étiquettes non reprises\u00a0: 4." in found.remarks
    for word in ("voisinage", "203.0.113", "Dominique", "secretaire", "cantine"):
        assert word not in repr(found), word


def test_pages_keep_their_place_their_day_and_their_shape(by_title):
    commune, school = by_title["La commune"], by_title["L’école"]
    assert commune.published_on == date(2020, 5, 4)
    assert school.parent_source == commune.source == f"{AT}/la-commune/"
    assert "un clocher tors. Par la ligne 12. Se garer" in commune.summary
    assert {"type": "title", "value": {"text": "Venir"}} in body(commune).blocks
    assert "<h3>Se garer</h3><p>Sur la place, sauf le samedi.</p>" in texts(commune)
    assert "<li>Jour\u00a0: Lundi\u00a0; Mairie\u00a0: 9 h – 12 h</li>" in texts(commune)
    assert pictures(school) == [(2, "", "")]
    assert "<p>Deux classes, une cour, un <b>préau</b>.</p>" in texts(school)
    assert "<ul><li>CP et CE1<ul><li>le matin</li></ul></li><li>CE2 au CM2</li></ul>" in texts(school)
    assert school.summary.startswith("Deux classes, une cour, un préau. CP")


def test_a_news_item_of_blocks_is_whole(by_title):
    market = by_title["Le marché revient & s’agrandit"]
    assert (market.published_on, market.summary) == (date(2021, 3, 4), "Chaque samedi, sur la place.")
    assert market.picture_source == f"{UPLOADS}/place-scaled.jpg"
    assert pictures(market) == [(1, "La place", "La place, en mars")]
    written = texts(market)
    # The file once, and not a second time as a button.
    assert written.count("bulletin-mars.pdf") == 1
    assert "Télécharger" not in written
    # What it shows from elsewhere became a link, and is said.
    assert '<a href="https://video.exemple.invalid/w/1">https://video.exemple.invalid/w/1</a>' in written
    assert any("est devenu un lien" in note for note in market.notes)
    # A block written once for several pages is elsewhere: it is said.
    assert any("commun à plusieurs pages" in note for note in market.notes)
    assert f'<a href="{AT}/la-commune/">la commune</a>' in written
    assert 'href="mailto:marche@exemple.invalid"' in written


def test_a_news_item_of_the_editor_before_blocks_keeps_every_word(by_title):
    wishes = by_title["Vœux du maire"]
    written = texts(wishes)
    assert "<p>Premier paragraphe, avec un<br/>retour à la ligne.</p>" in written
    # Between brackets, a word is a word.
    assert "Venez [nombreux] !" in written
    assert "gallery" not in written
    assert any("extension WordPress" in note for note in wishes.notes)
    assert pictures(wishes) == [(2, "Le préau", "Sous le préau")]


def test_a_news_item_without_a_title_is_named_by_its_first_words(by_title):
    thing = by_title["Coupure d’eau rue Haute jeudi matin, de 9 h à midi. Rue…"]
    assert "à nommer" in thing.notes[0]
    assert pictures(thing) == [(1, "", ""), (2, "L’école", "Rue Haute")]


def test_each_image_is_one_row_whatever_its_sizes_and_nothing_private_is_kept(prisches):
    with scope(beneficiary=prisches.beneficiary):
        with EXPORT.open("rb") as file:
            one = actions.read_export(prisches, file, by=secretary(prisches.beneficiary), at=f.NOW)
        actions.carry_on(seconds=10, at=f.NOW)
        one.refresh_from_db()
        assert one.status == Status.SEEN, one.says
        images = ImportedItem.objects.filter(of=one, nature=Nature.IMAGE)
        assert dict(images.values_list("source", "alternative")) == {
            f"{UPLOADS}/place-scaled.jpg": "La place du village, un matin de marché",
            # The library did not describe it; a page did.
            f"{UPLOADS}/ecole.jpg": "Le préau",
        }
        left = ImportedItem.objects.filter(of=one, state=ItemState.LEFT)
        assert left.count() == 7
        assert set(left.values_list("content", "summary")) == {("", "")}


HOSTILE = {
    "brackets": "[abc] " * 20_000,
    "brackets that end": "[abc]x[/abc]" * 10_000,
    "links without end": '<a class="wp-block-file__button' * 10_000,
    "embeds": 'wp-block-embed__wrapper">\n\n\nhttps://' * 5_000,
    "addresses": "https://a.invalid/\n" * 20_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_repeats_itself_costs_what_it_weighs(name):
    # Doubled, it is read in about twice as long: what grows faster would never end here.
    assert isinstance(wordpress.prepared(HOSTILE[name] * 4), str)
