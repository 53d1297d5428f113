"""Restoration of a box at a date: asked here, done by the servers, told here."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction

from socle.journal import actions as journal
from socle.lib import dates
from socle.lib.refusals import refuse
from socle.mail import rules
from socle.mail.models import Mailbox, Restoration
from socle.mail.models.restorations import OPEN, Status
from socle.people.models import User

# How far back copies may go; the servers say whether they have one.
FURTHEST = timedelta(days=365)


def why_not_restore(mailbox: Mailbox, as_of: date | None, *, by: User, on: date) -> str | None:
    """Say why this box cannot be restored to this date, or None; without a date, whether it can be at all."""
    if reason := rules.why_not_decide(mailbox, by=by, on=on):
        return reason
    if Restoration.objects.filter(mailbox=mailbox, status__in=OPEN).exists():
        return "Une restauration de cette boîte est déjà en cours : attendez qu’elle finisse."
    if as_of is None:
        return None
    if as_of >= on:
        return "Choisissez un jour passé : la copie est faite chaque nuit."
    if as_of < dates.day_of(mailbox.made_at):
        return f"La boîte n’existait pas encore : elle a été créée le {dates.in_words(dates.day_of(mailbox.made_at))}."
    if on - as_of > FURTHEST:
        return "Les copies ne remontent pas à plus d’un an."
    return None


@transaction.atomic
def ask_restoration(mailbox: Mailbox, *, as_of: date, by: User, at: datetime) -> Restoration:
    """Ask for what a box held at the end of a day, put in a folder of its own. Raises `Refused`."""
    mailbox = Mailbox.objects.select_for_update(of=("self",)).select_related("beneficiary").get(pk=mailbox.pk)
    refuse(why_not_restore(mailbox, as_of, by=by, on=dates.day_of(at)))
    restoration = Restoration.objects.create(mailbox=mailbox, as_of=as_of, asked_by=by, asked_at=at)
    journal.record("mail.restoration_asked", mailbox, by=by, at=at, restoration=restoration.pk, day=as_of.isoformat())
    return restoration


def why_not_cancel(restoration: Restoration, *, by: User, on: date) -> str | None:
    """Say why a restoration cannot be cancelled, or None."""
    if reason := rules.why_not_decide(restoration.mailbox, by=by, on=on):
        return reason
    return None if restoration.status == Status.ASKED else "Cette restauration n’attend plus."


@transaction.atomic
def cancel_restoration(restoration: Restoration, *, by: User, at: datetime) -> Restoration:
    """Give up a restoration that did not begin. Raises `Refused`."""
    restoration = Restoration.objects.select_for_update(of=("self",)).get(pk=restoration.pk)
    refuse(why_not_cancel(restoration, by=by, on=dates.day_of(at)))
    restoration.status, restoration.ended_at = Status.CANCELLED, at
    restoration.save(update_fields=["status", "ended_at"])
    journal.record("mail.restoration_cancelled", restoration.mailbox, by=by, at=at, restoration=restoration.pk)
    return restoration


# --- What the servers tell --------------------------------------------------------------------------------------------
@transaction.atomic
def begin_restoration(restoration: Restoration, *, at: datetime) -> Restoration:
    """Note that the servers have begun; one that was cut short begins again."""
    restoration = Restoration.objects.select_for_update(of=("self",)).get(pk=restoration.pk)
    restoration.status, restoration.started_at, restoration.problem = Status.RUNNING, at, ""
    restoration.save(update_fields=["status", "started_at", "problem"])
    return restoration


@transaction.atomic
def end_restoration(
    restoration: Restoration,
    *,
    folder: str = "",
    saved_at: datetime | None = None,
    found: int = 0,
    restored: int = 0,
    total_bytes: int = 0,
    problem: str = "",
    by: User,
    at: datetime,
) -> Restoration:
    """Note what the servers put back, or, with a `problem`, that they could not: a French sentence."""
    restoration = Restoration.objects.select_for_update(of=("self",)).get(pk=restoration.pk)
    restoration.status = Status.FAILED if problem else Status.DONE
    restoration.folder, restoration.saved_at, restoration.problem = folder[:120], saved_at, problem[:300]
    restoration.found, restoration.restored, restoration.total_bytes = found, restored, total_bytes
    restoration.ended_at = at
    restoration.save(
        update_fields=["status", "folder", "saved_at", "problem", "found", "restored", "total_bytes", "ended_at"]
    )
    verb = "mail.restoration_failed" if problem else "mail.restoration_done"
    journal.record(verb, restoration.mailbox, by=by, at=at, restoration=restoration.pk, found=found, restored=restored)
    return restoration
