"""Each address belongs to a door; a door's navigation says where one is."""

from __future__ import annotations

import pytest
from django.http import HttpRequest
from django.test import RequestFactory

from socle.ui.doors import Door, Entry, Section, door_of, doors, navigation, place_under


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


@pytest.mark.parametrize("door", doors(), ids=lambda door: door.code)
def test_every_entry_of_a_door_leads_into_it(door: Door) -> None:
    request = RequestFactory().get(door.home)
    shown = [entry for section in navigation(door, request) for entry in section["entries"]]
    assert shown
    for entry in shown:
        assert entry["url"].startswith(door.prefix)


DOOR = Door(
    code="essai",
    name="Essai",
    prefix="/console/",
    home="/console/",
    sections=(
        Section((Entry("Accueil", "console:home", "home"), Entry("Boîte d’envoi", "console:outbox", "outbox"))),
        Section((Entry("Caché", "mairie:home", "home", shown_to=lambda request: False),), heading="Rien"),
    ),
)


def _current(path: str) -> list[tuple[str, bool, bool]]:
    request: HttpRequest = RequestFactory().get(path)
    return [
        (entry["label"], entry["is_current"], entry["is_here"])
        for section in navigation(DOOR, request)
        for entry in section["entries"]
    ]


def test_the_closest_entry_is_current_and_a_hidden_one_is_not_shown() -> None:
    assert _current("/console/") == [("Accueil", True, True), ("Boîte d’envoi", False, False)]
    assert _current("/console/boite-denvoi/3/") == [("Accueil", False, False), ("Boîte d’envoi", True, False)]


def test_a_page_says_the_entry_it_belongs_to_when_its_address_does_not() -> None:
    request = RequestFactory().get("/console/boite-denvoi/3/")
    place_under(request, "/console/")
    entries = navigation(DOOR, request)[0]["entries"]
    assert [(entry["is_current"], entry["is_here"]) for entry in entries] == [(True, False), (False, False)]


def test_an_entry_is_current_for_what_it_gathers_and_counts_what_awaits() -> None:
    entry = Entry("Boîte", "console:outbox", "outbox", also=("console:journal",), waiting=lambda request: (3, "à lire"))
    door = Door("essai", "Essai", "/console/", "/console/", (Section((entry,)),))
    (shown,) = navigation(door, RequestFactory().get("/console/journal/"))[0]["entries"]
    assert (shown["is_current"], shown["is_here"]) == (True, False)
    assert (shown["waiting"], shown["of_what"]) == (3, "à lire")
