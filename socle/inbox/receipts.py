"""The receipt that each message calls for: what the law wants in it, and the words in which it is given.

Settings name who makes it (`SOCLE_RECEIPTS`), so that the room of the requests may give receipts that know the delay of
each procedure; the one here knows what a site knows.
"""

from __future__ import annotations

from django.conf import settings
from django.utils.module_loading import import_string

from socle.inbox.contract import Receipt, Receipts, ReceiptService
from socle.inbox.models import ContactMessage
from socle.inbox.rules import full_receipt_due_on
from socle.lib.dates import at_in_words, in_words
from socle.lib.text import of_place, unbroken
from socle.sites.models.sites import WebSite

Subject = ContactMessage.Subject


def receipt_of(message: ContactMessage, website: WebSite) -> Receipt:
    """Ask for the receipt of a message from whoever the settings name."""
    maker: Receipts = import_string(settings.SOCLE_RECEIPTS)
    return maker(message, website)


def service_of(website: WebSite) -> ReceiptService:
    """Return the service in charge, and the ways to reach it that its site gives."""
    facts, commune = website.facts, website.beneficiary.commune
    place = " ".join(part for part in (facts.postal_code, facts.city) if part)
    name = f"Mairie {of_place(commune.name)}" if commune else website.beneficiary.name
    address = facts.address_beside(name)
    # Alone, the name of the town repeats that of the mairie.
    parts = (address, place) if address or facts.postal_code else ()
    return ReceiptService(
        name=name,
        address=", ".join(part for part in parts if part),
        phone=unbroken(facts.phone),
        email=facts.email,
    )


def built_in(message: ContactMessage, website: WebSite) -> Receipt:
    """Make the receipt of a message that no procedure is known for (CRPA, L. 112-11 and R. 112-11-1 to R. 112-11-4).

    A question or a report calls for no decision: a receipt that says when it came and whom it reached is complete. What
    silence is worth on a request depends on its procedure, which is not known here, and it rejects where no text makes
    one (L. 231-4, 2°): what leaves at once is the registration, which says neither; the full receipt follows within
    the delay of the text.
    """
    follows = ["La mairie lit votre message et vous répond aux coordonnées que vous avez laissées."]
    title = "Accusé de réception électronique"
    if message.subject == Subject.REQUEST:
        title = "Accusé d’enregistrement électronique"
        follows += [
            "Si votre demande appelle une décision, la mairie vous dit, au plus tard le "
            f"{in_words(full_receipt_due_on(message.received_at))}, ce qui manque éventuellement à votre dossier et ce "
            "que vaudrait une absence de réponse (code des relations entre le public et l’administration, articles "
            "L. 112-11 et R. 112-11-1).",
        ]
    phone = unbroken(website.facts.phone)
    how = f"appelez la mairie au {phone}" if phone else "adressez-vous à la mairie"
    follows.append(f"Sans nouvelles, {how} en donnant le numéro de votre message.")
    return Receipt(title, message.number, message.received_at, service_of(website), tuple(follows))


def text_of(receipt: Receipt, *, subject: str) -> str:
    """Write a receipt as it is given and kept. Nothing in it was typed by whoever wrote."""
    service = receipt.service
    ways = (service.address, _said("téléphone", service.phone), _said("courriel", service.email))
    lines = [
        receipt.title,
        "",
        f"Numéro\u00a0: {receipt.number}",
        f"Reçu le\u00a0: {at_in_words(receipt.received_at)}",
        f"Objet\u00a0: {subject}",
        f"Service chargé du dossier\u00a0: {', '.join(filter(None, (service.name, *ways)))}",
    ]
    return "\n\n".join(["\n".join(lines), *receipt.follows])


def _said(name: str, value: str) -> str:
    return f"{name} {value}" if value else ""
