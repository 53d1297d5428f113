"""The screen « Plan d’accessibilité »: the multi-year plan that the accessibility statement of the site shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from wagtail.admin.auth import require_admin_access

from socle.lib.dates import day_of
from socle.lib.refusals import Refused
from socle.quality.accessibility.actions import Planned, keep_plan
from socle.quality.models.accessibility import AccessibilityPlan
from socle.sites.editor.access import author_of, website_of
from socle.sites.parameters import value_of


@dataclass(frozen=True)
class ActionRow:
    """One line of the form of the plan: a year, an action, whether it is done."""

    rank: int
    year: forms.BoundField
    what: forms.BoundField
    is_done: forms.BoundField


class PlanForm(forms.Form):
    """The multi-year plan of accessibility: its years, who answers for it, its actions, and empty lines to add some."""

    EMPTY_LINES = 3
    MOST_LINES = 40

    first_year = forms.IntegerField(label="Première année", min_value=2005, max_value=2100)
    last_year = forms.IntegerField(label="Dernière année", min_value=2005, max_value=2100)
    referent = forms.CharField(
        label="Référent ou référente accessibilité",
        max_length=150,
        required=False,
        help_text="Une fonction, par exemple\u00a0: «\u00a0secrétariat général de la mairie\u00a0».",
    )
    policy = forms.CharField(
        label="Politique et moyens",
        max_length=3000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Comment la commune prend l’accessibilité en compte, avec quels moyens et quelles formations.",
    )

    def __init__(self, data: Any = None, *, plan: AccessibilityPlan | None, on: date) -> None:
        actions = list(plan.actions.all()) if plan is not None else []
        initial: dict[str, Any] = {
            "first_year": plan.first_year if plan else on.year,
            "last_year": plan.last_year if plan else on.year + value_of("plan-years") - 1,
            "referent": plan.referent if plan else "",
            "policy": plan.policy if plan else "",
        }
        for rank, action in enumerate(actions):
            initial |= {f"year{rank}": action.year, f"what{rank}": action.what, f"done{rank}": action.is_done}
        super().__init__(data, initial=initial)
        self.lines = min(self.MOST_LINES, max(len(actions) + self.EMPTY_LINES, self._sent(data)))
        for rank in range(self.lines):
            shown = rank + 1
            self.fields[f"year{rank}"] = forms.IntegerField(
                label=f"Action {shown}, année", required=False, min_value=2005, max_value=2100
            )
            self.fields[f"what{rank}"] = forms.CharField(label=f"Action {shown}", required=False, max_length=300)
            self.fields[f"done{rank}"] = forms.BooleanField(label=f"Action {shown} faite", required=False)

    def _sent(self, data: Any) -> int:
        return sum(1 for rank in range(self.MOST_LINES) if f"what{rank}" in data) if data else 0

    def general(self) -> list[forms.BoundField]:
        """Return the fields that are not lines."""
        return [self[name] for name in ("first_year", "last_year", "referent", "policy")]

    def rows(self) -> Iterator[ActionRow]:
        """Yield the lines of actions."""
        for rank in range(self.lines):
            yield ActionRow(rank + 1, self[f"year{rank}"], self[f"what{rank}"], self[f"done{rank}"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for rank in range(self.lines):
            if cleaned.get(f"what{rank}") and cleaned.get(f"year{rank}") is None and f"year{rank}" not in self.errors:
                self.add_error(f"year{rank}", "Dites l’année de cette action, ou effacez son texte.")
        return cleaned

    def actions(self) -> list[Planned]:
        """Return the lines that say something."""
        data = self.cleaned_data
        return [
            Planned(data[f"year{rank}"], data[f"what{rank}"], data[f"done{rank}"])
            for rank in range(self.lines)
            if data[f"what{rank}"]
        ]


@require_admin_access
def plan(request: HttpRequest) -> HttpResponse:
    """Write the multi-year plan of accessibility, which the statement shows."""
    website = website_of(request)
    kept = AccessibilityPlan.objects.filter(website=website).first()
    form = PlanForm(request.POST or None, plan=kept, on=day_of(timezone.now()))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            keep_plan(
                website,
                first_year=data["first_year"],
                last_year=data["last_year"],
                referent=data["referent"],
                policy=data["policy"],
                actions=form.actions(),
                by=author_of(request),
                at=timezone.now(),
            )
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, "Le schéma est publié dans la déclaration d’accessibilité.")
            return redirect("website_plan")
    return render(request, "websites/editor/plan.html", {"form": form, "website": website})
