"""The links of a site, read on its published pages: those that lead nowhere in it, and those that lead outside.

Nothing is asked of anybody here: a page of the site is online or is not. What is outside is asked by `asking`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import unquote, urljoin, urlsplit

import idna
from django.utils.encoding import iri_to_uri
from django_scopes import scopes_disabled

from socle.quality.models.upkeep import OutsideAddress, PageLink
from socle.quality.upkeep.reading import Anchor, PageRead, read
from socle.sites.models.names import SiteName
from socle.sites.models.publication import Publication, PublishedFile
from socle.sites.models.sites import WebSite
from socle.sites.publishing import folders

Problem = PageLink.Problem
# Read of one page, kept of one site: a page of thousands of links is a list made by a program; pages read at once.
MOST_OF_A_PAGE, MOST_OF_A_SITE, MOST_PAGES = 300, 5000, 400
# The longest address that is kept.
LONGEST = 1000
# What leads nowhere to be asked: « mailto: », « tel: », « javascript: »…
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
WEB = re.compile(r"https?:", re.IGNORECASE)
# « www.exemple.fr » typed without its « https:// »: a browser looks for it on the site.
FORGOTTEN = re.compile(r"www\.", re.IGNORECASE)
# What the platform's own templates lead to is not for the mairie to correct.
MADE_HERE = (
    "https://www.openstreetmap.org/?mlat=",
    "https://www.defenseurdesdroits.fr/nous-contacter-355",
    "https://www.defenseurdesdroits.fr/carte-des-delegues",
    "https://www.cnil.fr/fr/plaintes",
)
BAD_HOST = re.compile(r"[\s_*?#%&'\"<>\\@,;]")


@dataclass(frozen=True)
class Seen:
    """A link as it was read: where, its words, and either what is wrong with it or the outside address it leads to."""

    page_pk: int
    path: str
    href: str
    words: str
    problem: str = ""
    outside: str = ""

    @property
    def mark(self) -> str:
        """Return the key of a link of a page: its address; one that has none any more is known by its words."""
        return hashlib.sha256((self.href or f"\0{self.words}").encode()).hexdigest()

    @property
    def key(self) -> tuple[int, str]:
        return self.page_pk, self.mark


@dataclass
class Sight:
    """The published pages of a site, as they are read one after the other."""

    website: WebSite
    hosts: Set[str]
    addresses: Set[str]
    pages: Mapping[str, int]
    # What is worth keeping: broken links of the site, and outside ones; each once in a page.
    found: dict[tuple[int, str], Seen] = field(default_factory=dict)

    def note(self, page: PageRead) -> None:
        """Judge the links of a page."""
        for anchor in page.anchors[:MOST_OF_A_PAGE]:
            seen = self._judge(page.path, anchor)
            if seen is not None and len(self.found) < MOST_OF_A_SITE:
                self.found.setdefault(seen.key, seen)

    def _judge(self, path: str, anchor: Anchor) -> Seen | None:
        page, words = self._page_of(path), anchor.words[:150]
        if page is None:
            return None
        if anchor.href is None:
            return Seen(page, path, "", words, Problem.DELETED) if words else None
        href = anchor.href
        is_web, has_host = bool(WEB.match(href)), href.startswith("//")
        if (not is_web and not has_host and SCHEME.match(href)) or href.startswith(MADE_HERE):
            return None
        if FORGOTTEN.match(href):
            return Seen(page, path, href[:LONGEST], words, Problem.MALFORMED)
        if is_web or has_host:
            url = outside_address(f"https:{href}" if has_host else href)
            if not url:
                return Seen(page, path, href[:LONGEST], words, Problem.MALFORMED)
            if urlsplit(url).hostname not in self.hosts:
                # Longer than what is kept, it is not asked.
                return Seen(page, path, href, words, outside=url) if max(len(url), len(href)) <= LONGEST else None
        problem = self._inside(path, href)
        return Seen(page, path, href[:LONGEST], words, problem) if problem else None

    def _inside(self, path: str, href: str) -> str:
        try:
            parts = urlsplit(urljoin(f"https://site{path}", href))
        except ValueError:
            return Problem.MALFORMED
        target = parts.path or "/"
        if target.startswith(("/-/", "/_/")):
            return ""
        if {target, f"{target}/", unquote(target)} & self.addresses:
            return ""
        return Problem.FILE if "." in target.rpartition("/")[2] else Problem.PAGE

    def _page_of(self, path: str) -> int | None:
        """The page one edits to change what is at an address: itself, or the list it is a part of."""
        while path not in self.pages:
            if path in ("/", ""):
                return None
            path = path.rstrip("/").rpartition("/")[0] + "/"
        return self.pages[path]


@dataclass
class Published:
    """Findings of the published pages of a site: the links to keep, the pages of pictures without a description.

    `pages` are the pages by their addresses; a site that is not published yet has nothing to read.
    """

    pages: Mapping[str, int]
    links: list[Seen] = field(default_factory=list)
    bare: list[str] = field(default_factory=list)
    is_read: bool = False


def read_published(website: WebSite, pages: Mapping[str, int]) -> Published:
    """Read the pages as they are on the disk."""
    found = Published(pages)
    publication = Publication.objects.filter(website=website).first()
    if publication is None or not publication.release:
        return found
    release = folders.home_of(website.slug) / publication.release
    addresses = set(PublishedFile.objects.filter(website=website).values_list("path", flat=True))
    sight = Sight(website, hosts_of(website), addresses, pages)
    for path in sorted(path for path in addresses if path.endswith("/"))[:MOST_PAGES]:
        try:
            html = (release / folders.file_of(path)).read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        page = read(html, path=path)
        found.bare += [path] * page.bare_pictures
        sight.note(page)
    found.links, found.is_read = list(sight.found.values()), True
    return found


def hosts_of(website: WebSite) -> set[str]:
    """Return the names under which this site is found."""
    with scopes_disabled():  # One site's own names.
        names = SiteName.objects.filter(website=website).values_list("domain", flat=True)
    own = {website.host, website.first_host}
    return {host.lower() for host in own | {name for one in names for name in (one, f"www.{one}")}}


def outside_address(href: str) -> str:
    """Return an address as it is asked: an ASCII host, an encoded path, no fragment. Badly written, return nothing."""
    try:
        parts = urlsplit(href)
        host, port = (parts.hostname or "").rstrip("."), parts.port
        if not host or BAD_HOST.search(host) or parts.username is not None:
            return ""
        if not host.isascii():
            host = idna.encode(host, uts46=True).decode("ascii")
    except (ValueError, UnicodeError, idna.IDNAError):
        return ""
    if "." not in host and ":" not in host:
        return ""
    named = f"[{host}]" if ":" in host else host.lower()
    place = f"{named}:{port}" if port is not None else named
    query = f"?{parts.query}" if parts.query else ""
    url = str(iri_to_uri(f"{parts.scheme.lower()}://{place}{parts.path or '/'}{query}"))
    return "" if re.search(r"[\x00-\x20\x7f\\]", url) else url


def broken_of(website: WebSite, seen: Iterable[Seen]) -> list[tuple[str, str]]:
    """Return the broken links of what was just read, then those outside: where, and the link.

    Those of which nobody wants to hear are left out, and those that are not on their page any more.
    """
    read = {one.key: one for one in seen}
    rows = PageLink.objects.filter(website=website).order_by("path", "pk")
    dismissed = set(rows.filter(dismissed_at__isnull=False).values_list("page_id", "mark"))
    outside = set(rows.filter(outside__verdict=OutsideAddress.Verdict.BROKEN).values_list("page_id", "mark"))
    inside = [one for key, one in read.items() if one.problem and key not in dismissed]
    told = inside + [one for key, one in read.items() if key in outside - dismissed]
    return [(one.path, one.href or f"«\u00a0{one.words}\u00a0»") for one in told]


def keep(website: WebSite, seen: Iterable[Seen], *, at: datetime) -> None:
    """Keep what was read: what is there no more goes, what stays keeps its first day and whether it is told.

    Reading the same pages again changes nothing, whatever the number of times.
    """
    wanted = {one.key: one for one in seen}
    addresses = _addresses({one.outside for one in wanted.values() if one.outside}, at=at)
    kept = {(link.page_id, link.mark): link for link in PageLink.objects.filter(website=website)}
    PageLink.objects.filter(pk__in=[link.pk for key, link in kept.items() if key not in wanted]).delete()
    changed = []
    for key, one in wanted.items():
        outside_id = addresses.get(one.outside)
        link = kept.get(key)
        if link is None or (link.path, link.words, link.problem, link.outside_id) != (
            one.path[:500], one.words, one.problem, outside_id
        ):  # fmt: skip
            changed.append(
                PageLink(
                    website=website,
                    page_id=one.page_pk,
                    href=one.href,
                    mark=one.mark,
                    found_at=at,
                    path=one.path[:500],
                    words=one.words,
                    problem=one.problem,
                    outside_id=outside_id,
                )
            )
    PageLink.objects.bulk_create(
        changed,
        batch_size=200,
        update_conflicts=True,
        unique_fields=["page", "mark"],
        update_fields=["path", "words", "problem", "outside"],
    )


def _addresses(urls: set[str], *, at: datetime) -> dict[str, int]:
    """Return the rows of these outside addresses, those of other sites included; make the missing ones."""
    rows = OutsideAddress.objects.filter(url__in=urls).values_list("url", "pk")
    known = dict(rows)
    if missing := sorted(urls - known.keys()):
        # Another site may have brought the same one meanwhile.
        OutsideAddress.objects.bulk_create(
            (OutsideAddress(url=url, host=urlsplit(url).hostname or "", next_check_at=at) for url in missing),
            ignore_conflicts=True,
            batch_size=200,
        )
        known = dict(rows.all())
    return known
