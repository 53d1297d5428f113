"""Search index of a site: its pages, the files and the acts they offer, in the order of the site.

Published, the index reads `tree`, which every page that changes says, and the keys of what it names: `acts`, `facts`,
`hours` (and `day` while an exceptional one is to come), `council`, `listing`, `waste`, `shares`, each document.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.db import models
from django.utils import timezone
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page
from wagtail.rich_text import get_text_for_indexing

from socle.lib.dates import day_of, in_words
from socle.lib.text import bytes_in_french, in_one_line, whole
from socle.sites import registry
from socle.sites.frame import act_filename, published_acts
from socle.sites.models.media import CommuneDocument
from socle.sites.models.pages import ActsPage, CommunePage, ContactPage, site_path_of
from socle.sites.models.publication import Shown
from socle.sites.models.sites import WebSite
from socle.sites.publishing.reads import ASSET, depend_on
from socle.sites.search.hours import hours_of
from socle.sites.search.ranking import Entry

# Of one page: beyond, the index would weigh more than what it helps to find.
MOST_TEXT = 6000
# The title and the summary of a page say more than what describes a picture; procedures are found one by one.
LEFT_OUT = {"picture_alternative", "procedures"}


def entries_of(website: WebSite) -> list[Entry]:
    """Return everything that can be found on a site. Nothing of another: the pages of its tree, its own files."""
    # A page says « tree » whatever changes in it.
    depend_on("tree")
    pages = _pages_of(website)
    others = [entry for one in registry.extensions() for entry in one.found(website)]
    return [*_pages(website, pages), *others, *_documents(website, pages), *_acts(website, pages)]


def _pages_of(website: WebSite) -> list[CommunePage]:
    own = Page.objects.descendant_of(website.root_page, inclusive=True).live().public()
    return [page for page in own.order_by("path").specific() if isinstance(page, CommunePage)]


def _pages(website: WebSite, pages: list[CommunePage]) -> Iterator[Entry]:
    for page in pages:
        on = page.found_on()
        # The first page has the name of the commune, that every page says.
        hours = hours_of(website, on=day_of(timezone.now())) if isinstance(page, ContactPage) else ()
        text = in_one_line([*hours, *texts_of(page), *page.found_by()])
        yield entry_of(site_path_of(page), page.title, page.found_as, on, text, when=page.found_when(on))
        for url, title, said in page.found_inside():
            yield entry_of(url, title, page.title, None, in_one_line([said]))


def texts_of(page: CommunePage) -> Iterator[str]:
    """Return whatever a person wrote on a page besides its title: a new kind of page has nothing to say for it."""
    for field in type(page)._meta.local_fields:
        value = getattr(page, field.attname)
        if not value or field.name in LEFT_OUT or getattr(field, "choices", None):
            continue
        if isinstance(field, StreamField):
            yield from (text for text in field.get_searchable_content(value) if text)
        elif isinstance(field, RichTextField):
            yield get_text_for_indexing(value)
        elif isinstance(field, models.CharField | models.TextField):
            yield str(value)


def is_offered(website: WebSite, document: CommuneDocument) -> bool:
    """Say whether a page of this site leads to this file: its page makes it public, not its number."""
    # What was published knows every link, even one pasted in a text; a page just made public has no file yet.
    shown = Shown.objects.filter(file__website=website, key=ASSET + document.url)
    return shown.exists() or document.pk in _documents_named(_pages_of(website))


def _documents_named(pages: list[CommunePage]) -> dict[int, None]:
    """Return the numbers of the files that these pages offer, in their order."""
    named: dict[int, None] = {}
    for page in pages:
        for field in type(page)._meta.local_fields:
            if isinstance(field, StreamField | RichTextField) and (value := getattr(page, field.attname)):
                for model, number, *_ in field.extract_references(value):
                    if model is CommuneDocument and (pk := whole(str(number))) is not None:
                        named.setdefault(pk)
    return named


def _documents(website: WebSite, pages: list[CommunePage]) -> Iterator[Entry]:
    """The files that pages offer; one that no page names is not published."""
    named = _documents_named(pages)
    if not named:
        return
    found = CommuneDocument.objects.filter(pk__in=named, collection_id=website.collection_id).in_bulk()
    for pk in named:
        depend_on(f"document:{pk}")
        if (document := found.get(pk)) is not None:
            weight = f", {bytes_in_french(document.file_size)}" if document.file_size else ""
            about = f"{document.file_extension.upper()}{weight}"
            yield entry_of(document.url, document.title, "Document", None, about)


def _acts(website: WebSite, pages: list[CommunePage]) -> Iterator[Entry]:
    index = next((page for page in pages if isinstance(page, ActsPage)), None)
    if index is None:
        return
    for act in published_acts(website, on=day_of(timezone.now())):
        url = f"/actes/{act.pk}/{act_filename(act)}" if act.document_id else site_path_of(index)
        fictitious = " (acte fictif)" if act.is_fictitious else ""
        text = f"{act.name}, {act.body}\u00a0: acte adopté le {in_words(act.adopted_on)}{fictitious}"
        yield entry_of(url, act.subject, "Acte", act.adopted_on, text)


def entry_of(url: str, title: str, kind: str, on: date | None, text: str, *, when: str = "") -> Entry:
    """Return one thing that can be found: its day sorts it, `when` says it otherwise."""
    if len(text) > MOST_TEXT:
        text = text[:MOST_TEXT].rpartition(" ")[0]
    return Entry(
        url=url,
        title=in_one_line([title]),
        kind=kind,
        on=on.isoformat() if on else "",
        when=when or (in_words(on) if on else ""),
        text=text,
    )
