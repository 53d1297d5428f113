"""The e-mails that a message calls for: its receipt, the mairie told that it came, the answer."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django_scopes import scopes_disabled

from socle.inbox.models import ContactMessage, MessageLetter
from socle.inbox.receipts import service_of
from socle.lib import dates
from socle.outbox import departures
from socle.people.models import Membership, Role
from socle.sites.models.sites import WebSite

log = logging.getLogger("socle.sites")

Kind = MessageLetter.Kind
# A letter that could not leave for so long is said not to have left, on the screen of the message.
STALE = timedelta(days=3)
SUBJECTS = {
    Kind.RECEIPT: "{title} n°\u00a0{number}",
    Kind.TOLD: "Un message est arrivé sur votre site (n°\u00a0{number})",
    Kind.REPLY: "{service}\u00a0: réponse à votre message n°\u00a0{number}",
}


def send_due(*, at: datetime) -> int:
    """Send the letters that must leave; return how many left. One that fails stays due, and the others leave."""
    due = MessageLetter.objects.filter(left_at=None, due_at__gt=at - STALE).order_by("due_at", "pk")
    sent = 0
    with scopes_disabled():  # Letters of every mairie, each read with its own message.
        for pk in list(due.values_list("pk", flat=True)):
            try:
                sent += _send(pk, at=at)
            except Exception as error:
                # What an error says may hold an address: only its kind is written.
                log.error("letter %s of a message did not leave: %s", pk, type(error).__name__)
    return sent


@transaction.atomic
def _send(pk: int, *, at: datetime) -> bool:
    # Two senders at once: the second finds nothing left to send.
    waiting = MessageLetter.objects.select_for_update(of=("self",)).filter(pk=pk, left_at=None)
    letter = waiting.select_related("message__beneficiary__commune").first()
    if letter is None:
        return False
    letter.left_at = at
    letter.save(update_fields=["left_at"])
    message = letter.message
    website = WebSite.objects.select_related("facts", "beneficiary__commune").get(beneficiary=message.beneficiary_id)
    service = service_of(website)
    said = {
        "message": message,
        "service": service,
        "words": letter.reply.words if letter.reply else "",
        "received": dates.at_in_words(message.received_at),
        # On a site's own host, the addresses of the platform are not the ones in force.
        "url": settings.PLATFORM_URL + reverse("mairie:message", args=[message.pk], urlconf=settings.ROOT_URLCONF),
    }
    title = message.receipt.partition("\n")[0]
    subject = SUBJECTS[Kind(letter.kind)].format(title=title, number=message.number, service=service.name)
    text = render_to_string(f"websites/messages/{letter.kind}.txt", said)
    # An answer to our own address would be lost.
    headers = {"Reply-To": service.email} if service.email and letter.kind != Kind.TOLD else {}
    recipients = told_of(message, website, at=at) if letter.kind == Kind.TOLD else [message.email]
    for recipient in recipients:
        departures.send(("message.letter", letter.pk), subject, text, recipient, headers=headers)
    return bool(recipients)


def told_of(message: ContactMessage, website: WebSite, *, at: datetime) -> list[str]:
    """Return whom a message is announced to: its secretaries, else its mayor, else the address of the mairie."""
    for role in (Role.SECRETARY, Role.MAYOR):
        held = Membership.objects.active_on(dates.day_of(at)).filter(beneficiary=message.beneficiary_id, role=role)
        people = held.filter(user__is_active=True).order_by("pk").values_list("user__email", flat=True)
        if found := [address for address in dict.fromkeys(people) if address]:
            return found
    return [website.facts.email] if website.facts.email else []
