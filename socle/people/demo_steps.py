"""Demonstration steps of this room: idempotent, quick when nothing is missing, says what it did."""

from __future__ import annotations

from django.utils import timezone

from socle.lib.declared import Say, Step
from socle.people import personas
from socle.people.models import User


def _people(say: Say) -> None:
    personas.ensure_personas(by=User.objects.system(), at=timezone.now())


PEOPLE = Step("Personnes fictives", _people)
