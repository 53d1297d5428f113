"""One act of an operator attached to the drafts chosen in the register, by a batch."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.agreements import rules as agreements
from socle.agreements.models import Party
from socle.batches import actions as batches
from socle.batches import rules
from socle.batches.contract import Wish
from socle.batches.gestures import gesture_of
from socle.console.views.batches import ALL, NAMED, PAGE, by_reason, list_address
from socle.deliberations.models import Act
from socle.lib import dates
from socle.lib.refusals import refuse
from socle.provisioning.desk.access import Access, forbid, gesture
from socle.provisioning.desk.selections import chosen_rows, selectable_of
from socle.ui.shapes import Link


class AttachForm(forms.Form):
    """Which act; the key makes the form start once."""

    act = forms.ModelChoiceField(
        queryset=Act.of_operators.none(),
        label="Acte",
        empty_label="– à choisir –",
        help_text="Celui du centre de gestion, ou du syndicat. Il doit être exécutoire le jour de la signature.",
        error_messages={
            "required": "Choisissez l’acte à rattacher.",
            "invalid_choice": "Cet acte n’est pas celui d’une partie de ces conventions.",
        },
    )
    cle = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Any, *, chosen: list[int], key: UUID) -> None:
        super().__init__(data, initial={"cle": key})
        act = self.fields["act"]
        assert isinstance(act, forms.ModelChoiceField)
        parties = Party.objects.filter(agreement__in=chosen, operator__isnull=False)
        acts = Act.of_operators.filter(operator__in=parties.values("operator")).select_related("operator")
        act.queryset = acts.order_by("operator__name", "-adopted_on", "-pk")
        act.label_from_instance = _name  # type: ignore[assignment,method-assign]


def _name(act: Act) -> str:
    fictitious = " (fictif)" if act.is_fictitious else ""
    day = dates.in_words(act.adopted_on)
    return f"{act.operator}, n°\u00a0{act.number} du {day}, {act.subject}{fictitious}"


@gesture
def attach(request: HttpRequest, access: Access) -> HttpResponse:
    """Choose the act, say to which drafts it goes and which are refused already; attach it by a batch."""
    at = timezone.now()
    on = dates.day_of(at)
    forbid(agreements.why_not_write(by=access.user, on=on))
    scope = ALL if request.POST.get("portee") == ALL else PAGE
    filters = request.POST.get("filtres", "")[:1000]
    only = request.POST.getlist("choix") if scope == PAGE else None
    register, wanted = selectable_of("conventions"), gesture_of("attach_act")
    chosen = chosen_rows(register, access, filters=filters, only=only, limit=rules.MOST + 1)
    refuse(
        rules.why_not_start(
            wanted, len(chosen), programme=access.programme, operator=access.operator, by=access.user, on=on
        )
    )
    is_asked = request.POST.get("etape") == "rattacher"
    form = AttachForm(request.POST if is_asked else None, chosen=[int(one.subject) for one in chosen], key=uuid4())
    refused: dict[str, str] = {}
    if is_asked and form.is_valid():
        act: Act = form.cleaned_data["act"]
        lines = [replace(one, subject=f"{act.pk}:{one.subject}") for one in chosen]
        refused = wanted.sort_out([one.subject for one in lines], Wish(access.user, access.programme), at=at)
        if len(refused) < len(lines):
            batch = batches.start(
                wanted,
                lines,
                programme=access.programme,
                operator=access.operator,
                key=form.cleaned_data["cle"],
                filters=filters,
                by=access.user,
                at=at,
            )
            messages.success(request, "L’acte se rattache aux projets, l’un après l’autre\u00a0: le rapport est ici.")
            return redirect("console:batch", batch.pk)
        form.add_error("act", "Cet acte ne se rattache à aucun des projets choisis\u00a0: voyez pourquoi plus bas.")
        chosen = lines
    context = {
        "form": form,
        "count": len(chosen),
        "sample": [one.label for one in chosen][:NAMED],
        "more": max(0, len(chosen) - NAMED),
        "refusals": by_reason(chosen, refused),
        "whole": _whole(access, filters) if scope == PAGE else 0,
        "scope": scope,
        "only": only or [],
        "filters": filters,
        "back": list_address(register, filters),
        "crumbs": [Link("Conventions", reverse("console:agreements")), Link("Rattacher un acte")],
    }
    return render(request, "console/attach_act.html", context, status=422 if form.errors else 200)


def _whole(access: Access, filters: str) -> int:
    """How many conventions the list has, under the filters by which some of its lines were ticked."""
    return len(chosen_rows(selectable_of("conventions"), access, filters=filters, limit=rules.MOST + 1))
