"""Enrolment of a machine of a mairie, by itself: its access to the backup server, for a code that is good once.

No cookie opens this door and no page leads to it: only the code does. The answers are plain lines, that a shell reads.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from socle.backups import actions
from socle.lib.refusals import Refused
from socle.lib.text import whole
from socle.people.models import User


def _said(text: str, *, status: int = 200) -> HttpResponse:
    response = HttpResponse(text + "\n", content_type="text/plain; charset=utf-8", status=status)
    response["Cache-Control"] = "no-store"
    return response


def machine_door(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Open a view to a machine: by POST, answered in plain text, its refusals too."""

    @csrf_exempt
    @sensitive_post_parameters()
    @wraps(view)
    def door(request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            return view(request)
        except Refused as refusal:
            return _said(refusal.sentence, status=403)

    return door


@machine_door
@sensitive_variables("given")
def claim(request: HttpRequest) -> HttpResponse:
    """Exchange a code for an access."""
    given = actions.claim(request.POST.get("code", "")[:80], by=User.objects.system(), at=timezone.now())
    return _said("\n".join(f"{name}={value}" for name, value in vars(given).items()))


@machine_door
def confirm(request: HttpRequest) -> HttpResponse:
    """Try the second key, once the machine has added it."""
    user = request.POST.get("user", "")[:40].replace("\x00", "")
    confirmation = request.POST.get("confirmation", "")[:80]
    actions.confirm(user, confirmation, by=User.objects.system(), at=timezone.now())
    return _said("ok")


@machine_door
@sensitive_variables("token")
def read_settings(request: HttpRequest) -> HttpResponse:
    """Tell a machine what its mairie wants saved and how often; it tells what its last save left out."""
    user = request.POST.get("user", "")[:40].replace("\x00", "")
    machine = actions.machine_by_token(user, request.POST.get("settings", "")[:80])
    code, missing = whole(request.POST.get("code", "")[:4]), frozenset(request.POST.getlist("missing"))
    machine = actions.note_outcome(machine, code=code, missing=missing, by=User.objects.system(), at=timezone.now())
    return _said(actions.settings_of(machine))
