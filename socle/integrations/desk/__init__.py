"""The desk where an organisation keeps its programs, the same at both doors: their tokens, their webhooks.

A view here is handed a `Desk` by the door that has let the person in; each door opens all of them by `urls.paths`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.utils import timezone

from socle.integrations import rules
from socle.journal.models import Entry
from socle.lib import dates
from socle.people import desk
from socle.provisioning.desk import Desk as OperatorDesk

DESK = OperatorDesk(
    readings={"webhook_delivery": "Envoi d’un webhook"},
    of_several={
        "webhook": "Envois d’un webhook sur plusieurs organismes",
        "webhook_file": "Envois d’un webhook sur plusieurs organismes, en fichier",
    },
)


@dataclass(frozen=True)
class Desk(desk.Desk):
    """Whose programs these are, who leads them, and by which door they came."""

    # Notes that this page shows something personal, where the door keeps such readings: its kind, its code, and the
    # line of the journal it is about.
    record_view: Callable[[str, str, Entry | None], None] = lambda kind, code, entry: None

    def template(self, page: str) -> str:
        """Return the name of the template of a page."""
        return f"integrations/{page}.html"

    @property
    def why_not_keep(self) -> str | None:
        """Why this person leads no program here, or None."""
        return rules.why_not_keep(self.owner, by=self.by, on=dates.day_of(timezone.now()))

    @property
    def why_not_keep_tokens(self) -> str | None:
        """Why this person keeps no token here, or None."""
        return rules.why_not_keep_tokens(self.owner, by=self.by, on=dates.day_of(timezone.now()))

    def forbid(self, reason: str | None) -> None:
        """Answer 403 with this reason, when there is one."""
        if reason:
            raise PermissionDenied(reason)
