"""The owner of an address outside answers a mairie that would send mail on to it: yes, no, or no more."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from socle.lib.limits import visitor, why_not_yet
from socle.lib.refusals import Refused
from socle.mail import confirming, emails

UNKNOWN = (
    "Ce lien ne correspond à aucune demande en cours. S’il est coupé sur deux lignes dans votre messagerie, "
    "recopiez-le en entier ; la mairie a peut-être retiré sa demande depuis."
)


@never_cache
def agree(request: HttpRequest, token: str) -> HttpResponse:
    """Show who asks what, and take the answer; opening the page answers nothing."""
    if wait := why_not_yet(f"mail-agreement:{visitor(request)}", limit=60, per=600):
        return _told(request, wait, status=429)
    thing = confirming.find(token)
    if thing is None:
        return _told(request, UNKNOWN, status=404)
    at = timezone.now()
    beneficiary = confirming.beneficiary_of(thing)
    address = confirming.address_of(thing)
    if request.method == "POST":
        try:
            if request.POST.get("reponse") == "oui":
                confirming.agree(thing, at=at)
                return _told(request, f"C’est noté : {beneficiary.name} peut vous écrire à {address}.", is_done=True)
            if request.POST.get("reponse") == "non":
                confirming.decline(thing, at=at)
                return _told(request, f"C’est noté : rien de {beneficiary.name} n’ira à {address}.", is_done=True)
        except Refused as refusal:
            return _told(request, refusal.sentence, status=409)
    reason = confirming.why_not_agree(thing, at=at)
    if reason and thing.confirmed_at is None:
        return _told(request, reason, status=410)
    context = {
        "beneficiary": beneficiary,
        "address": address,
        "source": emails.source_of(thing),
        "has_agreed": thing.confirmed_at is not None,
    }
    return render(request, "public/mail_agreement.html", context)


def _told(request: HttpRequest, sentence: str, *, status: int = 200, is_done: bool = False) -> HttpResponse:
    context = {"sentence": sentence, "is_done": is_done}
    return render(request, "public/mail_agreement_told.html", context, status=status)
