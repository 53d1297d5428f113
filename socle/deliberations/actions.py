"""Recording acts and what happens to them."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from socle.deliberations.models import Act
from socle.deliberations.rules import why_not_certify, why_not_may_record, why_not_record
from socle.documents.models import Document
from socle.journal import actions as journal
from socle.lib import dates
from socle.lib.refusals import refuse
from socle.people.models import Beneficiary, Operator, User


@transaction.atomic
def record_act(
    owner: Beneficiary | Operator,
    *,
    body: str,
    number: str,
    subject: str,
    adopted_on: date,
    received_on: date | None = None,
    published_on: date | None = None,
    not_transmissible_because: str = "",
    identifier: str = "",
    document: Document | None = None,
    is_fictitious: bool = False,
    by: User,
    at: datetime,
) -> Act:
    """Record an act of this body's assembly, with its document where it was uploaded.

    Raises Refused when the dates contradict each other, the number is taken, or the person may not.
    """
    number = number.strip()
    refuse(why_not_may_record(by, owner, on=dates.day_of(at)))
    refuse(
        why_not_record(
            owner,
            number=number,
            adopted_on=adopted_on,
            received_on=received_on,
            published_on=published_on,
            not_transmissible_because=not_transmissible_because,
            on=dates.day_of(at),
        )
    )
    act = Act.objects.create(
        beneficiary=owner if isinstance(owner, Beneficiary) else None,
        operator=owner if isinstance(owner, Operator) else None,
        body=body,
        number=number,
        subject=subject,
        adopted_on=adopted_on,
        received_on=received_on,
        published_on=published_on,
        not_transmissible_because=not_transmissible_because,
        identifier=identifier,
        document=document,
        is_fictitious=is_fictitious,
    )
    journal.record("act.recorded", act, by=by, at=at, adopted_on=adopted_on.isoformat())
    return act


@transaction.atomic
def certify_publication(act: Act, *, published_on: date, certificate: str, by: User, at: datetime) -> Act:
    """Complete an act with the day it was published and the certificate that says so. Raises Refused."""
    refuse(why_not_certify(act, published_on=published_on, certificate=certificate, by=by, on=dates.day_of(at)))
    act.published_on = published_on
    act.publication_certificate = certificate
    act.save(update_fields=["published_on", "publication_certificate"])
    journal.record("act.published", act, by=by, at=at, published_on=published_on.isoformat())
    return act
