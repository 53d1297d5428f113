"""Events as calendars write them: read, written again, repeated, and bounded whatever they say."""

import contextlib
import time
from datetime import UTC, date, datetime, timedelta
from datetime import time as hour

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from radicale.item import read_components

from socle.agenda import reading, writing
from socle.agenda.models import Calendar
from socle.agenda.presenters import when_of
from socle.agenda.reading import Broken, occurrences, said_by, time_on
from socle.agenda.writing import Rhythm, Wanted
from socle.engines.radicale.application import Read
from socle.lib.dates import PARIS
from socle.mairie.agenda.forms import EventForm
from socle.mairie.agenda.shapes import Day
from tests import factories as f
from tests.agenda.conftest import event

DECEMBER = (datetime(2026, 12, 1, tzinfo=PARIS), datetime(2027, 1, 1, tzinfo=PARIS))


def days(text, period=DECEMBER):
    return [one.first_day.day for one in occurrences(text, *period)]


def wanted(**fields):
    given = {"title": "Permanence", "first_day": date(2026, 12, 1), "last_day": date(2026, 12, 1)}
    return Wanted(**{**given, "start_time": hour(14), "end_time": hour(15), **fields})


def written(**fields):
    return writing.event_text(wanted(**fields), uid="un", at=f.NOW)


def test_what_is_written_is_read_back_with_its_time_zone():
    text = written(title="Conseil municipal", place="Salle du conseil", words="Budget")
    assert "BEGIN:VTIMEZONE" in text
    assert "DTSTART;TZID=Europe/Paris:20261201T140000" in text
    said = said_by(reading.components(text)[0])
    assert (said.title, said.place, said.words) == ("Conseil municipal", "Salle du conseil", "Budget")
    assert said.start == datetime(2026, 12, 1, 14, tzinfo=PARIS)
    assert when_of(said) == "mardi 1er\u00a0décembre\u00a02026, de 14\u00a0h à 15\u00a0h"


@pytest.mark.parametrize(
    ("rhythm", "expected"),
    [
        (Rhythm.ONCE, [1]),
        (Rhythm.DAILY, list(range(1, 32))),
        (Rhythm.WEEKLY, [1, 8, 15, 22, 29]),
        (Rhythm.FORTNIGHTLY, [1, 15, 29]),
        (Rhythm.MONTHLY, [1]),
        (Rhythm.MONTHLY_DATE, [1]),
        (Rhythm.YEARLY, [1]),
    ],
)
def test_each_rhythm_comes_back_as_it_says_and_is_read_back(rhythm, expected):
    text = written(rhythm=rhythm)
    assert days(text) == expected
    assert writing.rhythm_of(said_by(reading.components(text)[0])) == (rhythm, None)


def test_the_end_of_a_rhythm_is_its_last_day():
    assert days(written(rhythm=Rhythm.WEEKLY, until=date(2026, 12, 15))) == [1, 8, 15]


def test_an_hour_stays_the_hour_of_paris_when_it_changes():
    text = written(rhythm=Rhythm.WEEKLY)
    over = (datetime(2027, 3, 1, tzinfo=PARIS), datetime(2027, 4, 15, tzinfo=PARIS))
    assert {one.start.astimezone(PARIS).hour for one in occurrences(text, *over)} == {14}


def test_one_time_taken_out_of_a_series_is_gone():
    text = written(rhythm=Rhythm.WEEKLY)
    again = writing.without_one(text, time_on(text, date(2026, 12, 8)), at=f.NOW)
    assert days(again) == [1, 15, 22, 29]


def moved_by_a_program(more: str = "", *, moved: str = "") -> str:
    return event(more=f"RRULE:FREQ=WEEKLY;COUNT=3{more}").replace(
        "END:VEVENT\r\n",
        "END:VEVENT\r\nBEGIN:VEVENT\r\nUID:un\r\nDTSTAMP:20261125T080000Z\r\n"
        "RECURRENCE-ID;TZID=Europe/Paris:20261208T140000\r\nDTSTART;TZID=Europe/Paris:20261210T090000\r\n"
        f"DTEND;TZID=Europe/Paris:20261210T100000\r\nSUMMARY:Ailleurs{moved}\r\nEND:VEVENT\r\n",
    )


def test_one_time_moved_by_a_program_is_where_it_was_moved_and_is_taken_out_there():
    moved = moved_by_a_program()
    assert days(moved) == [1, 10, 15]
    assert time_on(moved, date(2026, 12, 8)) is None
    one = time_on(moved, date(2026, 12, 10))
    assert one.said.title == "Ailleurs"
    again = writing.without_one(moved, one, at=f.NOW)
    assert days(again) == [1, 15]
    assert "Ailleurs" not in again


