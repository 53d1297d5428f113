"""The collection of waste: rounds and their rhythm, the days that move. Days are computed."""

# Pages declare their panels and bounds as class attributes of types Wagtail never wrote down.
# mypy: disable-error-code="misc,list-item,assignment,django-manager-missing"

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import ClassVar

from dateutil.rrule import MONTHLY, WEEKLY, rrule, weekday
from django.db import models
from django.db.models import F, Q
from django.http import Http404, HttpRequest, HttpResponse
from wagtail.admin.panels import FieldPanel
from wagtail.contrib.routable_page.models import RoutablePageMixin, re_path
from wagtail.fields import StreamField

from socle.lib.dates import DAYS, in_words, weekday_in_words
from socle.lib.text import slug
from socle.sites.blocks import Body
from socle.sites.frame import DAILY
from socle.sites.models.pages import CommunePage, today
from socle.sites.models.sites import WebSite
from socle.sites.occurrences import RANKS
from socle.sites.publishing.reads import depend_on

# How far the page says the collections, day by day.
HORIZON = 28
# What an address holds before the rest, when it is of one sector.
SECTOR = r"(?:secteur/(?P<sector>[-a-zA-Z0-9_]+)/)?"
# A collection moves by a few days: those of the days around a period may fall in it.
FURTHEST_SHIFT = 10


class Waste(models.TextChoices):
    """Kinds of waste collected."""

    HOUSEHOLD = "household", "ordures ménagères"
    PACKAGING = "packaging", "emballages et papiers"
    GLASS = "glass", "verre"
    BIO = "bio", "biodéchets"
    GREEN = "green", "déchets verts"
    BULKY = "bulky", "encombrants"
    OTHER = "other", "autres déchets"


# As the yearly calendar abbreviates them: a letter is read where a colour is not.
LETTERS = {
    Waste.HOUSEHOLD: "OM",
    Waste.PACKAGING: "TRI",
    Waste.GLASS: "V",
    Waste.BIO: "BIO",
    Waste.GREEN: "DV",
    Waste.BULKY: "ENC",
    Waste.OTHER: "AUT",
}


class Rhythm(models.TextChoices):
    """How a round comes back."""

    WEEKLY = "weekly", "toutes les semaines"
    EVEN = "even", "les semaines paires"
    ODD = "odd", "les semaines impaires"
    FIRST = "1", "une fois par mois, le premier"
    SECOND = "2", "une fois par mois, le deuxième"
    THIRD = "3", "une fois par mois, le troisième"
    FOURTH = "4", "une fois par mois, le quatrième"
    LAST = "-1", "une fois par mois, le dernier"


class WasteRow(models.Model):
    """Base of the two kinds of rows of this family: a site, and since when."""

    website = models.ForeignKey(WebSite, models.CASCADE, related_name="+", verbose_name="site internet")
    added_at = models.DateTimeField("ajouté le")

    class Meta:
        abstract = True

    def in_words(self) -> str:
        """Say it in one line."""
        raise NotImplementedError


class WasteRound(WasteRow):
    """One round of collection: what, on which day of the week, how often, where, and in which season."""

    kind = models.CharField("ce qui est collecté", max_length=20, choices=Waste.choices, default=Waste.HOUSEHOLD)
    sector = models.CharField("secteur", max_length=80, blank=True)
    day = models.PositiveSmallIntegerField("jour", choices=[(n, name) for n, name in enumerate(DAYS, start=1)])
    rhythm = models.CharField("rythme", max_length=10, choices=Rhythm.choices, default=Rhythm.WEEKLY)
    starts_on = models.DateField("à partir du", null=True, blank=True)
    ends_on = models.DateField("jusqu’au", null=True, blank=True)
    advice = models.CharField("consigne", max_length=200, blank=True)

    class Meta:
        verbose_name = "tournée de collecte"
        verbose_name_plural = "tournées de collecte"
        ordering = ["sector", "day", "kind", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(day__gte=1, day__lte=7), name="a_round_is_on_a_day_of_the_week"),
            models.CheckConstraint(
                condition=Q(starts_on=None) | Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="a_round_ends_after_it_starts",
                violation_error_message="Le dernier jour vient après le premier\u00a0: vérifiez les deux dates.",
            ),
        ]

    def __str__(self) -> str:
        return f"tournée {self.pk}, site {self.website_id}"

    @property
    def where(self) -> str:
        return self.sector or "toute la commune"

    @property
    def letters(self) -> str:
        return LETTERS[Waste(self.kind)]

    @property
    def when(self) -> str:
        """« le mardi des semaines paires », « le premier lundi du mois, du 1er avril au 30 novembre »."""
        day = DAYS[self.day - 1]
        said = {
            Rhythm.WEEKLY: f"chaque {day}",
            Rhythm.EVEN: f"le {day} des semaines paires",
            Rhythm.ODD: f"le {day} des semaines impaires",
            Rhythm.LAST: f"le dernier {day} du mois",
        }.get(Rhythm(self.rhythm)) or f"le {RANKS[int(self.rhythm) - 1]} {day} du mois"
        if self.starts_on and self.ends_on:
            return f"{said}, du {in_words(self.starts_on)} au {in_words(self.ends_on)}"
        if self.starts_on:
            return f"{said}, à partir du {in_words(self.starts_on)}"
        return f"{said}, jusqu’au {in_words(self.ends_on)}" if self.ends_on else said

    def in_words(self) -> str:
        return f"{self.get_kind_display().capitalize()}, {self.when} ({self.where})"

    def days(self, first: date, last: date) -> Iterator[date]:
        """Yield its days between these, included, as its rhythm gives them: nothing is moved yet."""
        first, last = max(first, self.starts_on or first), min(last, self.ends_on or last)
        begin, end = datetime.combine(first, time()), datetime.combine(last, time())
        rhythm = Rhythm(self.rhythm)
        if rhythm in (Rhythm.WEEKLY, Rhythm.EVEN, Rhythm.ODD):
            # By the number of the week, as the calendars of those who collect: two odd weeks follow each other after a
            # year of fifty-three.
            parity = {Rhythm.EVEN: 0, Rhythm.ODD: 1}.get(rhythm)
            for at in rrule(WEEKLY, dtstart=begin, until=end, byweekday=self.day - 1):
                if parity is None or at.isocalendar().week % 2 == parity:
                    yield at.date()
        else:
            for at in rrule(MONTHLY, dtstart=begin, until=end, byweekday=weekday(self.day - 1)(int(rhythm))):
                yield at.date()


