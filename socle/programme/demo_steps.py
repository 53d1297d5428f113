"""Demonstration steps of this room: idempotent, quick when nothing is missing, says what it did."""

from __future__ import annotations

from django.utils import timezone

from socle.lib.declared import Say, Step
from socle.people.models import User
from socle.programme import actions as programmes


def _programmes(say: Say) -> None:
    for path in programmes.files():
        programme, written = programmes.load(path, by=User.objects.system(), at=timezone.now(), demonstration=True)
        if written:
            say(programme.name)


PROGRAMMES = Step("Programmes", _programmes)
