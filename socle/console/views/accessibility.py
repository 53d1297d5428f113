"""The accessibility audits of a site: the result of one made elsewhere is declared, corrected or withdrawn."""

from __future__ import annotations

from typing import ClassVar

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.console.views.sites import site_or_404
from socle.lib import dates
from socle.provisioning.desk.access import Access, console_view, forbid, gesture
from socle.quality.accessibility import actions
from socle.quality.accessibility.rules import why_not_audit
from socle.quality.models.accessibility import Audit
from socle.sites.models import WebSite
from socle.ui.fields import DayInput
from socle.ui.meanwhile import Filled
from socle.ui.shapes import Link
from socle.ui.submit import refusal_shown_in


class AuditForm(Filled, forms.ModelForm):  # type: ignore[type-arg]
    """The result of an audit, as its report gives it."""

    class Meta:
        model = Audit
        fields = ("made_on", "auditor", "rate", "failing", "derogated", "pages", "tools")
        localized_fields = ("rate",)
        widgets: ClassVar = {"made_on": DayInput()}
        help_texts: ClassVar = {
            "auditor": "Un organisme ou un service\u00a0: la déclaration le publie.",
            "rate": "Le pourcentage de critères respectés que donne le rapport, par exemple 81,25.",
            "failing": "Recopiées du rapport, une par ligne\u00a0: la déclaration les publie.",
            "derogated": "Chacune avec son motif, et son alternative accessible s’il y en a une.",
            "pages": "Une par ligne.",
            "tools": "Navigateurs, technologies d’assistance, outils de contrôle.",
        }


def _audit_or_404(website: WebSite, audit_id: int) -> Audit:
    audit = Audit.objects.filter(website=website, pk=audit_id).first()
    if audit is None:
        raise Http404("Cet audit n’existe pas.")
    return audit


@console_view
def show(request: HttpRequest, access: Access, website_id: int, audit_id: int | None = None) -> HttpResponse:
    """Show the audits of a site; declare the result of a new one, or correct that of `audit_id`."""
    website = site_or_404(access, website_id)
    now = timezone.now()
    refusal = why_not_audit(by=access.user, on=dates.day_of(now))
    audit = _audit_or_404(website, audit_id) if audit_id is not None else None
    form = AuditForm(request.POST or None, instance=audit)
    if request.method == "POST":
        forbid(refusal)
        if form.is_valid():
            result = actions.AuditResult(**form.cleaned_data)
            with refusal_shown_in(form):
                actions.declare_audit(website, result, audit=audit, by=access.user, at=now)
                messages.success(request, "L’audit est enregistré\u00a0: la déclaration du site est à jour.")
                return redirect("console:site_audit", website.pk)
    name = website.beneficiary.place_name
    context = {
        "access": access,
        "website": website,
        "name": name,
        "form": form,
        "audit": audit,
        "audits": Audit.objects.filter(website=website),
        "why_not_audit": refusal,
        "crumbs": [
            Link("Sites", reverse("console:sites")),
            Link(name, reverse("console:site", args=[website.pk])),
            Link("Audit d’accessibilité"),
        ],
    }
    return render(request, "console/site_audit.html", context, status=422 if form.errors else 200)


@gesture
def withdraw(request: HttpRequest, access: Access, website_id: int, audit_id: int) -> HttpResponse:
    """Withdraw an audit declared by mistake."""
    website = site_or_404(access, website_id)
    forbid(why_not_audit(by=access.user, on=dates.day_of(timezone.now())))
    actions.withdraw_audit(_audit_or_404(website, audit_id), by=access.user, at=timezone.now())
    messages.success(request, "L’audit est retiré\u00a0: la déclaration du site est à jour.")
    return redirect("console:site_audit", website.pk)
