"""Public calendars of a mairie, and the link by which whoever is invited answers."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import cache_control

from socle.agenda import guests, public
from socle.lib import limits
from socle.lib.refusals import Refused
from socle.people.models import Beneficiary


@cache_control(max_age=300, public=True)
def feed(request: HttpRequest, beneficiary_id: int, slug: str) -> HttpResponse:
    """Give a public calendar, to which any agenda subscribes. Raises Http404 for one that is not public."""
    beneficiary = get_object_or_404(Beneficiary, pk=beneficiary_id)
    found = next((one for one in public.public_calendars(beneficiary) if one.slug == slug), None)
    if found is None:
        raise Http404("Cet agenda n’existe pas, ou n’est pas public.")
    found.beneficiary = beneficiary
    return HttpResponse(public.feed(found), content_type="text/calendar; charset=utf-8")


def answer(request: HttpRequest, token: str) -> HttpResponse:
    """Show an event to whom it was sent, and keep what they answer."""
    at = timezone.now()
    if request.method == "POST":
        if sentence := limits.why_not_yet(f"calendar-answer:{limits.visitor(request)}", limit=60, per=600):
            return render(request, "public/calendar_answer_stopped.html", {"sentence": sentence}, status=429)
        try:
            guests.answer(token, request.POST.get("reponse", ""), at=at)
        except Refused as refusal:
            messages.error(request, refusal.sentence)
        else:
            messages.success(request, "Votre réponse est notée. Vous pouvez la changer jusqu’à l’événement.")
        return redirect(request.path)
    found = guests.invited(token, at=at)
    if found is None:
        return render(request, "public/calendar_answer_stopped.html", {"sentence": guests.GONE}, status=404)
    return render(request, "public/calendar_answer.html", {"found": found})
