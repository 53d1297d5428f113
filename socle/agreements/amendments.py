"""Amendments: drafted from an agreement in force, numbered after it, made to say what changes, then signed like it.

Printing, signing and giving up an amendment are those of any agreement (`actions.py`), which also writes what it says
on the agreement once the last party has signed. Rule 10 of the register.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from socle.agreements import actions, rules
from socle.agreements.models import IN_PREPARATION, Agreement, ChosenService, Party, Status
from socle.agreements.successions import next_number
from socle.journal import actions as journal
from socle.lib import dates
from socle.lib.refusals import refuse
from socle.people.models import User
from socle.programme.models import AgreementType


def type_of(agreement: Agreement) -> AgreementType | None:
    """The type of the amendments of this agreement, as the programme's file describes it, or None."""
    return AgreementType.objects.filter(amends=agreement.type_id).first()


def why_not_amend(agreement: Agreement, *, by: User, on: date) -> str | None:
    """Say in French why no amendment of this agreement can be drafted by this person, or None."""
    if reason := rules.why_not_follow(agreement.beneficiary, agreement.programme, by=by, on=on):
        return reason
    if agreement.amends_id is not None:
        return "Un avenant ne s’amende pas\u00a0: c’est la convention que le suivant modifiera."
    if agreement.status != Status.SIGNED:
        return "Seule une convention en vigueur s’amende\u00a0: un projet se modifie lui-même."
    if agreement.terminations.filter(withdrawn_at__isnull=True).exists():
        return "La résiliation de cette convention est notifiée\u00a0: elle ne s’amende plus."
    if other := agreement.amendments.filter(status__in=IN_PREPARATION).first():
        return f"L’avenant n°\u00a0{other.number} est en préparation\u00a0: concluez-le ou abandonnez-le d’abord."
    if type_of(agreement) is None:
        return "Le programme n’a pas de modèle d’avenant\u00a0: décrivez-le dans son fichier («\u00a0amendment\u00a0»)."
    return None


def why_not_set_terms(
    amendment: Agreement, *, purpose: str, annual_price: Decimal, ends_on: date, by: User, on: date
) -> str | None:
    """Say in French why a draft amendment cannot say this, or None. Beyond the latest end it may: an act is wanted."""
    if amendment.status != Status.DRAFT or amendment.amends is None:
        return "Seul le projet d’un avenant change l’objet, la contribution ou le terme."
    if reason := rules.why_not_follow(amendment.beneficiary, amendment.programme, by=by, on=on):
        return reason
    if not purpose.strip():
        return "Écrivez l’objet de l’avenant\u00a0: c’est son article\u00a01."
    if annual_price < 0:
        return "La contribution annuelle ne peut pas être négative."
    if ends_on < on:
        return "Le dernier jour serait passé\u00a0: pour mettre fin à la convention, résiliez-la, avec son préavis."
    return None


@transaction.atomic
def draft(agreement: Agreement, *, by: User, at: datetime) -> Agreement:
    """Draft the next amendment of an agreement in force: same parties, services, price and term. Raises Refused.

    The beneficiary attaches an act anew: the one that decided the agreement did not decide this.
    """
    agreement = actions.held(agreement)
    refuse(why_not_amend(agreement, by=by, on=dates.day_of(at)))
    kind = type_of(agreement)
    assert kind is not None  # why_not_amend has refused a programme without one.
    amendment = actions.draft_of(
        kind,
        number=next_number(agreement),
        by=by,
        at=at,
        beneficiary=agreement.beneficiary,
        amends=agreement,
        ends_on=agreement.ends_on,
        term_months=agreement.term_months,
        annual_price=agreement.annual_price,
        vat_regime=agreement.vat_regime,
        cdg_reason=agreement.cdg_reason,
    )
    ChosenService.objects.bulk_create(
        ChosenService(agreement=amendment, service=choice.service)
        for choice in agreement.choices.select_related("service")
    )
    for party in agreement.parties.select_related("operator").order_by("rank"):
        party.agreement = agreement
        act = party.act if party.operator is not None else None
        if party.kind == Party.Kind.LEAD:
            act = actions.act_of_lead(agreement.programme, at=at)
        actions.add_party(amendment, party.rank, party.kind, party.body, act=act, at=at)
    journal.record("agreement.amendment_drafted", amendment, by=by, at=at, number=amendment.number)
    return amendment


@transaction.atomic
def set_terms(
    amendment: Agreement, *, purpose: str, annual_price: Decimal, ends_on: date, by: User, at: datetime
) -> Agreement:
    """Write the purpose of a draft amendment, its yearly contribution (€) and last day. Raises Refused."""
    amendment = actions.held(amendment)
    wanted = {"purpose": purpose, "annual_price": annual_price, "ends_on": ends_on}
    refuse(why_not_set_terms(amendment, **wanted, by=by, on=dates.day_of(at)))  # type: ignore[arg-type]
    amendment.purpose, amendment.annual_price, amendment.ends_on = purpose.strip(), annual_price, ends_on
    amendment.save(update_fields=[*wanted])
    journal.record(
        "agreement.amendment_set", amendment, by=by, at=at, annual_price=str(annual_price), ends_on=ends_on.isoformat()
    )
    return amendment
