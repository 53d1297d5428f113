"""The journal of one beneficiary, as its people read it: what was done, by whom, when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from socle.agreements.models import Party
from socle.journal.models import Entry, EntryQuerySet
from socle.journal.verbs import label_of
from socle.lib.text import whole
from socle.people.models import Beneficiary, Operator, User
from socle.programme.models import Service

# Said elsewhere in plainer words, or of no use to a mairie: shown on the whole journal, not among the latest lines.
TECHNICAL = (
    "address_book.written",
    "calendar.event_removed",
    "calendar.event_written",
    "calendar.made",
    "calendar.public_changed",
    "agreement.outcome_told",
    "agreement.suspension_told",
    "agreement.signatory_told",
    "document.kept",
    "installation.step",
    "right.opened",
)
TONES = {
    "agreement.cancelled": "danger",
    "agreement.signed": "ok",
    "installation.failed": "danger",
    "installation.live": "ok",
    "website.created": "ok",
}


@dataclass(frozen=True)
class Line:
    """One line of the journal, ready to be drawn by the `timeline` component."""

    at: datetime
    label: str
    detail: str
    tone: str = ""
    url: str = ""
    about: str = ""
    who: str = ""


def entries_of(beneficiary: Beneficiary, *, with_technical: bool = True) -> EntryQuerySet:
    """The lines about this beneficiary, the latest first."""
    entries = Entry.objects.filter(beneficiary_ref=str(beneficiary.pk))
    return entries if with_technical else entries.exclude(verb__in=TECHNICAL)


def in_french(entries: Iterable[Entry]) -> list[Line]:
    """Return these lines in French, with the names of today; two queries whatever their number."""
    read = list(entries)
    prefix = f"{User._meta.label_lower}:"
    identifiers = {entry.by_ref.removeprefix(prefix) for entry in read if entry.by_ref.startswith(prefix)}
    users = User.objects.in_bulk([pk for one in identifiers if (pk := whole(one)) is not None])
    codes = {str(entry.facts.get("service")) for entry in read if entry.facts.get("service")}
    services = dict(Service.objects.filter(code__in=codes).values_list("code", "name"))
    codes_of_helpers = {str(entry.facts["helper"]) for entry in read if entry.facts.get("helper")}
    helpers = (
        dict(Operator.objects.filter(code__in=codes_of_helpers).values_list("code", "name")) if codes_of_helpers else {}
    )
    return [
        Line(
            entry.at,
            _label(entry, services),
            " · ".join(part for part in (_about(entry), _author(entry, prefix, users, helpers)) if part),
            TONES.get(entry.verb, ""),
            about=_about(entry),
            who=_author(entry, prefix, users, helpers).removeprefix("par "),
        )
        for entry in read
    ]


def paired(entries: list[Entry]) -> Iterable[tuple[Entry, Line]]:
    """Return each of these lines with itself in French."""
    return zip(entries, in_french(entries), strict=True)


def _author(entry: Entry, prefix: str, users: dict[int, User], helpers: dict[str, str]) -> str:
    identifier = entry.by_ref.removeprefix(prefix)
    user = users.get(whole(identifier) or 0)
    if user is None:
        return "par une personne dont le compte n’existe plus"
    if helper := entry.facts.get("helper"):
        return f"par {user.name}, en assistance pour {helpers.get(str(helper), str(helper))}"
    return "par la plateforme" if user.is_system else f"par {user.name}"


def _label(entry: Entry, services: dict[str, str]) -> str:
    """The verb, after the service it is about when there is one: that is what a reader looks for first."""
    code = str(entry.facts.get("service") or "")
    label = label_of(entry.verb)
    return f"{services.get(code, code)} : {label[0].lower()}{label[1:]}" if code else label


def _about(entry: Entry) -> str:
    if party := entry.facts.get("party"):
        return dict(Party.Kind.choices).get(str(party), str(party)).capitalize()
    number = entry.facts.get("number")
    return f"n°\u00a0{number}" if number else ""
