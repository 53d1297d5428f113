"""The inbox of the operators' door: what waits in every room for this person; and what was done since they came."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import Max
from django.http import HttpRequest
from django.urls import reverse

from socle.console import journal_lines
from socle.console.access import Access
from socle.journal.models import Entry
from socle.journal.verbs import label_of
from socle.lib import dates
from socle.lib.declared import Row, Waiting, gathered
from socle.lib.text import number
from socle.people.models import OpenSession, User
from socle.people.sign_in.sessions import OPENED
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
    rows, others, count = [], [], 0
    for kind in gathered(settings.SOCLE_WAITING):
        if access.holds(*kind.roles):
            found, rest = _of(kind, access, at=at)
            rows += found
            others += [rest[1]] if rest[0] else []
            count += len(found) + rest[0]
    rows.sort(key=lambda row: (bool(row.turn), _instant(row.since) or at))
    return Inbox(rows, others, count)


def _of(kind: Waiting, access: Access, *, at: datetime) -> tuple[list[Row], tuple[int, Link]]:
    """The first rows of a kind, and how many others, with where they are.

    Most kinds have nothing most days: their keys are asked for first, which costs half of a row with all that it shows.
    """
    waiting = kind.find(access, at)
    keys = list(waiting.values_list("pk", flat=True)[: SHOWN + 1])
    rest = waiting.count() - SHOWN if len(keys) > SHOWN else 0
    one, many = kind.more.split(", ")
    view, query = kind.listing
    link = Link(f"{number(rest)} {many if rest > 1 else one}", f"{reverse(view)}?{query}" if query else reverse(view))
    rows = kind.show(list(waiting.filter(pk__in=keys[:SHOWN])), access, at) if keys else []
    return rows, (rest, link)


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
    latest = access.entries().values_list("pk", "verb", "by_ref", "at")[:LATEST]
    recent = [(pk, verb, by) for pk, verb, by, at in latest if at >= since]
    machine, mine = (f"{User._meta.label_lower}:{one.pk}" for one in (User.objects.system(), access.user))
    people = [pk for pk, _, by in recent if by not in (machine, mine)]
    counts = Counter(label_of(verb) for _, verb, by in recent if by == machine)
    times: Counter[tuple[str, str]] = Counter()
    first: dict[tuple[str, str], journal_lines.Line] = {}
    for line in journal_lines.read(Entry.objects.filter(pk__in=people[:READ])) if people else []:
        times[line.label, line.about] += 1
        first.setdefault((line.label, line.about), line)
    lines = [(line, times[what]) for what, line in first.items()]
    is_more = len(lines) > PEOPLE or len(people) > READ
    return Done(since, lines[:PEOPLE], is_more, counts.total(), counts.most_common())
