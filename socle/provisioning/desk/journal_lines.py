"""Lines of the journal as people read them, and as they leave: names are looked up now, the journal keeps none."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from socle.journal import facts
from socle.journal.models import Entry, EntryQuerySet
from socle.journal.verbs import label_of
from socle.lib import dates
from socle.lib.spreadsheet import Field, Kind, Sheet
from socle.people import exports
from socle.people.models import Beneficiary, Operator, User
from socle.provisioning.desk.access import Access, here
from socle.provisioning.desk.lists import attachment, leave

_TONES = {
    "agreement.signed": "ok",
    "installation.live": "ok",
    "installation.failed": "danger",
    "installation.suspended": "alert",
    "agreement.cancelled": "alert",
    "agreement.ready": "info",
    "agreement.party_signed": "info",
}


@dataclass(frozen=True)
class Line:
    """One line as a screen shows it: what `timeline` draws, and a little more."""

    at: datetime
    label: str
    detail: str
    tone: str
    url: str
    by: str
    about: str
    about_url: str
    position: int | None
    rank: int


def read(entries: Iterable[Entry], *, with_author: bool = True) -> list[Line]:
    """Return the lines of these entries, with the names of today; two queries, whatever their number."""
    entries = list(entries)
    authors = _authors(entries)
    places = _places(entries)
    lines = []
    for entry in entries:
        author = authors.get(entry.by_ref, "compte effacé")
        about, about_url = places.get(entry.beneficiary_ref, ("", ""))
        detail = facts.detail(entry)
        lines.append(
            Line(
                at=entry.at,
                label=label_of(entry.verb),
                detail=f"par {author}{f' ; {detail}' if detail else ''}" if with_author else detail,
                tone=_TONES.get(entry.verb, ""),
                url="",
                by=author,
                about=about,
                about_url=about_url,
                position=entry.position,
                rank=entry.pk,
            )
        )
    return lines


# From so many on, the steps of one author about one body, made one after the other, are one line that opens.
MANY = 5


@dataclass(frozen=True)
class Folded:
    """One line of the journal, or many steps of one undertaking that open: the latest of them, and all."""

    line: Line
    steps: list[Line]

    @property
    def first(self) -> Line:
        """The step that began it."""
        return self.steps[-1]


def folded(entries: Iterable[Entry]) -> list[Folded]:
    """The lines of these entries, in their order, where many steps in a row are one; as many queries as `read`.

    In a row: of one author on one day, without another's in between. When several communes are equipped at once their
    steps are mixed: each commune has its own line, where its latest step is.
    """
    entries = list(entries)
    found: list[Folded] = []
    for _, run in groupby(zip(entries, read(entries, with_author=False), strict=True), key=_author_and_day):
        about: dict[str, list[Line]] = {}
        for entry, line in run:
            about.setdefault(entry.beneficiary_ref or f"{entry.object_type}:{entry.object_id}", []).append(line)
        for lines in about.values():
            is_many = len(lines) >= MANY
            found += [Folded(lines[0], lines)] if is_many else [Folded(line, []) for line in lines]
    place = {entry.pk: number for number, entry in enumerate(entries)}
    return sorted(found, key=lambda one: place[one.line.rank])


def _author_and_day(row: tuple[Entry, Line]) -> tuple[str, date]:
    return row[0].by_ref, dates.day_of(row[0].at)


def _authors(entries: list[Entry]) -> dict[str, str]:
    prefix = "people.user:"
    keys = {entry.by_ref.removeprefix(prefix) for entry in entries if entry.by_ref.startswith(prefix)}
    return {f"{prefix}{user.pk}": str(user) for user in User.objects.filter(pk__in=keys)}


def _places(entries: list[Entry]) -> dict[str, tuple[str, str]]:
    keys = {entry.beneficiary_ref for entry in entries if entry.beneficiary_ref}
    found = Beneficiary.objects.filter(pk__in=keys).select_related("commune")
    return {str(beneficiary.pk): (beneficiary.name, address_of(beneficiary)) for beneficiary in found}


def address_of(beneficiary: Beneficiary) -> str:
    """Return the address of the page of a beneficiary: that of its commune, or its own."""
    if beneficiary.commune is not None:
        return reverse(here("commune"), args=[beneficiary.commune.insee_code])
    return reverse(here("body"), args=[beneficiary.pk])


FORMATS = ("xlsx", "csv", "json")
SHEET: Sheet[tuple[Entry, Line]] = Sheet(
    "journal",
    "journal",
    "Journal",
    (
        Field("Instant (Europe/Paris)", lambda row: row[1].at, Kind.INSTANT),
        Field("Acte", lambda row: row[1].label),
        Field("Verbe", lambda row: row[0].verb),
        Field("Bénéficiaire", lambda row: row[1].about),
        Field("Par", lambda row: row[1].by),
        Field("Faits", lambda row: facts.detail(row[0])),
        Field("Rang dans la chaîne", lambda row: row[0].position, Kind.NUMBER),
        Field("Sceau", lambda row: row[0].seal),
    ),
    is_personal=True,
)


def export(
    request: HttpRequest,
    access: Access,
    entries: EntryQuerySet,
    name: str,
    kind: str,
    *,
    owner: Operator | Beneficiary | None = None,
) -> HttpResponse:
    """Answer with these entries as a file, the oldest first. `owner` is who they are about, when it is one body."""
    rows = exports.in_portions(entries.order_by("id"), _paired)
    file_name = f"journal-{name}" if name else "journal"
    if kind != "json":
        return leave(request, access, replace(SHEET, file_name=file_name), rows, kind, owner=owner)
    content = [_as_json(entry, line) for entry, line in rows]
    at = timezone.now()
    if request.method == "GET":
        exports.note(SHEET.code, rows=len(content), format=kind, owner=owner or access.operator, by=access.user, at=at)
    return attachment(
        json.dumps(content, ensure_ascii=False, indent=1),
        filename=f"{file_name}-{dates.day_of(at).isoformat()}.json",
        content_type="application/json",
    )


def _paired(entries: list[Entry]) -> Iterator[tuple[Entry, Line]]:
    return zip(entries, read(entries), strict=True)


def _as_json(entry: Entry, line: Line) -> dict[str, Any]:
    return {
        "at": entry.at.isoformat(),
        "verb": entry.verb,
        "label": line.label,
        "object": f"{entry.object_type}:{entry.object_id}",
        "beneficiary": line.about,
        "by": line.by,
        "facts": facts.shareable(entry),
        "position": entry.position,
        "seal": entry.seal,
    }
