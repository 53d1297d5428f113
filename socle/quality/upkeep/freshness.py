"""Contents to be read again: neither written nor confirmed for the months that their kind allows.

A thing is known by its matter (« page:12 », « hours »); confirming it, or correcting it, is enough for it to be quiet
again. The numbers of months are parameters (`socle.sites.parameters`): no text sets them, unless its source says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import models
from django.urls import reverse
from wagtail.models import Page

from socle.journal.models import Entry
from socle.lib.dates import add_months, day_of, in_words
from socle.quality.models.upkeep import Confirmation
from socle.sites import registry
from socle.sites.ages import PageRow, Written
from socle.sites.models.sites import WebSite
from socle.sites.parameters import value_of

# The pages whose own words grow old, by the name of their model, and how many months they keep.
PAGES = {"standardpage": "page-months", "procedurespage": "procedures-months"}


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
    others = [one for extension in registry.extensions() for one in extension.freshness(website, pages, on=on)]
    for one in (*_hours(website), *_pages(pages), *others):
        said = day_of(confirmed[one.matter]) if one.matter in confirmed else None
        is_quiet = said is not None and on <= add_months(said, one.again or one.months)
        if is_quiet or on <= add_months(one.on, one.months):
            continue
        since = max(one.on, said) if said else one.on
        words = one.sentence.format(title=one.title, since=in_words(since), written=in_words(one.on))
        found.append(Aged(one.matter, one.title, words, since, one.url))
    return sorted(found, key=lambda one: (one.since, one.matter))


def _hours(website: WebSite) -> Iterator[Written]:
    """The week of the mairie: dated by its last correction, else by its source."""
    facts = website.facts
    lines = Entry.objects.filter(object_type=WebSite._meta.label_lower, object_id=str(website.pk))
    corrected = lines.filter(verb="website.hours_corrected").aggregate(last=models.Max("at"))["last"]
    written = day_of(corrected) if corrected else facts.source_on or day_of(website.created_at)
    if facts.openings.all():
        sentence = "Les horaires d’ouverture n’ont été ni corrigés ni confirmés depuis le {since}."
        url = reverse("website_hours")
        yield Written("hours", "Les horaires d’ouverture", sentence, written, value_of("hours-months"), url)


def _pages(pages: Sequence[PageRow]) -> Iterator[Written]:
    sentence = "La page «\u00a0{title}\u00a0» n’a été ni modifiée ni confirmée depuis le {since}."
    for page in pages:
        if (months := PAGES.get(page.model)) and page.published_at is not None:
            url = reverse("wagtailadmin_pages:edit", args=[page.pk])
            written = day_of(page.published_at)
            yield Written(f"page:{page.pk}", page.title, sentence, written, value_of(months), url)
