"""Amendments on the console: drafted from an agreement in force, and what they change."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from socle.agreements import amendments
from socle.agreements.changes import latest_end
from socle.console.views.agreements import see_document
from socle.console.views.drafts import crumbs, forbid_following
from socle.provisioning.desk.access import Access, agreement_or_404, console_view, gesture, record_view
from socle.ui.fields import DayField
from socle.ui.meanwhile import Filled
from socle.ui.submit import refusal_shown_in


class TermsForm(Filled, forms.Form):
    """Purpose of an amendment, and the contribution and last day that it sets."""

    purpose = forms.CharField(
        label="Objet",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="L’article 1 de l’avenant, en une ou deux phrases.",
    )
    annual_price = forms.DecimalField(label="Contribution annuelle (€)", max_digits=10, decimal_places=2)
    ends_on = DayField(label="Dernier jour de la convention")


@gesture
def draft(request: HttpRequest, access: Access, number: str) -> HttpResponse:
    """Draft the next amendment of an agreement in force, and open its file."""
    agreement = agreement_or_404(access, number)
    forbid_following(access, agreement)
    made = amendments.draft(agreement, by=access.user, at=timezone.now())
    messages.success(request, "Le projet d’avenant est rédigé\u00a0: dites ce qu’il change, puis complétez-le.")
    return redirect("console:agreement", made.number)


@console_view
def set_terms(request: HttpRequest, access: Access, number: str) -> HttpResponse:
    """Write what a draft amendment is for, its contribution and its last day."""
    amendment = agreement_or_404(access, number)
    if amendment.amends is None:
        raise Http404("Cette convention n’est pas un avenant.")
    forbid_following(access, amendment)
    see_document(access, amendment)
    record_view(request, "agreement", amendment, amendment.number)
    initial: dict[str, Any] = {name: getattr(amendment, name) for name in TermsForm.base_fields}
    form = TermsForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_bound and form.is_valid():
        with refusal_shown_in(form):
            amendments.set_terms(amendment, **form.cleaned_data, by=access.user, at=timezone.now())
            messages.success(request, "L’objet et les conditions de l’avenant sont enregistrés.")
            return redirect("console:agreement", number)
    context = {
        "agreement": amendment,
        "form": form,
        "title": "Ce que l’avenant change",
        "latest": latest_end(amendment.amends),
        "crumbs": crumbs(amendment, "Ce qu’il change"),
    }
    return render(request, "console/ending_form.html", context, status=422 if form.errors else 200)
