"""The desk where an organisation keeps its programs, the same at both doors: their tokens, their webhooks.

A view here is handed a `Desk` by the door that has let the person in; each door opens all of them by `addresses.paths`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.integrations import rules
from socle.journal.models import Entry
from socle.lib import dates
from socle.people.models import Beneficiary, Operator, User


@dataclass(frozen=True)
class Desk:
    """Whose programs these are, who leads them, and by which door they came."""

    door: Literal["console", "mairie"]
    owner: Operator | Beneficiary
    by: User
    # Notes that this page shows something personal, where the door keeps such readings: its kind, its code, and the
    # line of the journal it is about.
    saw: Callable[[str, str, Entry | None], None] = lambda kind, code, entry: None

    @property
    def base(self) -> str:
        """The page of the door that everything is shown in."""
        return f"{self.door}/base.html"

    @property
    def why_not_keep(self) -> str | None:
        """Why this person leads no program here, or None."""
        return rules.why_not_keep(self.owner, by=self.by, on=dates.day_of(timezone.now()))

    def forbid(self) -> None:
        """Answer 403 to whoever leads no program here."""
        if reason := self.why_not_keep:
            raise PermissionDenied(reason)

    def address(self, name: str, *args: object) -> str:
        """The address of a page of this desk, at its door."""
        return reverse(f"{self.door}:{name}", args=args)

    def to(self, name: str, *args: object) -> HttpResponse:
        """Lead to a page of this desk."""
        return redirect(self.address(name, *args))

    def show(self, request: HttpRequest, page: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
        """Show a page of this desk, within its door's."""
        return render(request, f"integrations/{page}.html", {**context, "desk": self}, status=status)
