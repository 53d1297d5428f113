"""Lines of the journal as people read them, and as they leave: names are looked up now, the journal keeps none."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.urls import reverse

from socle.console.lists import attachment, csv_response
from socle.journal import facts
from socle.journal.models import Entry
from socle.journal.verbs import label_of
from socle.people.models import Beneficiary, User

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
            )
        )
    return lines


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
        return reverse("console:commune", args=[beneficiary.commune.insee_code])
    return reverse("console:body", args=[beneficiary.pk])


HEADERS = ("Instant (Europe/Paris)", "Acte", "Verbe", "Bénéficiaire", "Par", "Faits", "Rang dans la chaîne", "Sceau")


def export(entries: QuerySet[Entry], name: str, kind: str) -> HttpResponse:
    """Answer with these entries as a file, the oldest first. `kind` is « csv » or « json »."""
    rows = list(entries.order_by("id"))
    lines = read(rows)
    if kind == "csv":
        cells = (
            (line.at, line.label, entry.verb, line.about, line.by, facts.detail(entry), entry.position, entry.seal)
            for entry, line in zip(rows, lines, strict=True)
        )
        return csv_response(f"journal-{name}.csv", HEADERS, cells)
    if kind == "json":
        content = json.dumps(
            [_as_json(entry, line) for entry, line in zip(rows, lines, strict=True)], ensure_ascii=False, indent=1
        )
        return attachment(content, filename=f"journal-{name}.json", content_type="application/json")
    raise Http404("Le journal s’exporte en CSV ou en JSON.")


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
