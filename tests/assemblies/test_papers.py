"""The papers of a meeting say what happened, and who is to sign them; convocations leave once, with their event."""

from __future__ import annotations

import subprocess
from datetime import timedelta

import pytest
from django.core import mail
from icalendar import Calendar

from socle.agenda import actions as agenda
from socle.agenda import meetings
from socle.agenda.contract import store
from socle.assemblies import actions, emails, papers
from socle.assemblies.actions import Noted
from socle.assemblies.models import Member
from socle.assemblies.tally import roll_of
from socle.documents import actions as documents
from tests import factories as f
from tests.assemblies.conftest import SENT, SESSION, attend, held, prepared

pytestmark = pytest.mark.django_db


def words_of(pdf: bytes) -> str:
    told = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return " ".join(told.stdout.decode().split())


def says(pdf: bytes, *wanted: str) -> None:
    words = words_of(pdf).replace("\u00a0", " ")
    assert [one for one in wanted if one not in words] == [], words


@pytest.mark.slow
def test_minutes_tell_who_withdrew_what_was_noted_asked_and_arrested_and_no_doubt(beneficiary, secretary) -> None:
    first = held(beneficiary, secretary)
    later = actions.prepare(first.assembly, starts_at=SESSION + timedelta(days=30), by=secretary, at=SESSION)
    for subject, kind in (("Vente", "deliberation"), ("Vœu", "deliberation"), ("Questions diverses", "information")):
        wanted = actions.Proposed(subject, kind=kind, decision="D’agir.")
        actions.add_item(later, wanted, by=secretary, at=SESSION)
    later = actions.open_session(actions.convene(later, by=secretary, at=SESSION), by=secretary, at=later.starts_at)
    actions.arrest_minutes(first, later=later, by=secretary, at=later.starts_at)
    attend(later, secretary, Jean=Noted("present", arrived_for=2), Karim=Noted("present", left_before=2))
    sale, wish, others = later.items.all()
    actions.withdraw_from(sale, [first.assembly.members.get(name="Claire Trois")], by=secretary, at=SESSION)
    actions.vote(sale, None, by=secretary, at=SESSION)
    asked = actions.Asked(public=2, against=1, as_usual=True)
    actions.vote_as_asked(wish, asked, by=secretary, at=SESSION)
    actions.set_aside(others, outcome="told", by=secretary, at=SESSION)
    # As a former release wrote them.
    told = sale.explained = f"{type(sale).objects.get(pk=sale.pk).explained} (paramètre à vérifier)"
    type(sale).objects.filter(pk=sale.pk).update(
        explained=f"{told}\nPouvoir de X\u00a0: à confirmer d’après les statuts."
    )
    later = actions.close(later, by=secretary, at=later.starts_at)
    minutes = papers.minutes(later, list(later.items.all()), roll_of(later), at=SESSION)
    says(
        minutes,
        "Le procès-verbal de la séance du 3 décembre 2026 est arrêté (CGCT, article L. 2121-15).",
        "Jean Dix présence, arrivée au point 2", "Karim Onze présence, départ avant le point 2",
        "N’a pas pris part au vote : Mme Claire Trois, qui s’est retirée.",
        "Scrutin ordinaire : le scrutin secret est demandé par 0, le scrutin public par 2 des 10 membres présents",
        "Le conseil municipal prend acte.",
    )  # fmt: skip
    extract = documents.read(later.items.first().act.document)
    says(extract, "Claire Trois, deuxième adjointe présente, s’est retirée de ce point",
         "Jean Dix présence, pas à ce point",
         "Quorum atteint : 9 membres présents sur 11", "N’a pas pris part au vote : Mme Claire Trois")  # fmt: skip
    register = papers.register(later.assembly, [later], [], year=2027).set(at=SESSION)
    for paper in (minutes, extract, register):
        assert "vérifier" not in words_of(paper)
        assert "à confirmer" not in words_of(paper)


def test_a_convocation_is_kept_as_it_left_and_goes_once_to_each(beneficiary, secretary) -> None:
    meeting = prepared(beneficiary, secretary)
    Member.objects.filter(name="Anne Un").update(email="anne@exemple.invalid")
    meeting = actions.convene(meeting, by=secretary, at=SENT)
    says(documents.read(meeting.convocation), "Convocation du conseil municipal", "jeudi 3 décembre 2026 à 19 heures",
         "1. Budget primitif 2027", "donner pouvoir, par écrit")  # fmt: skip
    assert emails.send_due(at=SENT) == 1
    assert emails.send_due(at=SENT) == 0
    (message,) = mail.outbox
    assert message.to == ["anne@exemple.invalid"]
    assert "2. Adhésion au syndicat mixte" in message.body
    (event,) = Calendar.from_ical(message.alternatives[0].content).walk("VEVENT")
    assert event.decoded("dtstart") == SESSION
    ways = dict(meeting.convocations.values_list("member__name", "way"))
    assert (ways["Anne Un"], ways["Karim Onze"]) == ("email", "letter")


def test_nothing_leaves_for_a_session_called_off_or_begun(beneficiary, secretary) -> None:
    meeting = prepared(beneficiary, secretary)
    Member.objects.update(email="x@exemple.invalid")
    meeting = actions.convene(meeting, by=secretary, at=SENT)
    assert emails.send_due(at=SESSION + timedelta(minutes=1)) == 0
    actions.cancel(meeting, by=secretary, at=SENT)
    assert emails.send_due(at=SENT) == 0
    assert mail.outbox == []


def test_a_session_is_in_the_calendar_of_the_council_until_it_is_called_off(beneficiary, secretary) -> None:
    meeting = actions.convene(prepared(beneficiary, secretary), by=secretary, at=SENT)
    assert meetings.follow(meeting.pk, at=SENT) is False  # The mairie has no calendar yet.
    agenda.open_agenda(beneficiary, by=secretary, at=f.NOW)
    agenda.make_collections(beneficiary, agenda.wished_of(beneficiary, at=f.NOW), by=secretary, at=f.NOW)
    assert meetings.follow(meeting.pk, at=SENT) is True
    assert meetings.follow(meeting.pk, at=SENT) is True
    kept = store().find(beneficiary.pk, "conseil", f"seance-{meeting.pk}.ics")
    assert "SUMMARY:Conseil municipal" in kept.text
    actions.cancel(meeting, by=secretary, at=SENT)
    assert meetings.follow(meeting.pk, at=SENT) is True
    assert store().find(beneficiary.pk, "conseil", f"seance-{meeting.pk}.ics") is None
    assert meetings.follow(meeting.pk, at=SENT) is False
