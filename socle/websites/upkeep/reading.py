"""What a page shows, as its HTML says it: what a program can decide of its accessibility, and its links and pictures.

Nothing here judges what only a person can: whether an alternative is the right one, whether a title says enough.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())  # noqa: SIM905
MEDIA = frozenset("video audio object embed canvas".split())  # noqa: SIM905
FIELDS = frozenset("form input select textarea button".split())  # noqa: SIM905
# What a « script » only says to search engines runs nothing.
DATA = frozenset({"application/ld+json", "application/json"})
# The search that every site has: its form, its scripts, the page that every header leads to; held by their own tests.
SEARCH_ASKS, SEARCH_PAGE = "/_/recherche/", "/recherche/"
SEARCH_SCRIPTS = re.compile(r"/static/websites/(?:search|vendor/french-stemmer)(?:\.[0-9a-f]+)?\.js")
OFFICE = (".pdf", ".doc", ".docx", ".odt", ".xls", ".xlsx", ".ods", ".ppt", ".pptx", ".odp", ".csv")


@dataclass
class Table:
    """A table, as it is written."""

    has_caption: bool = False
    headings: int = 0
    scoped: int = 0
    is_complex: bool = False


@dataclass
class Anchor:
    """A link of the content and its words; `href` is None when what it led to was deleted: a bare `<a>` is left."""

    href: str | None
    words: str = ""


@dataclass
class PageRead:
    """What was seen in one page."""

    path: str = ""
    has_doctype: bool = False
    language: str = ""
    title: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    landmarks: dict[str, int] = field(default_factory=dict)
    has_menu_in_header: bool = False
    # Something runs besides the search of the site: a script, or what an attribute says to do.
    has_script: bool = False
    # Form elements, those of the search of the site left out.
    fields: int = 0
    has_search: bool = False
    # The header leads to the search.
    leads_to_search: bool = False
    refreshes: bool = False
    tables: list[Table] = field(default_factory=list)
    nameless_links: int = 0
    # The first link of the page, when it leads to a place of the page that exists.
    skips_to: str = ""
    identifiers: set[str] = field(default_factory=set)
    # Links of the content itself, neither those of the header nor those of the foot; then those of the foot.
    links: list[str] = field(default_factory=list)
    foot_links: list[str] = field(default_factory=list)
    # The links of the content with their words, those included whose target was deleted.
    anchors: list[Anchor] = field(default_factory=list)
    # Pictures of the content that have an empty description.
    bare_pictures: list[str] = field(default_factory=list)

    def count(self, *names: str) -> int:
        return sum(self.counts.get(name, 0) for name in names)


class _Reader(HTMLParser):
    def __init__(self, page: PageRead) -> None:
        super().__init__()
        self.page = page
        self.open: list[str] = []
        # How deep the cards that are open began: a card repeats the picture of the page it leads to.
        self.cards: list[int] = []
        self.tables: list[Table] = []
        self.link: list[str] | None = None
        self.anchor: Anchor | None = None
        self.is_first_link = True
        self.is_searching = False

    def handle_decl(self, decl: str) -> None:
        self.page.has_doctype |= decl.lower().startswith("doctype html")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        page, given = self.page, {name: value or "" for name, value in attrs}
        page.counts[tag] = page.counts.get(tag, 0) + 1
        page.has_script |= any(name.startswith("on") for name in given)
        if tag == "script" and given.get("type", "").strip().lower() not in DATA:
            page.has_script |= not SEARCH_SCRIPTS.fullmatch(given.get("src", ""))
        if tag == "form" and given.get("role") == "search" and given.get("action") == SEARCH_ASKS:
            page.has_search = self.is_searching = True
        page.fields += tag in FIELDS and not self.is_searching
        if "id" in given:
            page.identifiers.add(given["id"])
        if tag == "html":
            page.language = given.get("lang", "")
        elif tag == "meta" and given.get("http-equiv", "").lower() == "refresh":
            page.refreshes = True
        elif tag in {"header", "main", "footer", "nav"} and (tag != "header" or "article" not in self.open):
            page.landmarks[tag] = page.landmarks.get(tag, 0) + 1
            page.has_menu_in_header |= tag == "nav" and "header" in self.open
        elif tag == "img":
            self._picture(given)
        elif tag == "a":
            self._anchor(given)
        self._table(tag, given)
        if self.link is not None and given.get("aria-label"):
            self.link.append(given["aria-label"])
        if tag == "a" and self.anchor is not None and given.get("aria-label"):
            self.anchor.words += given["aria-label"] + " "
        if tag == "article" and "card" in given.get("class", "").split():
            self.cards.append(len(self.open))
        if tag not in VOID:
            self.open.append(tag)

    def _picture(self, given: dict[str, str]) -> None:
        if self.link is not None:
            self.link.append(given.get("alt", ""))
        if self.anchor is not None:
            self.anchor.words += given.get("alt", "")
        # What says itself decorative was judged by whoever put it there.
        is_content = "main" in self.open and not self.cards and "decorative" not in given.get("class", "").split()
        if is_content and not given.get("alt", "").strip() and given.get("src", "").startswith("/media/"):
            self.page.bare_pictures.append(given["src"])

    def _anchor(self, given: dict[str, str]) -> None:
        if "main" in self.open and ("href" in given or not given):
            self.anchor = Anchor(given["href"].strip() if "href" in given else None)
            self.page.anchors.append(self.anchor)
        if "href" in given:
            self._link(given)

    def _link(self, given: dict[str, str]) -> None:
        href = given["href"].strip()
        if self.is_first_link and href.startswith("#"):
            self.page.skips_to = href[1:]
        self.is_first_link = False
        self.page.leads_to_search |= "header" in self.open and href == SEARCH_PAGE
        if "main" in self.open:
            self.page.links.append(href)
        elif "footer" in self.open:
            self.page.foot_links.append(href)
        self.link = []

    def _table(self, tag: str, given: dict[str, str]) -> None:
        if tag == "table":
            table = Table()
            self.tables.append(table)
            self.page.tables.append(table)
        if not self.tables:
            return
        table = self.tables[-1]
        if tag == "caption":
            table.has_caption = True
        elif tag in {"th", "td"}:
            table.is_complex |= bool({"rowspan", "colspan", "headers"} & set(given))
            if tag == "th":
                table.headings += 1
                table.scoped += given.get("scope") in {"row", "col"}

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "title" and "svg" not in self.open:
            self.page.title += data.strip()
        if self.link is not None:
            self.link.append(data)
        if self.anchor is not None:
            self.anchor.words += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self.link is not None:
            self.page.nameless_links += not "".join(self.link).strip()
            self.link = None
        if tag == "a" and self.anchor is not None:
            self.anchor.words = " ".join(self.anchor.words.split())
            self.anchor = None
        if tag == "form":
            self.is_searching = False
        if tag == "table" and self.tables:
            self.tables.pop()
        if tag in self.open:
            while self.open.pop() != tag:
                pass
        while self.cards and len(self.open) <= self.cards[-1]:
            self.cards.pop()


def read(html: str, *, path: str = "") -> PageRead:
    """Read one page."""
    page = PageRead(path=path)
    reader = _Reader(page)
    reader.feed(html)
    reader.close()
    return page