def test_a_time_of_a_series_is_known_by_when_it_was_to_be():
    moved = moved_by_a_program()
    for same in (datetime(2026, 12, 8, 14, tzinfo=PARIS), datetime(2026, 12, 8, 13, tzinfo=UTC)):
        assert reading.time_of(moved, same).start == datetime(2026, 12, 10, 9, tzinfo=PARIS)
    for none in (datetime(2026, 12, 8, 15, tzinfo=PARIS), datetime(2026, 12, 10, 9, tzinfo=PARIS), date(2026, 12, 8)):
        assert reading.time_of(moved, none) is None
    assert reading.time_of(event(), datetime(2026, 12, 1, 14, tzinfo=PARIS)) is None
    whole_days = written(start_time=None, end_time=None, rhythm=Rhythm.WEEKLY)
    assert reading.time_of(whole_days, date(2026, 12, 8)).said.end == date(2026, 12, 9)


@pytest.mark.parametrize("far", [date(9999, 12, 31), date(1, 1, 1)])
def test_a_day_out_of_time_is_no_time_of_a_series(far):
    text = written(rhythm=Rhythm.DAILY)
    assert time_on(text, far) is None
    assert reading.time_of(text, far) is None
    assert reading.time_of(text, datetime(far.year, far.month, far.day, 23, 59, 59, tzinfo=UTC)) is None


def test_an_exception_that_stands_for_two_times_is_broken():
    twice = "RECURRENCE-ID;TZID=Europe/Paris:20261208T140000\r\n"
    text = moved_by_a_program().replace(twice, twice * 2)
    for read in (days, lambda text: time_on(text, date(2026, 12, 10))):
        with pytest.raises(Broken):
            read(text)
    assert "ne se lit pas" in reading.why_not_keep(text)


def test_what_a_moved_time_does_not_say_otherwise_follows_the_series():
    text = moved_by_a_program(
        "\r\nLOCATION:Mairie\r\nATTENDEE:mailto:a@b.fr\r\nATTENDEE:mailto:c@d.fr",
        moved="\r\nLOCATION:Mairie\r\nATTENDEE;PARTSTAT=DECLINED:mailto:a@b.fr\r\nATTENDEE:mailto:e@f.fr",
    )
    before = said_by(reading.components(text)[0])
    rhythm, until = writing.rhythm_of(before)
    given = wanted(title="Conseil", place="École", guests=("a@b.fr", "g@h.fr"), rhythm=rhythm, until=until)
    again = writing.changed_text(text, given, at=f.NOW, organiser="m@m.fr")
    _, moved = reading.components(again)
    said = said_by(moved)
    assert (said.title, said.place) == ("Ailleurs", "École")
    # Who was invited to all is no more; who is invited to that time alone stays; who had answered has answered.
    assert {guest.email: guest.answer for guest in said.guests} == {
        "a@b.fr": "DECLINED",
        "e@f.fr": "NEEDS-ACTION",
        "g@h.fr": "NEEDS-ACTION",
    }


def test_writing_again_keeps_what_we_do_not_know():
    text = event(more="X-APPLE-TRAVEL-ADVISORY-BEHAVIOR:AUTOMATIC\r\nCATEGORIES:Voirie").replace(
        "END:VEVENT", "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT15M\r\nDESCRIPTION:x\r\nEND:VALARM\r\nEND:VEVENT"
    )
    again = writing.changed_text(text, wanted(title="Autre titre"), at=f.NOW)
    for kept in ("X-APPLE-TRAVEL-ADVISORY-BEHAVIOR", "CATEGORIES:Voirie", "TRIGGER:-PT15M", "SUMMARY:Autre titre"):
        assert kept in again
    assert again.count("BEGIN:VTIMEZONE") == 1


def test_whole_days_include_the_last_one():
    text = written(start_time=None, end_time=None, last_day=date(2026, 12, 3))
    assert "DTSTART;VALUE=DATE:20261201" in text
    assert "DTEND;VALUE=DATE:20261204" in text
    (one,) = occurrences(text, *DECEMBER)
    assert (one.first_day.day, one.last_day.day) == (1, 3)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ("RRULE:FREQ=DAILY;COUNT=1000000", "1000000 fois"),
        ("RRULE:FREQ=SECONDLY", "plusieurs fois par jour"),
        ("RRULE:FREQ=HOURLY;COUNT=5", "plusieurs fois par jour"),
        ("RRULE:FREQ=DAILY;BYSECOND=1,2,3", "plusieurs fois par jour"),
        ("RRULE:FREQ=FULLMOON", "ne se lit pas"),
        ("RRULE:FREQ=DAILY;COUNT=many", "ne se lit pas"),
        ("RRULE:FREQ=DAILY;INTERVAL=0", "ne se lit pas"),
    ],
)
def test_a_rule_without_bound_is_refused_with_a_sentence(more, says):
    assert says in (reading.why_not_keep(event(more=more)) or "")


@pytest.mark.parametrize(
    "text",
    [
        event(start="20261399T990000"),
        event(start="99991231T235959", end="99991231T235959"),
        event(end="20301201T150000"),
        event().replace("DTSTART;TZID=Europe/Paris:20261201T140000\r\n", ""),
        event(title="x" * 600_000),
        "BEGIN:VEVENT",
    ],
)
def test_what_cannot_be_read_or_is_too_heavy_is_refused(text):
    assert reading.why_not_keep(text)


