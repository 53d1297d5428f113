"""Demonstration steps of this room."""

from __future__ import annotations

from django.utils import timezone

from socle.lib.declared import Say, Step
from socle.people.models import User
from socle.quality.accessibility.demo_data import ensure_audit


def _sites(say: Say) -> None:
    """A site is born of a signature: its audit waits for the first one."""
    if website := ensure_audit(by=User.objects.system(), at=timezone.now()):
        say(f"audit et schéma fictifs, {website.host}")


AUDIT = Step("Un audit d’accessibilité fictif", _sites)
