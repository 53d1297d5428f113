"""The screen « Plan d’accessibilité »: the multi-year plan that the accessibility statement of the site shows."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from wagtail.admin.auth import require_admin_access

from socle.lib.dates import day_of
from socle.quality.accessibility.actions import keep_plan
from socle.quality.models.accessibility import AccessibilityPlan
from socle.sites.editor.access import author_of, website_of
from socle.sites.parameters import value_of
from socle.ui.meanwhile import Filled
from socle.ui.submit import refusal_shown_in


class PlanForm(Filled, forms.Form):
    """The multi-year plan of accessibility: its years, who answers for it, what is done each year."""

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
    actions = forms.CharField(
        label="Plan d’action",
        max_length=6000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text="Une action par ligne, son année d’abord\u00a0: «\u00a02027\u00a0: publier des PDF balisés\u00a0». "
        "Dites aussi ce qui est fait.",
    )


@require_admin_access
def plan(request: HttpRequest) -> HttpResponse:
    """Write the multi-year plan of accessibility, which the statement shows."""
    website = website_of(request)
    year = day_of(timezone.now()).year
    new = {"first_year": year, "last_year": year + value_of("plan-years") - 1}
    kept = AccessibilityPlan.objects.filter(website=website).values(*PlanForm.base_fields).first()
    form = PlanForm(request.POST or None, initial=kept or new, is_kept=kept is not None)
    if request.method == "POST" and form.is_valid():
        with refusal_shown_in(form):
            keep_plan(website, **form.cleaned_data, by=author_of(request), at=timezone.now())
            messages.success(request, "Le schéma est publié dans la déclaration d’accessibilité.")
            return redirect("website_plan")
    return render(request, "websites/editor/plan.html", {"form": form, "website": website})
