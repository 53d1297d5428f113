"""A desk: screens that are the same at both doors, for the body and the person that a door let in (decision 0012)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from socle.people.models import Beneficiary, Operator, User


@dataclass(frozen=True)
class Desk:
    """Whose things these are, who leads them, and by which door they came."""

    door: Literal["console", "mairie"]
    owner: Operator | Beneficiary
    by: User

    @property
    def base(self) -> str:
        """The page of the door that everything is shown in."""
        return f"{self.door}/base.html"

    def address(self, name: str, *args: object) -> str:
        """The address of a page of this desk, at its door."""
        return reverse(f"{self.door}:{name}", args=args)

    def to(self, name: str, *args: object) -> HttpResponse:
        """Lead to a page of this desk."""
        return redirect(self.address(name, *args))

    def show(self, request: HttpRequest, page: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
        """Show a page of this desk, within its door's."""
        return render(request, self.template(page), {**context, "desk": self}, status=status)

    def template(self, page: str) -> str:
        """Return the name of the template of a page; each room has its folder."""
        raise NotImplementedError
