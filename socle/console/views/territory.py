"""The territory in motion: the vintages known, the import of another, the priorities that changed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.agreements.priorities import to_look_at
from socle.documents.fields import ScannedFileField
from socle.lib import dates, spreadsheet
from socle.lib.refusals import Refused
from socle.lib.spreadsheet import Field, Sheet
from socle.lib.text import number, whole
from socle.mergers import queries, vintages
from socle.mergers.models import ImportStatus, VintageImport
from socle.people.exports import PORTION
from socle.provisioning.desk.access import Access, console_view, forbid, gesture, record_view
from socle.provisioning.desk.lists import leave, page_of
from socle.territory import candidates
from socle.territory.differences import Difference, Kind
from socle.territory.importing import is_already_imported
from socle.territory.models import Vintage
from socle.territory.rules import percent, read_share, why_not_import
from socle.ui.shapes import Column, Fact, Link, files_of, looks
from socle.ui.submit import refusal_shown_in

PRIORITIES = (Column("Commune"), Column("Ce qui a changé"), Column("Depuis le"), Column("Convention"))
SHEET: Sheet[Any] = Sheet(
    "priorities",
    "priorites-changees",
    "Priorités qui ont changé",
    (
        Field("Code INSEE", lambda one: one.commune.insee_code, spreadsheet.Kind.CODE),
        Field("Commune", lambda one: one.commune.name),
        Field("Prioritaire", lambda one: one.is_priority, spreadsheet.Kind.YES_NO),
        Field("Population", lambda one: one.population, spreadsheet.Kind.NUMBER),
        Field("Millésime", lambda one: str(one.vintage.year), spreadsheet.Kind.CODE),
        Field("Depuis le", lambda one: one.assessed_at, spreadsheet.Kind.INSTANT),
        Field("Convention", lambda one: one.agreement_number, spreadsheet.Kind.CODE),
    ),
)

VINTAGES = (Column("Millésime"), Column("Communes", is_number=True), Column("Source"), Column("Empreinte"))
IMPORTS = (Column("Millésime"), Column("État"), Column("Apporté par"), Column("Le"))
STATUSES = looks(
    {
        ImportStatus.READ: ("wait", "edit"),
        ImportStatus.ASKED: ("info", "wait"),
        ImportStatus.RUNNING: ("info", "wait"),
        ImportStatus.DONE: ("ok", "check"),
        ImportStatus.DROPPED: ("neutral", "cross"),
    }
)
# Of one kind of change, the lines shown; the command line shows them all.
SHOWN = 200
LATEST = 10


class BringForm(forms.Form):
    """A file to compare, or the year of a vintage shipped with the platform."""

    file = ScannedFileField(
        label="Fichier du millésime",
        error_messages={"required": "Choisissez le fichier à comparer.", "empty": "Ce fichier est vide."},
        help_text="Notre tableau (communes-AAAA.csv ou .csv.gz), communes.json, ou le paquet .tgz de "
        "@etalab/decoupage-administratif. 30\u00a0Mo au plus.",
    )
    year = forms.IntegerField(
        label="Année du millésime",
        required=False,
        help_text="Quand le nom du fichier ne la dit pas.",
        min_value=candidates.YEARS[0],
        max_value=candidates.YEARS[-1],
    )
    changes = ScannedFileField(
        label="Ce que sont devenues les communes disparues",
        required=False,
        help_text="changes.csv, quand le fichier ne le porte pas lui-même.",
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        for field in ("file", "changes"):
            given = cleaned.get(field)
            if isinstance(given, UploadedFile) and (given.size or 0) > candidates.MAX_BYTES:
                self.add_error(field, "Ce fichier dépasse 30\u00a0Mo\u00a0: vérifiez que c’est le bon.")
        return cleaned


@console_view
def show(request: HttpRequest, access: Access) -> HttpResponse:
    """Show the vintages known, those at hand, the imports, and what to bring another with."""
    return _shown(request, access, BringForm())


def _shown(request: HttpRequest, access: Access, form: BringForm, status: int = 200) -> HttpResponse:
    known = list(Vintage.objects.order_by("-year"))
    counts = queries.communes_by_vintage()
    on = dates.day_of(timezone.now())
    context = {
        "access": access,
        "form": form,
        "columns": VINTAGES,
        "rows": [(one, counts.get(one.pk, 0), one.pk == access.programme.priority_vintage_id) for one in known],
        "at_hand": [year for year in candidates.years_at_hand() if year not in {one.year for one in known}],
        "import_columns": IMPORTS,
        "imports": [
            (one, STATUSES[one.status])
            for one in VintageImport.objects.defer("content", "changes").select_related("brought_by")[:LATEST]
        ],
        "why_not_bring": vintages.why_not_bring(by=access.user, on=on),
        "changed": to_look_at(access.agreements()).count(),
    }
    return render(request, "console/territory.html", context, status=status)


def _forbid_import(access: Access) -> None:
    forbid(vintages.why_not_bring(by=access.user, on=dates.day_of(timezone.now())))


@gesture
def bring(request: HttpRequest, access: Access) -> HttpResponse:
    """Read a file, or a vintage at hand, and lead to what it would change; nothing is written."""
    _forbid_import(access)
    shipped = request.POST.get("livre", "")
    if shipped:
        if (whole(shipped, longest=4) or 0) < 1000:
            raise Refused("Ce millésime n’est pas livré avec la plateforme.")
        brought = vintages.bring(year=int(shipped), by=access.user, at=timezone.now())
        return redirect("console:vintage", brought.pk)
    form = BringForm(request.POST, request.FILES)
    if form.is_valid():
        given, changes = form.cleaned_data["file"], form.cleaned_data["changes"]
        with refusal_shown_in(form, "file"):
            brought = vintages.bring(
                year=form.cleaned_data["year"],
                name=given.name,
                content=given.read(),
                changes=changes.read() if changes else b"",
                by=access.user,
                at=timezone.now(),
            )
            return redirect("console:vintage", brought.pk)
    return _shown(request, access, form, status=422)


def import_or_404(import_id: int) -> VintageImport:
    """Return an import, or answer 404."""
    found = VintageImport.objects.select_related("brought_by", "asked_by").filter(pk=import_id).first()
    if found is None:
        raise Http404("Cet import n’existe pas.")
    return found


class ConfirmForm(forms.Form):
    """The list that was read, the share one admits when it is large, and the word of care."""

    attendu = forms.CharField(widget=forms.HiddenInput)
    part = forms.CharField(
        label="Part des communes dont vous admettez la disparition",
        required=False,
        max_length=12,
        help_text="Écrivez le pourcentage lu ci-dessus, par exemple 2,9\u00a0%.",
    )
    confirme = forms.BooleanField(
        label="J’ai relu cette liste, et je veux l’importer.",
        error_messages={"required": "Cochez la case pour dire que vous avez relu la liste."},
    )

    def clean_part(self) -> Any:
        written = self.cleaned_data["part"]
        if not written:
            return None
        share = read_share(written)
        if share is None:
            raise forms.ValidationError("Ce n’est pas une part\u00a0: écrivez par exemple 2,9\u00a0%.")
        return share


@console_view
def show_import(request: HttpRequest, access: Access, import_id: int) -> HttpResponse:
    """Show what a vintage would change; then how its import goes, and what came of it."""
    _forbid_import(access)
    brought = import_or_404(import_id)
    if brought.status != ImportStatus.READ:
        return _show_progress(request, brought)
    difference = vintages.difference_of(brought)
    return _show_difference(request, brought, difference, ConfirmForm(initial={"attendu": difference.fingerprint}))


def _show_difference(
    request: HttpRequest, brought: VintageImport, difference: Difference, form: ConfirmForm, status: int = 200
) -> HttpResponse:
    stakes = queries.at_stake(line.commune_id for line in difference.lines if line.commune_id is not None)
    refusal = why_not_import(difference)
    # What one may insist on is only the share; for the rest the button stays greyed.
    wants_share = refusal is not None and why_not_import(difference, forced_share=difference.share) is None
    if not wants_share:
        form.fields.pop("part", None)
        if form.is_bound:
            form.errors.pop("part", None)
    else:
        # Shown, it is no option: it only says so, the rule is what refuses.
        form.fields["part"].required = True
    context = {
        "brought": brought,
        "difference": difference,
        "form": form,
        "ours": [(line, stakes[line.commune_id]) for line in difference.lines if line.commune_id in stakes],
        "groups": [
            (kind.label, len(lines), lines[:SHOWN], max(0, len(lines) - SHOWN))
            for kind in Kind
            if (lines := difference.of(kind))
        ],
        "share": percent(difference.share),
        "already": is_already_imported(difference),
        "warning": refusal if wants_share else None,
        "refusal": None if wants_share else refusal,
        "crumbs": _crumbs(brought),
    }
    return render(request, "console/vintage.html", context, status=status)


def _crumbs(brought: VintageImport) -> list[Link]:
    return [Link("Territoire", reverse("console:territory")), Link(f"Millésime {brought.year}")]


def _show_progress(request: HttpRequest, brought: VintageImport) -> HttpResponse:
    said = vintages.progress_of(brought)
    is_going = brought.status in (ImportStatus.ASKED, ImportStatus.RUNNING)
    facts = [
        Fact("Apporté par", brought.brought_by, dates.at_in_words(brought.brought_at)),
        Fact("Fichier", brought.name or "livré avec la plateforme"),
    ]
    if brought.asked_at is not None:
        facts.append(Fact("Confirmé par", brought.asked_by, dates.at_in_words(brought.asked_at)))
    if brought.ended_at is not None:
        facts.append(Fact("Fini le", dates.at_in_words(brought.ended_at)))
    context = {
        "brought": brought,
        "look": STATUSES[brought.status],
        "is_going": is_going,
        "said": said,
        "done": min(len(said), vintages.STEPS - 1),
        "steps": vintages.STEPS,
        "facts": facts,
        "crumbs": _crumbs(brought),
    }
    is_partial = request.headers.get("HX-Request") == "true" and is_going
    template = "console/vintage_progress.html#progress" if is_partial else "console/vintage_progress.html"
    response = render(request, template, context)
    if request.headers.get("HX-Request") == "true" and not is_going:
        response["HX-Refresh"] = "true"
    return response


@gesture
def confirm(request: HttpRequest, access: Access, import_id: int) -> HttpResponse:
    """Ask the worker to write the list that was read."""
    _forbid_import(access)
    brought = import_or_404(import_id)
    if brought.status != ImportStatus.READ:
        return redirect("console:vintage", brought.pk)
    difference = vintages.difference_of(brought)
    form = ConfirmForm(request.POST)
    if not form.is_valid():
        return _show_difference(request, brought, difference, form, status=422)
    if form.cleaned_data["attendu"] != difference.fingerprint:
        messages.warning(request, "Le territoire a changé entre-temps\u00a0: relisez la liste.")
        return redirect("console:vintage", brought.pk)
    share = form.cleaned_data.get("part")
    if reason := why_not_import(difference, forced_share=share):
        form.add_error("part" if "part" in form.fields else None, reason)
        return _show_difference(request, brought, difference, form, status=422)
    vintages.ask(brought, expected=difference.fingerprint, forced_share=share, by=access.user, at=timezone.now())
    messages.success(request, f"L’import de {number(len(difference.candidate.communes))} communes est demandé.")
    return redirect("console:vintage", brought.pk)


@gesture
def drop(request: HttpRequest, access: Access, import_id: int) -> HttpResponse:
    """Give up an import that was only read."""
    _forbid_import(access)
    vintages.drop(import_or_404(import_id), by=access.user, at=timezone.now())
    messages.success(request, "L’import est abandonné\u00a0: rien n’a été écrit.")
    return redirect("console:territory")


@console_view
def show_priorities(request: HttpRequest, access: Access) -> HttpResponse:
    """List the communes whose priority changed under an agreement, until someone says they looked."""
    page = page_of(request, to_look_at(access.agreements()))
    context = {"page": page, "columns": PRIORITIES, "files": files_of(request, "console:priorities_file")}
    return render(request, "console/priorities.html", context)


@console_view
def export_priorities(request: HttpRequest, access: Access, format: str) -> HttpResponse:
    """Give the list, whole, as a file."""
    record_view(request, "priorities_file")
    return leave(request, access, SHEET, to_look_at(access.agreements()).iterator(chunk_size=PORTION), format)
