"""The folder of the mairie: what is in it, one file, what is in the bin, what is found by its name."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from socle.files import contents, kinds, previews, queries, rules
from socle.files.models import Content, Entry, Space
from socle.files.queries import Place
from socle.files.rules import Powers
from socle.lib.dates import day_of
from socle.lib.refusals import Refused
from socle.lib.spreadsheet import Field, Kind, Sheet
from socle.lib.text import bytes_in_french, whole
from socle.mairie.access import folder_of, mairie_view, person, place_or_404
from socle.mairie.files import leave
from socle.people.models import Beneficiary
from socle.ui.shapes import Column, Fact, Link, files_of

PER_PAGE = 100
COLUMNS = (
    Column("Choisir", is_hidden=True),
    Column("Nom"),
    Column("Nature"),
    Column("Taille", is_number=True),
    Column("Modifié"),
)
FOUND_COLUMNS = (Column("Nom"), Column("Dossier"), Column("Taille", is_number=True), Column("Modifié"))
BIN_COLUMNS = (Column("Nom"), Column("D’où"), Column("Jeté"), Column("Gestes", is_hidden=True))
SHEET: Sheet[Entry] = Sheet(
    "dossier",
    "dossier",
    "Contenu du dossier",
    (
        Field("Nom", lambda one: one.name),
        Field("Nature", lambda one: nature_of(one), Kind.CODE),
        Field("Taille (octets)", lambda one: one.size, Kind.NUMBER),
        Field("Modifié le (Europe/Paris)", lambda one: one.modified_at, Kind.INSTANT),
        Field("Modifié par", lambda one: one.modified_by.name if one.modified_by else ""),
    ),
    is_personal=True,
)
BIN_SHEET: Sheet[Entry] = Sheet(
    "corbeille",
    "corbeille",
    "Corbeille du dossier",
    (
        Field("Nom", lambda one: one.name),
        Field("D’où", lambda one: " › ".join(queries.place_of(one).names[:-1])),
        Field("Jeté le (Europe/Paris)", lambda one: one.trashed_at, Kind.INSTANT),
        Field("Jeté par", lambda one: one.trashed_by.name if one.trashed_by else ""),
    ),
    is_personal=True,
)


@dataclass(frozen=True)
class Row:
    """One line of a list."""

    entry: Entry
    icon: str
    nature: str
    size: str
    where: str = ""


def nature_of(entry: Entry) -> str:
    """Return its kind in a word."""
    words = "dossier" if entry.is_folder else kinds.in_words(entry.content_type)
    return f"{words}, non analysé" if entry.is_unread else words


def row_of(entry: Entry, where: str = "") -> Row:
    size = "" if entry.is_folder else bytes_in_french(entry.size)
    return Row(entry, "folder" if entry.is_folder else "document", nature_of(entry), size, where)


def powers_in(request: HttpRequest, space: Space) -> Powers:
    """Return the rights of the person in this folder today."""
    return rules.powers_of(space, person(request), on=day_of(timezone.now()))


def crumbs_of(place: Place, last: str = "") -> list[Link]:
    """The road that leads there, each folder with its address."""
    links = [Link("Dossier", reverse("mairie:files"))]
    links += [Link(one.name, reverse("mairie:file", args=[one.pk])) for one in place.road]
    if last:
        return [*links, Link(last)]
    return [*links[:-1], Link(links[-1].label)]


@mairie_view
def show_all(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Show the first folders, or what is found by its name."""
    space = queries.space_of(beneficiary)
    if space is None or space.suspended_at is not None:
        context = {"space": space, "closed": rules.CLOSED}
        return render(request, "mairie/files_closed.html", context)
    if words := request.GET.get("q", "").strip():
        return _found(request, space, words[:200])
    return _folder(request, Place(queries.root_of(space), ()))


def _found(request: HttpRequest, space: Space, words: str) -> HttpResponse:
    places = queries.search(space, words, powers_in(request, space))
    rows = [row_of(place.entry, " › ".join(place.names[:-1]) or "Dossier") for place in places]
    context = {"words": words, "rows": rows, "columns": FOUND_COLUMNS, "most": queries.MOST_FOUND}
    return render(request, "mairie/files_found.html", context)


