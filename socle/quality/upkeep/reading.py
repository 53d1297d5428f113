"""The links of the content of a published page, and its pictures without a description, read from its HTML."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from lxml import html as lxml_html  # type: ignore[import-untyped]


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


def read(html: str, *, path: str = "") -> PageRead:
    """Read one page, as we published it."""
    page = PageRead(path=path)
    for main in lxml_html.document_fromstring(html or "<p>").iter("main"):
        for link in main.iter("a"):
            if "href" in link.attrib or not link.attrib:
                href = link.get("href")
                page.anchors.append(Anchor(href if href is None else href.strip(), _words(link)))
        page.bare_pictures += sum(map(_is_bare, main.iter("img")))
    return page


def _words(link: Any) -> str:
    named = [one.get("alt" if one.tag == "img" else "aria-label") or "" for one in link.iter()]
    return " ".join(" ".join(["".join(link.itertext()), *named]).split())


def _is_bare(image: Any) -> bool:
    """Whether nobody said what a picture shows; a card repeats that of the page it leads to."""
    # What says itself decorative was judged by whoever put it there.
    is_judged = "decorative" in image.get("class", "").split() or image.get("alt", "").strip()
    if is_judged or not image.get("src", "").startswith("/media/"):
        return False
    return not any("card" in one.get("class", "").split() for one in image.iterancestors("article"))
