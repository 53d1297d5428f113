"""The numbers of a site as its screens and its file show them: in few questions, whatever was read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db.models import IntegerField, Min, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce, TruncMonth
from django_scopes import scopes_disabled
from wagtail.models import Page

from socle.lib import dates
from socle.lib.spreadsheet import Field, Kind, Sheet
from socle.websites.audience.rules import why_not_measure
from socle.websites.models.audience import AudienceCount, AudienceDay
from socle.websites.models.media import CommuneDocument
from socle.websites.models.sites import WebSite

DAYS, MONTHS = "30-jours", "12-mois"
PERIODS = {DAYS: "30 jours", MONTHS: "12 mois"}
RECENT = 30
# How many lines a table of the screen shows; the file has them all.
SHOWN = 15
# What is not a page of the tree, under the name that visitors know.
KNOWN = {"/recherche/": "Recherche dans le site", "/equipements/": "Équipements et salles"}


@dataclass(frozen=True)
class Bar:
    """A day or a month: its words, its number, and where its bar is drawn, out of a hundred, as SVG writes numbers."""

    label: str
    views: int
    x: str
    y: str
    height: str
    width: str


@dataclass(frozen=True)
class Line:
    """A page, a document, an address or a source, with its number; `share` is of the first line, out of a hundred."""

    label: str
    title: str
    count: int
    share: int
    url: str = ""


@dataclass(frozen=True)
class Audience:
    """What one period shows of a site."""

    period: str
    first_on: date
    last_on: date
    total: int
    before: int
    # The first day on which a page of the site was counted.
    since_on: date | None
    bars: list[Bar]
    pages: list[Line]
    files: list[Line]
    missing: list[Line]
    sources: list[Line]

    @property
    def most(self) -> Bar | None:
        """The day or the month that was read most."""
        best = max(self.bars, key=lambda bar: bar.views, default=None)
        return best if best is not None and best.views else None

    @property
    def is_comparable(self) -> bool:
        """Whether the period before was counted from its first day."""
        length = self.last_on - self.first_on + timedelta(days=1)
        return self.since_on is not None and self.since_on <= self.first_on - length


def first_day(period: str, on: date) -> date:
    """The first day of a period that ends on this day."""
    if period == MONTHS:
        return dates.add_months(on.replace(day=1), -11)
    return on - timedelta(days=RECENT - 1)


def audience_of(website: WebSite, *, period: str, on: date) -> Audience:
    """Read the numbers of a site over a period that ends on this day, that day included."""
    first = first_day(period, on)
    days = AudienceDay.objects.filter(website=website)
    before = first - (on - first + timedelta(days=1))
    told = days.aggregate(since=Min("counted_on"))
    total = days.filter(counted_on__range=(first, on)).aggregate(sum=Sum("views"))["sum"] or 0
    earlier = days.filter(counted_on__gte=before, counted_on__lt=first).aggregate(sum=Sum("views"))["sum"] or 0
    pages, files, missing, sources = (_lines(website, kind, first, on) for kind in AudienceCount.Kind)
    titles = titles_of(website, [label for label, _ in (*pages, *missing)])
    names = file_titles_of(website, [label for label, _ in files])
    return Audience(
        period=period,
        first_on=first,
        last_on=on,
        total=total,
        before=earlier,
        since_on=told["since"],
        bars=_bars(website, period, first, on),
        pages=_dressed(website, pages, titles),
        files=_dressed(website, files, names),
        # An address that became that of a page since then is found by whoever asks for it.
        missing=_dressed(website, [(label, count) for label, count in missing if label not in titles], {}),
        sources=_dressed(None, sources, {}),
    )


def _lines(website: WebSite, kind: AudienceCount.Kind, first: date, on: date) -> list[tuple[str, int]]:
    rows = (
        AudienceCount.objects.filter(website=website, kind=kind, counted_on__range=(first, on))
        .order_by()
        .values_list("label")
        .annotate(sum=Sum("count"))
        .order_by("-sum", "label")[:SHOWN]
    )
    return list(rows)


def _dressed(website: WebSite | None, lines: list[tuple[str, int]], titles: dict[str, str]) -> list[Line]:
    most = max((count for _, count in lines), default=1)
    return [
        Line(
            label,
            titles.get(label, "") or (label or "Les autres, ensemble"),
            count,
            round(100 * count / most),
            f"{website.root_url}{quote(label)}" if website is not None and label else "",
        )
        for label, count in lines
    ]


def _bars(website: WebSite, period: str, first: date, on: date) -> list[Bar]:
    rows = AudienceDay.objects.filter(website=website, counted_on__range=(first, on)).order_by()
    if period == MONTHS:
        found = dict(rows.values_list(TruncMonth("counted_on")).annotate(sum=Sum("views")))
        steps = [dates.add_months(first, rank) for rank in range(12)]
        words = {step: f"{dates.MONTHS[step.month - 1]}\u00a0{step.year}" for step in steps}
    else:
        found = dict(rows.values_list("counted_on", "views"))
        steps = [first + timedelta(days=rank) for rank in range(RECENT)]
        words = {step: dates.weekday_in_words(step) for step in steps}
    most, width = max(found.values(), default=0) or 1, 100 / len(steps)
    return [
        Bar(
            words[step],
            views,
            x=f"{rank * width:.3f}",
            y=f"{100 - 100 * views / most:.3f}",
            height=f"{100 * views / most:.3f}",
            width=f"{width * 0.8:.3f}",
        )
        for rank, step in enumerate(steps)
        for views in [found.get(step, 0)]
    ]


def titles_of(website: WebSite, paths: list[str]) -> dict[str, str]:
    """The titles of the pages of a site that are online at these paths."""
    root = website.root_page.url_path
    wanted = {f"{root}{path.lstrip('/')}": path for path in paths if path.endswith("/")}
    rows = Page.objects.filter(url_path__in=wanted, live=True).values_list("url_path", "title")
    return {path: title for path, title in KNOWN.items() if path in paths} | {
        wanted[url_path]: title for url_path, title in rows
    }


def file_titles_of(website: WebSite, paths: list[str]) -> dict[str, str]:
    """The titles of the documents of a site at these paths; an act keeps the name of its file."""
    found = {path: path.rpartition("/")[2] for path in paths}
    keys = {path: int(path.split("/")[2]) for path in paths if path.startswith("/documents/")}
    # An address may name a number that no database has.
    own = CommuneDocument.objects.filter(
        collection_id=website.collection_id, pk__in=[key for key in keys.values() if key < 2**31]
    )
    titles = dict(own.values_list("pk", "title"))
    return found | {path: titles[key] for path, key in keys.items() if key in titles}


# --- A file ----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Row:
    """A line of the file."""

    counted_on: date
    what: str
    label: str
    count: int


SHEET: Sheet[Row] = Sheet(
    "audience",
    "audience",
    "Audience du site",
    (
        Field("Jour", lambda row: row.counted_on, Kind.DAY),
        Field("Ce qui est compté", lambda row: row.what),
        Field("Adresse dans le site, ou site d’où l’on vient", lambda row: row.label),
        Field("Nombre", lambda row: row.count, Kind.NUMBER),
    ),
)


def rows_of(website: WebSite, *, period: str, on: date) -> Iterator[Row]:
    """Every number of a site over a period: the whole site by day, then each line."""
    within = {"website": website, "counted_on__range": (first_day(period, on), on)}
    for day in AudienceDay.objects.filter(**within).order_by("counted_on").iterator():
        yield Row(day.counted_on, "pages vues, tout le site", "", day.views)
    lines = AudienceCount.objects.filter(**within).order_by("counted_on", "kind", "-count", "label")
    for line in lines.iterator():
        yield Row(line.counted_on, line.get_kind_display(), line.label or "(les autres, ensemble)", line.count)


# --- Across the sites ------------------------------------------------------------------------------------------------
def recent_views(on: date) -> Any:
    """What annotates a list of sites with the pages read over the last thirty days; zero where none was."""
    first = first_day(DAYS, on)
    with scopes_disabled():  # Narrowed by the site it is the number of.
        days = AudienceDay.objects.filter(website=OuterRef("pk"), counted_on__range=(first, on))
    summed = days.order_by().values("website").annotate(sum=Sum("views")).values("sum")
    return Coalesce(Subquery(summed), 0, output_field=IntegerField())


def is_shown() -> bool:
    """Whether a list has numbers to show: none is worth showing where nothing is counted."""
    return why_not_measure() is None


def is_invented() -> bool:
    """Whether the numbers are a demonstration's."""
    return bool(settings.DEMO)
