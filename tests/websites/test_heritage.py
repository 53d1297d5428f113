"""History and heritage: a page by place or by period, its place in the commune, what protects it and who says so."""

from __future__ import annotations

import json
from html import unescape

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import ValidationError

from socle.lib.text import slug
from socle.websites.models import HeritagePage
from socle.websites.opening import open_section
from socle.websites.publishing.actions import publish_waiting
from socle.websites.registry import sections
from tests import factories as f
from tests.websites.conftest import secretary
from tests.websites.released import publish_page, published, served, written_by
from tests.websites.two_communes import signed_in

Kind, Protection = HeritagePage.Kind, HeritagePage.Protection

__all__ = ["published"]


def tell(website, title="L’église Saint-Nicolas", **fields) -> HeritagePage:
    index = open_section(website, sections()["patrimoine"], by=f.user(), at=f.NOW)
    page = HeritagePage(title=title, slug=slug(title), live=False, **{"summary": "Une église de brique.", **fields})
    index.add_child(instance=page)
    return publish_page(page)


CHURCH = {
    "dates": "XVIe\u00a0siècle",
    "address": "Place de l’église",
    "latitude": 50.05,
    "longitude": 3.75,
    "protection": Protection.REGISTERED,
    "protection_source": "arrêté du 1er janvier 1900",
}


def text(answer) -> str:
    return " ".join(unescape(BeautifulSoup(answer.content, "html5lib").get_text(" ")).split())


def data_of(answer) -> dict:
    return json.loads(BeautifulSoup(answer.content, "html5lib").select('script[type="application/ld+json"]')[-1].string)


def test_a_place_says_when_where_and_what_protects_it_with_its_source(prisches, ablain, visit, valid_html):
    tell(prisches, **CHURCH)
    tell(prisches, "La foire", kind=Kind.PERIOD, dates="1750", summary="Une foire </script>.")
    tell(ablain, "Zibeline")
    index = text(visit(prisches, "/patrimoine/"))
    assert index.index("Lieux et monuments") < index.index("Saint-Nicolas") < index.index("Histoire La foire")
    assert "Zibeline" not in index
    place = visit(prisches, "/patrimoine/l-eglise-saint-nicolas/")
    assert "Inscrit au titre des monuments historiques (arrêté du 1er janvier 1900)" in text(place).replace(
        "\u00a0", " "
    )
    assert BeautifulSoup(place.content, "html5lib").select("figure.map circle.dot")
    said = data_of(place)
    assert said["@type"] == "LandmarksOrHistoricalBuildings"
    assert said["geo"] == {"@type": "GeoCoordinates", "latitude": 50.05, "longitude": 3.75}
    assert said["address"]["streetAddress"] == "Place de l’église"
    period = data_of(visit(prisches, "/patrimoine/la-foire/"))
    assert (period["@type"], period["headline"], period["description"]) == (
        "Article",
        "La foire",
        "Une foire </script>.",
    )
    for path in ("/patrimoine/", "/patrimoine/l-eglise-saint-nicolas/", "/patrimoine/la-foire/"):
        answer = visit(prisches, path)
        assert (answer.status_code, valid_html(answer.content)) == (200, []), path


def test_a_place_outside_the_outline_is_linked_and_not_drawn(prisches, visit):
    tell(prisches, **{**CHURCH, "latitude": 48.85})
    page = BeautifulSoup(visit(prisches, "/patrimoine/l-eglise-saint-nicolas/").content, "html5lib")
    assert not page.select("figure.map")
    assert page.select('a[href*="openstreetmap"]')


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"protection": Protection.LISTED}, "d’où vous le savez"),
        ({"protection_source": "PA00107"}, "Choisissez la protection"),
        ({"latitude": 50.0}, "effacez les deux"),
        ({"latitude": 95.0, "longitude": 3.0}, "n’existe pas"),
    ],
)
def test_what_does_not_hold_is_refused_with_the_remedy(prisches, fields, reason):
    page = tell(prisches)
    for name, value in fields.items():
        setattr(page, name, value)
    with pytest.raises(ValidationError, match=reason):
        page.full_clean()


@pytest.mark.slow
def test_a_place_renews_the_list_and_itself_and_no_other_page(prisches):
    page = tell(prisches, **CHURCH)
    publish_waiting()
    assert "patrimoine/l-eglise-saint-nicolas/index.html" in served(prisches)

    def correct():
        page.summary = "Une église de brique et de pierre."
        publish_page(page)

    written = written_by(prisches, correct)
    assert {"patrimoine/index.html", "patrimoine/l-eglise-saint-nicolas/index.html", "recherche.json"} <= written
    assert not {"contact/index.html", "index.html"} & written


def test_a_secretary_goes_from_the_section_to_the_form_of_a_place(prisches, visit):
    editor = signed_in(secretary(prisches.beneficiary))
    assert "Raconter un lieu ou une époque" in editor.get("/mairie/site/rubriques/").content.decode()
    form = editor.post("/mairie/site/rubriques/patrimoine/")["Location"]
    assert "d’où vous le savez" in unescape(editor.get(form).content.decode()).lower()
    sent = {
        "title": "Le moulin", "kind": "place", "summary": "Un moulin.", "dates": "", "picture": "",
        "picture_alternative": "", "picture_credit": "", "body-count": "0", "address": "", "latitude": "",
        "longitude": "", "visit": "", "protection": "listed", "protection_source": "", "slug": "le-moulin",
        "search_description": "", "go_live_at": "", "expire_at": "", "action-publish": "1",
    }  # fmt: skip
    assert "Dites d’où vous le savez" in unescape(editor.post(form, sent).content.decode())
    assert editor.post(form, {**sent, "protection": ""}).status_code == 302
    assert "Un moulin." in text(visit(prisches, "/patrimoine/le-moulin/"))
