"""Gestures on several files of a folder at once, and how it is undone; a folder taken whole, as one ZIP.

What was ticked goes from page to page in the address (`coche`), so that no gesture is ever of something not shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.files import bundles, queries, rules
from socle.files.actions import bin, entries
from socle.files.bundles import Piece
from socle.files.models import Entry, Space
from socle.files.queries import Place
from socle.lib.refusals import Refused
from socle.lib.text import whole
from socle.mairie.access import folder_of, gesture, mairie_view, person, place_or_404
from socle.mairie.views.file_gestures import above, done, page_of
from socle.mairie.views.files import crumbs_of, powers_in
from socle.people.models import Beneficiary
from socle.ui.shapes import Link

# What one gesture takes at most: what one page of a folder shows.
MOST_TICKED = 100
NOTHING_TICKED = "Cochez d’abord ce dont il s’agit, puis choisissez le geste."
ELSEWHERE = "Ce qui était coché n’est plus dans ce dossier\u00a0: quelqu’un vient de le déplacer ou de le supprimer."


def ticked_of(request: HttpRequest) -> list[str]:
    """Return the identifiers ticked on the page, or named by the address."""
    return (request.POST if request.method == "POST" else request.GET).getlist("coche")


def chosen_or_404(request: HttpRequest, space: Space, asked: Sequence[str]) -> list[Place]:
    """Return what was ticked, wherever it is in this folder of a mairie, by the order of the list.

    One that is not of this mairie, that does not exist or that this person does not see: the whole is a 404, as if
    that one had been asked for alone. Raises `Refused` when nothing was ticked, or too much.
    """
    if not asked:
        raise Refused(NOTHING_TICKED)
    if len(asked) > MOST_TICKED:
        raise Refused(f"Un geste porte sur {MOST_TICKED} éléments au plus\u00a0: faites-le en plusieurs fois.")
    numbers = {whole(one) or 0 for one in asked}
    powers = powers_in(request, space)
    rows = queries.entries().filter(space=space, pk__in=numbers, parent__isnull=False)
    places = [queries.place_of(one) for one in rows.order_by("-is_folder", "sort_name", "pk")]
    if len(places) != len(numbers) or not all(powers.sees(one.top) for one in places):
        raise Http404("Ce fichier n’existe pas, ou n’est pas celui de votre organisme.")
    return places


def _ticked_in(request: HttpRequest, folder: Place) -> list[Place]:
    """Return the ticked entries that a folder still contains."""
    places = chosen_or_404(request, folder.entry.space, ticked_of(request))
    if any(one.entry.parent_id != folder.entry.pk or not one.entry.is_live for one in places):
        raise Refused(ELSEWHERE)
    return places


def _gathered(tops: Sequence[Entry]) -> list[Piece]:
    """Return one ZIP of these entries; too many for one are offered in another way."""
    try:
        return bundles.gather(tops)
    except Refused as refusal:
        remedy = "Pour tout avoir d’un coup, ouvrez le dossier comme lecteur réseau et copiez-le."
        raise Refused(f"{refusal.sentence} {remedy}") from refusal


def _query(places: Sequence[Place]) -> str:
    return urlencode([("coche", one.entry.pk) for one in places])


@gesture
def choose(request: HttpRequest, beneficiary: Beneficiary, entry_id: int) -> HttpResponse:
    """Do to what was ticked what the button says: take it as one ZIP, move it, put it in the bin."""
    folder = place_or_404(request, beneficiary, entry_id)
    wish = request.POST.get("gesture", "")
    try:
        places = _ticked_in(request, folder)
        if wish == "zip":
            # Too much is said on the page, before the browser opens anything.
            _gathered([one.entry for one in places])
            return redirect(f"{reverse('mairie:folder_zip', args=[folder.entry.pk])}?{_query(places)}")
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return redirect(page_of(folder.entry))
    if wish == "move":
        return redirect(f"{reverse('mairie:files_move', args=[folder.entry.pk])}?{_query(places)}")
    if wish != "trash":
        messages.error(request, "Ce geste n’existe pas\u00a0: rechargez la page.")
        return redirect(page_of(folder.entry))
    by, at = person(request), timezone.now()
    thrown = [one for one in places if done(request, lambda one=one: bin.trash(one, by=by, at=at)) is not None]  # type: ignore[misc]
    query = urlencode([("jete", one.entry.pk) for one in thrown])
    return redirect(f"{page_of(folder.entry)}?{query}" if thrown else page_of(folder.entry))


@mairie_view
def download(request: HttpRequest, beneficiary: Beneficiary, entry_id: int) -> HttpResponse:
    """Give a folder as one ZIP, or what was ticked in it."""
    folder = place_or_404(request, beneficiary, entry_id)
    entry = folder.entry
    if not entry.is_folder:
        raise Refused("Ce n’est pas un dossier\u00a0: téléchargez le fichier lui-même.")
    if not entry.is_live:
        raise Refused("C’est dans la corbeille\u00a0: rétablissez-le d’abord.")
    name = entry.name or "Dossier de la mairie"
    if ticked_of(request):
        tops = [one.entry for one in _ticked_in(request, folder)]
        name = tops[0].name if len(tops) == 1 else f"{name} (choix)"
    else:
        tops = list(queries.children(entry, powers_in(request, entry.space))) if entry.is_root else [entry]
    return bundles.served(_gathered(tops), name=name)  # type: ignore[return-value]  # Streamed, as a file is.


@mairie_view
def move(request: HttpRequest, beneficiary: Beneficiary, entry_id: int) -> HttpResponse:
    """Choose the folder where something goes, and put it there."""
    place = place_or_404(request, beneficiary, entry_id)
    return _move(request, beneficiary, above(place), [place], back=page_of(place.entry))


@mairie_view
def move_chosen(request: HttpRequest, beneficiary: Beneficiary, entry_id: int) -> HttpResponse:
    """Choose the folder where what was ticked goes, and put it there; by the same way it comes back."""
    folder = place_or_404(request, beneficiary, entry_id)
    try:
        places = _ticked_in(request, folder)
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return redirect(page_of(folder.entry))
    return _move(request, beneficiary, folder, places, back=page_of(folder.entry))


def _move(
    request: HttpRequest, beneficiary: Beneficiary, source: Place, places: list[Place], *, back: str
) -> HttpResponse:
    what = f"«\u00a0{places[0].entry.name}\u00a0»" if len(places) == 1 else f"{len(places)} éléments"
    if request.method != "POST":
        context = {
            "what": what,
            "places": places,
            "folders": _folders(request, source, {one.entry.pk for one in places}),
            "crumbs": [*crumbs_of(source)[:-1], Link(_named(source), page_of(source.entry)), Link("Déplacer")],
            "back": back,
        }
        return render(request, "mairie/file_move.html", context)
    target = place_or_404(request, beneficiary, whole(request.POST.get("to", "")) or 0)
    by, at = person(request), timezone.now()
    moved = [
        one
        for one in places
        if done(request, lambda one=one: entries.relocate(one, target, one.entry.name, by=by, at=at)) is not None  # type: ignore[misc]
    ]
    if not moved:
        return redirect(back)
    said = f"«\u00a0{moved[0].entry.name}\u00a0» est" if len(moved) == 1 else f"{len(moved)} éléments sont"
    messages.success(request, f"{said} maintenant dans «\u00a0{_named(target)}\u00a0».")
    query = urlencode([*(("deplace", one.entry.pk) for one in moved), ("de", source.entry.pk)])
    return redirect(f"{page_of(target.entry)}?{query}")


@gesture
def restore_chosen(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Take several things back from the bin at once: what undoes a gesture that threw them away."""
    places = chosen_or_404(request, folder_of(beneficiary), ticked_of(request))
    by, at = person(request), timezone.now()
    kept = [done(request, lambda one=one: bin.restore(one, by=by, at=at)) for one in places]  # type: ignore[misc]
    back = [one for one in kept if one is not None]
    if not back:
        return redirect("mairie:bin")
    messages.success(request, f"{len(back)} éléments rétablis." if len(back) > 1 else f"Rétabli\u00a0: {back[0].name}.")
    return redirect(page_of(back[0].parent))


def _named(place: Place) -> str:
    return place.entry.name or "Dossier"


def _folders(request: HttpRequest, source: Place, moving: set[int]) -> list[Link]:
    """Where these may go: every folder that this person may write in, themselves and where they are left out."""
    space = source.entry.space
    powers = powers_in(request, space)
    root = queries.root_of(space)
    rows = Entry.objects.filter(space=space, is_folder=True, trashed_with__isnull=True)
    by_parent: dict[int | None, list[Entry]] = {}
    for row in rows.order_by("key"):
        by_parent.setdefault(row.parent_id, []).append(row)
    found: list[Link] = []

    def walk(folder: Entry, road: tuple[str, ...], top: int | None) -> None:
        if folder.pk in moving or rules.why_not_write(space, powers, top):
            return
        if folder.pk != source.entry.pk:
            found.append(Link(" › ".join(road) or "Dossier", str(folder.pk)))
        for one in by_parent.get(folder.pk, []):
            walk(one, (*road, one.name), top or one.pk)

    walk(root, (), None)
    return found
