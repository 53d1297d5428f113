"""The extensions of the sites: what each room above adds to them. The sites themselves know none by name.

A room declares one `Extension` (a `Section`, when the mairie opens it as pages of its own) in its module `section.py`,
which its AppConfig registers at start. Whatever is not given adds nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.apps import AppConfig
from django.http import HttpRequest, HttpResponse

if TYPE_CHECKING:
    from django.db.models import Model
    from wagtail.models import Page

    from socle.sites.frame import Frame
    from socle.sites.models.pages import CommunePage
    from socle.sites.models.sites import WebSite
    from socle.sites.search.ranking import Entry


def _nothing(*args: Any, **kwargs: Any) -> Any:
    return []


def _no_context(*args: Any, **kwargs: Any) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class MenuEntry:
    """One line of the menu of a site, for whoever edits it: its words, its view, its group, its rank there."""

    label: str
    view: str
    group: str
    rank: int


@dataclass(frozen=True, kw_only=True)
class Extension:
    """Extension of every site by one room, each thing where it is asked for."""

    code: str
    # The dotted package whose code and templates make its pages: the sites are published anew when these change.
    package: str
    # Dotted modules of addresses: those of the editor (under /mairie/site/), those of a site.
    editor_urls: str = ""
    site_urls: str = ""
    # Its entries in the menu of the editor.
    menu: tuple[MenuEntry, ...] = ()
    # The addresses at the root of a site that no page may take: « propose ».
    taken: tuple[str, ...] = ()
    # Those every site is born with: `planted(of_name=, on=)` returns pages to add below the home.
    planted: Callable[..., Iterable[CommunePage]] = _nothing
    # Kinds of pages made under the home or a free page; what a free page shows of them: a template, its variables.
    free_pages: tuple[type[CommunePage], ...] = ()
    below_part: str = ""
    below: Callable[[CommunePage], dict[str, Any]] = _no_context
    # Kinds of pages that the map of the site leaves to their own list.
    unlisted: tuple[type[Page], ...] = ()
    # What the first page shows, in its first lines and below: templates, and their variables, `home(page, frame)`.
    glance_part: str = ""
    home_part: str = ""
    home: Callable[[CommunePage, Frame], dict[str, Any]] = _no_context
    # What the page about personal data says: `personal_data()` returns variables of its template.
    personal_data: Callable[[], dict[str, Any]] = _no_context
    # What the first screen of the editor shows: a template.
    first_screen_part: str = ""
    # What a screen of the editor shows besides: `screen("home", website, at=)` returns variables of its template.
    screen_context: Callable[..., dict[str, Any]] = _no_context
    # The words at the foot of each page on its accessibility: `accessibility(website, on=)`.
    accessibility: Callable[..., str] | None = None
    # Alerts of others: those shown at an instant, or all those begun: `alerts(website, at=, all_begun=)`.
    alerts: Callable[..., Iterable[Any]] = _nothing
    # News of others put among the site's own: `news(queryset, page, at=)` returns something to count and to slice.
    news: Callable[..., Any] | None = None
    # What a search on the site finds besides its pages: `found(website)`.
    found: Callable[[WebSite], Iterable[Entry]] = _nothing
    # Addresses to publish besides those of the pages: `paths(website, at=)`.
    paths: Callable[..., Iterable[str]] = _nothing
    # Old addresses that lead to a page: `moved_paths(website)`, and `moved(request, website)` that answers at one.
    moved_paths: Callable[[WebSite], Iterable[str]] = _nothing
    moved: Callable[[HttpRequest, WebSite], HttpResponse | None] = lambda request, website: None
    # Addresses of sections that were merged: a pattern of the whole path, a new one; the first found is answered 301.
    # The web servers of the sites name these too (deploy/one-machine/sites.caddy, deploy/nginx/sites.conf).
    moved_to: tuple[tuple[str, str], ...] = ()
    # Whether the site shows this file of the media, that is not its own: `shows_file(website, path, at=)`.
    shows_file: Callable[..., bool] = lambda website, path, at: False
    # What its mairie takes along: the file of the archive, the model, the way from a row to the site or to its pages.
    handed_over: tuple[tuple[str, type[Model], str], ...] = ()
    # The names of the models it does not take along, each with why.
    not_handed_over: Mapping[str, str] = field(default_factory=dict)
    # Fictions of a demonstration, made once: `demo(website, by=, at=)` says whether it made some.
    demo: Callable[..., bool] = lambda website, *, by, at: False
    # What appears, or ends, at an hour: `follow_the_hour(at=)` tells the sites whose pages change.
    follow_the_hour: Callable[..., Any] = _nothing


@dataclass(frozen=True, kw_only=True)
class Section(Extension):
    """One section that a mairie opens when it wants it, as an index page below the home."""

    index: type[CommunePage]
    title: str
    slug: str
    # What the mairie reads of it before opening it.
    purpose: str
    # What its button says, and its icon.
    gesture: str
    icon: str
    # The kind of page made below it; or the view where its rows are kept on a screen of ours, rather than as pages.
    page: type[Page] | None = None
    screen: str = ""
    # Opened by a gesture of its own (the agenda, by its first event), it is not in the list of sections to open.
    is_offered: bool = True
    # The codes of the sections that were merged into this one.
    formerly: tuple[str, ...] = ()


_extensions: dict[str, Extension] = {}


def register(extension: Extension) -> None:
    """Add what a room declares; declared twice, the last holds."""
    _extensions[extension.code] = extension


def extensions() -> Iterator[Extension]:
    """Return what every room declares, in the order of INSTALLED_APPS."""
    yield from _extensions.values()


def sections() -> dict[str, Section]:
    """Return the sections, by their codes."""
    return {one.code: one for one in extensions() if isinstance(one, Section)}


def section_of(code: str) -> Section | None:
    """Return the section of this code, or the one into which it was merged."""
    return next((one for one in sections().values() if code in (one.code, *one.formerly)), None)


class ExtensionConfig(AppConfig):
    """The AppConfig of a room that extends the sites: its `section.py` holds `EXTENSION`."""

    def ready(self) -> None:
        register(import_module(f"{self.name}.section").EXTENSION)


def folder_of(extension: Extension) -> Path:
    """Return the folder of the package whose files make the pages that an extension adds."""
    return Path(str(import_module(extension.package).__file__)).resolve().parent


def news(queryset: Any, page: Page, *, at: datetime) -> Any:
    """Return the news of a page with those of others."""
    for extension in extensions():
        if extension.news is not None:
            return extension.news(queryset, page, at=at)
    return queryset


def accessibility(website: WebSite, *, on: date) -> str:
    """Return what the foot of each page says of its accessibility."""
    return next((one.accessibility(website, on=on) for one in extensions() if one.accessibility is not None), "")


def merged(contexts: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Put together the variables that extensions give to one template."""
    return {name: value for context in contexts for name, value in context.items()}


def new_paths(path: str) -> Iterator[str]:
    """Return where an address may lead since its section was merged into another (`moved_to`), the best first.

    `\\1` of a new path stands for what the pattern of the old one, which is the whole path, captured.
    """
    for old, new in (pair for extension in extensions() for pair in extension.moved_to):
        if found := re.fullmatch(old, path, re.ASCII):
            yield found.expand(new)
