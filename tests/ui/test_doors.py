"""Each address belongs to a door; a door's navigation says where one is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import RequestFactory
from django.urls import reverse

from socle.ui.doors import Door, Entry, Place, door_of, doors, navigation, place_under


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/", "public"),
        ("/compte/", "public"),
        ("/console/", "console"),
        ("/mairie/x/", "mairie"),
        ("/consoles/", "public"),
    ],
)
def test_an_address_belongs_to_one_door(path: str, code: str) -> None:
    assert door_of(path).code == code


# What a menu of before the places led to: nothing of it is lost.
LED_TO = {
    "console": (
        "home to_sign join_requests communes bodies agreements installations backups sites shares batches mergers "
        "programme domain_names territory people journal audit tokens webhooks outbox running mail_servers platform"
    ),
    "mairie": (
        "home services mail agenda contacts venues files backups messages domain_names agreements acts identity people "
        "journal audit bodies tokens"
    ),
}


@pytest.mark.parametrize("door", doors(), ids=lambda door: door.code)
def test_a_menu_has_a_few_places_that_gather_every_page(door: Door) -> None:
    assert len(door.places) <= {"console": 5, "mairie": 8}[door.code]
    views = [entry.view for entry in door.entries]
    assert len(views) == len(set(views))
    assert {f"{door.code}:{name}" for name in LED_TO[door.code].split()} <= set(views)
    # A page that lists a place says what each thing is for; tabs have their names alone, and hold in a line.
    for place in door.places:
        assert [bool(entry.says) for entry in place.entries] == [bool(place.listed_at)] * len(place.entries)
        assert place.listed_at or len(place.entries) <= 7


@pytest.mark.parametrize("door", doors(), ids=lambda door: door.code)
def test_every_entry_of_a_door_leads_into_it(door: Door) -> None:
    assert door.entries
    for entry in door.entries:
        assert reverse(entry.view).startswith(door.prefix)


HOME = (Entry("Accueil", "console:home", "home"), Entry("Journal", "console:journal", "journal"))
HIDDEN = (Entry("Caché", "mairie:home", "home", shown_to=lambda request: False),)
LISTED = (Entry("Envois", "console:outbox", "outbox", says="Ce qui part."),)
DOOR = Door(
    code="essai",
    name="Essai",
    prefix="/console/",
    home="/console/",
    places=(
        Place("Accueil", "home", HOME),
        Place("Caché", "home", HIDDEN),
        Place("Plus", "menu", LISTED, "console:settings"),
    ),
)


def _shown(path: str, under: str) -> Iterator[tuple[str, dict[str, Any]]]:
    request: HttpRequest = RequestFactory().get(path)
    if under:
        place_under(request, under)
    for place in navigation(DOOR, request):
        yield place["place"].label, place
        for line in place["entries"]:
            yield line["entry"].label, line


@pytest.mark.parametrize(
    ("path", "under", "current", "here"),
    [
        ("/console/", "", ["Accueil", "Accueil"], ["Accueil", "Accueil"]),
        ("/console/journal/", "", ["Accueil", "Journal"], ["Journal"]),
        # A place that lists its pages opens on the list.
        ("/console/reglages/", "", ["Plus"], ["Plus"]),
        ("/console/boite-denvoi/3/", "", ["Plus", "Envois"], []),
        ("/console/boite-denvoi/3/", "/console/journal/", ["Accueil", "Journal"], []),
        ("/console/ailleurs/", "", [], []),
    ],
)
def test_the_closest_page_is_current_with_its_place_and_a_hidden_one_is_not_shown(path, under, current, here) -> None:
    shown = list(_shown(path, under))
    assert [label for label, _ in shown] == ["Accueil", "Accueil", "Journal", "Plus", "Envois"]
    assert [label for label, line in shown if line["is_current"]] == current
    assert [label for label, line in shown if line["is_here"]] == here


def test_a_page_is_current_for_what_it_gathers_and_a_place_counts_what_awaits() -> None:
    waits = {"also": ("console:journal",), "waiting": lambda request: (3, "à lire")}
    entries = (Entry("Boîte", "console:outbox", "outbox", **waits), Entry("Lots", "console:batches", "list"))
    more = Entry("Demandes", "console:join_requests", "mail", waiting=lambda request: (2, "à traiter"))
    door = Door("essai", "Essai", "/console/", "/console/", (Place("Courrier", "mail", (*entries, more)),))
    [place] = navigation(door, RequestFactory().get("/console/journal/"))
    assert [line["is_current"] for line in place["entries"]] == [True, False, False]
    assert [line["waiting"] for line in place["entries"]] == [3, 0, 2]
    assert (place["waiting"], place["of_what"], place["url"]) == (5, "à lire", "/console/boite-denvoi/")


def test_a_tab_opens_the_first_of_its_pages_that_the_person_may_open_and_is_current_for_all() -> None:
    hidden = Entry("Caché", "console:home", "home", shown_to=lambda request: False)
    pages = (hidden, Entry("Boîte", "console:outbox", "outbox"), Entry("Lots", "console:batches", "list"))
    empty = Entry("Rien", "console:home", "home", pages=(hidden,))
    door = Door(
        "essai",
        "Essai",
        "/console/",
        "/console/",
        (Place("Suivi", "list", (Entry("Envois", "console:home", "home", pages=pages), empty)),),
    )
    [place] = navigation(door, RequestFactory().get("/console/lots/3/"))
    [tab] = place["entries"]
    assert (tab["entry"].label, tab["url"], tab["is_current"]) == ("Envois", "/console/boite-denvoi/", True)
    assert [(line["entry"].label, line["is_current"]) for line in tab["pages"]] == [("Boîte", False), ("Lots", True)]
    assert [entry.label for entry in door.entries] == ["Caché", "Boîte", "Lots", "Caché"]
