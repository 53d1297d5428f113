"""The accessibility audit of a site: its criteria theme by theme, kept as one goes, concluded, taken as a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.console.access import Access, console_view, forbid, gesture
from socle.console.lists import leave, place_name
from socle.console.views.sites import site_or_404
from socle.documents.fields import ScannedFileField
from socle.lib import dates
from socle.lib.refusals import Refused
from socle.ui.shapes import Link, files_of
from socle.websites.accessibility import audits, sheets
from socle.websites.accessibility.audits import Judged
from socle.websites.accessibility.criteria import Criterion, Theme, referential
from socle.websites.accessibility.rules import why_not_audit, why_not_conclude, why_not_reopen
from socle.websites.models import Audit, Judgement, WebSite

State = Judgement.State


@dataclass(frozen=True)
class CriterionRow:
    """One criterion in the form of its theme."""

    criterion: Criterion
    judgement: Judgement | None
    state: forms.BoundField
    note: forms.BoundField
    reason: forms.BoundField
    alternative: forms.BoundField

    @property
    def is_derogation(self) -> bool:
        return bool(self.state.value() == State.DEROGATED)


class ThemeForm(forms.Form):
    """The criteria of one theme: a state each, what was seen, and why when it is a derogation."""

    def __init__(self, data: Any = None, *, theme: Theme, audit: Audit) -> None:
        self.theme = theme
        self.judged = {one.criterion: one for one in audit.judgements.all()}
        initial: dict[str, Any] = {}
        for criterion in theme.criteria:
            one = self.judged.get(criterion.number)
            if one is not None:
                key = criterion.field
                initial |= {
                    f"etat-{key}": one.state,
                    f"constat-{key}": one.note,
                    f"motif-{key}": one.reason,
                    f"alternative-{key}": one.alternative,
                }
        super().__init__(data, initial=initial)
        for criterion in theme.criteria:
            key, shown = criterion.field, f"critère {criterion.number}"
            self.fields[f"etat-{key}"] = forms.ChoiceField(
                label=f"État du {shown}",
                choices=[("", "à évaluer"), *State.choices],
                required=False,
                widget=forms.RadioSelect,
            )
            for name, label, most in (
                ("constat", "Constat", 2000),
                ("motif", "Motif de la dérogation", 1000),
                ("alternative", "Alternative accessible", 1000),
            ):
                self.fields[f"{name}-{key}"] = forms.CharField(
                    label=f"{label}, {shown}",
                    max_length=most,
                    required=False,
                    widget=forms.Textarea(attrs={"rows": 2}),
                )

    def rows(self) -> Iterator[CriterionRow]:
        """Yield the criteria in order."""
        for criterion in self.theme.criteria:
            key = criterion.field
            yield CriterionRow(
                criterion,
                self.judged.get(criterion.number),
                self[f"etat-{key}"],
                self[f"constat-{key}"],
                self[f"motif-{key}"],
                self[f"alternative-{key}"],
            )

    def given(self) -> list[Judged]:
        """Return what was judged."""
        data = self.cleaned_data
        return [
            Judged(
                one.number,
                data[f"etat-{one.field}"],
                note=data[f"constat-{one.field}"],
                reason=data[f"motif-{one.field}"],
                alternative=data[f"alternative-{one.field}"],
            )
            for one in self.theme.criteria
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for one in self.theme.criteria:
            is_derogation = cleaned.get(f"etat-{one.field}") == State.DEROGATED
            if is_derogation and not cleaned.get(f"motif-{one.field}"):
                self.add_error(f"motif-{one.field}", "Une dérogation se motive : dites pourquoi.")
        return cleaned


class DescriptionForm(forms.Form):
    """Who made the audit, when, with what, on which pages."""

    auditor = forms.CharField(
        label="Réalisé par",
        max_length=150,
        help_text="Un organisme ou un service : la déclaration le publie.",
    )
    made_on = forms.DateField(
        label="Date de l’audit", widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    tools = forms.CharField(
        label="Environnement de test et outils",
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Navigateurs, technologies d’assistance, outils de contrôle.",
    )
    pages = forms.CharField(
        label="Pages vérifiées",
        max_length=20000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text="Une par ligne : son adresse dans le site, puis son titre. « /contact/ Mairie et contact »",
    )

    def clean_pages(self) -> list[tuple[str, str]]:
        found = []
        for line in self.cleaned_data["pages"].splitlines():
            address, _, title = line.strip().partition(" ")
            if address:
                found.append((address, title.strip()))
        return found


class SheetForm(forms.Form):
    """The grid of an audit, as a CSV file."""

    grid = ScannedFileField(
        label="Grille CSV",
        help_text="Le fichier exporté d’ici, rempli : les colonnes « Critère » et « État » suffisent.",
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
        error_messages={"required": "Choisissez le fichier."},
    )


def _audit_or_404(website: WebSite) -> Audit:
    audit = Audit.objects.filter(website=website, concluded_at=None).first()
    if audit is None:
        raise Http404("Aucun audit n’est en cours sur ce site : commencez-en un.")
    return audit


def _may(website: WebSite, access: Access) -> None:
    forbid(why_not_audit(website, by=access.user, on=dates.day_of(timezone.now())))


def _initial(audit: Audit) -> dict[str, Any]:
    return {
        "auditor": audit.auditor,
        "made_on": audit.made_on,
        "tools": audit.tools,
        "pages": "\n".join(f"{page.address} {page.title}".strip() for page in audit.pages.all()),
    }


def _crumbs(website: WebSite, *last: Link) -> list[Link]:
    name = place_name(website.beneficiary)
    return [
        Link("Sites", reverse("console:sites")),
        Link(name, reverse("console:site", args=[website.pk])),
        *(last or (Link("Audit d’accessibilité"),)),
    ]


@console_view
def show(request: HttpRequest, access: Access, website_id: int) -> HttpResponse:
    """Show the audit under way, theme by theme, with those concluded before."""
    return _page(request, access, site_or_404(access, website_id))


def _page(
    request: HttpRequest,
    access: Access,
    website: WebSite,
    *,
    description: DescriptionForm | None = None,
    sheet: SheetForm | None = None,
    status: int = 200,
) -> HttpResponse:
    on = dates.day_of(timezone.now())
    audit = Audit.objects.filter(website=website, concluded_at=None).first()
    judgements = list(audit.judgements.all()) if audit is not None else []
    judged = {one.criterion: one for one in judgements}
    conforming, applicable = audits.counted(judgements)
    themes = [
        {
            "theme": theme,
            "judged": sum(one.number in judged for one in theme.criteria),
            "all": len(theme.criteria),
            "failing": sum(
                one.number in judged and judged[one.number].state == State.FAILING for one in theme.criteria
            ),
        }
        for theme in referential().themes
    ]
    context = {
        "access": access,
        "website": website,
        "name": place_name(website.beneficiary),
        "audit": audit,
        "themes": themes if audit is not None else [],
        "judged": len(judged),
        "all": sum(len(theme.criteria) for theme in referential().themes),
        "proposed": sum(one.is_proposed for one in judgements),
        "conforming": conforming,
        "applicable": applicable,
        "description": description or (DescriptionForm(initial=_initial(audit)) if audit is not None else None),
        "sheet": sheet or SheetForm(),
        "files": files_of(request, "console:site_audit_file", website.pk) if audit is not None else [],
        "past": [
            (one, why_not_reopen(one))
            for one in Audit.objects.filter(website=website, concluded_at__isnull=False).order_by("-made_on", "-pk")
        ],
        "why_not_audit": why_not_audit(website, by=access.user, on=on),
        "why_not_conclude": why_not_conclude(audit, on=on) if audit is not None else "",
        "referential": referential(),
        "crumbs": _crumbs(website),
    }
    return render(request, "console/site_audit.html", context, status=status)


@gesture
def begin(request: HttpRequest, access: Access, website_id: int) -> HttpResponse:
    """Begin an audit, with what the platform knows."""
    website = site_or_404(access, website_id)
    _may(website, access)
    audit = audits.begin(website, by=access.user, at=timezone.now())
    count = audit.judgements.filter(is_proposed=True).count()
    messages.success(
        request,
        f"L’audit est commencé : {count} critères sont proposés d’après les pages du site, les autres attendent "
        "votre examen.",
    )
    return redirect("console:site_audit", website.pk)


@console_view
def judge(request: HttpRequest, access: Access, website_id: int, number: int) -> HttpResponse:
    """Judge the criteria of one theme; what is kept is kept even if the audit is not finished."""
    website = site_or_404(access, website_id)
    _may(website, access)
    audit = _audit_or_404(website)
    theme = next((one for one in referential().themes if one.number == number), None)
    if theme is None:
        raise Http404("Ce thème n’existe pas dans le RGAA.")
    form = ThemeForm(request.POST or None, theme=theme, audit=audit)
    if request.method == "POST" and form.is_valid():
        try:
            audits.judge(audit, form.given(), by=access.user, at=timezone.now())
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, f"Le thème « {theme.name} » est enregistré.")
            if "suivant" in request.POST and number < len(referential().themes):
                return redirect("console:site_audit_theme", website.pk, number + 1)
            return redirect("console:site_audit", website.pk)
    context = {
        "website": website,
        "theme": theme,
        "form": form,
        "is_last": number == len(referential().themes),
        "crumbs": _crumbs(
            website,
            Link("Audit d’accessibilité", reverse("console:site_audit", args=[website.pk])),
            Link(f"{theme.number}. {theme.name}"),
        ),
    }
    return render(request, "console/site_audit_theme.html", context, status=422 if form.errors else 200)


@gesture
def describe(request: HttpRequest, access: Access, website_id: int) -> HttpResponse:
    """Keep who made the audit, when, with what, on which pages."""
    website = site_or_404(access, website_id)
    _may(website, access)
    audit = _audit_or_404(website)
    form = DescriptionForm(request.POST)
    if form.is_valid():
        try:
            audits.describe(audit, **form.cleaned_data, by=access.user, at=timezone.now())
        except Refused as refusal:
            form.add_error("pages", refusal.sentence)
        else:
            messages.success(request, "L’échantillon et les auteurs de l’audit sont enregistrés.")
            return redirect("console:site_audit", website.pk)
    return _page(request, access, website, description=form, status=422)


@gesture
def propose(request: HttpRequest, access: Access, website_id: int) -> HttpResponse:
    """Read the site again and renew the proposals; what a person judged stays."""
    website = site_or_404(access, website_id)
    _may(website, access)
    count = audits.propose_again(_audit_or_404(website), by=access.user, at=timezone.now())
    messages.success(request, f"Le site est relu : {count} critères sont proposés. Ce que vous avez évalué reste.")
    return redirect("console:site_audit", website.pk)


@gesture
def conclude(request: HttpRequest, access: Access, website_id: int) -> HttpResponse:
    """Conclude the audit: the statement of the site follows."""
    website = site_or_404(access, website_id)
    _may(website, access)
    audit = audits.conclude(_audit_or_404(website), by=access.user, at=timezone.now())
    messages.success(
        request,
        f"L’audit est conclu : {audit.conforming} critères respectés sur {audit.applicable}. "
        "La déclaration du site est à jour.",
    )
    return redirect("console:site_audit", website.pk)


@gesture
def abandon(request: HttpRequest, access: Access, website_id: int) -> HttpResponse:
    """Let go of the audit under way."""
    website = site_or_404(access, website_id)
    _may(website, access)
    audits.abandon(_audit_or_404(website), by=access.user, at=timezone.now())
    messages.success(request, "L’audit en cours est abandonné. Les audits conclus restent.")
    return redirect("console:site_audit", website.pk)


@gesture
def reopen(request: HttpRequest, access: Access, website_id: int, audit_id: int) -> HttpResponse:
    """Take back the conclusion of an audit, to correct it."""
    website = site_or_404(access, website_id)
    _may(website, access)
    audit = Audit.objects.filter(website=website, pk=audit_id).first()
    if audit is None:
        raise Http404("Cet audit n’existe pas.")
    audits.reopen(audit, by=access.user, at=timezone.now())
    messages.success(request, "L’audit est rouvert : la déclaration dit de nouveau ce que disait l’audit précédent.")
    return redirect("console:site_audit", website.pk)


@gesture
def take(request: HttpRequest, access: Access, website_id: int) -> HttpResponse:
    """Take back a grid filled elsewhere, whole or not at all."""
    website = site_or_404(access, website_id)
    _may(website, access)
    audit = _audit_or_404(website)
    form = SheetForm(request.POST, request.FILES)
    if form.is_valid():
        uploaded = form.cleaned_data["grid"]
        try:
            if uploaded.size > sheets.MOST_BYTES:
                raise Refused("Ce fichier est trop gros pour une grille d’audit : 1 Mo au plus.")
            count = audits.judge(audit, sheets.read(uploaded.read()), by=access.user, at=timezone.now())
        except Refused as refusal:
            form.add_error("grid", f"{refusal.sentence} Rien n’a été repris.")
        else:
            messages.success(request, f"La grille est reprise : {count} critères ont changé.")
            return redirect("console:site_audit", website.pk)
    return _page(request, access, website, sheet=form, status=422)


@console_view
def export(request: HttpRequest, access: Access, website_id: int, format: str) -> HttpResponse:
    """Give the grid of the audit under way, or of the last one concluded, as a file."""
    website = site_or_404(access, website_id)
    rows = Audit.objects.filter(website=website)
    audit = rows.filter(concluded_at=None).first() or rows.order_by("-made_on", "-pk").first()
    if audit is None:
        raise Http404("Ce site n’a pas d’audit.")
    return leave(request, access, sheets.SHEET, sheets.rows_of(audit), format)
