"""Recording acts and what happens to them."""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from socle.deliberations.models import Act
from socle.deliberations.rules import (
    number_taken,
    why_not_attach_document,
    why_not_certify,
    why_not_may_record,
    why_not_qualify,
    why_not_receive,
    why_not_record,
    why_not_remove,
)
from socle.documents.models import Document
from socle.journal import actions as journal
from socle.lib import dates
from socle.lib.refusals import Refused, refuse
from socle.people.models import Beneficiary, Operator, User


@transaction.atomic
def record_act(
    owner: Beneficiary | Operator,
    *,
    kind: str,
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
            kind=kind,
            number=number,
            adopted_on=adopted_on,
            received_on=received_on,
            published_on=published_on,
            not_transmissible_because=not_transmissible_because,
            on=dates.day_of(at),
        )
    )
    act = Act(
        beneficiary=owner if isinstance(owner, Beneficiary) else None,
        operator=owner if isinstance(owner, Operator) else None,
        kind=kind,
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
    try:
        with transaction.atomic():
            act.save(force_insert=True)
    except IntegrityError as error:
        # Two people recorded it in the same second: the second one is told, like whoever comes later.
        raise Refused(number_taken(number)) from error
    journal.record("act.recorded", act, by=by, at=at, adopted_on=adopted_on.isoformat())
    return act


@transaction.atomic
def qualify(act: Act, *, kind: str, by: User, at: datetime) -> Act:
    """Say what an act is; said again, it corrects. An individual one leaves the public site. Raises Refused."""
    act = _held(act)
    refuse(why_not_qualify(act, kind=kind, by=by, on=dates.day_of(at)))
    act.kind = kind
    act.save(update_fields=["kind"])
    journal.record("act.qualified", act, by=by, at=at, kind=kind)
    return act


@transaction.atomic
def certify_publication(act: Act, *, published_on: date, certificate: str, by: User, at: datetime) -> Act:
    """Complete an act with the day it was published and the certificate that says so. Raises Refused."""
    act = _held(act)
    refuse(why_not_certify(act, published_on=published_on, certificate=certificate, by=by, on=dates.day_of(at)))
    act.published_on = published_on
    act.publication_certificate = certificate
    act.save(update_fields=["published_on", "publication_certificate"])
    journal.record("act.published", act, by=by, at=at, published_on=published_on.isoformat())
    return act


@transaction.atomic
def receive(act: Act, *, received_on: date, by: User, at: datetime) -> Act:
    """Complete an act with the day the prefecture received it. Raises Refused."""
    act = _held(act)
    refuse(why_not_receive(act, received_on=received_on, by=by, on=dates.day_of(at)))
    act.received_on = received_on
    act.save(update_fields=["received_on"])
    journal.record("act.received", act, by=by, at=at, received_on=received_on.isoformat())
    return act


@transaction.atomic
def attach_document(act: Act, *, document: Document, by: User, at: datetime) -> Act:
    """Join its file to an act that has none. Raises Refused."""
    act = _held(act)
    refuse(why_not_attach_document(act, document, by=by, on=dates.day_of(at)))
    act.document = document
    act.save(update_fields=["document"])
    journal.record("act.document_attached", act, by=by, at=at, sha256=document.sha256)
    return act


@transaction.atomic
def remove(act: Act, *, by: User, at: datetime) -> None:
    """Take away an act recorded by mistake, on which nothing stands; its file stays kept. Raises Refused."""
    act = _held(act)
    refuse(why_not_remove(act, by=by, on=dates.day_of(at)))
    journal.record("act.removed", act, by=by, at=at, number=act.number, adopted_on=act.adopted_on.isoformat())
    try:
        with transaction.atomic():
            act.delete()
    except ProtectedError as error:
        raise Refused(
            "Une convention s’appuie sur cet acte : il ne se retire pas. "
            "Rattachez d’abord un autre acte à la convention, tant qu’elle est un projet."
        ) from error


def _held(act: Act) -> Act:
    """The same act, read again as it is now and held until the transaction ends."""
    act.refresh_from_db(from_queryset=Act.objects.select_for_update(of=("self",)))
    return act
