"""Saying who signs for a mairie: by whoever opens the box that it publishes, and once."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from socle.lib.limits import visitor, why_not_yet
from socle.people import asking
from socle.people.forms import SignatoryForm
from socle.ui.submit import refusal_shown_in

UNKNOWN = (
    "Ce lien ne correspond à aucune demande. S’il est coupé sur deux lignes dans votre messagerie, recopiez-le en "
    "entier\u00a0; si vous avez reçu un autre message depuis, c’est son lien qui sert."
)


@never_cache
def show(request: HttpRequest, token: str) -> HttpResponse:
    """Ask who signs, in which quality and at which address; say that somebody will call to check it."""
    if wait := why_not_yet(f"signatory:{visitor(request)}", limit=60, per=600):
        return render(request, "public/signatory.html", {"sentence": wait}, status=429)
    asked = asking.by_token(token)
    if asked is None:
        return render(request, "public/signatory.html", {"sentence": UNKNOWN}, status=404)
    if reason := asking.why_not_answer(asked, at=timezone.now()):
        return render(request, "public/signatory.html", {"sentence": reason}, status=410)
    form = SignatoryForm(request.POST or None, initial={"quality": "Maire" if asked.beneficiary.commune else ""})
    if request.method == "POST" and form.is_valid():
        with refusal_shown_in(form):
            asking.answer(asked, **form.cleaned_data, at=timezone.now())
            return render(request, "public/signatory.html", {"asked": asked, "is_told": True})
    context = {"asked": asked, "form": form}
    return render(request, "public/signatory.html", context, status=422 if form.errors else 200)
