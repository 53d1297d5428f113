"""Demonstration steps of this room: idempotent, quick when nothing is missing, says what it did."""

from __future__ import annotations

from django.utils import timezone

from socle.joining import demonstration as joining
from socle.lib.declared import Say, Step
from socle.people.models import User


def _requests(say: Say) -> None:
    for request in joining.ensure_requests(by=User.objects.system(), at=timezone.now()):
        say(f"{request.place_name}, {request.get_status_display()}")


REQUESTS = Step("Demandes d’adhésion fictives", _requests)
