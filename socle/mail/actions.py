"""Actions on boxes: made, named, suspended, deleted without being destroyed, handed over, opened to people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from socle.journal import actions as journal
from socle.lib import dates, rows
from socle.lib.queue import enqueue_at_commit
from socle.lib.refusals import refuse
from socle.mail import addresses, queries, rules
from socle.mail.domains import held
from socle.mail.models import Allowance, Mailbox, Opening
from socle.mail.models.boxes import Kind, Status
from socle.people.models import Beneficiary, User

# What is read with one that is held.
JOINED = ("beneficiary", "domain")
# Boxes named in one question: a database bounds how many values one holds.
PORTION = 500


@transaction.atomic
def make_box(
    beneficiary: Beneficiary,
    *,
    local_part: str,
    kind: Kind,
    display_name: str,
    holder: User | None = None,
    quota_bytes: int | None = None,
    by: User,
    at: datetime,
    there: queries.Holdings | None = None,
) -> Mailbox:
    """Make a box at the beneficiary's main domain; its holder opens it with their device passwords. Raises `Refused`.

    `quota_bytes`: what the settings give to a new box when it is None. `there`: what the beneficiary holds already, of
    whoever makes several boxes and holds its row; the box is added to it.
    """
    on = dates.day_of(at)
    if there is None:
        beneficiary = held(beneficiary)
        there = queries.holdings_of(beneficiary, on=on)
    local = addresses.read_local_part(local_part)
    quota = quota_bytes if quota_bytes is not None else int(settings.SOCLE_MAIL_BOX_GB * queries.GIGABYTE)
    refuse(
        rules.why_not_make_box(
            beneficiary,
            there,
            local,
            kind=kind,
            holder=holder,
            display_name=display_name,
            quota_bytes=quota,
            by=by,
            on=on,
        )
    )
    assert there.domain is not None  # The rule has looked.
    mailbox = Mailbox.objects.create(
        beneficiary=beneficiary,
        domain=there.domain,
        local_part=local,
        address=f"{local}@{there.domain.name}",
        kind=kind,
        holder=holder,
        display_name=_one_line(display_name),
        quota_bytes=quota,
        made_at=at,
    )
    if holder is not None:
        Opening.objects.create(mailbox=mailbox, user=holder, may_send=True, opened_at=at)
    there.add(mailbox)
    journal.record("mail.box_made", mailbox, by=by, at=at, kind=str(kind), quota=quota)
    return mailbox


def _one_line(text: str) -> str:
    """A name as a header can bear it: what people typed may hold a line break."""
    return " ".join(text.split())[:120]


@transaction.atomic
def rename_box(mailbox: Mailbox, *, display_name: str, by: User, at: datetime) -> Mailbox:
    """Change the name that recipients see; the address stays. Raises `Refused`."""
    mailbox = rows.held(mailbox, *JOINED)
    refuse(rules.why_not_change_box(mailbox, by=by, on=dates.day_of(at)))
    refuse(None if display_name.strip() else "Donnez le nom que verront les destinataires.")
    mailbox.display_name = _one_line(display_name)
    mailbox.save(update_fields=["display_name"])
    journal.record("mail.box_renamed", mailbox, by=by, at=at)
    return mailbox


@transaction.atomic
def resize_box(mailbox: Mailbox, *, quota_bytes: int, by: User, at: datetime) -> Mailbox:
    """Change the quota of a box, within that of the beneficiary. Raises `Refused`."""
    held(mailbox.beneficiary)
    mailbox = rows.held(mailbox, *JOINED)
    refuse(rules.why_not_change_box(mailbox, by=by, on=dates.day_of(at)))
    refuse(rules.why_not_size(queries.quota_of(mailbox.beneficiary), quota_bytes, mailbox=mailbox))
    mailbox.quota_bytes = quota_bytes
    mailbox.save(update_fields=["quota_bytes"])
    journal.record("mail.box_resized", mailbox, by=by, at=at, quota=quota_bytes)
    return mailbox


@transaction.atomic
def suspend_box(mailbox: Mailbox, *, by: User, at: datetime) -> Mailbox:
    """Close a box to everybody; what arrives is kept for the day it is opened again. Raises `Refused`."""
    mailbox = rows.held(mailbox, *JOINED)
    refuse(rules.why_not_suspend_box(mailbox, by=by, on=dates.day_of(at)))
    mailbox.status, mailbox.suspended_at = Status.SUSPENDED, at
    mailbox.save(update_fields=["status", "suspended_at"])
    journal.record("mail.box_suspended", mailbox, by=by, at=at)
    return mailbox


@transaction.atomic
def resume_box(mailbox: Mailbox, *, by: User, at: datetime) -> Mailbox:
    """Restore a box that was suspended, or deleted and still kept, as it was. Raises `Refused`."""
    held(mailbox.beneficiary)
    mailbox = rows.held(mailbox, *JOINED)
    refuse(rules.why_not_resume_box(mailbox, by=by, on=dates.day_of(at)))
    was_deleted = mailbox.status == Status.DELETED
    mailbox.status = Status.ACTIVE
    mailbox.suspended_at = mailbox.deleted_at = mailbox.kept_until = None
    mailbox.save(update_fields=["status", "suspended_at", "deleted_at", "kept_until"])
    journal.record("mail.box_taken_back" if was_deleted else "mail.box_resumed", mailbox, by=by, at=at)
    return mailbox


@transaction.atomic
def delete_box(mailbox: Mailbox, *, by: User, at: datetime) -> Mailbox:
    """Delete a box without destroying anything: its messages wait until `kept_until`. Raises `Refused`."""
    mailbox = rows.held(mailbox, *JOINED)
    refuse(rules.why_not_delete_box(mailbox, by=by, on=dates.day_of(at)))
    mailbox.status, mailbox.deleted_at = Status.DELETED, at
    mailbox.kept_until = at + timedelta(days=settings.SOCLE_MAIL_KEPT_DAYS)
    mailbox.save(update_fields=["status", "deleted_at", "kept_until"])
    journal.record("mail.box_deleted", mailbox, by=by, at=at, kept_until=mailbox.kept_until.date().isoformat())
    return mailbox


@transaction.atomic
def erase_box(mailbox: Mailbox, *, by: User, at: datetime) -> Mailbox:
    """Erase a deleted box: the servers empty its folder, its address is free. Raises `Refused`."""
    mailbox = rows.held(mailbox, *JOINED)
    refuse(rules.why_not_erase_box(mailbox, at=at))
    mailbox.openings.all().delete()
    mailbox.status, mailbox.holder, mailbox.display_name = Status.ERASED, None, ""
    mailbox.used_bytes = mailbox.messages = 0
    mailbox.save(update_fields=["status", "holder", "display_name", "used_bytes", "messages"])
    journal.record("mail.box_erased", mailbox, by=by, at=at)
    return mailbox


@transaction.atomic
def hand_over(mailbox: Mailbox, *, to: User | None, may_send: bool = False, by: User, at: datetime) -> Mailbox:
    """Make a personal box an archive that a successor reads: it becomes shared, and its address still receives.

    Nobody writes in the name of who left unless `may_send`. The holder and the mayor are told, unless it is they who do
    it. Raises `Refused`.
    """
    mailbox = rows.held(mailbox, *JOINED)
    refuse(rules.why_not_hand_over(mailbox, to=to, by=by, on=dates.day_of(at)))
    assert to is not None  # The rule has looked.
    former = mailbox.holder_id
    mailbox.openings.all().delete()
    mailbox.kind, mailbox.holder = Kind.SHARED, None
    mailbox.save(update_fields=["kind", "holder"])
    Opening.objects.create(mailbox=mailbox, user=to, may_send=may_send, opened_at=at)
    journal.record("mail.box_handed_over", mailbox, by=by, at=at, former=former, successor=to.pk)
    enqueue_at_commit("socle.mail.tasks.tell_handed_over", mailbox.pk, former, to.pk, by.pk)
    return mailbox


# --- Who opens it -----------------------------------------------------------------------------------------------------
@transaction.atomic
def open_box(mailbox: Mailbox, *, to: User | None, may_send: bool = True, by: User, at: datetime) -> Opening:
    """Open a shared box to a person, with any of their device passwords. Raises `Refused`."""
    mailbox = rows.held(mailbox, *JOINED)
    refuse(rules.why_not_open(mailbox, to, by=by, on=dates.day_of(at)))
    assert to is not None  # The rule has looked.
    opening = Opening.objects.create(mailbox=mailbox, user=to, may_send=may_send, opened_at=at)
    journal.record("mail.box_opened", mailbox, by=by, at=at, person=to.pk, may_send=may_send)
    return opening


@transaction.atomic
def open_new_box(mailbox: Mailbox, *, to: list[User], by: User, at: datetime) -> None:
    """Open a shared box that was just made, to nobody yet, to people who serve there: in one statement."""
    Opening.objects.bulk_create(Opening(mailbox=mailbox, user=one, may_send=True, opened_at=at) for one in to)
    for one in to:
        journal.record("mail.box_opened", mailbox, by=by, at=at, person=one.pk, may_send=True)


@transaction.atomic
def change_opening(opening: Opening, *, may_send: bool, by: User, at: datetime) -> Opening:
    """Say whether somebody who reads a shared box also writes under its address. Raises `Refused`."""
    mailbox = rows.held(opening.mailbox, *JOINED)
    refuse(rules.why_not_close(opening, by=by, on=dates.day_of(at)))
    opening.may_send = may_send
    opening.save(update_fields=["may_send"])
    journal.record("mail.box_opened", mailbox, by=by, at=at, person=opening.user_id, may_send=may_send)
    return opening


@transaction.atomic
def close_box(opening: Opening, *, by: User, at: datetime) -> None:
    """Close a shared box to a person, at once on all their devices. Raises `Refused`."""
    mailbox = rows.held(opening.mailbox, *JOINED)
    refuse(rules.why_not_close(opening, by=by, on=dates.day_of(at)))
    journal.record("mail.box_closed", mailbox, by=by, at=at, person=opening.user_id)
    opening.delete()


# --- Quota ------------------------------------------------------------------------------------------------------------
@transaction.atomic
def allow_quota(beneficiary: Beneficiary, *, total_bytes: int, reason: str, by: User, at: datetime) -> Allowance:
    """Give a beneficiary another quota than everybody's, and say why. Raises `Refused`."""
    refuse(rules.why_not_allow(total_bytes, reason, by=by, on=dates.day_of(at)))
    allowance, _ = Allowance.objects.update_or_create(
        beneficiary=beneficiary,
        defaults={"total_bytes": total_bytes, "reason": reason.strip()[:300], "set_at": at},
    )
    journal.record("mail.room_allowed", beneficiary, by=by, at=at, total=total_bytes)
    return allowance


@transaction.atomic
def note_use(mailbox: Mailbox, *, used_bytes: int, messages: int, at: datetime) -> None:
    """Keep what the servers say a box holds: a measure, no gesture of anybody's."""
    Mailbox.objects.filter(pk=mailbox.pk).update(used_bytes=used_bytes, messages=messages, measured_at=at)


def note_same_use(mailboxes: Sequence[int], *, at: datetime) -> None:
    """Keep when the servers said that these boxes hold what they held: pages tell the hour of what they show."""
    for start in range(0, len(mailboxes), PORTION):
        Mailbox.objects.filter(pk__in=mailboxes[start : start + PORTION]).update(measured_at=at)
