"""E-mails about signatures on paper: recorded in your name, contested by its party. Each is told once."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse

from socle.agreements import rules
from socle.agreements.models import Agreement, Status
from socle.agreements.paper_rules import party_of_paper
from socle.agreements.rules import followers_of
from socle.journal import actions as journal
from socle.journal.models import Entry
from socle.lib import dates
from socle.outbox import departures
from socle.people.models import Operator, User
from socle.signing.models import PaperSignature
from socle.signing.rules import TO_CONTEST


@transaction.atomic
def tell_papers(agreement: Agreement, *, by: User, at: datetime) -> list[User]:
    """Write to whoever signs for each party what was recorded on paper in its name, and waits; return them.

    The days to contest begin now. Nobody in office today: nobody is told, and no silence will count.
    """
    with agreement.within():
        agreement = Agreement.every.select_for_update(of=("self",)).select_related("beneficiary").get(pk=agreement.pk)
        if agreement.status != Status.READY:
            return []
        told = []
        waiting = PaperSignature.objects.filter(
            slot__round=agreement.round_id, status=PaperSignature.Status.WAITING, told_at=None
        )
        for paper in waiting.select_related("slot", "recorded_by", "signatory"):
            party = party_of_paper(agreement, paper)
            signatory = rules.signatory_of(party, on=dates.day_of(at))
            if signatory is None:
                continue
            PaperSignature.objects.filter(pk=paper.pk).update(told_at=at)
            journal.record(
                "agreement.paper_told",
                agreement,
                by=by,
                at=at,
                party=party.kind,
                paper=paper.pk,
                signatory=signatory.pk,
            )
            said = {
                "person": signatory,
                "agreement": agreement,
                "party": party,
                "paper": paper,
                "signed_on": dates.in_words(paper.signed_on),
                "may_pass": paper.has_code or paper.attested_at is not None,
                "until": dates.in_words(dates.day_of(at) + TO_CONTEST),
                "url": _address(agreement, paper, party.operator),
            }
            text = render_to_string("agreements/paper_recorded.txt", said)
            subject = f"Enregistrée en votre nom\u00a0: signature sur papier, {agreement}"
            departures.send(
                ("agreement.paper_told", paper.pk, paper.attested_at is not None), subject, text, signatory.email
            )
            told.append(signatory)
        return told


@transaction.atomic
def tell_contest(agreement: Agreement, *, by: User, at: datetime) -> list[User]:
    """Write that a signature on paper is contested: to whoever recorded it, and whoever follows the agreement."""
    with agreement.within():
        agreement = Agreement.every.select_for_update(of=("self",)).select_related("beneficiary").get(pk=agreement.pk)
        told = []
        lines = Entry.objects.about(agreement).filter(verb="agreement.paper_contest_told")
        known = [facts["paper"] for facts in lines.values_list("facts", flat=True)]
        contested = PaperSignature.objects.filter(
            slot__round=agreement.round_id, status=PaperSignature.Status.CONTESTED
        ).exclude(pk__in=known)
        for paper in contested.select_related("slot", "recorded_by", "settled_by"):
            party = party_of_paper(agreement, paper)
            able = followers_of(agreement.beneficiary, agreement.programme, on=dates.day_of(at))
            people = {one.pk: one for one in (paper.recorded_by, agreement.followed_by) if one in able} or {
                one.pk: one for one in able
            }
            for person in people.values():
                said = {
                    "person": person,
                    "agreement": agreement,
                    "party": party,
                    "paper": paper,
                    "signed_on": dates.in_words(paper.signed_on),
                    "url": _address(agreement, paper, agreement.programme.lead()),
                }
                text = render_to_string("agreements/paper_contested.txt", said)
                subject = f"Signature sur papier contestée\u00a0: {agreement}"
                departures.send(("agreement.paper_contest_told", paper.pk, person.pk), subject, text, person.email)
                told.append(person)
            journal.record("agreement.paper_contest_told", agreement, by=by, at=at, paper=paper.pk, people=len(people))
        return told


def _address(agreement: Agreement, paper: PaperSignature, operator: Operator | None) -> str:
    """Where the paper is read and answered, at the door of the person's own party; one signs in there."""
    name = "mairie:paper" if operator is None else "console:paper"
    return f"{settings.PLATFORM_URL}{reverse(name, args=[agreement.number, paper.pk])}"
