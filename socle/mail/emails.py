"""E-mails about boxes: to the owners of addresses outside, and to those whose box another reads."""

from __future__ import annotations

import logging
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse

from socle.lib import dates
from socle.mail import confirming
from socle.mail.models import Forwarding, Mailbox
from socle.mail.queries import main_domain
from socle.outbox import departures
from socle.people.models import Membership, Role, User

log = logging.getLogger("socle.mail")


def send_due(*, at: datetime) -> int:
    """Ask every owner who was not asked yet; return how many letters left.

    One whose letter does not leave stays to be asked, and the next round tries again.
    """
    sent = 0
    for thing in confirming.due(at=at):
        try:
            sent += _send(thing)
        except Exception:
            log.exception("the question of %s %s did not leave", thing._meta.label_lower, thing.pk)
    return sent


def _send(thing: confirming.Asked) -> bool:
    with transaction.atomic():
        # The claim and the message hold together: a message that fails leaves the question to be asked.
        token = confirming.draw(thing)
        if token is None:
            return False
        beneficiary = confirming.beneficiary_of(thing)
        said = {
            "beneficiary": beneficiary,
            "source": source_of(thing),
            "address": confirming.address_of(thing),
            "is_group": not isinstance(thing, Forwarding) and thing.alias.is_group,
            "expires_at": thing.expires_at,
            "url": f"{settings.PLATFORM_URL}{reverse('mail_agreement', args=[token])}",
        }
        text = render_to_string("mail/agreement_asked.txt", said)
        key = ("mail.agreement", thing._meta.label_lower, thing.pk, thing.asked_at)
        subject = f"{beneficiary.name} vous demande votre accord"
        departures.send(key, subject, text, confirming.address_of(thing))
    return True


def source_of(thing: confirming.Asked) -> str:
    """The address whose mail would be sent on, as people read it."""
    if isinstance(thing, Forwarding):
        return thing.mailbox.address
    domain = main_domain(thing.alias.beneficiary)
    return f"{thing.alias.local_part}@{domain.shown if domain else '…'}"


def tell_handed_over(mailbox: Mailbox, *, former: int | None, successor: int, by: int, at: datetime) -> None:
    """Tell whose box it was, and those who represent the mairie, that a successor reads it; not whoever did it."""
    mayors = Membership.objects.active_on(dates.day_of(at)).filter(beneficiary=mailbox.beneficiary_id, role=Role.MAYOR)
    told = User.objects.filter(Q(pk=former) | Q(pk__in=mayors.values("user"), is_active=True)).exclude(pk=by)
    people = User.objects.in_bulk([pk for pk in (former, successor, by) if pk is not None])
    said = {
        "mailbox": mailbox, "former": people.get(former or 0), "successor": people[successor], "by": people[by],
        "url": f"{settings.PLATFORM_URL}{reverse('mairie:mailbox', args=[mailbox.pk])}",
    }  # fmt: skip
    for person in told:
        text = render_to_string("mail/handed_over.txt", {**said, "person": person, "is_former": person.pk == former})
        key = ("mail.handed_over", mailbox.pk, former, successor, person.pk)
        departures.send(key, f"La boîte {mailbox.address} change de mains", text, person.email)
