"""Letting go of the messages that a demonstration kept."""

from __future__ import annotations

from datetime import datetime

from django.db import models

from socle.lib.declared import CHOICE, Ending, Fate, Rule
from socle.outbox.models import Message

RULES: tuple[Rule, ...] = (
    Rule(
        "boite-denvoi",
        "Messages gardés par une démonstration",
        "personnes fictives",
        "après leur rédaction",
        90,
        CHOICE,
        Fate.ERASED,
        "socle.outbox.retention.erase_messages",
        ends=Ending.MACHINE,
        because="Un exemplaire de démonstration, qui n’est parti nulle part.",
    ),
)

# Models that hold an e-mail address or a telephone number, and the rule that answers for them.
ANSWERED: dict[str, str] = {
    "outbox.Message": "boite-denvoi",
}


def erase_messages(before: datetime, *, by: models.Model, at: datetime, is_dry: bool) -> int:
    """Messages written before this instant."""
    rows = Message.objects.filter(written_at__lt=before)
    return rows.count() if is_dry else rows.delete()[0]


def erase_messages_to(person: models.Model, address: str) -> int:
    """Messages to this address, alone or among others."""
    return Message.objects.filter(to__icontains=address).delete()[0]
