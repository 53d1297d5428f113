"""The links of a site that lead nowhere in it, read on its published pages. Nothing is asked of anybody."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from urllib.parse import unquote, urljoin, urlsplit

from django_scopes import scopes_disabled

from socle.quality.upkeep.reading import Anchor, PageRead, read
from socle.sites.models.names import SiteName
from socle.sites.models.publication import Publication, PublishedFile
from socle.sites.models.sites import WebSite
from socle.sites.publishing import folders

# Read of one page, kept of one site: a page of thousands of links is a list made by a program; pages read at once.
MOST_OF_A_PAGE, MOST_OF_A_SITE, MOST_PAGES = 300, 5000, 400
# What leads nowhere in a site: « mailto: », « tel: », « javascript: »…
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
WEB = re.compile(r"(https?:)?//", re.IGNORECASE)
# « www.exemple.fr » typed without its « https:// »: a browser looks for it on the site.
FORGOTTEN = re.compile(r"www\.", re.IGNORECASE)
PAGE, FILE = "La page n’est pas en ligne.", "Le document n’est plus sur le site."
DELETED, MALFORMED = "La page ou le document a été supprimé.", "L’adresse est mal écrite."


@dataclass(frozen=True)
class Broken:
    """A link that leads nowhere: the page one edits to correct it, where it was read, its words, what is wrong."""

    page_pk: int
    path: str
    href: str
    words: str
    why: str

    @property
    def name(self) -> str:
        """Return its label: its words, else its address."""
        return self.words or self.href


@dataclass
class Sight:
    """The published pages of a site, as they are read one after the other."""

    hosts: Set[str]
    addresses: Set[str]
    pages: Mapping[str, int]
    # Each link once in a page: by its address, or by its words when it has none any more.
    found: dict[tuple[int, str], Broken] = field(default_factory=dict)

    def note(self, page: PageRead) -> None:
        """Judge the links of a page."""
        page_pk = self._page_of(page.path)
        for anchor in page.anchors[:MOST_OF_A_PAGE] if page_pk is not None else ():
            why = self._judge(page.path, anchor)
            if page_pk is not None and why and len(self.found) < MOST_OF_A_SITE:
                broken = Broken(page_pk, page.path, anchor.href or "", anchor.words[:150], why)
                self.found.setdefault((page_pk, anchor.href or f"\0{anchor.words}"), broken)

    def _judge(self, path: str, anchor: Anchor) -> str:
        """Say what is wrong with a link; nothing when it leads somewhere, or out of the site."""
        href = anchor.href
        if href is None:
            return DELETED if anchor.words else ""
        if FORGOTTEN.match(href):
            return MALFORMED
        if WEB.match(href):
            try:
                host = urlsplit(href).hostname or ""
            except ValueError:
                host = ""
            if "." not in host and ":" not in host:
                return MALFORMED
            if host not in self.hosts:
                return ""
        elif SCHEME.match(href):
            return ""
        return self._inside(path, href)

    def _inside(self, path: str, href: str) -> str:
        try:
            target = urlsplit(urljoin(f"https://site{path}", href)).path or "/"
        except ValueError:
            return MALFORMED
        if target.startswith(("/-/", "/_/")) or {target, f"{target}/", unquote(target)} & self.addresses:
            return ""
        return FILE if "." in target.rpartition("/")[2] else PAGE

    def _page_of(self, path: str) -> int | None:
        """The page one edits to change what is at an address: itself, or the list it is a part of."""
        while path not in self.pages:
            if path in ("/", ""):
                return None
            path = path.rstrip("/").rpartition("/")[0] + "/"
        return self.pages[path]


@dataclass
class Published:
    """Findings of the published pages of a site: broken links, pages of pictures without a description.

    `pages` are the pages by their addresses; a site that is not published yet has nothing to read.
    """

    pages: Mapping[str, int]
    broken: list[Broken] = field(default_factory=list)
    bare: list[str] = field(default_factory=list)


def read_published(website: WebSite, pages: Mapping[str, int]) -> Published:
    """Read the pages as they are on the disk."""
    found = Published(pages)
    publication = Publication.objects.filter(website=website).first()
    if publication is None or not publication.release:
        return found
    release = folders.home_of(website.slug) / publication.release
    addresses = set(PublishedFile.objects.filter(website=website).values_list("path", flat=True))
    sight = Sight(hosts_of(website), addresses, pages)
    for path in sorted(path for path in addresses if path.endswith("/"))[:MOST_PAGES]:
        try:
            html = (release / folders.file_of(path)).read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        page = read(html, path=path)
        found.bare += [path] * page.bare_pictures
        sight.note(page)
    found.broken = list(sight.found.values())
    return found


def hosts_of(website: WebSite) -> set[str]:
    """Return the names under which this site is found."""
    with scopes_disabled():  # One site's own names.
        names = SiteName.objects.filter(website=website).values_list("domain", flat=True)
    own = {website.host, website.first_host}
    return {host.lower() for host in own | {name for one in names for name in (one, f"www.{one}")}}
