"""Events of a few bytes that would take hours to compute: refused before they are read, harmless if they are there."""

from __future__ import annotations

import time

import pytest
from django_scopes import scope

from socle.agenda import reading
from socle.agenda.endless import EXCLUDED, NEVER, NO_ZONE, SEVERAL_A_DAY, SEVERAL_RULES, UNREADABLE
from socle.engines.radicale.application import home_of
from socle.people.models import User
from tests.agenda.conftest import basic, event

pytestmark = pytest.mark.django_db


def of(kind: str, *lines: str, start: str = "19700101T000000") -> str:
    """A task, a note or an event with these lines."""
    whole = ["BEGIN:VCALENDAR", "VERSION:2.0", f"BEGIN:{kind}", "UID:mal", "DTSTAMP:20261125T080000Z"]
    return "\r\n".join([*whole, f"DTSTART:{start}", *lines, f"END:{kind}", "END:VCALENDAR", ""])


def in_zone(rule: str) -> str:
    """An ordinary event, in a time zone whose hours change by this rule."""
    zone = ["BEGIN:VTIMEZONE", "TZID:Europe/Paris", "BEGIN:STANDARD", "DTSTART:19700101T000000"]
    zone += [f"RRULE:{rule}", "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100", "END:STANDARD", "END:VTIMEZONE", ""]
    before, _, after = event("mal").partition("BEGIN:VTIMEZONE")
    return before + "\r\n".join(zone) + after.partition("END:VTIMEZONE\r\n")[2]


HOSTILE = {
    "every second": (event("mal", more="RRULE:FREQ=SECONDLY"), SEVERAL_A_DAY),
    "a million times": (event("mal", more="RRULE:FREQ=DAILY;COUNT=1000000"), "1000000 fois"),
    "a million days": (event("mal", more="RDATE:" + ",".join(["20261201T140000Z"] * 10_000)), "10000 fois"),
    "cut in two lines": (event("mal", more="RRULE:FREQ=SECO\r\n NDLY"), SEVERAL_A_DAY),
    "cut by a blank line": (event("mal", more="RRULE:FREQ=SECO\r\n  \r\n NDLY"), SEVERAL_A_DAY),
    "with a control character": (event("mal", more="RRULE:FREQ=SECO\x01NDLY"), SEVERAL_A_DAY),
    "under another name": (event("mal", more="x.rrule;X=1:freq=secondly"), SEVERAL_A_DAY),
    "two rules in one": (event("mal", more="RRULE:FREQ=DAILY;WKST=MO RRULE:FREQ=SECONDLY"), UNREADABLE),
    "two rules": (event("mal", more="RRULE:FREQ=DAILY\r\nRRULE:FREQ=SECONDLY"), SEVERAL_RULES),
    "all days left out": (event("mal", more="RRULE:FREQ=DAILY\r\nEXRULE:FREQ=DAILY"), EXCLUDED),
    "no day at all": (event("mal", more="RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"), NEVER),
    "a task": (of("VTODO", "RRULE:FREQ=SECONDLY", "DUE:19700101T010000"), SEVERAL_A_DAY),
    "a note": (of("VJOURNAL", "RRULE:FREQ=MINUTELY"), SEVERAL_A_DAY),
    "a zone of each second": (in_zone("FREQ=SECONDLY"), NO_ZONE),
    "a zone of each day": (in_zone("FREQ=DAILY"), NO_ZONE),
    "a zone of never": (in_zone("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"), NEVER),
}


@pytest.mark.parametrize(("text", "says"), HOSTILE.values(), ids=HOSTILE)
def test_what_takes_hours_is_refused_before_it_is_read_with_a_sentence(dav, text, says):
    begun = time.process_time()
    answer = dav.put("mairie", "mal.ics", text)
    assert answer.status_code == 403
    assert says in answer.content.decode()
    assert dav.put("mairie", "bien.ics", event("bien")).status_code == 201
    assert time.process_time() - begun < 2  # A runaway would take hours.