class WasteShift(WasteRow):
    """One day whose collections move to another, are held all the same, or do not take place."""

    usual_on = models.DateField("jour habituel")
    # The same day: held all the same, which is worth saying of a holiday. Empty: no collection.
    moved_on = models.DateField("jour de remplacement", null=True, blank=True)
    reason = models.CharField("motif", max_length=120, blank=True)

    class Meta:
        verbose_name = "jour de collecte déplacé"
        verbose_name_plural = "jours de collecte déplacés"
        ordering = ["usual_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["website", "usual_on"],
                name="one_shift_by_day_of_collection",
                violation_error_message="Ce jour est déjà déplacé\u00a0: retirez d’abord ce qui est dit.",
            )
        ]

    def __str__(self) -> str:
        return f"jour déplacé {self.pk}, site {self.website_id}"

    def in_words(self) -> str:
        day = weekday_in_words(self.usual_on)
        if self.moved_on is None:
            said = f"Pas de collecte le {day}"
        elif self.moved_on == self.usual_on:
            said = f"Collecte maintenue le {day}"
        else:
            said = f"La collecte du {day} a lieu le {weekday_in_words(self.moved_on)}"
        return f"{said} ({self.reason})" if self.reason else said


@dataclass(frozen=True)
class Collection:
    """One round on the day it really takes place."""

    on: date
    usual_on: date
    round: WasteRound
    reason: str = ""

    @property
    def is_moved(self) -> bool:
        return self.on != self.usual_on

    @property
    def day(self) -> str:
        """Return its heading in the list."""
        return weekday_in_words(self.on).capitalize()


def collections(
    rounds: Iterable[WasteRound], shifts: Iterable[WasteShift], *, first: date, last: date
) -> list[Collection]:
    """Return what is collected between these days, included, each day where it was moved."""
    moved = {shift.usual_on: shift for shift in shifts}
    found = []
    for one in rounds:
        for usual_on in one.days(first - timedelta(days=FURTHEST_SHIFT), last + timedelta(days=FURTHEST_SHIFT)):
            shift = moved.get(usual_on)
            on = usual_on if shift is None else shift.moved_on
            if on is not None and first <= on <= last:
                found.append(Collection(on, usual_on, one, shift.reason if shift else ""))
    return sorted(found, key=lambda item: (item.on, item.round.sector, item.round.kind, item.round.pk))


@dataclass(frozen=True)
class Plan:
    """The collections of a site, read once: two queries, whatever their number."""

    rounds: list[WasteRound]
    shifts: list[WasteShift]

    @property
    def sectors(self) -> dict[str, str]:
        """The sectors by the word of their address; none when the whole commune is collected alike."""
        return {slug(one.sector): one.sector for one in self.rounds if one.sector}

    def of(self, sector: str) -> Plan:
        """The part of it that holds for a sector (by the word of its address), and for the whole commune."""
        return Plan([one for one in self.rounds if not one.sector or slug(one.sector) == sector], self.shifts)

    def between(self, first: date, last: date) -> list[Collection]:
        return collections(self.rounds, self.shifts, first=first, last=last)

    def shifts_from(self, on: date) -> list[WasteShift]:
        """The moved days to say: those to come that move something, or that hold on a holiday."""
        days = {day for one in self.rounds for day in one.days(on, on + timedelta(days=366))}
        return [shift for shift in self.shifts if shift.usual_on in days]


def plan_of(website: WebSite) -> Plan:
    """Read the collections of a site."""
    depend_on("waste")
    return Plan(
        list(WasteRound.objects.filter(website=website)),
        list(WasteShift.objects.filter(website=website)),
    )


@dataclass(frozen=True)
class Cell:
    """One day of the yearly calendar; a number of 0 is a day of another month."""

    number: int
    letters: str = ""
    words: str = ""


