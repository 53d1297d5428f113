"""What asks to be read again: nothing was written of it, nor confirmed, for the months that its kind allows.

A thing is known by its matter (« page:12 », « hours »); confirming it, or correcting it, is enough for it to be quiet
again. The numbers of months are parameters (`socle.websites.parameters`): no text sets them, unless its source says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import models
from django.urls import reverse
from wagtail.models import Page

from socle.journal.models import Entry
from socle.lib.dates import add_months, day_of, in_words
from socle.lib.text import folded
from socle.people.models import Membership
from socle.websites.models.council import CouncilTerm
from socle.websites.models.directory import DirectoryEntry
from socle.websites.models.equipment import Equipment
from socle.websites.models.events import EventPage
from socle.websites.models.notices import Alert
from socle.websites.models.sites import MunicipalFacts, WebSite
from socle.websites.models.upkeep import Confirmation
from socle.websites.models.waste import WasteRound
from socle.websites.occurrences import Rhythm
from socle.websites.parameters import value_of

HOURS, COUNCIL, CONTENT = "hours", "council", "content"
# The pages whose own words grow old, by the name of their model, and how many months they keep.
PAGES = {"standardpage": "page-months", "procedurespage": "procedures-months"}
# The lists kept elsewhere than in the form of their page: matter, French name, rows, screen, months.
LISTS: dict[str, tuple[str, str, type[models.Model], str, str]] = {
    "directorypage": ("directory", "L’annuaire", DirectoryEntry, "website_directory", "list-months"),
    "equipmentpage": ("equipment", "La liste des équipements", Equipment, "website_equipment", "list-months"),
    "wastepage": ("waste", "La collecte des déchets", WasteRound, "website_waste", "waste-months"),
}


@dataclass(frozen=True)
class PageRow:
    """What is asked of a live page: enough to know its age."""

    pk: int
    model: str
    title: str
    published_at: datetime | None


@dataclass(frozen=True)
class Aged:
    """A thing to read again: its matter, its sentence, since which day nothing was said of it, where to correct it."""

    matter: str
    kind: str
    title: str
    sentence: str
    since: date
    url: str


class _Ages:
    """The ages of a site's things, on a day."""

    def __init__(self, confirmed: dict[str, datetime], on: date) -> None:
        self.confirmed, self.on = confirmed, on
        self.found: list[Aged] = []

    def look(
        self,
        matter: str,
        kind: str,
        title: str,
        sentence: str,
        *,
        written: date,
        months: int,
        again: int = 0,
        url: str,
    ) -> None:
        """Note a thing when it was neither written for `months`, nor confirmed for `again` (the same, by default)."""
        confirmed = self.confirmed.get(matter)
        said = day_of(confirmed) if confirmed else None
        if self.on <= add_months(written, months) or (said and self.on <= add_months(said, again or months)):
            return
        since = max(written, said) if said else written
        words = sentence.format(title=title, since=in_words(since), written=in_words(written))
        self.found.append(Aged(matter, kind, title, words, since, url))


def aged(website: WebSite, facts: MunicipalFacts, pages: Sequence[PageRow], *, on: date) -> list[Aged]:
    """Return what asks to be read again on a site, the oldest first of each kind."""
    ages = _Ages(last_confirmed(website), on)
    _hours(ages, website, facts)
    by_model = {page.model: page for page in pages}
    if "councilpage" in by_model:
        _council(ages, website)
    for page in pages:
        if (months := PAGES.get(page.model)) and page.published_at is not None:
            _page(ages, page.pk, page.title, months, written=day_of(page.published_at))
    for model in LISTS.keys() & by_model.keys():
        _list(ages, website, model)
    _alerts(ages, website)
    if "eventindexpage" in by_model:
        _events(ages, website)
    order = {HOURS: 0, COUNCIL: 1, CONTENT: 2}
    return sorted(ages.found, key=lambda one: (order[one.kind], one.since, one.matter))


def page_rows(website: WebSite) -> list[tuple[PageRow, str]]:
    """The live pages of a site, each with its place in the tree."""
    pages = Page.objects.descendant_of(website.root_page, inclusive=True).live()
    rows = pages.values_list("pk", "content_type__model", "title", "last_published_at", "url_path")
    return [(PageRow(*row[:4]), row[4]) for row in rows]


def last_confirmed(website: WebSite) -> dict[str, datetime]:
    """Return when each matter was last found still true."""
    rows = Confirmation.objects.standing().filter(website=website).order_by()
    return dict(rows.values_list("matter").annotate(last=models.Max("confirmed_at")))


def _page(ages: _Ages, pk: int, title: str, months: str, *, written: date) -> None:
    ages.look(
        f"page:{pk}",
        CONTENT,
        title,
        "La page «\u00a0{title}\u00a0» n’a été ni modifiée ni confirmée depuis le {since}.",
        written=written,
        months=value_of(months),
        url=reverse("wagtailadmin_pages:edit", args=[pk]),
    )


