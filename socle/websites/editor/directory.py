"""The screens of the directory: opened, its entries typed, corrected, taken off, put back, imported, taken away."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST
from wagtail.admin.auth import require_admin_access

from socle.lib import spreadsheet
from socle.lib.refusals import Refused
from socle.people import exports
from socle.websites.directory import actions, sheets
from socle.websites.directory.forms import EntryWithPictureForm, ImportForm
from socle.websites.editor.gestures import author_of, do, website_of
from socle.websites.models.directory import Category, DirectoryEntry

SCREEN = "website_directory"


def _entry(request: HttpRequest, entry_id: int) -> DirectoryEntry:
    return get_object_or_404(DirectoryEntry, pk=entry_id, website=website_of(request))


def _screen(request: HttpRequest, **more: Any) -> HttpResponse:
    website = website_of(request)
    page = actions.directory_of(website)
    if page is None:
        return render(request, "websites/editor/directory_opening.html", {"website": website})
    rows = list(DirectoryEntry.objects.kept().filter(website=website))
    groups = [(label, [one for one in rows if one.category == code]) for code, label in Category.choices]
    context = {
        "website": website,
        "page": page,
        "groups": [(label, found) for label, found in groups if found],
        "removed": DirectoryEntry.objects.filter(website=website, removed_at__isnull=False).order_by("-removed_at")[
            :50
        ],
        "last_import": actions.last_import(website, at=timezone.now()),
        "import_form": ImportForm(),
        "most_faults": sheets.MOST_FAULTS,
        **more,
    }
    return render(request, "websites/editor/directory.html", context)


@require_admin_access
def directory(request: HttpRequest) -> HttpResponse:
    """See the directory as the site lists it, and open it the first time."""
    if request.method == "POST":
        said = "L’annuaire est ouvert\u00a0: il est dans le menu du site."
        return do(request, actions.open_directory, website_of(request), said=said, back=SCREEN)
    return _screen(request)


@require_admin_access
def new_entry(request: HttpRequest) -> HttpResponse:
    """List an association or a business."""
    website = website_of(request)
    form = EntryWithPictureForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.open_directory(website, by=author_of(request), at=timezone.now())
            actions.add_entry(website, form.wanted(), by=author_of(request), at=timezone.now())
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, "La fiche est dans l’annuaire.")
            return redirect("website_entry_new" if "another" in request.POST else SCREEN)
    context = {"form": form, "website": website, "title": "Ajouter à l’annuaire"}
    return render(request, "websites/editor/entry.html", context)


@require_admin_access
def entry(request: HttpRequest, entry_id: int) -> HttpResponse:
    """Correct an entry."""
    kept = _entry(request, entry_id)
    form = EntryWithPictureForm(request.POST or None, request.FILES or None, entry=kept)
    if request.method == "POST" and form.is_valid():
        try:
            actions.correct_entry(kept, form.wanted(), by=author_of(request), at=timezone.now())
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, "La fiche est corrigée.")
            return redirect(SCREEN)
    context = {"form": form, "website": website_of(request), "entry": kept, "title": kept.name}
    return render(request, "websites/editor/entry.html", context)


@require_admin_access
@require_POST
def remove_entry(request: HttpRequest, entry_id: int) -> HttpResponse:
    """Take an entry off."""
    said = "La fiche est retirée de l’annuaire. Vous pouvez la remettre, plus bas."
    return do(request, actions.remove_entry, _entry(request, entry_id), said=said, back=SCREEN)


@require_admin_access
@require_POST
def put_back_entry(request: HttpRequest, entry_id: int) -> HttpResponse:
    """List again an entry that was taken off."""
    said = "La fiche est de nouveau dans l’annuaire."
    return do(request, actions.put_back_entry, _entry(request, entry_id), said=said, back=SCREEN)


@require_admin_access
@require_POST
def import_entries(request: HttpRequest) -> HttpResponse:
    """Take the entries of a file: all of them, or none and the lines to correct."""
    website = website_of(request)
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return _screen(request, import_form=form)
    try:
        reading = sheets.read(form.cleaned_data["file"].read())
        if reading.faults:
            return _screen(request, faults=reading.faults)
        done = actions.import_entries(website, reading.entries, by=author_of(request), at=timezone.now())
    except Refused as refusal:
        form.add_error("file", refusal.sentence)
        return _screen(request, import_form=form)
    known = f" Déjà dans l’annuaire, laissées comme elles sont\u00a0: {len(done.known)}." if done.known else ""
    messages.success(request, f"Fiches ajoutées à l’annuaire\u00a0: {done.added}.{known}")
    return redirect(SCREEN)


@require_admin_access
@require_POST
def undo_import(request: HttpRequest) -> HttpResponse:
    """Take off all that the last import added."""
    said = "Les fiches de cet import sont retirées de l’annuaire."
    return do(request, actions.undo_import, website_of(request), said=said, back=SCREEN)


@require_admin_access
def directory_file(request: HttpRequest, format: str) -> HttpResponse:
    """Give the directory as a spreadsheet."""
    website = website_of(request)
    rows = DirectoryEntry.objects.kept().filter(website=website).order_by("category", "sort_name", "pk")
    return exports.leave(request, sheets.SHEET, rows, format=format, owner=website.beneficiary, by=author_of(request))


@require_admin_access
def directory_model(request: HttpRequest) -> HttpResponse:
    """Give an empty file with its headers and one line to follow, which the import refuses as it is."""
    example = [
        "(exemple, à effacer)", "Les Amis du moulin", "Entretien du moulin et visites", "1 rue du Moulin",
        "03 20 00 00 00", "contact@exemple.invalid", "https://www.exemple.invalid/", "le samedi, de 14 h à 17 h",
        "non", "",
    ]  # fmt: skip
    response = HttpResponse(
        spreadsheet.as_csv(sheets.SHEET.headers, [example]), content_type=spreadsheet.FORMATS["csv"]
    )
    response["Content-Disposition"] = 'attachment; filename="annuaire-modele.csv"'
    return response