@mairie_view
def show(request: HttpRequest, beneficiary: Beneficiary, entry_id: int) -> HttpResponse:
    """Show a folder and what is in it, or one file and what may be done with it."""
    place = place_or_404(request, beneficiary, entry_id)
    return _folder(request, place) if place.entry.is_folder else _file(request, place)


def _folder(request: HttpRequest, place: Place) -> HttpResponse:
    space = place.entry.space
    powers = powers_in(request, space)
    page = Paginator(queries.children(place.entry, powers), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "place": place,
        "folder": place.entry,
        "rows": [row_of(one) for one in page.object_list],
        "page": page,
        "columns": COLUMNS,
        "files": files_of(request, "mairie:folder_file", place.entry.pk),
        "crumbs": crumbs_of(place) if place.road else [],
        "weights": queries.weights_of(space),
        "why_not_write": rules.why_not_write(space, powers, place.top),
        "undo": _thrown(request, space, powers),
        **_moved(request, place, powers),
        "free": space.free_bytes,
    }
    return render(request, "mairie/folder.html", context)


def _numbers(request: HttpRequest, name: str) -> list[int]:
    """The identifiers that the address holds under this name: as many as one page shows."""
    return [pk for one in request.GET.getlist(name) if (pk := whole(one)) is not None][:PER_PAGE]


def _thrown(request: HttpRequest, space: Space, powers: Powers) -> list[Entry]:
    """Return the entries just put in the bin, to be restored at once."""
    asked = _numbers(request, "jete")
    return list(queries.bin_of(space, powers).filter(pk__in=asked)) if asked else []


def _moved(request: HttpRequest, folder: Place, powers: Powers) -> dict[str, object]:
    """Return the entries just moved into this folder, and whence, so that the move can be undone."""
    asked, came_from = _numbers(request, "deplace"), _numbers(request, "de")
    if not asked or not came_from:
        return {}
    space = folder.entry.space
    source = queries.by_id(space, came_from[0])
    if source is None or not source.entry.is_live or rules.why_not_write(space, powers, source.top):
        return {}
    return {"moved": list(queries.children(folder.entry, powers).filter(pk__in=asked)), "moved_from": source}


@mairie_view
def export(request: HttpRequest, beneficiary: Beneficiary, entry_id: int, format: str) -> HttpResponse:
    """Give the list of what is in a folder, whole, as a file."""
    place = place_or_404(request, beneficiary, entry_id)
    rows = queries.children(place.entry, powers_in(request, place.entry.space))
    return leave(request, beneficiary, SHEET, rows.iterator(chunk_size=500), format)


def _file(request: HttpRequest, place: Place) -> HttpResponse:
    entry, at = place.entry, timezone.now()
    powers = powers_in(request, entry.space)
    content_type = entry.content_type
    text = None
    if entry.content is not None and content_type not in kinds.PICTURES:
        try:
            text = previews.text_of(entry.content)
        except OSError:
            text = None
    who = entry.modified_by.name if entry.modified_by else "la plateforme"
    context = {
        "place": place,
        "entry": entry,
        "facts": [
            Fact("Nature", nature_of(entry)),
            Fact("Taille", bytes_in_french(entry.size)),
            Fact("Modifié par", who),
            Fact("Modifié le", timezone.localtime(entry.modified_at).strftime("%d/%m/%Y à %H:%M")),
        ],
        "crumbs": crumbs_of(place),
        "is_picture": content_type in kinds.PICTURES,
        "is_shown": kinds.is_shown(content_type),
        "text": text,
        "is_cut": text is not None and entry.size > previews.MOST_TEXT,
        "versions": queries.versions_of(entry)[:50],
        "links": queries.links_of(entry.space, at).filter(entry=entry),
        "why_not_write": rules.why_not_write(entry.space, powers, place.top) or rules.why_not_touch(entry),
    }
    return render(request, "mairie/file.html", context)


@mairie_view
def download(request: HttpRequest, beneficiary: Beneficiary, entry_id: int) -> HttpResponse:
    """Give a file to be kept; with `?voir`, a picture or a PDF for the browser to show."""
    entry = place_or_404(request, beneficiary, entry_id).entry
    if entry.content is None:
        raise Refused("C’est un dossier\u00a0: «\u00a0Tout télécharger\u00a0» le donne en un seul fichier ZIP.")
    is_seen = "voir" in request.GET and kinds.is_shown(entry.content_type)
    return served(entry.content, name=entry.name, content_type=entry.content_type, is_seen=is_seen)


