"""« Finances », contributions: what a year calls, what is blocked and why, its files, and the titles read back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.db.models import Count, Max, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.documents.fields import ScannedFileField
from socle.lib import dates
from socle.lib import siret as sirets
from socle.lib.money import euros
from socle.lib.refusals import Refused, refuse
from socle.lib.tables import Faulty
from socle.lib.text import counted, whole
from socle.provisioning.desk.access import Access, agreement_or_404, console_view, forbid, gesture, here
from socle.provisioning.desk.lists import PER_PAGE, attachment, leave
from socle.revenue import calls, letters, sheets
from socle.revenue.contributions import PRORATA_SOURCE, State, period, years_of
from socle.revenue.models import CallSettings, Contribution, Debtor
from socle.revenue.rules import why_not_call, why_not_read_calls, why_not_read_reckonings, why_not_year
from socle.ui.meanwhile import Filled
from socle.ui.shapes import Column, Link, Tone, files_of
from socle.ui.submit import refusal_shown_in

COLUMNS = (Column("Convention"), Column("Montant TTC", is_number=True), Column("Où elle en est"))
TONES: dict[State, Tone] = {
    State.BLOCKED: "alert", State.READY: "ok", State.CALLED: "info", State.NOTHING: "neutral",
}  # fmt: skip
# In the order of what somebody must see to: the first that has lines is shown when nothing is asked.
LABELS = {
    State.BLOCKED: "bloquées", State.READY: "prêtes", State.CALLED: "appelées", State.NOTHING: "rien à appeler",
}  # fmt: skip
MOST_FAULTS = 20


class TitlesForm(forms.Form):
    """The file of the finance package."""

    file = ScannedFileField(
        label="Fichier du logiciel de finances",
        help_text="CSV ou XLSX, avec les colonnes "
        + ", ".join((sheets.REFERENCE, *sheets.ANSWERS.values()))
        + ". La liste de cette page les a, à remplir.",
        error_messages={"required": "Choisissez le fichier.", "empty": "Ce fichier est vide."},
    )


class SettingsForm(Filled, forms.ModelForm[CallSettings]):
    """How the contributions under one VAT regime are called."""

    class Meta:
        model = CallSettings
        fields = (
            "vat_rate", "vat_source", "prorata", "prorata_source", "payment_days", "budget", "account", "function",
        )  # fmt: skip
        help_texts = {
            "vat_rate": "0 quand rien n’est taxé. Les contributions s’entendent hors taxes.",
            "vat_source": "Par exemple\u00a0: CGI, article 256 B.",
            "prorata": "Le modèle de convention dit «\u00a0au prorata des mois entiers de service\u00a0».",
            "account": "Du plan de comptes, au chapitre des recettes\u00a0: à convenir avec la ou le comptable.",
        }


class DebtorForm(Filled, forms.ModelForm[Debtor]):
    """Requirements of a debtor on what it is asked to pay."""

    siret = forms.CharField(
        label="SIRET de facturation",
        required=False,
        max_length=24,
        help_text="Laissez vide pour celui du bénéficiaire. Une commune peut en avoir un par budget.",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    class Meta:
        model = Debtor
        fields = (
            "siret", "is_service_code_required", "service_code", "is_engagement_required", "engagement",
            "engagement_year",
        )  # fmt: skip

    def clean_siret(self) -> str:
        return sirets.normalise(self.cleaned_data["siret"])


def _may_read(access: Access) -> None:
    forbid(why_not_read_calls(is_lead=access.is_lead, sees_money=access.sees_money))


def _why_not_call(access: Access) -> str | None:
    on = dates.day_of(timezone.now())
    return why_not_call(access.user, access.operator, year=on.year, on=on)


def _year(asked: str) -> int:
    year = whole(asked, longest=4) or 0
    return year if why_not_year(year) is None else dates.day_of(timezone.now()).year


def _page_of(year: int) -> str:
    return f"{reverse(here('contributions'))}?annee={year}"


@console_view
def show(request: HttpRequest, access: Access) -> HttpResponse:
    """Show a year: how many lines are ready, which are blocked and why, what was called and paid."""
    return _page(request, access, TitlesForm())


def _page(request: HttpRequest, access: Access, titles: TitlesForm, **more: Any) -> HttpResponse:
    _may_read(access)
    on, year = dates.day_of(timezone.now()), _year(request.GET.get("annee", ""))
    shown = period(access.programme, year, on=on)
    asked = request.GET.get("etat", "")
    state = State(asked) if asked in State.values else next((one for one in LABELS if shown.counts[one]), State.READY)
    page = Paginator(shown.of(state), PER_PAGE).get_page(request.GET.get("page"))
    ready = shown.of(State.READY)
    regimes = CallSettings.objects.filter(programme=access.programme)
    context = {
        "year": year,
        "year_text": str(year),
        "years": sorted({*years_of(access.programme, on=on), year}, reverse=True),
        "period": shown,
        "ready": ready,
        "seen": calls.fingerprint(ready),
        "state": state,
        "state_label": LABELS[state],
        "counts": [
            (LABELS[one], one.value, shown.counts[one], TONES[one])
            for one in LABELS
            if shown.counts[one] or one != State.NOTHING
        ],
        "page": page,
        "columns": COLUMNS,
        "exports": _exports(access, year),
        "why_not_call": why_not_call(access.user, access.operator, year=year, on=on),
        "may_note": _why_not_call(access) is None,
        "reads_reckonings": why_not_read_reckonings(access.user, access.operator, on=on) is None,
        "regimes": regimes,
        "unknown_regimes": sorted(
            {line.agreement.vat_regime for line in shown.lines if line.settings is None and line.net}
        ),
        "titles": titles,
        "files": files_of(request, here("contributions_file")),
        **more,
    }
    return render(request, "revenue/contributions.html", context, status=422 if titles.errors or more else 200)


def _exports(access: Access, year: int) -> list[dict[str, Any]]:
    """The exports of a year: when, how many lines, of how much, and their files."""
    rows = Contribution.objects.filter(agreement__programme=access.programme, year=year).order_by("export_rank")
    found = rows.values("export_rank").annotate(at=Max("exported_at"), lines=Count("pk"), total=Sum("total"))
    return [
        {
            **one,
            "rank_text": str(one["export_rank"]),
            "files": [
                Link(label, reverse(here("contributions_exported"), args=[year, one["export_rank"], format]))
                for format, label in (("csv", "CSV"), ("xlsx", "XLSX"))
            ],
        }
        for one in found
    ]


@console_view
def download(request: HttpRequest, access: Access, format: str) -> HttpResponse:
    """Give every line of a year as a file, whatever its state."""
    _may_read(access)
    year = _year(request.GET.get("annee", ""))
    return leave(
        request, access, sheets.LINES, period(access.programme, year, on=dates.day_of(timezone.now())).lines, format
    )


@console_view
def exported(request: HttpRequest, access: Access, year: int, rank: int, format: str) -> HttpResponse:
    """Give an export again, as it was: its lines are frozen."""
    _may_read(access)
    rows = Contribution.objects.filter(agreement__programme=access.programme, year=year, export_rank=rank)
    if not rows.exists():
        raise Http404("Cet export n’existe pas.")
    return leave(request, access, sheets.EXPORT, rows.select_related("agreement").order_by("reference"), format)


@gesture
def export(request: HttpRequest, access: Access) -> HttpResponse:
    """Export what is ready, once."""
    _may_read(access)
    year = _year(request.POST.get("annee", ""))
    made = calls.export(access.programme, year, seen=request.POST.get("vu", ""), by=access.user, at=timezone.now())
    messages.success(
        request,
        f"Export n°\u00a0{made[0].export_rank}\u00a0: {counted(len(made), 'ligne')}, "
        f"{euros(sum((one.total for one in made), Decimal(0)))}. Prenez son fichier ci-dessous.",
    )
    return redirect(_page_of(year))


@gesture
def read_back(request: HttpRequest, access: Access) -> HttpResponse:
    """Read the titles of a file of the finance package: all of it, or nothing and what is to be corrected."""
    _may_read(access)
    refuse(_why_not_call(access))
    form = TitlesForm(request.POST, request.FILES)
    if form.is_valid():
        given: UploadedFile[bytes] = form.cleaned_data["file"]
        try:
            changed = calls.read_back(access.programme, given, by=access.user, at=timezone.now())
        except Faulty as faulty:
            return _page(request, access, form, faults=faulty.faults[:MOST_FAULTS], faults_count=len(faulty.faults))
        except Refused as refusal:
            form.add_error("file", refusal.sentence)
        else:
            told = f"{counted(changed, 'ligne')} à jour" if changed else "rien de nouveau, tout était déjà lu"
            messages.success(request, f"Titres relus\u00a0: {told}.")
            return redirect(here("contributions"))
    return _page(request, access, form)


@console_view
def letter(request: HttpRequest, access: Access, contribution_id: int) -> HttpResponse:
    """Give the letter that calls a contribution."""
    _may_read(access)
    found = Contribution.objects.filter(agreement__programme=access.programme, pk=contribution_id)
    one = found.select_related("agreement__programme", "agreement__beneficiary").first()
    if one is None:
        raise Http404("Cette contribution n’existe pas, ou n’a pas été appelée.")
    content = letters.compose(one, at=timezone.now())
    return attachment(content, filename=letters.filename(one), content_type="application/pdf")


@console_view
def settings(request: HttpRequest, access: Access) -> HttpResponse:
    """Note how the contributions under a VAT regime are called."""
    _may_read(access)
    forbid(_why_not_call(access))
    regime = request.GET.get("regime", "")
    if not access.agreements().filter(vat_regime=regime).exclude(vat_regime="").exists():
        raise Http404("Aucune convention n’est sous ce régime de TVA.")
    known = CallSettings.objects.filter(programme=access.programme, vat_regime=regime).first()
    form = SettingsForm(
        request.POST or None, instance=known, initial={} if known else {"prorata_source": PRORATA_SOURCE}
    )
    if request.method == "POST" and form.is_valid():
        calls.note_settings(access.programme, vat_regime=regime, **form.cleaned_data, by=access.user, at=timezone.now())
        messages.success(
            request, "C’est noté\u00a0: les lignes à venir suivent, celles qui sont appelées ne changent pas."
        )
        return redirect(here("contributions"))
    return _form(request, form, "Réglages des appels", f"Conventions sous le régime «\u00a0{regime}\u00a0».")


@console_view
def debtor(request: HttpRequest, access: Access, number: str) -> HttpResponse:
    """Note what the debtor of an agreement wants."""
    _may_read(access)
    forbid(_why_not_call(access))
    body = agreement_or_404(access, number).beneficiary
    if body is None:
        raise Http404("Cette convention lie des opérateurs\u00a0: rien n’y est appelé.")
    form = DebtorForm(request.POST or None, instance=Debtor.objects.filter(beneficiary=body).first())
    if request.method == "POST" and form.is_valid():
        with refusal_shown_in(form):
            calls.note_debtor(body, access.programme, **form.cleaned_data, by=access.user, at=timezone.now())
            messages.success(request, f"C’est noté pour {body.name}\u00a0: ses lignes à venir suivent.")
            return redirect(here("contributions"))
    return _form(request, form, body.name, "Ce que ce débiteur exige pour payer, dans Chorus Pro.")


def _form(request: HttpRequest, form: forms.BaseForm, title: str, lead: str) -> HttpResponse:
    context = {
        "form": form,
        "title": title,
        "lead": lead,
        "crumbs": [Link("Contributions", reverse(here("contributions"))), Link(title)],
    }
    return render(request, "revenue/contributions_form.html", context, status=422 if form.errors else 200)