def _hours(ages: _Ages, website: WebSite, facts: MunicipalFacts) -> None:
    """The week of the mairie: dated by its last correction, else by its source."""
    lines = Entry.objects.filter(object_type=WebSite._meta.label_lower, object_id=str(website.pk))
    corrected = lines.filter(verb="website.hours_corrected").aggregate(last=models.Max("at"))["last"]
    written = day_of(corrected) if corrected else facts.source_on or day_of(website.created_at)
    if facts.openings.all():
        ages.look(
            "hours",
            HOURS,
            "Les horaires d’ouverture",
            "Les horaires d’ouverture n’ont été ni corrigés ni confirmés depuis le {since}.",
            written=written,
            months=value_of("hours-months"),
            url=reverse("website_hours"),
        )


def _council(ages: _Ages, website: WebSite) -> None:
    term = CouncilTerm.objects.filter(website=website, starts_on__lte=ages.on).first()
    if term is not None:
        ages.look(
            "council",
            COUNCIL,
            "Le conseil",
            "Le mandat du conseil affiché a commencé le {written}\u00a0: il devrait être terminé.",
            written=term.starts_on,
            months=value_of("council-months"),
            again=value_of("again-months"),
            url=reverse("website_council"),
        )


def _list(ages: _Ages, website: WebSite, model: str) -> None:
    matter, title, rows, screen, months = LISTS[model]
    kept = rows._default_manager.filter(website=website, removed_at=None)
    last = kept.aggregate(last=models.Max("added_at"))["last"]
    if last is not None:
        ages.look(
            matter,
            CONTENT,
            title,
            "{title}\u00a0: rien n’y a été ajouté ni confirmé depuis le {since}.",
            written=day_of(last),
            months=value_of(months),
            url=reverse(screen),
        )


def _alerts(ages: _Ages, website: WebSite) -> None:
    for alert in Alert.objects.filter(website=website, withdrawn_at=None, ends_at__date__gt=ages.on):
        ages.look(
            f"alert:{alert.pk}",
            CONTENT,
            alert.words[:80],
            "L’alerte «\u00a0{title}\u00a0» paraît depuis le {written}.",
            written=day_of(alert.starts_at),
            months=value_of("alert-months"),
            url=reverse("website_alert"),
        )


def _events(ages: _Ages, website: WebSite) -> None:
    endless = EventPage.objects.descendant_of(website.root_page).live().filter(last_on=None)
    for event in endless.exclude(rhythm=Rhythm.ONCE).exclude(last_published_at=None):
        _page(ages, event.pk, event.title, "event-months", written=day_of(event.last_published_at))


# --- Who is named and has left ---------------------------------------------------------------------------------------
def left_contacts(website: WebSite, named: Iterable[tuple[str, str]], *, on: date) -> list[tuple[str, date]]:
    """Return which of these places name somebody who left the mairie, and when.

    `named` are pairs: the words of the screen for a place (« la direction de la publication »), and what is written
    there. Nobody is named in what is returned.
    """
    written = [(place, f" {folded(text)} ") for place, text in named if text.strip()]
    if not written:
        return []
    last: dict[int, tuple[Any, date | None]] = {}
    rows = Membership.objects.filter(beneficiary_id=website.beneficiary_id).select_related("user")
    for membership in rows:
        _, known = last.get(membership.user_id, (None, date.min))
        ends = None if known is None or membership.ends_on is None else max(known, membership.ends_on)
        last[membership.user_id] = membership.user, ends
    gone = [(user, ends) for user, ends in last.values() if ends is not None and ends < on]
    found: dict[str, date] = {}
    for place, text in written:
        for user, ends in gone:
            if _names(text, user.name) or (user.email and f" {folded(user.email)} " in text):
                found[place] = max(ends, found.get(place, date.min))
    return list(found.items())


def _names(text: str, name: str) -> bool:
    """Whether a whole name is in a text: a first name alone would be anybody's."""
    wanted = folded(name)
    return " " in wanted.strip() and any(f" {wanted}{end}" in text for end in (" ", ",", ";", ".", ")"))


# --- What a matter is called ----------------------------------------------------------------------------------------
def titles_of(website: WebSite, matters: set[str]) -> dict[str, str]:
    """Return the names of these matters, those that are still on the site."""
    numbers: dict[str, set[int]] = {"page": set(), "alert": set()}
    names = {HOURS: "Les horaires d’ouverture", COUNCIL: "Le conseil"}
    names |= {matter: title for matter, title, *_ in LISTS.values()}
    for matter in matters:
        kind, _, number = matter.partition(":")
        if kind in numbers and number.isdigit():
            numbers[kind].add(int(number))
    own = Page.objects.descendant_of(website.root_page, inclusive=True).filter(pk__in=numbers["page"])
    alerts = Alert.objects.filter(website=website, pk__in=numbers["alert"])
    names |= {f"page:{pk}": title for pk, title in own.values_list("pk", "title")} if numbers["page"] else {}
    names |= {f"alert:{pk}": words for pk, words in alerts.values_list("pk", "words")} if numbers["alert"] else {}
    return {matter: names[matter] for matter in matters if matter in names}
