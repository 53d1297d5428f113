"""Frame around every page of a site: its name, menu, hours, foot, and the state of its accessibility."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db.models import F, Q
from django.http import HttpRequest
from django.utils import timezone
from django_scopes import scope
from wagtail.images.models import AbstractRendition
from wagtail.models import Page

from socle.agreements.contract import Mention
from socle.agreements.models import Party
from socle.agreements.models import Status as AgreementStatus
from socle.deliberations import open_data
from socle.deliberations.models import Act, ActQuerySet
from socle.documents import actions as documents
from socle.lib.dates import day_of, in_days, in_words
from socle.lib.hours import from_to
from socle.lib.siret import why_not_siret
from socle.lib.text import folded, of_place
from socle.people.models import Operator
from socle.programme.models import Partner
from socle.sites import registry
from socle.sites.contract import mentions, shown_as
from socle.sites.maps import Drawing, emblem_of
from socle.sites.models.notices import Alert, ExceptionalDay
from socle.sites.models.sites import DAYS, Layout, MunicipalFacts, WebSite, WeekOpening, edited, website_of_path
from socle.sites.pictures import sizes_of
from socle.sites.publishing.reads import depend_on, once
from socle.sites.themes import address_of
from socle.sites.today import Openings, day_in_words, hours_ahead, openings_of


@dataclass(frozen=True)
class Link:
    """One entry of the menu or of the foot."""

    title: str
    url: str
    is_current: bool


@dataclass(frozen=True)
class MenuPart:
    """One thing of the menu: an entry, or several under one name."""

    links: list[Link]
    name: str = ""

    @property
    def is_current(self) -> bool:
        return any(link.is_current for link in self.links)


@dataclass(frozen=True)
class DayOfWeek:
    """One line of the table of hours."""

    name: str
    number: int
    openings: list[WeekOpening]


@dataclass(frozen=True)
class HoursLine:
    """Days in a row that open alike: « du lundi au vendredi », « 9 h – 12 h ; 14 h – 17 h »."""

    days: str
    hours: str


COAT = "max-176x176|format-webp-lossless"
# How long before it an exceptional day is said everywhere hours are; the contact page says them all.
SAID_BEFORE = timedelta(days=45)


@dataclass(frozen=True)
class ExceptionalLine:
    """« Exceptionnellement fermée le jeudi 24 décembre 2026 », « Veille de Noël »."""

    day: ExceptionalDay
    words: str
    is_now: bool


@dataclass(frozen=True)
class Frame:
    """Everything a page of a site shows around its own content."""

    website: WebSite
    facts: MunicipalFacts
    name: str
    is_commune: bool
    menu: list[Link]
    menu_parts: list[MenuPart]
    foot: list[Link]
    urls: dict[str, str]
    accessibility: str
    week: list[DayOfWeek]
    exceptional_days: list[ExceptionalDay]
    alerts: list[Alert]
    # Who pays for the site, where somebody does.
    mentions: list[Mention]
    today: date
    emblem: Drawing | None
    is_home: bool
    is_demo: bool
    is_preview: bool

    @property
    def is_left_out(self) -> bool:
        """Whether search engines are asked to leave the page out."""
        return self.is_demo or self.is_preview or self.website.opened_at is None

    @property
    def kind(self) -> str:
        """The small line above the name."""
        commune = self.website.beneficiary.commune
        if commune is not None and commune.merged_into_id is not None:
            return f"Commune déléguée {of_place(commune.heir.name)}"
        return kind_of(self.name, is_commune=self.is_commune)

    @property
    def of_name(self) -> str:
        """« de Prisches », « d’Arras », « du Quesnoy »."""
        return of_place(self.name)

    @property
    def of_kind(self) -> str:
        """Return the words that follow « le site »."""
        return f"de la commune {self.of_name}" if self.is_commune else f"de {self.name}"

    @property
    def office(self) -> str:
        return "La mairie" if self.is_commune else "Nos bureaux"

    @property
    def office_name(self) -> str:
        return f"Mairie {self.of_name}" if self.is_commune else self.name

    @property
    def address_shown(self) -> str:
        """The address, when it says more than the name of the mairie."""
        return self.facts.address_beside(self.office_name)

    @property
    def city_shown(self) -> str:
        """The town, when something of an address goes before it: alone, the head of the page says it already."""
        return (self.facts.city or self.name) if self.address_shown or self.facts.postal_code else ""

    @property
    def of_office(self) -> str:
        return "de la mairie" if self.is_commune else "des bureaux"

    @property
    def has_hours(self) -> bool:
        return any(day.openings for day in self.week)

    @property
    def today_words(self) -> str:
        """Return the hours of the day: « Aujourd’hui : 9 h – 12 h »; nothing while the week is not known."""
        depend_on("day")
        return day_in_words(self._openings, self.today) if self.has_hours else ""

    @property
    def hours_ahead(self) -> str:
        """Return what is said from one hour to the next, for the script of the first page."""
        return hours_ahead(self._openings, self.today)

    @property
    def _openings(self) -> Openings:
        return openings_of([one for day in self.week for one in day.openings], self.exceptional_days)

    @property
    def week_lines(self) -> list[HoursLine]:
        """The week in few lines, closed days left out."""
        return short_week(self.week)

    @property
    def layout(self) -> str:
        return self.website.layout

    @property
    def layout_template(self) -> str:
        """The template of the first page in this layout."""
        return f"websites/layouts/{self.layout}.html"

    @property
    def layout_sheet(self) -> str:
        """The sheet that the layout adds to the common one; the map adds none."""
        return "" if self.layout == Layout.MAP else f"websites/layouts/{self.layout}.css"

    @property
    def theme_url(self) -> str:
        return address_of(self.website)

    @cached_property
    def coat(self) -> AbstractRendition | None:
        """The coat of arms as the head shows it, twice as fine as its place."""
        image = self.website.coat_of_arms
        made = sizes_of(image, [COAT]) if image else None
        return made[COAT] if made else None

    @property
    def exceptional_lines(self) -> list[ExceptionalLine]:
        """The closures and the other hours to come, in words."""
        return [
            ExceptionalLine(
                day,
                exceptional_words(day, is_commune=self.is_commune),
                day.starts_on <= self.today <= day.ends_on,
            )
            for day in self.exceptional_days
        ]

    @property
    def next_exceptional_lines(self) -> list[ExceptionalLine]:
        """Those that are near enough to be said on every page."""
        return [line for line in self.exceptional_lines if line.day.starts_on <= self.today + SAID_BEFORE]

    @property
    def initial(self) -> str:
        return next((character for character in folded(self.name).upper() if character.isalpha()), "S")

    @property
    def icon_url(self) -> str:
        return f"/icone/{self.website.colour[1:]}/{self.initial}.svg"

    @property
    def map_link(self) -> str:
        """A plain link to a map of the place; nothing is loaded from it."""
        latitude, longitude = self.facts.latitude, self.facts.longitude
        if latitude is None or longitude is None:
            return ""
        return f"https://www.openstreetmap.org/?mlat={latitude}&mlon={longitude}#map=16/{latitude}/{longitude}"

    @property
    def facts_line(self) -> str:
        """Where the facts come from, and of which day."""
        if self.facts.corrected_at:
            return f"Renseignements tenus à jour par la mairie, le {in_words(day_of(self.facts.corrected_at))}."
        if not self.facts.source or not (self.address_shown or self.facts.phone or self.has_hours):
            return ""
        on = f", au {in_words(self.facts.source_on)}" if self.facts.source_on else ""
        return f"Source\u00a0: {self.facts.source}{on}."


def kind_of(name: str, *, is_commune: bool) -> str:
    """Return the words above a name: « Commune de », « Commune » when the name changes its « de », or nothing."""
    if not is_commune:
        return ""
    return "Commune de" if of_place(name).startswith("de ") and not name.startswith("La ") else "Commune"


def week_of(facts: MunicipalFacts) -> list[DayOfWeek]:
    """Return the seven days of the week of a mairie, each with its openings."""
    openings: dict[int, list[WeekOpening]] = {}
    for opening in facts.openings.all():
        openings.setdefault(opening.day, []).append(opening)
    return [DayOfWeek(day, index, openings.get(index, [])) for index, day in enumerate(DAYS, start=1)]


def exceptional_words(day: ExceptionalDay, *, is_commune: bool) -> str:
    """Say a closure, or other hours: « Exceptionnellement fermée le jeudi 24 décembre 2026 »."""
    when = in_days(day.starts_on, day.ends_on)
    if day.is_closed:
        return f"Exceptionnellement {'fermée' if is_commune else 'fermés'} {when}"
    return f"Horaires exceptionnels {when}\u00a0: {spans_in_words(day)}"


def spans_in_words(day: ExceptionalDay) -> str:
    """Say the hours of an exceptional day that has some: « 9 h – 12 h ; 14 h – 17 h »."""
    return "\u00a0; ".join(from_to(span.opens, span.closes) for span in day.spans)


def short_week(week: list[DayOfWeek]) -> list[HoursLine]:
    """Gather days in a row whose openings are the same; closed days are left out."""
    groups: list[tuple[list[DayOfWeek], str]] = []
    for day in week:
        hours = "\u00a0; ".join(
            from_to(opening.opens, opening.closes) + (f" ({opening.note})" if opening.note else "")
            for opening in day.openings
        )
        if groups and groups[-1][1] == hours and groups[-1][0][-1].number == day.number - 1:
            groups[-1][0].append(day)
        else:
            groups.append(([day], hours))
    lines = []
    for days, hours in groups:
        if not hours:
            continue
        if len(days) == 1:
            names = days[0].name
        elif len(days) == 2:
            names = f"{days[0].name} et {days[1].name}"
        else:
            names = f"du {days[0].name} au {days[-1].name}"
        lines.append(HoursLine(names, hours))
    return lines


# Beyond so many entries, a menu gathers those that have a group: on a phone, it would push the page out of sight.
LONGEST_MENU = 8
DAILY, TOWN = GROUPS = ("Vie quotidienne", "La commune")
# An entry alone under another name would only be further away.
LEAST_GATHERED = 2


def frame_for(request: HttpRequest, page: Page | None, website: WebSite | None = None) -> Frame:
    """Gather the frame of a page, once per request: two or three queries whatever the number of sites."""
    kept: Frame | None = getattr(request, "_website_frame", None)
    if kept is not None and not getattr(request, "is_preview", False):
        return kept
    if website is None:
        website = getattr(request, "website", None)
    # A page being written has no place in the tree yet: it is shown in the frame of the site being edited.
    path = (page.path or "") if page is not None else ""
    if website is None or (path and not path.startswith(website.root_page.path)):
        website = website_of_path(path) if path else None
    if website is None and page is not None:
        website = edited.get()
    if website is None:
        raise ValueError("this page belongs to no website")
    # A preview is a request made from the platform: tell the links of the page which site they are in.
    if getattr(request, "website", None) is None:
        request.website = website  # type: ignore[attr-defined]
        request._wagtail_site = website.site  # type: ignore[attr-defined]
    frame = _frame(request, page, website)
    request._website_frame = frame  # type: ignore[attr-defined]
    return frame


@dataclass(frozen=True)
class Around:
    """The part of the frame that is the same on every page of a site."""

    # The pages under the home, each with its model.
    children: list[tuple[dict[str, Any], type | None]]
    today: date
    accessibility: str
    week: list[DayOfWeek]
    exceptional_days: list[ExceptionalDay]
    alerts: list[Alert]
    mentions: list[Mention]
    emblem: Drawing | None


def _around(website: WebSite) -> Around:
    depend_on("menu", "facts", "hours", "accessibility", "look", "alerts", "opening")
    children = list(
        Page.objects.child_of(website.root_page)
        .live()
        .order_by("path")
        .values("pk", "title", "slug", "url_path", "show_in_menus", "content_type_id")
    )
    now = timezone.now()
    on = day_of(now)
    exceptional_days = list(ExceptionalDay.objects.kept().not_past(on).filter(website=website))
    if exceptional_days:
        # Past, they leave by themselves; near, they come.
        depend_on("day")
    said = mentions(website.beneficiary_id, on=on)
    depend_on(shown_as(said))
    return Around(
        children=[(row, ContentType.objects.get_for_id(row["content_type_id"]).model_class()) for row in children],
        today=on,
        accessibility=registry.accessibility(website, on=on),
        week=week_of(website.facts),
        exceptional_days=exceptional_days,
        alerts=alerts_of(website, at=now),
        mentions=said,
        emblem=emblem_of(website),
    )


def _frame(request: HttpRequest, page: Page | None, website: WebSite) -> Frame:
    here = (page.url_path or "") if page is not None else ""

    def link(row: dict[str, Any]) -> Link:
        return Link(row["title"], f"/{row['slug']}/", bool(here) and here.startswith(row["url_path"]))

    around = once(("around", website.pk), lambda: _around(website))
    urls: dict[str, str] = {}
    for row, kind in around.children:
        if name := getattr(kind, "named", ""):
            urls.setdefault(name, f"/{row['slug']}/")
    commune = website.beneficiary.commune
    name = commune.name if commune else website.beneficiary.name
    entries = [(link(row), kind) for row, kind in around.children if row["show_in_menus"]]
    return Frame(
        website=website,
        facts=website.facts,
        name=name,
        is_commune=commune is not None,
        menu=[entry for entry, _ in entries],
        menu_parts=gathered([(entry, getattr(kind, "menu_group", "")) for entry, kind in entries]),
        foot=[link(row) for row, kind in around.children if getattr(kind, "is_in_foot", False)],
        urls=urls,
        accessibility=around.accessibility,
        week=around.week,
        exceptional_days=around.exceptional_days,
        alerts=around.alerts,
        mentions=around.mentions,
        today=around.today,
        emblem=around.emblem,
        is_home=page is not None and page.pk == website.root_page_id,
        is_demo=settings.DEMO,
        is_preview=getattr(request, "is_preview", False),
    )


def alerts_of(website: WebSite, *, at: datetime) -> list[Alert]:
    """Return the alerts that readers of this site see, the gravest first; of one gravity, the mairie's own first.

    Those of others have the same properties as the mairie's.
    """
    found = list(Alert.objects.shown(at).filter(website=website))
    for extension in registry.extensions():
        found += extension.alerts(website, at=at)
    return sorted(found, key=lambda one: -one.gravity)


def gathered(entries: list[tuple[Link, str]]) -> list[MenuPart]:
    """Gather the entries of a long menu by group, where the first of a group was; a short menu stays as it is."""
    if len(entries) <= LONGEST_MENU:
        return [MenuPart([link]) for link, _ in entries]
    groups = [group for _, group in entries]
    parts: list[MenuPart] = []
    opened: dict[str, MenuPart] = {}
    for link, group in entries:
        if groups.count(group) < LEAST_GATHERED or not group:
            parts.append(MenuPart([link]))
        elif group in opened:
            opened[group].links.append(link)
        else:
            opened[group] = MenuPart([link], group)
            parts.append(opened[group])
    # What one comes for each week before what one reads once, whichever was opened first.
    ordered = iter(sorted(opened.values(), key=lambda part: GROUPS.index(part.name)))
    return [next(ordered) if part.name else part for part in parts]


def published_acts(website: WebSite, *, on: date) -> ActQuerySet:
    """Return the acts of this body that the public reads on this day, the newest first."""
    depend_on("acts", "day")
    with scope(beneficiary=website.beneficiary_id):
        shown = Act.objects.shown_on(on).select_related("document")
    # Asked and not served yet, it has no day: it is about to be the newest.
    return shown.order_by(F("published_on").desc(nulls_first=True), "-adopted_on", "number")


def open_years(website: WebSite, *, on: date) -> list[int]:
    """Return the years of which this body publishes its deliberations as open data, the last first."""
    if why_not_siret(website.beneficiary.siret):
        return []
    found = open_data.published(published_acts(website, on=on), on=on)
    return [day.year for day in found.dates("adopted_on", "year", order="DESC")]


def act_path(act: Act) -> str:
    """Where a site serves the document of an act: « /actes/12/acte-12.pdf »."""
    return f"/actes/{act.pk}/{act_filename(act)}"


def act_filename(act: Act) -> str:
    """The name under which the document of an act leaves: « acte-12.pdf »."""
    return documents.safe_filename(f"acte-{act.pk}", act.document.content_type) if act.document else ""


def processors_of(website: WebSite) -> list[str]:
    """Return who treats personal data for the mairie, as its agreements in force name them; else who hosts the site."""
    depend_on("host")
    parties = Party.objects.filter(
        agreement__beneficiary=website.beneficiary_id, agreement__status=AgreementStatus.SIGNED, operator__isnull=False
    )
    named = parties.order_by("rank", "pk").values_list("operator__name", flat=True)
    host = host_of(website)
    return list(dict.fromkeys(named)) or ([host.name] if host else [])


def host_of(website: WebSite) -> Operator | None:
    """Return who hosts the site: the lead operator of the programme that gives it, else of the only programme."""
    depend_on("host")
    leads = Partner.objects.filter(part=Partner.Part.LEAD).select_related("operator")
    given = leads.filter(
        Q(programme__services__rights__beneficiary=website.beneficiary_id)
        & Q(programme__services__code="site-internet")
    ).first()
    partner = given or leads.order_by("programme_id").first()
    return partner.operator if partner else None