def test_a_broken_time_zone_costs_nothing_to_the_others():
    broken = event().replace("TZOFFSETTO:+0100", "TZOFFSETTO:+99999").replace("Europe/Paris", "Nulle/Part")
    files = [reading.Kept("a.ics", "1", broken), reading.Kept("b.ics", "2", event())]
    found, unread = reading.between(files, *DECEMBER)
    assert len(found) + unread == 2
    assert any(one.href == "b.ics" for one in found)


def test_an_endless_rule_that_got_in_is_read_in_bounded_time():
    text = event(start="19700101T100000", end="19700101T110000", more="RRULE:FREQ=DAILY")
    begun = time.process_time()
    found = occurrences(text, *DECEMBER)
    assert len(found) <= reading.MOST_SHOWN
    assert time.process_time() - begun < 20  # A runaway would take hours.


HOUR, NEXT, LATER = (datetime(2026, 12, 1, hour, tzinfo=PARIS) for hour in (14, 15, 16))


@pytest.mark.parametrize("fields", [{}, {"end": "20261201T140000"}, {"start": "20261130T230000"}])
@pytest.mark.parametrize(
    "period", [(HOUR, HOUR), (NEXT, NEXT), (HOUR, NEXT), (NEXT, LATER), (HOUR - timedelta(hours=1), HOUR), DECEMBER]
)
def test_what_takes_place_once_is_found_where_the_library_finds_it(fields, period, monkeypatch):
    text = event(**fields)
    found = occurrences(text, *period)
    monkeypatch.setattr(reading, "repeats", lambda part: True)
    assert found == occurrences(text, *period)


def test_what_takes_place_once_is_not_given_to_what_computes_repetitions(monkeypatch):
    monkeypatch.setattr(reading.recurring_ical_events, "of", lambda *_, **__: 1 / 0)
    assert days(event()) == [1]
    assert reading.why_not_keep(event()) is None
    with pytest.raises(ZeroDivisionError):
        days(event(more="RRULE:FREQ=DAILY;COUNT=2"))


@pytest.mark.parametrize(
    "text",
    [
        event(),
        event(more="RRULE:FREQ=DAILY;COUNT=3\r\nEXDATE;TZID=Europe/Paris:20261202T140000"),
        event(more="RDATE;TZID=Europe/Paris:20261203T140000"),
        event(start="99991230T235959", end="99991231T235959"),
        event(start="18990101T100000", end="18990101T110000"),
        event(end="20301201T150000"),
        event(end="20201201T150000"),
        event().replace("DTEND;TZID=Europe/Paris:20261201T150000", "DURATION:P400D"),
        event().replace("DTEND;TZID=Europe/Paris:20261201T150000", "DTEND;VALUE=DATE:20261202"),
        event().replace("DTSTART;TZID=Europe/Paris:20261201T140000\r\n", ""),
        event(more="DTSTART:20261201T140000Z"),
        event().replace("VEVENT", "VTODO"),
        moved_by_a_program(),
        moved_by_a_program().replace(TWICE := "RECURRENCE-ID;TZID=Europe/Paris:20261208T140000\r\n", TWICE * 2),
    ],
)
def test_an_event_that_the_storage_has_read_is_judged_as_one_that_we_read(text):
    (calendar,) = read_components(text)
    parts = [Read(one.contents) for one in calendar.contents.get("vevent", ())]
    assert reading.why_not_keep(text, parts) == reading.why_not_keep(text)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300))
def test_whatever_is_sent_is_refused_or_kept_and_never_breaks(text):
    reading.why_not_keep("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n" + text + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
    with contextlib.suppress(Broken):
        occurrences("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n" + text + "\r\nEND:VEVENT\r\nEND:VCALENDAR", *DECEMBER)


def test_the_time_of_a_day_is_the_one_that_begins_then_and_not_what_lasts_from_the_day_before():
    text = written(last_day=date(2026, 12, 2), start_time=hour(22), end_time=hour(2), rhythm=Rhythm.DAILY)
    one = time_on(text, date(2026, 12, 8))
    assert one is not None
    assert one.start == datetime(2026, 12, 8, 22, tzinfo=PARIS)


@pytest.mark.parametrize(
    ("start", "end"), [("22:59", hour(23, 59)), ("23:00", hour(23, 59)), ("23:30", hour(23, 59)), ("", None)]
)
def test_an_event_whose_end_is_not_said_lasts_an_hour_or_until_the_day_ends(start, end):
    said = {"title": "Réveillon", "calendar": "1", "first_day": "2026-12-31", "start_time": start}
    form = EventForm({**said, "rhythm": Rhythm.ONCE.value}, calendars=[Calendar(pk=1, name="Mairie")])
    assert form.is_valid(), form.errors
    assert form.cleaned_data["end_time"] == end


@pytest.mark.parametrize(("count", "shown", "more"), [(0, 0, 0), (3, 3, 0), (4, 4, 0), (5, 3, 2)])
def test_a_day_shows_what_holds_in_its_cell_and_counts_the_rest(count, shown, more):
    day = Day(date(2026, 12, 1), lines=[object()] * count)
    assert (len(day.shown), day.more) == (shown, more)
