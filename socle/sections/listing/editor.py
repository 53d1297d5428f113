"""The screens of the listing: its entries typed, corrected, taken off, restored, imported, taken away."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST
from wagtail.admin.auth import require_admin_access

from socle.lib.refusals import Refused
from socle.lib.tables import Faulty
from socle.people import exports
from socle.sections.listing import actions, sheets
from socle.sections.listing.forms import EntryForm, ImportForm
from socle.sections.listing.models import Kind, ListingEntry
from socle.sites.editor.access import author_of, done, gesture, website_of
from socle.sites.photographs import handed_over

SCREEN = "website_directory"


def _screen(request: HttpRequest, **more: Any) -> HttpResponse:
    website = website_of(request)
    rows = list(ListingEntry.objects.kept().filter(website=website))
    groups = [(label, [one for one in rows if one.kind == code]) for code, label in Kind.choices]
    removed = ListingEntry.objects.filter(website=website, removed_at__isnull=False).order_by("-removed_at")
    context = {
        "website": website,
        "page": actions.listing_of(website),
        "groups": [(label, found) for label, found in groups if found],
        "removed": removed[:50],
        "import_form": ImportForm(),
        "most_faults": sheets.MOST_FAULTS,
        **more,
    }
    return render(request, "websites/editor/listing.html", context)


@require_admin_access
def listing(request: HttpRequest) -> HttpResponse:
    """See the listing as the site shows it."""
    return _screen(request)


@require_admin_access
def entry(request: HttpRequest, entry_id: int | None = None) -> HttpResponse:
    """Add an entry, or correct one."""
    website = website_of(request)
    kept = None
    if entry_id is not None:
        kept = get_object_or_404(ListingEntry.objects.select_related("picture"), pk=entry_id, website=website)
    title = kept.name if kept else "Ajouter à l’annuaire"
    form = EntryForm(request.POST or None, request.FILES or None, instance=kept or ListingEntry(website=website))

    def keep(**given: Any) -> None:
        data = form.cleaned_data
        given |= {"picture": handed_over(data["picture"]), "drops_picture": data.get("drops_picture", False)}
        actions.keep_entry(form.instance, **given)

    if done(request, form, keep, "La fiche est corrigée." if kept else "La fiche est dans l’annuaire."):
        return redirect("website_entry_new" if "another" in request.POST else SCREEN)
    context = {"form": form, "website": website, "entry": kept, "title": title}
    return render(request, "websites/editor/entry.html", context)


REMOVED = "La fiche est retirée de l’annuaire. Vous pouvez la remettre, plus bas."
remove_entry = gesture(ListingEntry, actions.remove_entry, said=REMOVED, back=SCREEN)
restore_entry = gesture(
    ListingEntry, actions.restore_entry, said="La fiche est de nouveau dans l’annuaire.", back=SCREEN
)


@require_admin_access
@require_POST
def import_entries(request: HttpRequest) -> HttpResponse:
    """Take the entries of a file: all of them, or none and the lines to correct."""
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return _screen(request, import_form=form)
    try:
        entries = sheets.read(form.cleaned_data["file"].read())
        done = actions.import_entries(website_of(request), entries, by=author_of(request), at=timezone.now())
    except Faulty as faulty:
        return _screen(request, faults=faulty.faults)
    except Refused as refusal:
        form.add_error("file", refusal.sentence)
        return _screen(request, import_form=form)
    known = f" Déjà dans l’annuaire, laissées comme elles sont\u00a0: {done.known}." if done.known else ""
    messages.success(request, f"Fiches ajoutées à l’annuaire\u00a0: {done.added}.{known}")
    return redirect(SCREEN)


@require_admin_access
def listing_file(request: HttpRequest, format: str) -> HttpResponse:
    """Give the listing as a spreadsheet."""
    website = website_of(request)
    rows = ListingEntry.objects.kept().filter(website=website).order_by("kind", "sort_name", "pk")
    return exports.leave(request, sheets.SHEET, rows, format=format, owner=website.beneficiary, by=author_of(request))
