"""The links of the content of a published page, and its pictures without a description, read from its HTML."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())  # noqa: SIM905


@dataclass
class Anchor:
    """A link of the content and its words; `href` is None when what it led to was deleted: a bare `<a>` is left."""

    href: str | None
    words: str = ""


@dataclass
class PageRead:
    """Findings in the content of one page: neither its header nor its foot."""

    path: str = ""
    anchors: list[Anchor] = field(default_factory=list)
    bare_pictures: int = 0


class _Reader(HTMLParser):
    def __init__(self, page: PageRead) -> None:
        super().__init__()
        self.page = page
        self.open: list[str] = []
        # How deep the cards that are open began: a card repeats the picture of the page it leads to.
        self.cards: list[int] = []
        self.anchor: Anchor | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        classes = given.get("class", "").split()
        is_content = "main" in self.open
        if tag == "a" and is_content and ("href" in given or not given):
            self.anchor = Anchor(given["href"].strip() if "href" in given else None)
            self.page.anchors.append(self.anchor)
        if self.anchor is not None:
            self.anchor.words += given.get("alt", "") if tag == "img" else given.get("aria-label", "")
        # What says itself decorative was judged by whoever put it there.
        if tag == "img" and is_content and not self.cards and "decorative" not in classes:
            is_bare = not given.get("alt", "").strip() and given.get("src", "").startswith("/media/")
            self.page.bare_pictures += is_bare
        if tag == "article" and "card" in classes:
            self.cards.append(len(self.open))
        if tag not in VOID:
            self.open.append(tag)

    def handle_data(self, data: str) -> None:
        if self.anchor is not None:
            self.anchor.words += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self.anchor is not None:
            self.anchor.words = " ".join(self.anchor.words.split())
            self.anchor = None
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
