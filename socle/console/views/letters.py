"""Writing to the mairies of several agreements: a text with variables, read as one of them will, sent by a batch."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.agreements import letters
from socle.agreements import rules as agreements
from socle.agreements.gestures import agreement_of
from socle.batches import actions as batches
from socle.batches import rules
from socle.batches.contract import Wish
from socle.batches.gestures import gesture_of
from socle.console.views.batches import ALL, NAMED, PAGE, by_reason, list_address
from socle.lib import dates
from socle.lib.refusals import refuse
from socle.provisioning.desk.access import Access, forbid, gesture
from socle.provisioning.desk.selections import chosen_rows, selectable_of
from socle.ui.shapes import Link


class LetterForm(forms.Form):
    """Words of a letter."""

    subject = forms.CharField(label="Objet", max_length=150)
    body = forms.CharField(
        label="Texte",
        max_length=letters.MOST_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text="Commence après «\u00a0Bonjour Prénom Nom,\u00a0» et finit avant le nom de votre organisme.",
    )

    def clean(self) -> dict[str, Any]:
        """Refuse a variable that does not exist, in the field where it is."""
        given = super().clean() or {}
        for name, words in list(given.items()):
            if reason := letters.why_not_filled(words):
                self.add_error(name, reason)
        return given


@gesture
def write(request: HttpRequest, access: Access) -> HttpResponse:
    """Write a letter to the rows chosen in the register; show it filled for the first one; send it by a batch."""
    forbid(agreements.why_not_write(by=access.user, on=dates.day_of(timezone.now())))
    scope = ALL if request.POST.get("portee") == ALL else PAGE
    filters = request.POST.get("filtres", "")[:1000]
    only = request.POST.getlist("choix") if scope == PAGE else None
    register, wanted = selectable_of("conventions"), gesture_of("send_letter")
    chosen = chosen_rows(register, access, filters=filters, only=only, limit=rules.MOST + 1)
    at = timezone.now()
    refuse(
        rules.why_not_start(
            wanted,
            len(chosen),
            programme=access.programme,
            operator=access.operator,
            by=access.user,
            on=dates.day_of(at),
        )
    )
    step = request.POST.get("etape", "")
    form = LetterForm(request.POST if step else None)
    key = request.POST.get("cle", "")
    if step == "envoyer" and form.is_valid():
        letter = letters.write(
            **form.cleaned_data,
            key=_key(key),
            programme=access.programme,
            operator=access.operator,
            by=access.user,
            at=at,
        )
        batch = batches.start(
            wanted,
            [replace(one, subject=f"{letter.pk}:{one.subject}") for one in chosen],
            programme=access.programme,
            operator=access.operator,
            key=letter.key,
            filters=filters,
            by=access.user,
            at=at,
        )
        messages.success(request, "La lettre part, une mairie après l’autre\u00a0: vous pouvez quitter cette page.")
        return redirect("console:batch", batch.pk)
    refused = wanted.sort_out([f"0:{one.subject}" for one in chosen], Wish(access.user, access.programme), at=at)
    accepted = [one for one in chosen if f"0:{one.subject}" not in refused]
    context = {
        "form": form,
        "preview": _preview(form, accepted[0].subject) if step and form.is_valid() and accepted else None,
        "variables": [(name, meaning) for name, (meaning, _) in letters.VARIABLES.items()],
        "accepted": len(accepted),
        "sample": [one.label for one in accepted][:NAMED],
        "more": max(0, len(accepted) - NAMED),
        "refusals": by_reason([replace(one, subject=f"0:{one.subject}") for one in chosen], refused),
        "scope": scope,
        "only": only or [],
        "filters": filters,
        "key": _key(key),
        "back": list_address(register, filters),
        "crumbs": [Link("Conventions", reverse("console:agreements")), Link("Écrire aux mairies")],
    }
    return render(request, "console/letter_form.html", context, status=422 if form.errors else 200)


def _preview(form: LetterForm, subject: str) -> dict[str, str]:
    """The letter as the mairie of this agreement will read it."""
    agreement = agreement_of(subject)
    with agreement.within():
        return {
            "to": agreement.with_whom,
            "subject": letters.filled(form.cleaned_data["subject"], agreement),
            "body": letters.filled(form.cleaned_data["body"], agreement),
        }


def _key(given: str) -> uuid.UUID:
    try:
        return uuid.UUID(given)
    except ValueError:
        return uuid.uuid4()
