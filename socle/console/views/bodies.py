"""Public bodies that are not communes: the list, the page of each, the register (founding act, article 5)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.agreements import actions as agreements
from socle.agreements import rules
from socle.agreements.models import Status
from socle.console.following import asked_by, follow
from socle.console.placed import pages_of
from socle.lib import dates, siret
from socle.lib.spreadsheet import Field, Kind, Sheet
from socle.people import actions as people
from socle.people.exports import in_portions
from socle.people.models import Beneficiary
from socle.provisioning.desk import journal_lines
from socle.provisioning.desk.access import Access, console_view, forbid, gesture, record_view
from socle.provisioning.desk.lists import leave, page_of
from socle.provisioning.stages import stage_of_beneficiary
from socle.ui.shapes import Column, Fact, Link, files_of
from socle.ui.submit import refusal_shown_in

COLUMNS = (Column("Établissement"), Column("Forme juridique"), Column("Département"), Column("Convention"))

SHEET: Sheet[tuple[Beneficiary, str]] = Sheet(
    "bodies",
    "autres-etablissements",
    "Autres établissements",
    (
        Field("Établissement", lambda row: row[0].name),
        Field("Forme juridique", lambda row: row[0].legal_form),
        Field("SIRET", lambda row: row[0].siret, Kind.CODE),
        Field("Siège", lambda row: row[0].seat),
        Field("Département", lambda row: row[0].department.code, Kind.CODE),
        Field("Convention", lambda row: row[1], Kind.CODE),
    ),
)


class BodyForm(forms.Form):
    """The facts needed to register a public body."""

    name = forms.CharField(label="Nom", max_length=200, help_text="Tel qu’il s’écrit dans ses actes.")
    legal_form = forms.CharField(
        label="Forme juridique",
        max_length=120,
        help_text="Par exemple : syndicat intercommunal, centre communal d’action sociale.",
    )
    siret_number = forms.CharField(
        label="SIRET",
        max_length=24,
        help_text="14 chiffres, lus sur l’avis de situation de l’établissement.",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    department = forms.ChoiceField(label="Département du siège")
    seat = forms.CharField(label="Adresse du siège", max_length=250)

    def __init__(self, *args: object, access: Access) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        field = self.fields["department"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(one.code, str(one)) for one in access.departments]

    def clean_siret_number(self) -> str:
        number = siret.normalise(self.cleaned_data["siret_number"])
        if reason := siret.why_not_siret(number):
            raise forms.ValidationError(reason)
        return number


def _why_not_register(access: Access) -> str | None:
    """Whoever may write agreements registers those they are written for."""
    candidate = Beneficiary(kind=Beneficiary.Kind.OTHER, department=access.departments[0])
    return rules.why_not_follow(candidate, access.programme, by=access.user, on=dates.day_of(timezone.now()))


def body_or_404(access: Access, body_id: int) -> Beneficiary:
    """Return a public body this operator may see, or answer 404."""
    found: Beneficiary | None = (
        access.beneficiaries()
        .filter(kind=Beneficiary.Kind.OTHER, pk=body_id)
        .select_related("department", "commune")
        .first()
    )
    if found is None:
        raise Http404("Cet établissement n’existe pas, ou n’est pas de votre territoire.")
    return found


def _bodies(access: Access) -> Any:
    bodies = access.beneficiaries().filter(kind=Beneficiary.Kind.OTHER).select_related("department")
    return bodies.order_by("name", "pk")


def _with_agreement(access: Access, bodies: Iterable[Beneficiary]) -> list[tuple[Beneficiary, str]]:
    """Each body with the number of its running agreement; one query, whatever their number."""
    shown = list(bodies)
    running = access.agreements().exclude(status=Status.CANCELLED).filter(beneficiary__in=[one.pk for one in shown])
    numbers = dict(running.values_list("beneficiary_id", "number"))
    return [(body, numbers.get(body.pk, "")) for body in shown]


@console_view
def show_all(request: HttpRequest, access: Access) -> HttpResponse:
    """List the public bodies registered that are not communes."""
    page = page_of(request, _bodies(access))
    context = {
        "page": page,
        "rows": _with_agreement(access, page),
        "files": files_of(request, "console:bodies_file"),
        "columns": COLUMNS,
        "why_not_register": _why_not_register(access),
    }
    return render(request, "console/bodies.html", context)


@console_view
def export(request: HttpRequest, access: Access, format: str) -> HttpResponse:
    """Give the list, whole, as a file."""
    record_view(request, "bodies_file")
    rows = in_portions(_bodies(access), lambda portion: _with_agreement(access, portion))
    return leave(request, access, SHEET, rows, format)


@console_view
def register(request: HttpRequest, access: Access) -> HttpResponse:
    """Register another public body; one already known by its SIRET is shown instead."""
    forbid(_why_not_register(access))
    form = BodyForm(request.POST, access=access) if request.method == "POST" else BodyForm(access=access)
    if form.is_bound and form.is_valid():
        department = next(one for one in access.departments if one.code == form.cleaned_data["department"])
        with refusal_shown_in(form):
            body = people.register_public_body(
                form.cleaned_data["name"],
                legal_form=form.cleaned_data["legal_form"],
                siret_number=form.cleaned_data["siret_number"],
                seat=form.cleaned_data["seat"],
                department=department,
                by=access.user,
                at=timezone.now(),
            )
            if body.department not in access.departments:
                form.add_error("siret_number", "Cet établissement est déjà inscrit dans un autre département.")
            else:
                messages.success(request, f"«\u00a0{body.name}\u00a0» est inscrit\u00a0: rédigez sa convention.")
                return redirect("console:body", body.pk)
    crumbs = [Link("Autres établissements", reverse("console:bodies")), Link("Inscrire un établissement")]
    status = 422 if form.errors else 200
    return render(request, "console/body_form.html", {"form": form, "crumbs": crumbs}, status=status)


@console_view
def show(request: HttpRequest, access: Access, body_id: int) -> HttpResponse:
    """Show one public body: what it is, its agreement, its services, its journal."""
    body = body_or_404(access, body_id)
    record_view(request, "record", body)
    facts = [
        Fact("Forme juridique", body.legal_form),
        Fact("SIRET", siret.spaced(body.siret)),
        Fact("Siège", body.seat),
        Fact("Département", str(body.department)),
    ]
    context = {
        "facts": facts,
        "pages": pages_of(body),
        "crumbs": [Link("Autres établissements", reverse("console:bodies")), Link(body.name)],
        "join_requests": asked_by(access, body),
        **follow(access, body, stage=stage_of_beneficiary(body, access.programme), rank=None),
    }
    return render(request, "console/body.html", context)


@gesture
def draft(request: HttpRequest, access: Access, body_id: int) -> HttpResponse:
    """Draft the agreement of a public body; asked twice, it leads to the one there is."""
    body = body_or_404(access, body_id)
    forbid(rules.why_not_follow(body, access.programme, by=access.user, on=dates.day_of(timezone.now())))
    running = access.agreements().filter(beneficiary=body).exclude(status=Status.CANCELLED).first()
    if running is None:
        running = agreements.draft(body, programme=access.programme, by=access.user, at=timezone.now())
        messages.success(request, f"Le projet de convention n°\u00a0{running.number} est rédigé\u00a0: complétez-le.")
    return redirect("console:agreement", running.number)


@console_view
def export_journal(request: HttpRequest, access: Access, body_id: int, kind: str) -> HttpResponse:
    """Give the journal of a public body, as a file."""
    body = body_or_404(access, body_id)
    record_view(request, "journal_file", body)
    entries = access.entries().filter(beneficiary_ref=str(body.pk))
    return journal_lines.export(request, access, entries, f"etablissement-{body.pk}", kind, owner=body)