def test_what_calls_itself_by_other_letters_is_refused_too(dav):
    text = event("mal", more="RRULE:FREQ=SECONDLY")
    for charset in ("utf-16", "utf-7"):
        answer = dav.client.generic(
            "PUT", f"{dav.root}agendas/mairie/mal.ics", text.encode(charset), f"text/calendar; charset={charset}",
            headers={"Authorization": basic(dav.person.email, dav.secret)},
        )  # fmt: skip
        assert (answer.status_code, SEVERAL_A_DAY in answer.content.decode()) == (403, True), charset


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10",
        "FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=25,26,27,28,29,30,31;BYDAY=SU",
        "FREQ=YEARLY;UNTIL=20361026T010000Z;BYMONTH=10;BYDAY=4SU",
        "FREQ=YEARLY",
    ],
)
def test_the_zones_that_programs_write_are_taken(rule):
    assert reading.why_not_keep(in_zone(rule)) is None
    # Outlook begins at the beginning of its calendar.
    assert reading.why_not_keep(in_zone(rule).replace("19700101T000000", "16010101T000000")) is None


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=SA",
        "FREQ=MONTHLY;BYDAY=TU;BYSETPOS=2;COUNT=24",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE,FR;WKST=MO;UNTIL=20301231T225959Z",
        "FREQ=MONTHLY;BYMONTHDAY=-1",
    ],
)
def test_the_rhythms_of_a_mairie_are_taken(dav, rule):
    assert dav.put("mairie", "bien.ics", event(more=f"RRULE:{rule}")).status_code == 201


@pytest.mark.slow
def test_one_that_is_there_by_another_way_holds_nobody_up(dav, here, client, settings):
    """Restored from elsewhere, written by hand: by REPORT, by the page, by the public calendar."""
    settings.DEMO = True
    User.objects.update(is_fictitious=True)
    with scope(beneficiary=here.body):
        calendar = here.calendar()
        calendar.is_public = True
        calendar.save()
    assert dav.put("mairie", "bien.ics", event("bien", title="Marché")).status_code == 201
    endless = event("mal", start="19700101T000000", end="19700101T000001", title="Sans fin", more="RRULE:FREQ=SECONDLY")
    (home_of(here.body.pk) / "mairie" / "mal.ics").write_text(endless, newline="")
    begun = time.process_time()
    spans = '<C:time-range start="20261130T000000Z" end="20261231T000000Z"/>'
    for asked in ("", '<C:expand start="20261130T000000Z" end="20261231T000000Z"/>'):
        body = (
            '<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop>'
            f"<C:calendar-data>{asked}</C:calendar-data></D:prop>"
            f'<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">{spans}'
            "</C:comp-filter></C:comp-filter></C:filter></C:calendar-query>"
        )
        answer = dav.ask("REPORT", "agendas/mairie/", body, Depth="1", content_type="text/xml")
        assert answer.status_code == 207
        assert ("Marché" in answer.content.decode(), "Sans fin" in answer.content.decode()) == (True, False)
    answer = dav.ask("REPORT", "agendas/mairie/", _busy(), Depth="1", content_type="text/xml")
    assert answer.content.count(b"FREEBUSY") >= 1
    shown = client.get(f"/agendas/{here.body.pk}/mairie.ics")
    assert (b"March" in shown.content, b"SECONDLY" in shown.content) == (True, False)
    client.force_login(here.secretary)
    page = client.get("/mairie/agenda/?mois=2026-12").content.decode()
    assert "Marché" in page
    assert time.process_time() - begun < 10
    # It can be removed.
    assert dav.ask("DELETE", "agendas/mairie/mal.ics").status_code in (200, 204)


def _busy() -> str:
    spans = '<C:time-range start="20261130T000000Z" end="20261231T000000Z"/>'
    return f'<C:free-busy-query xmlns:C="urn:ietf:params:xml:ns:caldav">{spans}</C:free-busy-query>'
