"""Automatic replies and forwarding of a box: the answer of an absence, and sending on what it receives."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from socle.journal import actions as journal
from socle.lib import dates
from socle.lib.refusals import Refused, refuse
from socle.lib.rows import held
from socle.mail import confirming, rules
from socle.mail.aliases import Target, read_target
from socle.mail.models import Forwarding, Mailbox, Vacation
from socle.people.models import User

# An absence is not for ever: after so long, one says that the person left.
LONGEST_ABSENCE = 400
LONGEST_SUBJECT, LONGEST_TEXT = 150, 2000
# Of forwardings from box to box, in a row.
LONGEST_CHAIN = 10


# --- Absences ---------------------------------------------------------------------------------------------------------
def why_not_be_absent(
    mailbox: Mailbox, *, subject: str, text: str, starts_on: date, ends_on: date | None, by: User, on: date
) -> str | None:
    """Say why a box cannot answer so, or None."""
    if reason := rules.why_not_decide(mailbox, by=by, on=on):
        return reason
    if not subject.strip() or not text.strip():
        return "Écrivez l’objet et la réponse : c’est ce que recevra qui vous écrit."
    if len(subject) > LONGEST_SUBJECT or len(text) > LONGEST_TEXT:
        return f"L’objet a {LONGEST_SUBJECT} caractères au plus, la réponse {LONGEST_TEXT}."
    if ends_on is not None and ends_on < starts_on:
        return "L’absence finit avant d’avoir commencé : corrigez une des deux dates."
    if ends_on is not None and ends_on < on:
        return "Cette absence est déjà finie."
    if ends_on is not None and (ends_on - starts_on).days > LONGEST_ABSENCE:
        return "Cette absence dure plus d’un an : si la personne est partie, transmettez plutôt sa boîte."
    return None


@transaction.atomic
def be_absent(
    mailbox: Mailbox, *, subject: str, text: str, starts_on: date, ends_on: date | None, by: User, at: datetime
) -> Vacation:
    """Make a box answer from a day to a day, once to each who writes. Raises `Refused`."""
    mailbox = held(mailbox, "beneficiary")
    refuse(
        why_not_be_absent(
            mailbox, subject=subject, text=text, starts_on=starts_on, ends_on=ends_on, by=by, on=dates.day_of(at)
        )
    )
    vacation, _ = Vacation.objects.update_or_create(
        mailbox=mailbox,
        defaults={
            "subject": " ".join(subject.split()),
            "text": text.strip(),
            "starts_on": starts_on,
            "ends_on": ends_on,
        },
    )
    journal.record(
        "mail.vacation_set",
        mailbox,
        by=by,
        at=at,
        starts_on=starts_on.isoformat(),
        ends_on=ends_on.isoformat() if ends_on else None,
    )
    return vacation


@transaction.atomic
def come_back(mailbox: Mailbox, *, by: User, at: datetime) -> None:
    """Stop answering an absence. Raises `Refused`."""
    mailbox = held(mailbox, "beneficiary")
    refuse(rules.why_not_decide(mailbox, by=by, on=dates.day_of(at)))
    if Vacation.objects.filter(mailbox=mailbox).delete()[0]:
        journal.record("mail.vacation_ended", mailbox, by=by, at=at)


# --- Forwarding -------------------------------------------------------------------------------------------------------
def why_not_forward(mailbox: Mailbox, target: Target | None, *, by: User, on: date) -> str | None:
    """Say why what this box receives cannot be sent on there, or None."""
    if reason := rules.why_not_decide(mailbox, by=by, on=on):
        return reason
    if target is None or target.mailbox is None:
        return None
    if target.mailbox.pk == mailbox.pk:
        return "Une boîte ne se renvoie pas à elle-même."
    if _comes_back(mailbox, target.mailbox):
        return f"« {target.mailbox.address} » renvoie déjà vers cette boîte : les messages tourneraient en rond."
    return None


def _comes_back(mailbox: Mailbox, to: Mailbox) -> bool:
    seen = {mailbox.address}
    address = to.address
    for _ in range(LONGEST_CHAIN):
        if address in seen:
            return True
        seen.add(address)
        following = Forwarding.objects.filter(mailbox__address=address).values_list("destination", flat=True).first()
        if following is None:
            return False
        address = following
    return True


@transaction.atomic
def forward(mailbox: Mailbox, *, destination: str, is_copy_kept: bool, by: User, at: datetime) -> Forwarding:
    """Send on what a box receives: at once to a box of ours, elsewhere once the owner agreed. Raises `Refused`."""
    mailbox = held(mailbox, "beneficiary")
    refuse(why_not_forward(mailbox, None, by=by, on=dates.day_of(at)))
    target = read_target(mailbox.beneficiary, destination)
    refuse(why_not_forward(mailbox, target, by=by, on=dates.day_of(at)))
    address = target.mailbox.address if target.mailbox else target.address
    former = Forwarding.objects.filter(mailbox=mailbox).first()
    if former is not None and former.destination == address and former.is_in_force:
        former.is_copy_kept = is_copy_kept
        former.save(update_fields=["is_copy_kept"])
        forwarding = former
    else:
        if former is not None:
            former.delete()
        forwarding = Forwarding(mailbox=mailbox, destination=address, is_copy_kept=is_copy_kept, made_at=at)
        if target.mailbox is not None:
            forwarding.confirmed_at = at
        else:
            confirming.ask(forwarding, at=at)
        forwarding.save(force_insert=True)
    journal.record(
        "mail.forwarding_set", mailbox, by=by, at=at, is_copy_kept=is_copy_kept, is_outside=target.mailbox is None
    )
    return forwarding


@transaction.atomic
def stop_forwarding(mailbox: Mailbox, *, by: User, at: datetime) -> None:
    """Stop sending on what a box receives. Raises `Refused`."""
    mailbox = held(mailbox, "beneficiary")
    refuse(rules.why_not_decide(mailbox, by=by, on=dates.day_of(at)))
    if Forwarding.objects.filter(mailbox=mailbox).delete()[0]:
        journal.record("mail.forwarding_ended", mailbox, by=by, at=at)


@transaction.atomic
def ask_again(mailbox: Mailbox, *, by: User, at: datetime) -> Forwarding:
    """Write again to the owner of the address; the former link dies. Raises `Refused`."""
    mailbox = held(mailbox, "beneficiary")
    refuse(rules.why_not_decide(mailbox, by=by, on=dates.day_of(at)))
    forwarding = Forwarding.objects.select_for_update().filter(mailbox=mailbox).first()
    if forwarding is None or forwarding.is_in_force:
        raise Refused("Aucun accord n’est attendu pour cette boîte.")
    confirming.ask(forwarding, at=at)
    forwarding.save(update_fields=confirming.QUESTION)
    journal.record("mail.forwarding_set", mailbox, by=by, at=at, is_copy_kept=forwarding.is_copy_kept, is_outside=True)
    return forwarding