@mairie_view
def download_version(request: HttpRequest, beneficiary: Beneficiary, entry_id: int, version_id: int) -> HttpResponse:
    """Give what a file was, to be kept."""
    place = place_or_404(request, beneficiary, entry_id)
    version = queries.versions_of(place.entry).filter(pk=version_id).first()
    if version is None:
        raise Http404("Cette version n’existe pas, ou n’est pas celle de ce fichier.")
    stem, dot, suffix = place.entry.name.rpartition(".")
    mark = timezone.localtime(version.modified_at).strftime("%Y-%m-%d %Hh%M")
    name = f"{stem} ({mark}).{suffix}" if dot and stem else f"{place.entry.name} ({mark})"
    return served(version.content, name=name, content_type=kinds.BYTES)


@mairie_view
def show_thumbnail(request: HttpRequest, beneficiary: Beneficiary, entry_id: int) -> HttpResponse:
    """Give a picture made small."""
    entry = place_or_404(request, beneficiary, entry_id).entry
    small = None
    if entry.content is not None:
        try:
            small = previews.thumbnail(entry.content)
        except OSError:
            small = None
    if small is None:
        raise Refused("Ce fichier n’a pas d’aperçu\u00a0: téléchargez-le pour le voir.")
    response = HttpResponse(small, content_type=kinds.WEBP)
    response["Cache-Control"] = "private, max-age=3600"
    return response


def served(content: Content, *, name: str, content_type: str, is_seen: bool = False) -> HttpResponse:
    """Answer with the bytes of a file, as they come from the disk: kept by the browser, which runs nothing of them."""
    try:
        file = contents.contents().reader(content.stored_name)
    except OSError:
        raise Refused("Ce fichier ne peut pas être lu en ce moment\u00a0: réessayez dans un instant.") from None
    response: HttpResponseBase = FileResponse(
        file, content_type=content_type if is_seen else kinds.BYTES, as_attachment=not is_seen, filename=name
    )
    response["Content-Length"] = str(content.size)
    # The viewers of PDF that browsers have do not run in a sandbox; nothing else is shown by them.
    sandbox = "" if content_type == kinds.PDF and is_seen else "; sandbox"
    response["Content-Security-Policy"] = f"default-src 'none'{sandbox}; frame-ancestors 'none'"
    response["Cache-Control"] = "private, no-store"
    # Compressed on its way, it would lose its length, by which a browser shows how far it is.
    response.passes_as_is = True  # type: ignore[attr-defined]  # Read by socle.serving.middleware.
    return response  # type: ignore[return-value]  # A view answers with a response, streamed or not.


@mairie_view
def show_bin(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Show what was thrown away, the latest first."""
    space = folder_of(beneficiary)
    powers = powers_in(request, space)
    page = Paginator(queries.bin_of(space, powers), PER_PAGE).get_page(request.GET.get("page"))
    rows = [row_of(one, " › ".join(queries.place_of(one).names[:-1]) or "Dossier") for one in page.object_list]
    context = {
        "rows": rows,
        "page": page,
        "columns": BIN_COLUMNS,
        "files": files_of(request, "mairie:bin_file"),
        "weights": queries.weights_of(space),
        "days": _bin_days(),
        "crumbs": [Link("Dossier", reverse("mairie:files")), Link("Corbeille")],
    }
    return render(request, "mairie/bin.html", context)


@mairie_view
def export_bin(request: HttpRequest, beneficiary: Beneficiary, format: str) -> HttpResponse:
    """Give the list of the bin, whole, as a file."""
    space = folder_of(beneficiary)
    rows = queries.bin_of(space, powers_in(request, space))
    return leave(request, beneficiary, BIN_SHEET, rows.iterator(chunk_size=500), format)


def _bin_days() -> int:
    from socle.retention.table import rules as retention_rules

    return next((one.days or 0 for one in retention_rules() if one.code == "corbeilles-des-dossiers"), 0)
