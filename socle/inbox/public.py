"""Writing to the mairie from its site: the form, then the receipt.

The contact page is a file, and holds a plain link to here: what must be fresh (since when the form is open) is drawn by
the platform, and a platform that is stopped leaves the telephone and the address where they were.
"""

from __future__ import annotations

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from socle.inbox import actions
from socle.inbox.attachments import MOST_FILES
from socle.inbox.forms import ContactForm
from socle.inbox.models import ContactMessage
from socle.inbox.receipts import service_of
from socle.lib.limits import visitor, why_not_yet
from socle.lib.refusals import Refused
from socle.people.models import Membership, User
from socle.retention.table import lasts
from socle.sites.dynamic import stopped
from socle.sites.frame import frame_for
from socle.sites.models.sites import WebSite
from socle.sites.notice import why_not_write_to
from socle.sites.parameters import value_of
from socle.sites.public import website_of

SENT = "socle.inbox.sent"
OVER = "L’accusé de réception ne se montre ici qu’une heure\u00a0: il part aussi par courriel à qui en a laissé un."
NOBODY = "Personne ne lit encore les messages de ce site\u00a0: téléphonez à la mairie, écrivez-lui ou venez la voir."


def has_readers(website: WebSite) -> bool:
    """Whether somebody of the mairie could read a message today."""
    on = timezone.localdate()
    return Membership.objects.active_on(on).filter(beneficiary=website.beneficiary_id, user__is_active=True).exists()


def contact(request: HttpRequest) -> HttpResponse:
    """Write to the mairie."""
    website, at = website_of(request), timezone.now()
    if closed := why_not_write_to(website):
        return stopped(request, closed, 200, title="Écrire à la mairie")
    if not has_readers(website):
        return stopped(request, NOBODY, 200, title="Écrire à la mairie")
    if request.method == "POST":
        form, status = ContactForm(request.POST, request.FILES, place=f"contact:{website.pk}", at=at), 422
        # Counted before the files are read: reading them is what costs.
        if wait := _why_wait(request, website):
            return stopped(request, wait, 429)
        if form.is_valid() and (made := _receive(website, form)) is not None:
            return redirect("website_contact_received", signing.dumps(made.number, salt=SENT))
    else:
        form, status = ContactForm(place=f"contact:{website.pk}", at=at), 200
    context = {"frame": frame_for(request, None), "form": form, "kept": lasts("messages-habitants")}
    return render(request, "websites/messages/contact.html", context, status=status)


def conditions(request: HttpRequest) -> HttpResponse:
    """Say on which conditions one writes to the mairie from here (CRPA, L. 112-9 and R. 112-9-2)."""
    context = {
        "frame": frame_for(request, None),
        "service": service_of(website_of(request)),
        "most_files": MOST_FILES,
        "delay": value_of("receipt-working-days"),
        "kept": lasts("messages-habitants"),
    }
    return render(request, "websites/messages/conditions.html", context)


def _why_wait(request: HttpRequest, website: WebSite) -> str | None:
    return why_not_yet(f"contact:{visitor(request)}", limit=20, per=3600) or why_not_yet(
        f"contact-of:{website.pk}", limit=120, per=3600
    )


def _receive(website: WebSite, form: ContactForm) -> ContactMessage | None:
    said = form.cleaned_data
    # Each message writes to an address that somebody typed.
    if said["email"] and (wait := why_not_yet(f"contact-to:{said['email'].lower()}", limit=6, per=24 * 3600)):
        form.add_error(None, wait)
        return None
    try:
        return actions.receive(
            website,
            name=said["name"],
            email=said["email"],
            phone=said["phone"],
            address=said["address"],
            subject=ContactMessage.Subject(said["subject"]),
            words=said["words"],
            handed=said["handed"],
            form=form.form_id,
            by=User.objects.system(),
            at=timezone.now(),
        )
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return None


def received(request: HttpRequest, signed: str) -> HttpResponse:
    """Show the receipt, for an hour, to whoever has just written. Nothing of the message is shown."""
    try:
        number = signing.loads(signed, salt=SENT, max_age=3600)
    except signing.BadSignature:
        number = ""
    made = ContactMessage.objects.filter(number=number, beneficiary=website_of(request).beneficiary_id).first()
    if made is None:
        return stopped(request, OVER, 410, title="Accusé de réception")
    title, _, rest = made.receipt.partition("\n")
    context = {"frame": frame_for(request, None), "made": made, "title": title, "receipt": rest.strip()}
    return render(request, "websites/messages/received.html", context)
