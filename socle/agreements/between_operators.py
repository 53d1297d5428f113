"""Agreements that bind operators among themselves: drafted from their type, then printed and signed like any other.

A type without a beneficiary names its operators, its text, the article that approves each, the basis of reimbursement.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django_scopes import scopes_disabled

from socle.agreements import actions, rules
from socle.agreements.models import OVER, Agreement, ChosenService, Party
from socle.deliberations.models import Act
from socle.journal import actions as journal
from socle.lib import dates
from socle.lib.refusals import refuse
from socle.people.models import User
from socle.programme.models import AgreementType, Partner, Programme


def of_party(partner: Partner) -> QuerySet[Agreement]:
    """The agreements between the operators of a programme, this partner being one of them; all of them for the lead."""
    with scopes_disabled():  # They are of no beneficiary: who is a party reads them, and nobody else.
        found = Agreement.every.filter(programme=partner.programme_id, beneficiary__isnull=True)
        party = Party.objects.filter(agreement=OuterRef("pk"), operator=partner.operator_id)
        return found if partner.part == Partner.Part.LEAD else found.filter(Exists(party))


def running_of(kind: AgreementType) -> Agreement | None:
    """The agreement of this type that is drafted, at the signature or in force."""
    with scopes_disabled():  # As above; who asks is an officer of the lead.
        return Agreement.every.filter(type=kind, beneficiary__isnull=True).exclude(status__in=OVER).first()


def why_not_draft(kind: AgreementType, *, by: User, on: date) -> str | None:
    """Say in French why no agreement of this type can be drafted by this person, or None."""
    if reason := rules.why_not_of_the_lead(kind.programme, by=by, on=on):
        return reason
    if kind.has_beneficiary or kind.amends_id is not None:
        return "Ce type de convention lie un bénéficiaire\u00a0: elle se rédige depuis sa page."
    if existing := running_of(kind):
        return f"Une convention de ce type existe déjà, n°\u00a0{existing.number}\u00a0: ouvrez-la."
    return None


@transaction.atomic
def draft(kind: AgreementType, *, by: User, at: datetime) -> Agreement:
    """Draft the agreement of a type between operators: its parties, services, price and term. Raises Refused."""
    # The programme's row is held so that two drafts never take the same number.
    programme = Programme.objects.select_for_update().get(pk=kind.programme_id)
    refuse(why_not_draft(kind, by=by, on=dates.day_of(at)))
    with scopes_disabled():  # It is of no beneficiary.
        agreement = actions.draft_of(kind, number=actions.next_number(programme, at), by=by, at=at)
        ChosenService.objects.bulk_create(
            ChosenService(agreement=agreement, service=service) for service in kind.services.all()
        )
        for party in kind.parties.select_related("operator").order_by("rank"):
            assert party.operator is not None  # a type without a beneficiary names its operators (programme/file.py).
            is_lead = party.part == Party.Kind.LEAD
            act = actions.act_of_lead(programme, at=at) if is_lead else Act.of(party.operator).first()
            actions.add_party(agreement, party.rank, party.part, party.operator, act=act, at=at)
    journal.record("agreement.drafted", agreement, by=by, at=at, number=agreement.number)
    return agreement
