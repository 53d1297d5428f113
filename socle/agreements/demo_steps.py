"""Demonstration steps of this room: idempotent, quick when nothing is missing, says what it did."""

from __future__ import annotations

from django.utils import timezone

from socle.agreements import priorities
from socle.lib.declared import Say, Step
from socle.lib.text import number
from socle.people.models import User


def _ranks(say: Say) -> None:
    if count := priorities.keep_assessments(by=User.objects.system(), at=timezone.now()):
        say(f"{number(count)} rangs établis")


RANKS = Step("Rangs des communes", _ranks)
