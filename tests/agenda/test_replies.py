"""What the program of a guest sends back by mail: it changes their answer to that event, and nothing else."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.core import mail
from icalendar import Calendar as ICalendar

from socle.agenda import events, guests
from socle.agenda.reading import Broken, components, occurrences, reply_in, said_by
from socle.agenda.writing import Rhythm
from socle.journal.models import Entry
from socle.lib.dates import PARIS
from socle.lib.refusals import Refused
from tests import factories as f
from tests.agenda.conftest import Dav, event
from tests.agenda.test_events import hour, wanted

GUEST = "invite@exemple.invalid"


class Ours:
    """A letterbox whose addresses are read."""

    def address(self, beneficiary_id: int, mark: str) -> str:
        return f"reponses-agenda+{mark}@prisches.example"


@pytest.fixture
def letterbox(transactional_db, settings) -> None:
    settings.SOCLE_AGENDA_LETTERBOX = "tests.agenda.test_replies.Ours"


@pytest.fixture
def invited(letterbox, here):
    return events.write_event(here.calendar(), wanted(guests=(GUEST,)), by=here.mayor, at=f.NOW)


def invitation() -> ICalendar:
    """The event that went along with the last message."""
    (part,) = [content for content, kind in mail.outbox[-1].alternatives if kind.startswith("text/calendar")]
    return ICalendar.from_ical(part)


def reply(answer: str = "ACCEPTED", *, who: str = GUEST, more: str = "", without: str = "") -> tuple[str, str]:
    """What a program makes of the last invitation: the mark of the address it answers to, and what it says."""
    event, *_ = invitation().walk("VEVENT")
    mark = str(event["ORGANIZER"]).partition("+")[2].partition("@")[0]
    start = event["DTSTART"].to_ical().decode()
    zone = event["DTSTART"].params.get("TZID")
    said = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Essai//FR", "METHOD:REPLY", "BEGIN:VEVENT",
        f"UID:{event['UID']}", "DTSTAMP:20261125T090000Z", f"ORGANIZER:{event['ORGANIZER']}",
        f"DTSTART{f';TZID={zone}' if zone else ''}:{start}", f"ATTENDEE;PARTSTAT={answer}:mailto:{who}",
        *([more] if more else []), "END:VEVENT", "END:VCALENDAR",
    ]  # fmt: skip
    return mark, "\r\n".join(line for line in said if not without or not line.startswith(without)) + "\r\n"


def answer_kept(here, kept) -> str:
    text = events.find(here.calendar(), kept.href).text
    (guest,) = said_by(components(text)[0]).guests
    return guest.answer


@pytest.mark.parametrize("answer", ["ACCEPTED", "TENTATIVE", "DECLINED"])
@pytest.mark.parametrize("without", ["", "DTSTART", "ORGANIZER"])
@pytest.mark.slow
def test_the_answer_of_a_program_is_kept(here, invited, answer, without):
    mark, text = reply(answer, without=without)
    guests.take_reply(mark, text, at=f.NOW)
    assert answer_kept(here, invited) == answer
    entry = Entry.objects.filter(verb="calendar.guest_answered").get()
    assert entry.facts["answer"] == answer
    # Read twice, after a crash, or written by a relay in capitals.
    guests.take_reply(mark.upper(), text, at=f.NOW)
    assert answer_kept(here, invited) == answer


@pytest.mark.slow
def test_the_message_says_where_a_program_answers_and_where_a_person_writes(here, invited):
    (message,) = mail.outbox
    assert message.extra_headers["Reply-To"] == here.mayor.email
    assert "sa réponse nous parvient aussi" in message.body
    (event,) = invitation().walk("VEVENT")
    assert str(event["ORGANIZER"]).startswith("mailto:reponses-agenda+")
    assert event["ORGANIZER"].params["CN"] == here.body.name
    # The event of the mairie says who organises, as their own programs want it.
    assert f"ORGANIZER:mailto:{here.mayor.email}" in events.find(here.calendar(), invited.href).text


@pytest.mark.parametrize("organiser", ["mailto:évêque", "urn:uuid:1", "mailto:a b@c", ""])
@pytest.mark.slow
def test_an_organiser_that_a_program_invented_keeps_nobody_from_being_told(letterbox, client, here, organiser):
    client.is_demanding = False
    more = f"ORGANIZER:{organiser}\r\nATTENDEE:mailto:{GUEST}"
    assert Dav(client, here, here.mayor).put("mairie", "un.ics", event(more=more)).status_code == 201
    kept = events.find(here.calendar(), "un.ics")
    events.remove_event(here.calendar(), "un.ics", etag=kept.etag, by=here.mayor, at=f.NOW)
    assert mail.outbox[-1].to == [GUEST]
    assert "Reply-To" not in mail.outbox[-1].extra_headers


@pytest.mark.slow
def test_a_cancellation_comes_from_the_same_organiser_as_the_invitation(here, invited):
    (before,) = invitation().walk("VEVENT")
    events.remove_event(here.calendar(), invited.href, etag=invited.etag, by=here.mayor, at=f.NOW)
    assert "CANCEL" in str(invitation()["METHOD"])
    (after,) = invitation().walk("VEVENT")
    assert after["ORGANIZER"] == before["ORGANIZER"]


@pytest.mark.slow
def test_without_a_letterbox_whoever_organises_is_answered(transactional_db, here):
    events.write_event(here.calendar(), wanted(guests=(GUEST,)), by=here.mayor, at=f.NOW)
    (event,) = invitation().walk("VEVENT")
    assert str(event["ORGANIZER"]) == f"mailto:{here.mayor.email}"
    assert "nous parvient" not in mail.outbox[-1].body


@pytest.mark.slow
def test_whoever_holds_the_mark_is_the_guest_whatever_their_other_address(here, invited):
    mark, text = reply(who="une-autre-adresse@exemple.invalid")
    guests.take_reply(mark, text, at=f.NOW)
    assert answer_kept(here, invited) == "ACCEPTED"


@pytest.mark.slow
def test_the_mark_of_one_is_of_no_use_for_another(here, there, invited):
    mark, text = reply()
    other = events.write_event(there.calendar(), wanted(guests=(GUEST,)), by=there.mayor, at=f.NOW)
    theirs, _ = reply()
    second = events.write_event(here.calendar(), wanted(guests=("b@exemple.invalid",)), by=here.mayor, at=f.NOW)
    again, _ = reply()
    forged = f"{theirs.partition('-')[0]}-{mark.partition('-')[2]}"
    for wrong in (theirs, again, forged, mark[:-1], f"{mark}0", mark.partition("-")[0], "-", "", "9999999-0", "x-y"):
        with pytest.raises(Refused, match="n’est plus valable"):
            guests.take_reply(wrong, text, at=f.NOW)
    for place, kept in ((here, invited), (there, other), (here, second)):
        assert answer_kept(place, kept) == "NEEDS-ACTION"


@pytest.mark.slow
def test_an_answer_to_what_has_changed_or_is_over_or_gone_is_not_kept(here, invited):
    mark, text = reply()
    later = wanted(start_time=hour(16), end_time=hour(17), guests=(GUEST,))
    kept = events.change_event(here.calendar(), invited.href, later, etag=invited.etag, by=here.mayor, at=f.NOW)
    with pytest.raises(Refused, match="changé d’heure"):
        guests.take_reply(mark, text, at=f.NOW)
    again, new = reply()
    assert again == mark
    with pytest.raises(Refused, match="passé"):
        guests.take_reply(mark, new, at=f.NOW + timedelta(days=90))
    guests.take_reply(mark, new, at=f.NOW)
    removed = events.find(here.calendar(), kept.href)
    events.remove_event(here.calendar(), kept.href, etag=removed.etag, by=here.mayor, at=f.NOW)
    with pytest.raises(Refused, match="n’est plus valable"):
        guests.take_reply(mark, new, at=f.NOW)


@pytest.fixture
def weekly(letterbox, here):
    """Each Tuesday of December, at 14."""
    given = wanted(guests=(GUEST,), rhythm=Rhythm.WEEKLY, until=date(2026, 12, 31))
    return events.write_event(here.calendar(), given, by=here.mayor, at=f.NOW)


def answers_by_day(here, kept) -> dict[int, str]:
    december = (datetime(2026, 12, 1, tzinfo=PARIS), datetime(2027, 1, 1, tzinfo=PARIS))
    times = occurrences(events.find(here.calendar(), kept.href).text, *december)
    return {one.first_day.day: guest.answer for one in times for guest in one.said.guests}


def for_one(answer: str, recurrence: str, *, start: str = "") -> tuple[str, str]:
    more = f"RECURRENCE-ID{recurrence}" + (f"\r\nDTSTART{start}" if start else "")
    return reply(answer, more=more, without="DTSTART")


@pytest.mark.parametrize("recurrence", [":20261208T130000Z", ";TZID=Europe/Paris:20261208T140000", ":20261208T140000"])
@pytest.mark.slow
def test_an_answer_for_one_date_of_a_series_is_kept_for_that_date(here, weekly, recurrence):
    guests.take_reply(*reply("ACCEPTED"), at=f.NOW)
    for _ in range(2):
        guests.take_reply(*for_one("DECLINED", recurrence), at=f.NOW)
        assert answers_by_day(here, weekly) == dict.fromkeys((1, 15, 22, 29), "ACCEPTED") | {8: "DECLINED"}
    # That date is still the series': it takes its new name, and goes with it.
    kept = events.find(here.calendar(), weekly.href)
    given = wanted(title="Réunion", guests=(GUEST,), rhythm=Rhythm.WEEKLY, until=date(2026, 12, 31))
    kept = events.change_event(here.calendar(), kept.href, given, etag=kept.etag, by=here.mayor, at=f.NOW)
    assert kept.text.count("SUMMARY:Réunion") == 2
    assert answers_by_day(here, weekly)[8] == "DECLINED"
    # An answer for all speaks for that date too.
    guests.take_reply(*reply("TENTATIVE"), at=f.NOW)
    assert set(answers_by_day(here, weekly).values()) == {"TENTATIVE"}


@pytest.mark.slow
def test_an_answer_for_a_date_that_is_not_is_not_kept(here, weekly):
    for recurrence in (
        ":20261209T130000Z",
        ":20261208T150000Z",
        ";VALUE=DATE:20261208",
        ":20270105T130000Z",
        ":99991231T235959Z",
    ):
        with pytest.raises(Refused, match="n’a plus, lieu"):
            guests.take_reply(*for_one("DECLINED", recurrence), at=f.NOW)
    with pytest.raises(Refused, match="ne répond à aucune"):
        guests.take_reply(*for_one("DECLINED", ";RANGE=THISANDFUTURE:20261208T130000Z"), at=f.NOW)
    with pytest.raises(Refused, match="changé d’heure"):
        guests.take_reply(*for_one("DECLINED", ":20261208T130000Z", start=":20261208T150000Z"), at=f.NOW)
    with pytest.raises(Refused, match="passé"):
        guests.take_reply(*for_one("DECLINED", ":20261201T130000Z"), at=datetime(2026, 12, 2, tzinfo=PARIS))
    assert set(answers_by_day(here, weekly).values()) == {"NEEDS-ACTION"}
    guests.take_reply(*for_one("DECLINED", ":20261208T130000Z", start=":20261208T130000Z"), at=f.NOW)
    assert answers_by_day(here, weekly)[8] == "DECLINED"


@pytest.mark.slow
def test_a_date_taken_out_of_a_series_is_told_to_its_guests_alone(here, weekly):
    guests.take_reply(*for_one("ACCEPTED", ":20261208T130000Z"), at=f.NOW)
    kept = events.find(here.calendar(), weekly.href)
    events.skip_time(here.calendar(), kept.href, date(2026, 12, 8), etag=kept.etag, by=here.mayor, at=f.NOW)
    assert sorted(answers_by_day(here, weekly)) == [1, 15, 22, 29]
    assert len(mail.outbox) == 2
    assert mail.outbox[-1].to == [GUEST]
    assert "Mardi 8\u00a0décembre\u00a02026, de 14\u00a0h à 15\u00a0h" in mail.outbox[-1].body
    assert "chaque semaine" not in mail.outbox[-1].body
    (gone,) = invitation().walk("VEVENT")
    assert invitation()["METHOD"] == "CANCEL"
    assert gone["RECURRENCE-ID"].dt == datetime(2026, 12, 8, 14, tzinfo=PARIS)
    assert "RRULE" not in gone
    with pytest.raises(Refused, match="n’a plus, lieu"):
        guests.take_reply(*for_one("ACCEPTED", ":20261208T130000Z"), at=f.NOW)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\0\xff" * 50,
        "BEGIN:VCALENDAR",
        "BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nEND:VCALENDAR\r\n",
        "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:a\r\nATTENDEE:mailto:a@b.fr\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        "BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nATTENDEE:mailto:a@b.fr\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        "BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nUID:a\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        "BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nUID:a\r\nATTENDEE:a\r\nATTENDEE:b\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        "BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nUID:a\r\nATTENDEE:a\r\nDTSTART:demain\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        "BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nUID:a\r\nATTENDEE:a\r\nRRULE:FREQ=SECONDLY\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        "BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\n" + "BEGIN:VEVENT\r\n" * 3000,
        "BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nX-A:" + "x" * 600_000,
    ],
    ids=range(12),
)  # fmt: skip
def test_what_is_no_reply_is_broken_and_nothing_else(text):
    with pytest.raises(Broken):
        reply_in(text)
    with pytest.raises(Refused, match="ne répond à aucune"):
        guests.take_reply("1-" + "0" * 24, text, at=f.NOW)


@pytest.mark.parametrize("answer", ["NEEDS-ACTION", "DELEGATED", "PEUT-ETRE"])
@pytest.mark.slow
def test_an_answer_that_says_nothing_is_not_kept(here, invited, answer):
    with pytest.raises(Refused, match="ni oui"):
        guests.take_reply(*reply(answer), at=f.NOW)