def year_of(plan: Plan, year: int) -> list[tuple[date, list[list[Cell]]]]:
    """Return the months of a year, week by week, with what is collected each day."""
    by_day: dict[date, list[WasteRound]] = {}
    for item in plan.between(date(year, 1, 1), date(year, 12, 31)):
        kinds = by_day.setdefault(item.on, [])
        if item.round.kind not in {one.kind for one in kinds}:
            kinds.append(item.round)
    months = []
    for month in range(1, 13):
        first = date(year, month, 1)
        day = first - timedelta(days=first.weekday())
        weeks: list[list[Cell]] = []
        while not weeks or day.month == month:
            week = []
            for _ in range(7):
                found = by_day.get(day, [])
                week.append(
                    Cell(
                        day.day,
                        " ".join(one.letters for one in found),
                        ", ".join(one.get_kind_display() for one in found),
                    )
                    if day.month == month
                    else Cell(0)
                )
                day += timedelta(days=1)
            weeks.append(week)
        months.append((first, weeks))
    return months


class WastePage(RoutablePageMixin, CommunePage):
    """« Collecte des déchets »: the next collections first, then the rounds, and a calendar to print."""

    introduction = models.CharField("introduction", max_length=300, blank=True)
    body = StreamField(Body(), verbose_name="consignes et documents", blank=True)

    template = "websites/pages/waste.html"
    named = "waste"
    parent_page_types: ClassVar[list[str]] = ["websites.HomePage"]
    max_count_per_parent = 1
    menu_group = DAILY
    content_panels = [*CommunePage.content_panels, FieldPanel("introduction"), FieldPanel("body")]

    class Meta:
        verbose_name = "page de la collecte des déchets"
        verbose_name_plural = "pages de la collecte des déchets"

    def shown_as(self) -> set[str]:
        return super().shown_as() | {"waste"}

    def found_by(self) -> list[str]:
        """Return what is collected, and when: « Ordures ménagères, chaque mardi (toute la commune) »."""
        website = self.website()
        assert website is not None
        return [f"{one.in_words()}." for one in plan_of(website).rounds]

    def _plan(self, sector: str) -> tuple[Plan, str]:
        """Return the collections to show, and the name of the sector; all of them without one."""
        website = self.website()
        assert website is not None
        plan = plan_of(website)
        if not sector:
            return plan, ""
        if sector not in plan.sectors:
            raise Http404
        return plan.of(sector), plan.sectors[sector]

    @re_path(rf"^{SECTOR}$")
    def whole(self, request: HttpRequest, sector: str = "") -> HttpResponse:
        """Everything, or what holds for one sector."""
        plan, name = self._plan(sector)
        on = today()
        depend_on("day")
        response: HttpResponse = self.render(
            request,
            context_overrides={
                "coming": plan.between(on, on + timedelta(days=HORIZON)),
                "rounds": plan.rounds,
                "shifts": plan.shifts_from(on),
                "sectors": plan.sectors if not sector else {},
                "sector": name,
                "below": f"secteur/{sector}/" if sector else "",
                "years": (on.year, on.year + 1),
            },
        )
        return response

    @re_path(rf"^{SECTOR}calendrier/(?P<year>[0-9]{{4}})/$")
    def year(self, request: HttpRequest, year: str, sector: str = "") -> HttpResponse:
        """The calendar of a year, of a sector or of all, to print."""
        plan, name = self._plan(sector)
        depend_on("day")
        shown = int(year)
        if shown not in (today().year, today().year + 1):
            raise Http404
        kinds = dict.fromkeys(one.kind for one in plan.rounds)
        response: HttpResponse = self.render(
            request,
            context_overrides={
                "year": shown,
                "months": year_of(plan, shown),
                "legend": [(LETTERS[Waste(kind)], Waste(kind).label) for kind in kinds],
                "sector": name,
                "days": DAYS,
            },
            template="websites/pages/waste_year.html",
        )
        return response

    def get_cached_paths(self) -> list[str]:
        website = self.website()
        assert website is not None
        years = (today().year, today().year + 1)
        found = []
        for base in ("/", *(f"/secteur/{sector}/" for sector in plan_of(website).sectors)):
            found += [base, f"{base}collectes.ics", *(f"{base}calendrier/{year}/" for year in years)]
        return found


def next_collections(website: WebSite, *, on: date) -> list[tuple[str, str]]:
    """Return the collections of the seven days to come as the first page says them: two queries.

    « demain », « ordures ménagères, verre (Le Bourg) ».
    """
    depend_on("day")
    by_day: dict[date, list[str]] = {}
    for item in plan_of(website).between(on, on + timedelta(days=6)):
        sector = f" ({item.round.sector})" if item.round.sector else ""
        by_day.setdefault(item.on, []).append(f"{item.round.get_kind_display()}{sector}")
    names = {on: "aujourd’hui", on + timedelta(days=1): "demain"}
    return [
        (names.get(day, DAYS[day.weekday()]), ", ".join(dict.fromkeys(kinds)))
        for day, kinds in list(by_day.items())[:3]
    ]
