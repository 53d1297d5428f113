"""The inbox of the operators' door: what waits in every room for this person; and what was done since they came."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Max
from django.http import HttpRequest
from django.urls import reverse

from socle.journal.models import Entry
from socle.journal.verbs import label_of
from socle.lib import dates
from socle.lib.declared import Row, Waiting, gathered
from socle.lib.text import number
from socle.people.models import Beneficiary, OpenSession, User
from socle.people.sign_in.sessions import OPENED
from socle.provisioning.desk import journal_lines
from socle.provisioning.desk.access import Access
from socle.ui.shapes import Link

# Of one kind: the first ones are shown, and the others are in their list.
SHOWN = 5
# Nobody reads further back, and what was done is counted among these.
LATEST, READ, PEOPLE = 500, 100, 8


@dataclass(frozen=True)
class Inbox:
    """Rows of what waits, those that are the reader's first; the others of each kind, counted."""

    rows: list[Row]
    others: list[Link]
    count: int


def inbox(access: Access, *, at: datetime) -> Inbox:
    """Gather what waits in every room for somebody of these roles; as many queries whatever is found."""
    kinds: list[Waiting] = [kind for kind in gathered(settings.SOCLE_WAITING) if access.holds(*kind.roles)]
    waiting = [kind.find(access, at) for kind in kinds]
    firsts = [list(found[: SHOWN + 1]) for found in waiting]
    _give_beneficiaries([one for first in firsts for one in first])
    rows, others, count = [], [], 0
    for kind, found, first in zip(kinds, waiting, firsts, strict=True):
        rows += kind.show(first[:SHOWN], access, at) if first else []
        rest = found.count() - SHOWN if len(first) > SHOWN else 0
        count += min(len(first), SHOWN) + rest
        if rest:
            view, query = kind.listing
            one, many = kind.more.split(", ")
            address = f"{reverse(view)}?{query}" if query else reverse(view)
            others.append(Link(f"{number(rest)} {many if rest > 1 else one}", address))
    rows.sort(key=lambda row: (bool(row.turn), _instant(row.since) or at))
    return Inbox(rows, others, count)


def _give_beneficiaries(found: list[Any]) -> None:
    """Give each row the beneficiary that its `beneficiary_id` names: one query for the rows of every kind.

    Joined to each kind instead, with their communes and departments, they took a fifth of the time of the page.
    """
    keys = {key for one in found if (key := getattr(one, "beneficiary_id", None))}
    known = Beneficiary.objects.select_related("commune", "department").in_bulk(keys)
    for one in found:
        if key := getattr(one, "beneficiary_id", None):
            one.beneficiary = known[key]


def _instant(since: date | datetime | None) -> datetime | None:
    return dates.bounds_of(since)[0] if isinstance(since, date) and not isinstance(since, datetime) else since


# --- Since the last visit ---------------------------------------------------------------------------------------------
# Without a visit that is remembered, as far back as this.
BEFORE = timedelta(days=7)


def last_visit(request: HttpRequest, user: User, *, at: datetime) -> datetime:
    """Return when this person was last here: the end of the session before this one, which lasts a day at most."""
    opened = datetime.fromtimestamp(request.session.get(OPENED, at.timestamp()), tz=at.tzinfo)
    before = OpenSession.objects.filter(user=user, seen_at__lt=opened)
    before = before.exclude(session_key=request.session.session_key)
    last: datetime | None = before.aggregate(last=Max("seen_at"))["last"]
    return last or at - BEFORE


@dataclass(frozen=True)
class Done:
    """Gestures since an instant: by people, the same about one body once, with how often; by the platform."""

    since: datetime
    lines: list[tuple[journal_lines.Line, int]]
    more: bool
    steps: int
    machines: list[tuple[str, int]]


def done_since(access: Access, since: datetime) -> Done:
    """Read what others did since then, the latest first, and fold what the platform did by itself; few queries."""
    latest = access.entries().values_list("pk", "verb", "by_ref", "beneficiary_ref", "at")[:LATEST]
    recent = [(pk, label_of(verb), by, about) for pk, verb, by, about, at in latest if at >= since]
    machine, mine = (f"{User._meta.label_lower}:{one.pk}" for one in (User.objects.system(), access.user))
    counts = Counter(label for _, label, by, _ in recent if by == machine)
    people = [(pk, (label, about)) for pk, label, by, about in recent if by not in (machine, mine)]
    times = Counter(what for _, what in people[:READ])
    # Of the same gesture, the latest is shown: the first that is read.
    shown = {what: pk for pk, what in reversed(people[:READ])}
    keys = sorted(shown.values(), reverse=True)[:PEOPLE]
    often = {pk: times[what] for what, pk in shown.items()}
    lines = journal_lines.read(Entry.objects.filter(pk__in=keys)) if keys else []
    is_more = len(shown) > PEOPLE or len(people) > READ
    return Done(since, [(line, often[line.rank]) for line in lines], is_more, counts.total(), counts.most_common())
