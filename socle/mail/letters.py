"""What is written to the owners of addresses outside: may the mairie send mail on to you?"""

from __future__ import annotations

import logging
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse

from socle.mail import confirming
from socle.mail.models import Forwarding
from socle.mail.queries import main_domain
from socle.outbox import departures

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
