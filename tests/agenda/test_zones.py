"""The hours of Paris, as our pages write them and as the storage keeps them: the same in summer for every reader."""

import re
from datetime import UTC, date, datetime, timedelta
from datetime import time as hour

import pytest
from django.core import mail
from django_scopes import scope

from socle.agenda import events, public
from socle.agenda.actions import set_calendar
from socle.agenda.contract import store
from socle.agenda.writing import Wanted
from socle.engines.radicale.application import home_of
from socle.lib import timezones
from tests import factories as f
from tests.agenda.conftest import Dav, event
from tests.time_zones import PARIS_HOURS, described, read_by_three

pytestmark = pytest.mark.django_db


def feast(**fields) -> Wanted:
    given = {"title": "Fête nationale", "first_day": date(2027, 7, 14), "last_day": date(2027, 7, 14)}
    return Wanted(**{**given, "start_time": hour(10), "end_time": hour(11), **fields})


# As the library writes the zone of Paris when it is left to it: a list of every change until 2038, of which the
# storage keeps the first.
LISTED = """BEGIN:VTIMEZONE
TZID:Europe/Paris
COMMENT:This timezone only works from 1970-01-01 to 2038-01-01.
BEGIN:STANDARD
DTSTART:19760926T010000
RDATE:19770925T030000,19781001T030000,20261025T030000,20271031T030000
TZNAME:CET
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:19760328T020000
RDATE:19770403T030000,19780402T030000,20260329T030000,20270328T030000
TZNAME:CEST
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
END:VTIMEZONE
""".replace("\n", "\r\n")
CUT = re.sub(r"(RDATE:\w+),[\w,]+", r"\1", LISTED)


def saying(zone: str, uid: str = "un", **fields) -> str:
    """The event of a program, with this description of its time zone."""
    return event(uid, **fields).replace(described(event(uid, **fields)), zone)


def lay(place, slug: str, name: str, text: str) -> None:
    """Put a file where it would be since before the storage minded."""
    (home_of(place.body.pk) / slug / name).write_bytes(text.encode())


def stored(place, slug: str, name: str) -> str:
    return (home_of(place.body.pk) / slug / name).read_bytes().decode()


class TestWhatOurPagesWrite:
    @pytest.mark.slow
    def test_the_14th_of_july_has_its_summer_hour_wherever_it_is_read(self, client, here):
        client.is_demanding = False
        kept = events.write_event(here.calendar(), feast(), by=here.secretary, at=f.NOW)
        changed = events.change_event(
            here.calendar(), kept.href, feast(place="Place"), etag=kept.etag, by=here.secretary, at=f.NOW
        )
        with scope(beneficiary=here.body):
            set_calendar(here.calendar(), name="Mairie", colour="#1d6a65", is_public=True, by=here.mayor, at=f.NOW)
        for text in (
            kept.text,
            changed.text,
            Dav(client, here, here.mayor).get("mairie", kept.href).content.decode(),
            public.feed(here.calendar()).decode(),
            store().whole(here.body.pk, "mairie"),
        ):
            assert read_by_three(text) == PARIS_HOURS

    def test_an_invitation_and_its_cancellation_too(self, here, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            kept = events.write_event(
                here.calendar(), feast(guests=("invite@exemple.invalid",)), by=here.mayor, at=f.NOW
            )
        with django_capture_on_commit_callbacks(execute=True):
            events.remove_event(here.calendar(), kept.href, etag=None, by=here.mayor, at=f.NOW)
        parts = [
            part for one in mail.outbox for part in one.message().walk() if part.get_content_subtype() == "calendar"
        ]
        assert len(parts) == 2
        for part in parts:
            assert read_by_three(part.get_payload(decode=True).decode()) == PARIS_HOURS

    def test_whole_days_describe_no_zone(self, here):
        kept = events.write_event(here.calendar(), feast(start_time=None, end_time=None), by=here.mayor, at=f.NOW)
        assert "VTIMEZONE" not in kept.text


class TestWhatProgramsWrite:
    def test_a_list_of_changes_is_not_cut_to_its_first(self, dav):
        assert dav.put("mairie", "un.ics", saying(LISTED)).status_code == 201
        assert read_by_three(dav.get("mairie", "un.ics").content.decode()) == PARIS_HOURS

    @pytest.mark.parametrize(
        "zone",
        [
            described(event()),
            described(event()).replace("END:VTIMEZONE", "X-LIC-LOCATION:Europe/Paris\r\nEND:VTIMEZONE"),
            # Only of the year it serves: right for what is in it.
            re.sub(r"RDATE:.*\r\n", "", CUT),
            # Lists of the past, and the rule of today.
            LISTED.replace("TZNAME:CEST", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nTZNAME:CEST"),
            CUT.replace("Europe/Paris", "Europe/Londres"),
        ],
        ids=["rules", "rules and more", "one year", "lists and rules", "another zone"],
    )
    def test_any_other_description_stays_as_its_program_wrote_it(self, zone):
        assert timezones.by_rules(saying(zone)) == saying(zone)

    @pytest.mark.slow
    def test_a_zone_that_one_commune_describes_badly_moves_nothing_elsewhere(self, client, here, there):
        """The library keeps, for the whole process, the first zone it reads under a name."""
        client.is_demanding = False
        moved = described(event()).replace("+0200", "-1000")
        Dav(client, here, here.secretary).put("mairie", "un.ics", saying(moved))
        events.write_event(there.calendar(), feast(), by=there.secretary, at=f.NOW)
        begin = datetime(2027, 7, 14, 8, tzinfo=UTC)
        assert store().read(there.body.pk, "mairie", start=begin, end=begin + timedelta(minutes=30))
        assert not store().read(there.body.pk, "mairie", start=begin - timedelta(hours=2), end=begin)


class TestWhatIsStored:
    def test_what_is_put_back_after_it_was_removed_is_mended_on_its_way(self, here):
        lay(here, "mairie", "un.ics", saying(CUT))
        removed = events.remove_event(here.calendar(), "un.ics", etag=None, by=here.secretary, at=f.NOW)
        with scope(beneficiary=here.body):
            events.restore(removed, by=here.secretary, at=f.NOW)
        assert read_by_three(stored(here, "mairie", "un.ics")) == PARIS_HOURS
