"""Stopping the monthly message « À faire » by the link that it bears: no account is asked, the link is the proof."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from socle.people.models import User
from socle.quality.upkeep import reminding

UNKNOWN = (
    "Ce lien n’arrête rien. S’il est coupé sur deux lignes dans votre messagerie, recopiez-le en entier\u00a0; ou "
    "connectez-vous\u00a0: le choix est au bas de «\u00a0À faire\u00a0», dans l’éditeur de votre site."
)
ENDED = (
    "C’est fait\u00a0: vous ne recevrez plus ce message. Ce qui est à faire reste dans «\u00a0À faire\u00a0», dans "
    "l’éditeur de votre site, où vous pouvez aussi le demander de nouveau."
)


# A mailbox asks by itself, from anywhere (RFC 8058): the link it was given is signed, and does this and nothing else.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def end(request: HttpRequest, token: str) -> HttpResponse:
    """Stop the message. Opening the link only shows a button: programs that read messages open links."""
    person = reminding.to_leave(token)
    if person is None:
        return render(request, "public/reminder.html", {"sentence": UNKNOWN}, status=404)
    if request.method == "POST":
        reminding.choose(person, is_wanted=False, by=User.objects.system(), at=timezone.now())
        return render(request, "public/reminder.html", {"sentence": ENDED})
    return render(request, "public/reminder.html", {"is_asked": True})
