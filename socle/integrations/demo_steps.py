"""Demonstration steps of this room: idempotent, quick when nothing is missing, says what it did."""

from __future__ import annotations

from django.utils import timezone

from socle.integrations import demo_data
from socle.journal.demo_steps import SEALED
from socle.lib import dates
from socle.lib.declared import Say, Step
from socle.people import personas
from socle.people.models import User
from socle.provisioning.access import access_of


def _programs(say: Say) -> None:
    officer = User.objects.filter(email=f"officer@{personas.DOMAIN}").first()
    access = access_of(officer, on=dates.day_of(timezone.now())) if officer else None
    # Lines of the journal are told once sealed.
    SEALED.do(say)
    if access is not None and demo_data.ensure_programs(access.operator, by=access.user, at=timezone.now()):
        say("jetons et webhook d’un logiciel fictif")


PROGRAMS = Step("Logiciels fictifs : jetons, webhook et son journal", _programs)
