"""What asks to be read again: nothing was written of it, nor confirmed, for the months that its kind allows.

A thing is known by its matter (« page:12 », « hours »); confirming it, or correcting it, is enough for it to be quiet
again. The numbers of months are parameters (`socle.websites.parameters`): no text sets them, unless its source says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from django.apps import apps
from django.db import models
from django.urls import reverse
from wagtail.models import Page

from socle.journal.models import Entry
from socle.lib.dates import add_months, day_of, in_words
from socle.websites.models.council import CouncilTerm
from socle.websites.models.sites import WebSite
from socle.websites.models.upkeep import Confirmation
from socle.websites.parameters import value_of

# The pages whose own words grow old, by the name of their model, and how many months they keep.
PAGES = {"standardpage": "page-months", "procedurespage": "procedures-months"}
# The lists kept elsewhere than in the form of their page: matter, French name, model of the rows, screen, months.
LISTS = {
    "directorypage": ("directory", "L’annuaire", "DirectoryEntry", "website_directory", "list-months"),
    "equipmentpage": ("equipment", "La liste des équipements", "Equipment", "website_equipment", "list-months"),
    "wastepage": ("waste", "La collecte des déchets", "WasteRound", "website_waste", "waste-months"),
}


class PageRow(NamedTuple):
    """What is asked of a live page: enough to know its age and its place."""

    pk: int
    model: str
    title: str
    published_at: datetime | None
    url_path: str


class _Written(NamedTuple):
    """A thing of the site: its words, the last day something was written of it, how many months that holds."""

    matter: str
    title: str
    sentence: str
    on: date
    months: int
    url: str
    # How many months a confirmation holds; as many, unless said.
    again: int | None = None


@dataclass(frozen=True)
class Aged:
    """A thing to read again: its matter, its sentence, since which day nothing was said of it, where to correct it."""

    matter: str
    title: str
    sentence: str
    since: date
    url: str


def page_rows(website: WebSite) -> list[PageRow]:
    """The live pages of a site."""
    pages = Page.objects.descendant_of(website.root_page, inclusive=True).live()
    rows = pages.values_list("pk", "content_type__model", "title", "last_published_at", "url_path")
    return [PageRow(*row) for row in rows]


def aged_of(website: WebSite, pages: Sequence[PageRow], *, on: date) -> list[Aged]:
    """Return what asks to be read again on a site, the oldest first."""
    standing = Confirmation.objects.filter(website=website).order_by()
    confirmed = dict(standing.values_list("matter").annotate(last=models.Max("confirmed_at")))
    found = []
    for one in (*_hours(website), *_council(website, on), *_pages(pages), *_lists(website, pages)):
        said = day_of(confirmed[one.matter]) if one.matter in confirmed else None
        is_quiet = said is not None and on <= add_months(said, one.again or one.months)
        if is_quiet or on <= add_months(one.on, one.months):
            continue
        since = max(one.on, said) if said else one.on
        words = one.sentence.format(title=one.title, since=in_words(since), written=in_words(one.on))
        found.append(Aged(one.matter, one.title, words, since, one.url))
    return sorted(found, key=lambda one: (one.since, one.matter))


def _hours(website: WebSite) -> Iterator[_Written]:
    """The week of the mairie: dated by its last correction, else by its source."""
    facts = website.facts
    lines = Entry.objects.filter(object_type=WebSite._meta.label_lower, object_id=str(website.pk))
    corrected = lines.filter(verb="website.hours_corrected").aggregate(last=models.Max("at"))["last"]
    written = day_of(corrected) if corrected else facts.source_on or day_of(website.created_at)
    if facts.openings.all():
        sentence = "Les horaires d’ouverture n’ont été ni corrigés ni confirmés depuis le {since}."
        url = reverse("website_hours")
        yield _Written("hours", "Les horaires d’ouverture", sentence, written, value_of("hours-months"), url)


def _council(website: WebSite, on: date) -> Iterator[_Written]:
    term = CouncilTerm.objects.filter(website=website, starts_on__lte=on).first()
    if term is not None:
        sentence = "Le mandat du conseil affiché a commencé le {written}\u00a0: il devrait être terminé."
        months, again, url = value_of("council-months"), value_of("again-months"), reverse("website_council")
        yield _Written("council", "Le conseil", sentence, term.starts_on, months, url, again)


def _pages(pages: Sequence[PageRow]) -> Iterator[_Written]:
    sentence = "La page «\u00a0{title}\u00a0» n’a été ni modifiée ni confirmée depuis le {since}."
    for page in pages:
        if (months := PAGES.get(page.model)) and page.published_at is not None:
            url = reverse("wagtailadmin_pages:edit", args=[page.pk])
            written = day_of(page.published_at)
            yield _Written(f"page:{page.pk}", page.title, sentence, written, value_of(months), url)


def _lists(website: WebSite, pages: Sequence[PageRow]) -> Iterator[_Written]:
    sentence = "{title}\u00a0: rien n’y a été ajouté ni confirmé depuis le {since}."
    for page in pages:
        if page.model in LISTS:
            matter, title, label, screen, months = LISTS[page.model]
            rows = apps.get_model("websites", label)._default_manager.filter(website=website, removed_at=None)
            last = rows.aggregate(last=models.Max("added_at"))["last"]
            if last is not None:
                yield _Written(matter, title, sentence, day_of(last), value_of(months), reverse(screen))
