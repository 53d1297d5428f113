"""Gestures in the folder of the mairie: files come, change name or place, are thrown away and taken back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from socle.files import queries, rules
from socle.files.actions import bin, entries
from socle.files.models import Entry
from socle.files.queries import Place
from socle.lib.refusals import Refused
from socle.lib.text import bytes_in_french
from socle.mairie.access import folder_of, gesture, person, place_or_404
from socle.mairie.uploads import Received, as_data, refusal_of, wants_data
from socle.people.models import Beneficiary

R = TypeVar("R")


def page_of(entry: Entry | None) -> str:
    """The address of a file or of a folder."""
    if entry is None or entry.is_root:
        return reverse("mairie:files")
    return reverse("mairie:file", args=[entry.pk])


@gesture
def upload(request: HttpRequest, beneficiary: Beneficiary, entry_id: int) -> HttpResponse:
    """Keep the files of a form in a folder; one that bears a name already there becomes its latest version."""
    place = place_or_404(request, beneficiary, entry_id)
    received = [one for one in request.FILES.getlist("files") if isinstance(one, Received)]
    kept, refused = 0, []
    for one in received:
        try:
            entries.keep_file(place, one.name or "", one.incoming, by=person(request), at=timezone.now())
        except Refused as refusal:
            refused.append(f"«\u00a0{one.name}\u00a0»\u00a0: {refusal.sentence}")
        else:
            kept += 1
    if late := refusal_of(request):
        refused.append(late)
    elif not received:
        refused.append("Choisissez au moins un fichier, puis déposez-le.")
    if wants_data(request):
        return as_data(refused)
    if kept:
        messages.success(request, "Fichier déposé." if kept == 1 else f"{kept} fichiers déposés.")
    for sentence in refused:
        messages.error(request, sentence)
    return redirect(page_of(place.entry))


@gesture
def make_folder(request: HttpRequest, beneficiary: Beneficiary, entry_id: int) -> HttpResponse:
    """Make a folder in a folder."""
    place = place_or_404(request, beneficiary, entry_id)
    made = done(request, lambda: entries.make_folder(
        place, request.POST.get("name", "").strip(), by=person(request), at=timezone.now()
    ))  # fmt: skip
    if made is not None:
        messages.success(request, f"Dossier «\u00a0{made.name}\u00a0» créé.")
    return redirect(page_of(place.entry))


@gesture
def rename(request: HttpRequest, beneficiary: Beneficiary, entry_id: int) -> HttpResponse:
    """Give something another name, where it is."""
    place = place_or_404(request, beneficiary, entry_id)
    # The space that a telephone types after a word: what is kept is shown.
    name = request.POST.get("name", "").strip()
    if "." in place.entry.name and not place.entry.is_folder and "." not in name:
        # A program chooses by the end of the name how to open a file: it is kept.
        name = f"{name}.{place.entry.name.rpartition('.')[2]}"
    renamed = done(request, lambda: entries.relocate(
        place, above(place), name, by=person(request), at=timezone.now()
    ))  # fmt: skip
    if renamed is not None:
        messages.success(request, f"Renommé en «\u00a0{renamed.name}\u00a0».")
    return redirect(page_of(place.entry))


@gesture
def trash(request: HttpRequest, beneficiary: Beneficiary, entry_id: int) -> HttpResponse:
    """Put something in the bin; it may be taken back at once."""
    place = place_or_404(request, beneficiary, entry_id)
    if done(request, lambda: bin.trash(place, by=person(request), at=timezone.now())) is None:
        return redirect(page_of(place.entry))
    return redirect(f"{page_of(place.entry.parent)}?{urlencode({'jete': place.entry.pk})}")


@gesture
def restore(request: HttpRequest, beneficiary: Beneficiary, entry_id: int) -> HttpResponse:
    """Take something back from the bin."""
    place = place_or_404(request, beneficiary, entry_id)
    back = done(request, lambda: bin.restore(place, by=person(request), at=timezone.now()))
    if back is None:
        return redirect("mairie:bin" if place.entry.trashed_with_id else page_of(place.entry))
    where = queries.place_of(back)
    messages.success(request, f"Rétabli\u00a0: {where.shown}.")
    return redirect(page_of(back if back.is_folder else back.parent))


@gesture
def erase(request: HttpRequest, beneficiary: Beneficiary, entry_id: int) -> HttpResponse:
    """Erase for good something that is in the bin."""
    place = place_or_404(request, beneficiary, entry_id)
    freed = done(request, lambda: bin.erase(place, by=person(request), at=timezone.now()))
    if freed is not None:
        messages.success(request, f"Effacé pour de bon\u00a0: {bytes_in_french(freed)} de place en plus.")
    return redirect("mairie:bin")


@gesture
def empty_bin(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Erase for good all that is in the bin."""
    count = bin.empty_bin(folder_of(beneficiary), by=person(request), at=timezone.now())
    messages.success(request, f"Corbeille vidée\u00a0: {count} élément{'s' if count > 1 else ''}.")
    return redirect("mairie:bin")


@gesture
def bring_back(request: HttpRequest, beneficiary: Beneficiary, entry_id: int, version_id: int) -> HttpResponse:
    """Give a file the content of one of its versions."""
    place = place_or_404(request, beneficiary, entry_id)
    version = queries.versions_of(place.entry).filter(pk=version_id).first()
    if version is None:
        raise Http404("Cette version n’existe pas, ou n’est pas celle de ce fichier.")
    if done(request, lambda: entries.bring_back(version, place, by=person(request), at=timezone.now())) is not None:
        messages.success(
            request, "Cette version est de nouveau le fichier. Ce qu’il était est gardé dans les versions."
        )
    return redirect(page_of(place.entry))


def done(request: HttpRequest, act: Callable[[], R]) -> R | None:
    """Do it; say why it cannot be, and answer None."""
    try:
        return act()
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return None


def above(place: Place) -> Place:
    """The folder that contains this. Raises `Refused` for the folder of the mairie itself."""
    parent = place.entry.parent
    if parent is None:
        raise Refused(rules.why_not_touch(place.entry) or "")
    parent.space = place.entry.space
    return Place(parent, place.road[:-1])
