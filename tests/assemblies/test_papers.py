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
from tests.assemblies.conftest import SENT, SESSION, attend, held, opened, prepared

pytestmark = pytest.mark.django_db


def words_of(pdf: bytes) -> str:
    told = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return " ".join(told.stdout.decode().split())


def says(pdf: bytes, *wanted: str) -> None:
    words = words_of(pdf).replace("\u00a0", " ")
    assert [one for one in wanted if one not in words] == [], words


@pytest.mark.slow
def test_an_extract_says_who_was_there_what_was_decided_and_by_how_many(beneficiary, secretary) -> None:
    meeting = opened(beneficiary, secretary)
    holder = meeting.assembly.members.get(name="Denis Quatre")
    attend(meeting, secretary, Claire=Noted("excused", proxy_to=holder.pk), Karim=Noted("absent"))
    first, second = meeting.items.all()
    gone = [meeting.assembly.members.get(name="Jean Dix")]
    actions.withdraw_from(second, gone, by=secretary, at=SESSION)
    for item in (first, second):
        actions.vote(item, None, by=secretary, at=SESSION)
    meeting = actions.close(meeting, by=secretary, at=SESSION)
    act = meeting.items.last().act
    says(
        documents.read(act.document),
        "Délibération n° 2026-02", "Objet : Adhésion au syndicat mixte", "convoqué le 25 novembre 2026",
        "Présidence : Mme Anne Un.", "Secrétariat de séance : M. Brice Deux.",
        "Mme Claire Trois excusée Denis Quatre", "Karim Onze absent(e)",
        "Quorum atteint : 8 membres présents sur 11 en exercice ; il en faut plus de la moitié, soit 6",
        "Le maire expose.", "Article 1 : D’approuver.", "Article 2 : D’autoriser le maire à signer.",
        "Voix pour : 9", "Voix contre : 0", "1 pouvoir compris", "Ne prennent pas part au vote : Jean Dix",
        "Maire : Anne Un", "Secrétaire de séance : M. Brice Deux",
    )  # fmt: skip
    says(documents.read(meeting.list_act.document), "2026-01", "Budget primitif 2027", "adoptée")


@pytest.mark.slow
def test_minutes_and_register_tell_the_whole_session(beneficiary, secretary) -> None:
    meeting = held(beneficiary, secretary)
    actions.write_discussion(meeting, discussion="On a parlé de la toiture.", by=secretary, at=SESSION)
    meeting.refresh_from_db()
    items = list(meeting.items.select_related("act"))
    draft = papers.minutes(meeting, items, roll_of(meeting), at=SESSION)
    says(draft, "Projet, à arrêter", "1. Budget primitif 2027", "On a parlé de la toiture.", "La séance est levée le")
    says(
        papers.register([meeting], year=2026, at=SESSION),
        "Registre des délibérations, 2026", "2026-01. Budget primitif 2027", "Feuillet de clôture",
        "Délibérations : 2026-01, 2026-02.", "Table par date", "Table par objet",
        "03/12/2026 2026-02 Adhésion au syndicat mixte",
    )  # fmt: skip


@pytest.mark.slow
def test_minutes_tell_who_withdrew_what_was_noted_asked_and_arrested_and_no_doubt(beneficiary, secretary) -> None:
    first = held(beneficiary, secretary)
    later = actions.prepare(first.assembly, starts_at=SESSION + timedelta(days=30), by=secretary, at=SESSION)
    for subject, kind in (("Vente", "deliberation"), ("Vœu", "deliberation"), ("Questions diverses", "information")):
        actions.add_item(later, actions.Proposed(subject, kind=kind), by=secretary, at=SESSION)
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
        "Jean Dix présent(e), arrivé(e) au point 2", "Karim Onze présent(e), parti(e) avant le point 2",
        "Mme Claire Trois s’est retirée et ne prend pas part au vote.",
        "Scrutin ordinaire : le scrutin secret est demandé par 0, le scrutin public par 2 des 10 membres présents",
        "Le conseil prend acte.",
    )  # fmt: skip
    extract = documents.read(later.items.first().act.document)
    says(extract, "Mme Claire Trois présente, s’est retirée de ce point", "Jean Dix présent(e), pas à ce point",
         "Quorum atteint : 9 membres présents sur 11", "Ne prennent pas part au vote : Mme Claire Trois")  # fmt: skip
    register = papers.register([later], year=2027, at=SESSION)
    for paper in (minutes, extract, register):
        assert "vérifier" not in words_of(paper)
        assert "à confirmer" not in words_of(paper)


def test_a_convocation_is_kept_as_it_left_and_goes_once_to_each(beneficiary, secretary) -> None:
    meeting = prepared(beneficiary, secretary)
    Member.objects.filter(name="Anne Un").update(email="anne@exemple.invalid")
    meeting = actions.convene(meeting, by=secretary, at=SENT)
    says(documents.read(meeting.convocation), "Convocation du conseil municipal", "3 décembre 2026 à 19 h 00",
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
