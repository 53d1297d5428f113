"""Two communes whose agendas are open, their people, and a device of the first one's secretary."""

from __future__ import annotations

import base64
import shutil
from dataclasses import dataclass

import pytest
import time_machine
from django_scopes import scope

from socle.agenda.access import Reach, reach_of
from socle.agenda.models import Calendar, Venue
from socle.engines.radicale.engine import Agendas
from socle.people.devices import actions as devices
from socle.people.devices.models import Use
from socle.people.models import Beneficiary, Role, User
from socle.provisioning.contract import Wanted
from tests import factories as f
from tests.worlds import Once

NOTHING_FOLLOWS: dict[str, tuple[str, ...]] = {}
REACTIONS = "tests.agenda.conftest.NOTHING_FOLLOWS"


def make_so(place: Beneficiary, *, is_present: bool = True) -> int:
    """Do what the loop does: look, plan, apply."""
    engine = Agendas()
    plan = engine.plan(Wanted(place, "agendas", is_present), engine.observe(place))
    for change in plan.changes:
        engine.apply(change)
    return len(plan.changes)


@dataclass
class Place:
    """A commune with its agendas, its secretary and its mayor."""

    body: Beneficiary
    secretary: User
    mayor: User

    def calendar(self, slug: str = "mairie") -> Calendar:
        with scope(beneficiary=self.body):
            return Calendar.objects.select_related("beneficiary").get(slug=slug)

    def reach(self, person: User) -> Reach:
        found = reach_of(person, self.body, on=f.TODAY)
        assert found is not None
        return found

    def own(self, person: User) -> Calendar:
        return self.calendar(f"perso-{person.pk}")


def make_place(insee_code: str, name: str) -> Place:
    body = f.beneficiary(f.commune(insee_code, name, 700))
    place = Place(body, f.member(Role.SECRETARY, body), f.member(Role.MAYOR, body))
    make_so(body)
    return place


@time_machine.travel(f.NOW)
def prisches() -> Place:
    return make_place("59474", "Prisches")


@pytest.fixture(scope="package")
def as_made(tmp_path_factory):
    """The files of the first commune, as they were made."""
    return tmp_path_factory.mktemp("made") / "agendas"


@pytest.fixture(scope="package")
def one_place(as_made, django_db_setup, django_db_blocker):
    once = Once(django_db_blocker, prisches, SOCLE_AGENDA_DIR=as_made, SOCLE_REACTIONS=REACTIONS)
    once.make()
    yield once
    once.let_go()


@pytest.fixture
def agendas(db, settings, tmp_path, time_machine):
    """Where everything is kept, and the hour it is."""
    settings.SOCLE_AGENDA_DIR = tmp_path / "agendas"
    settings.SOCLE_REACTIONS = REACTIONS
    time_machine.move_to(f.NOW)
    return tmp_path / "agendas"


@pytest.fixture
def here(one_place, as_made, agendas) -> Place:
    if one_place.stands:
        shutil.copytree(as_made, agendas, dirs_exist_ok=True)
    return one_place.get()


@pytest.fixture
def there(agendas) -> Place:
    return make_place("59583", "Taisnières")


def venue_of(place: Place, **fields) -> Venue:
    from socle.agenda import bookings

    given = {
        "name": "Salle des fêtes",
        "place": "",
        "capacity": 80,
        "opens_at": "08:00",
        "closes_at": "23:00",
        "notice_hours": 0,
        "approver": "",
        **fields,
    }
    venue = bookings.make_venue(place.body, by=place.secretary, at=f.NOW, **given)
    with scope(beneficiary=place.body):
        return Venue.objects.select_related("calendar", "beneficiary").get(pk=venue.pk)


def secret_of(person: User, *, uses=(Use.AGENDA,), name="Téléphone") -> str:
    f.second_factor(person)
    return devices.make(person, name=name, uses=list(uses), by=person, at=f.NOW)[1]


def basic(login: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{login}:{secret}".encode()).decode()


class Dav:
    """A client of CalDAV, by hand, for one person."""

    def __init__(self, client, place: Place, person: User) -> None:
        self.client, self.place, self.person = client, place, person
        self.secret = secret_of(person, name=f"Appareil {person.pk} {place.body.pk}")
        self.root = f"/dav/agenda/{place.body.pk}/"

    def ask(self, method: str, path: str, body: str = "", *, root: str = "", **headers: str):
        return self.client.generic(
            method,
            (root or self.root) + path,
            body.encode(),
            content_type=headers.pop("content_type", "text/calendar; charset=utf-8"),
            headers={"Authorization": basic(self.person.email, self.secret), **headers},
        )

    def put(self, slug: str, name: str, body: str, **headers: str):
        return self.ask("PUT", f"agendas/{slug}/{name}", body, **headers)

    def get(self, slug: str, name: str = ""):
        return self.ask("GET", f"agendas/{slug}/{name}")

    def propfind(self, path: str = "", depth: str = "1", body: str = ""):
        return self.ask("PROPFIND", path, body, Depth=depth, content_type="text/xml")


@pytest.fixture
def dav(client, here) -> Dav:
    """The secretary of the first commune, with their program."""
    client.is_demanding = False
    return Dav(client, here, here.secretary)


def event(
    uid: str = "un",
    *,
    start: str = "20261201T140000",
    end: str = "20261201T150000",
    title: str = "Permanence",
    more: str = "",
) -> str:
    """An event as a program writes one, in the hours of Paris."""
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Essai//FR",
        "BEGIN:VTIMEZONE", "TZID:Europe/Paris",
        "BEGIN:STANDARD", "DTSTART:19701025T030000", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
        "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100", "TZNAME:CET", "END:STANDARD",
        "BEGIN:DAYLIGHT", "DTSTART:19700329T020000", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
        "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200", "TZNAME:CEST", "END:DAYLIGHT",
        "END:VTIMEZONE",
        "BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20261125T080000Z",
        f"DTSTART;TZID=Europe/Paris:{start}", f"DTEND;TZID=Europe/Paris:{end}", f"SUMMARY:{title}",
        *([more] if more else []),
        "END:VEVENT", "END:VCALENDAR", "",
    ]  # fmt: skip
    return "\r\n".join(lines)
