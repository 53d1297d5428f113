"""Demonstration steps of this room: idempotent, quick when nothing is missing, says what it did."""

from __future__ import annotations

from django.utils import timezone

from socle.lib.declared import Say, Step
from socle.mergers import demo_data as mergers
from socle.mergers.presenters import title_of
from socle.people.models import User
from socle.programme.models import Programme


def _merger(say: Say) -> None:
    programme = Programme.objects.order_by("pk").first()
    if programme is not None and (
        plan := mergers.ensure_merger(programme, by=User.objects.system(), at=timezone.now())
    ):
        say(title_of(plan))


MERGER = Step("Une fusion réelle, avec une convention et des personnes fictives", _merger)
