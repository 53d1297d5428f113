"""Demonstration steps of this room: idempotent, quick when nothing is missing, says what it did."""

from __future__ import annotations

from django.utils import timezone

from socle.documents import texts
from socle.lib.declared import Say, Step
from socle.people.models import User


def _texts(say: Say) -> None:
    for text in texts.publish_seeds(by=User.objects.system(), at=timezone.now()):
        say(f"{text}")


TEXTS = Step("Textes", _texts)
