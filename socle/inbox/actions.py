"""Actions on a message: received with its receipt, entrusted, answered, put away, taken up again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.crypto import get_random_string
from django_scopes import scopes_disabled

from socle.inbox import attachments, receipts, rules
from socle.inbox.attachments import Handed
from socle.inbox.models import ContactMessage, MessageLetter, MessageReply, Status
from socle.journal import actions as journal
from socle.lib import dates
from socle.lib.queue import enqueue_at_commit
from socle.lib.refusals import refuse
from socle.lib.text import folded
from socle.people.models import User
from socle.sites.models.sites import WebSite

Kind = MessageLetter.Kind
# Letters and digits that are not taken for one another when they are read aloud on the telephone.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def digest(form: str) -> str:
    """Return what is kept of what a form bore."""
    return hashlib.sha256(form.encode()).hexdigest()


@transaction.atomic
def receive(
    website: WebSite,
    *,
    name: str,
    email: str = "",
    phone: str = "",
    address: str = "",
    subject: ContactMessage.Subject,
    words: str,
    handed: Iterable[Handed] = (),
    form: str,
    is_fictitious: bool = False,
    by: User,
    at: datetime,
) -> ContactMessage:
    """Keep what an inhabitant writes, with its receipt, and tell the mairie that something came. Raises Refused.

    `form` is what the form bore: sent twice, it makes one message.
    """
    name, email, phone = " ".join(name.split()), email.strip().lower(), " ".join(phone.split())
    address, words = " ".join(address.split()), words.strip()
    form_sha256 = digest(form)
    with scopes_disabled():  # A form is known wherever it served.
        known: ContactMessage | None = ContactMessage.objects.filter(form_sha256=form_sha256).first()
    if known is not None:
        refuse(rules.why_not_replay(known, beneficiary=website.beneficiary, name=name, words=words))
        return known
    refuse(rules.why_not_send(name=name, email=email, phone=phone, words=words))
    made = ContactMessage(
        beneficiary=website.beneficiary,
        number=_new_number(),
        name=name,
        email=email,
        phone=phone,
        address=address,
        subject=subject,
        words=words,
        form_sha256=form_sha256,
        received_at=at,
        is_fictitious=is_fictitious,
    )
    made.search_text = folded(f"{made.number} {name} {email} {phone} {words}")
    given = receipts.receipt_of(made, website)
    made.receipt = receipts.text_of(given, subject=made.subject_in_words)
    made.save(force_insert=True)
    attachments.keep(made, handed)
    if email:
        _write(made, Kind.RECEIPT, at=at)
    _write(made, Kind.TOLD, at=at)
    journal.record("message.received", made, by=by, at=at, number=made.number)
    return made


def _new_number() -> str:
    with scopes_disabled():  # A number is one for all the mairies.
        while True:
            drawn = get_random_string(8, ALPHABET)
            number = f"{drawn[:4]}-{drawn[4:]}"
            if not ContactMessage.objects.filter(number=number).exists():
                return number


def _write(
    message: ContactMessage, kind: MessageLetter.Kind, *, at: datetime, reply: MessageReply | None = None
) -> None:
    MessageLetter.objects.create(message=message, kind=kind, reply=reply, due_at=at)
    enqueue_at_commit("socle.inbox.tasks.send_message_letters")


def _held(message: ContactMessage) -> ContactMessage:
    """The row as it is now, held until the end: two clicks at once are two turns."""
    held: ContactMessage = ContactMessage.objects.select_for_update().get(pk=message.pk)
    return held


def _move(message: ContactMessage, to: Status, *, at: datetime) -> None:
    message.status, message.moved_at = to, at
    message.save(update_fields=["status", "moved_at"])


@transaction.atomic
def assign(message: ContactMessage, *, to: User | None, by: User, at: datetime) -> ContactMessage:
    """Entrust a message to a person of the mairie, or to nobody again."""
    message = _held(message)
    refuse(rules.why_not_assign(message, to, on=dates.day_of(at)))
    chosen = to.pk if to is not None else None
    if message.assigned_to_id != chosen:
        message.assigned_to = to
        message.save(update_fields=["assigned_to"])
        journal.record("message.assigned", message, by=by, at=at, number=message.number, person=chosen)
    return message


@transaction.atomic
def answer(
    message: ContactMessage, words: str, *, form: str, stays_open: bool = False, by: User, at: datetime
) -> MessageReply:
    """Answer by e-mail. `form` is what the form bore: sent twice, it makes one answer.

    One that only says that it came leaves the message to be treated (`stays_open`), by the same day.
    """
    message, words = _held(message), words.strip()
    form_sha256 = digest(f"{message.pk} {form}")
    known = MessageReply.objects.filter(form_sha256=form_sha256).first()
    if known is not None:
        return known
    refuse(rules.why_not_answer(message) or rules.why_not_say(words))
    reply = MessageReply.objects.create(
        message=message, words=words, written_at=at, written_by=by, form_sha256=form_sha256
    )
    _write(message, Kind.REPLY, at=at, reply=reply)
    if not stays_open:
        _move(message, Status.ANSWERED, at=at)
    journal.record("message.answered", message, by=by, at=at, number=message.number)
    return reply


@transaction.atomic
def close(message: ContactMessage, *, by: User, at: datetime) -> ContactMessage:
    """Put a message away: nothing more is to be done."""
    message = _held(message)
    refuse(rules.why_not_close(message))
    _move(message, Status.CLOSED, at=at)
    journal.record("message.closed", message, by=by, at=at, number=message.number)
    return message


@transaction.atomic
def reopen(message: ContactMessage, *, by: User, at: datetime) -> ContactMessage:
    """Take a message up again, whatever was decided of it."""
    message = _held(message)
    refuse(rules.why_not_reopen(message))
    _move(message, Status.NEW, at=at)
    journal.record("message.reopened", message, by=by, at=at, number=message.number)
    return message


@transaction.atomic
def call_spam(message: ContactMessage, *, by: User, at: datetime) -> ContactMessage:
    """Put a message among the unwanted ones, which are erased soon."""
    message = _held(message)
    refuse(rules.why_not_spam(message))
    _move(message, Status.SPAM, at=at)
    journal.record("message.called_spam", message, by=by, at=at, number=message.number)
    return message
