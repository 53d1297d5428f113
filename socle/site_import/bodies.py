"""The text of a former page, made of what the pages of a site hold: titles, paragraphs, lists, links, pictures.

Everything else is left out: scripts, styles, frames, forms, events. Nothing is copied: each sign is read as text, and
written again between tags of ours. A table, which pages here do not have, becomes a list, one line a row.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

from socle.site_import import addresses, trees
from socle.site_import.findings import plain
from socle.site_import.models import Nature

# Dropped with all that they hold.
DROPPED = {
    "script", "style", "noscript", "template", "form", "input", "button", "select", "textarea", "svg", "math", "head",
    "nav", "canvas", "map", "dialog", "datalist", "title",
}  # fmt: skip
EMBEDS = {"iframe", "video", "audio", "embed", "object", "frame", "frameset"}
BLOCKS = {
    "address", "article", "aside", "blockquote", "body", "center", "dd", "details", "div", "dl", "dt", "fieldset",
    "figure", "footer", "header", "html", "hgroup", "main", "p", "pre", "section", "summary", "hr",
}  # fmt: skip
INLINE = {"a", "abbr", "b", "em", "i", "mark", "s", "small", "span", "strong", "sub", "sup", "u"}
NO_SUMMARY = {"script", "style", "h1", "h2", "noscript", "iframe", "table"}
MARKS = {"b": "b", "strong": "b", "i": "i", "em": "i"}
# Deeper, nobody has written by hand: what is there is read as plain text.
DEEPEST = 90
MOST_BLOCKS = 400
LONGEST_TITLE, LONGEST_WORDS = 120, 200
BLANKS = re.compile(r"[ \t\r\n\f]+")
EMBEDDED = "Une vidéo, une carte ou un cadre d’un autre site n’a pas été repris."
TABLED = "Un tableau est devenu une liste."
MUTE = "Des images attendent leur description."


class Resolver(Protocol):
    """New addresses for the links of a former site."""

    def link(self, address: str) -> str:
        """Return the attributes of a link to this address, escaped; nothing when it leads nowhere."""
        ...

    def picture(self, address: str) -> int | None:
        """Return the image that this address became, if it did."""
        ...


@dataclass
class Body:
    """A body, as the field of a page keeps it, and what is to be said of it."""

    blocks: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def note(self, sentence: str) -> None:
        if sentence not in self.notes:
            self.notes.append(sentence)


def body_of(content: str, base: str, resolver: Resolver) -> Body:
    """Return the body made of a piece of HTML written at the address `base`."""
    root = trees.page_of(content)
    if root is None:
        return Body()
    reader = _Reader(base, resolver, Body())
    reader.read(root, 0)
    reader.end_text()
    del reader.body.blocks[MOST_BLOCKS:]
    return reader.body


def files_in(content: str, base: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return what a text shows and offers: its images with their descriptions, its documents with their titles."""
    root = trees.page_of(content)
    images: dict[str, str] = {}
    documents: dict[str, str] = {}
    if root is None:
        return images, documents
    for element in root.iter("img", "a"):
        if element.tag == "img":
            source = picture_address(element, base)
            if source and not images.get(source):
                images[source] = plain(element.get("alt") or "")[:LONGEST_WORDS]
        elif address := addresses.key_of(element.get("href") or "", base):
            nature = addresses.nature_of_file(address)
            if nature == Nature.DOCUMENT:
                documents.setdefault(address, plain(trees.text_of(element))[:255])
    return images, documents


def picture_address(element: Any, base: str) -> str:
    """Return the address of the original of an image; those that load late keep it in another attribute."""
    for name in ("data-orig-file", "data-src", "data-lazy-src", "src"):
        written = (element.get(name) or "").strip()
        if written and not written.lower().startswith("data:"):
            return addresses.original_of(addresses.key_of(written, base))
    return ""


def safe_link(address: str, base: str) -> str:
    """Return an address that a page may lead to, whole; nothing for what a browser would run."""
    written = "".join(sign for sign in address if sign.isprintable() and not sign.isspace())
    scheme = written.partition(":")[0].lower() if ":" in written else ""
    if scheme in ("mailto", "tel"):
        rest = written.partition(":")[2].partition("?")[0]
        return f"{scheme}:{rest}" if re.fullmatch(r"[\w.+@()-]{3,100}", rest) else ""
    if written.startswith("#"):
        return ""
    key = addresses.key_of(address, base)
    # Only the key was made https: elsewhere, the link stays as it was written.
    if key and scheme == "http" and addresses.host_of(key) != addresses.host_of(base):
        return f"http{key.removeprefix('https')}"
    return key


class _Reader:
    """Reads a tree once, from left to right: the paragraph being written, the texts of the block, the blocks."""

    def __init__(self, base: str, resolver: Resolver, body: Body, *, is_inside: bool = False) -> None:
        self.base, self.resolver, self.body = base, resolver, body
        # Inside a line of a list, titles are words like others.
        self.is_inside = is_inside
        self.texts: list[str] = []
        self.run: list[str] = []
        self.has_words = False
        self.marks: list[tuple[str, str]] = []

    # --- What is being written -------------------------------------------------------------------------------------
    def say(self, text: str | None) -> None:
        if not text:
            return
        words = BLANKS.sub(" ", text)
        if not self.has_words:
            words = words.lstrip(" ")
        if words.strip(" \u00a0\u200b"):
            self.has_words = True
        if words:
            self.run.append(html.escape(words, quote=False))

    def paragraph(self) -> str:
        """End the paragraph; return what is in it."""
        written = "".join(self.run).rstrip(" ") + "".join(close for _, close in reversed(self.marks))
        has_words, self.has_words = self.has_words, False
        self.run = [opening for opening, _ in self.marks]
        written = re.sub(r"(?:<br/>\s*)+$", "", written)
        return written if has_words else ""

    def end_paragraph(self, tag: str = "p") -> None:
        if written := self.paragraph():
            self.texts.append(f"<{tag}>{written}</{tag}>")

    def end_text(self) -> None:
        """End the block of text."""
        self.end_paragraph()
        if self.texts:
            self.body.blocks.append({"type": "text", "value": "".join(self.texts)})
            self.texts = []

    # --- What is read ----------------------------------------------------------------------------------------------
    def read(self, element: Any, depth: int) -> None:
        if len(self.body.blocks) > MOST_BLOCKS:
            return
        if depth > DEEPEST:
            self.say(plain(trees.text_of(element)))
            return
        self.say(element.text)
        for child in element:
            if isinstance(child.tag, str):
                self.child(child, depth + 1)
            self.say(child.tail)

    def child(self, element: Any, depth: int) -> None:
        tag = element.tag.lower()
        if tag in DROPPED:
            return
        if tag in EMBEDS:
            self.body.note(EMBEDDED)
        elif tag == "img":
            self.picture(element, "")
        elif tag == "br":
            if self.has_words:
                self.run.append("<br/>")
        elif tag in ("ul", "ol"):
            self.end_paragraph()
            self.texts.append(self.list(element, tag, depth))
        elif tag == "table":
            self.end_paragraph()
            self.texts.append(self.table(element, depth))
        elif re.fullmatch(r"h[1-6]", tag):
            self.heading(element, tag, depth)
        elif tag == "figure" and element.find(".//img") is not None:
            self.figure(element, depth)
        elif tag in BLOCKS:
            self.end_paragraph()
            self.read(element, depth)
            self.end_paragraph()
        elif tag == "a":
            self.anchor(element, depth)
        elif tag in MARKS:
            self.marked(element, depth, f"<{MARKS[tag]}>", f"</{MARKS[tag]}>")
        else:
            self.read(element, depth)

    def marked(self, element: Any, depth: int, opening: str, closing: str) -> None:
        if (opening, closing) in self.marks:
            self.read(element, depth)
            return
        self.marks.append((opening, closing))
        self.run.append(opening)
        self.read(element, depth)
        self.run.append(closing)
        self.marks.pop()

    def anchor(self, element: Any, depth: int) -> None:
        if "wp-block-file__button" in (element.get("class") or ""):
            return  # WordPress writes the same link a second time, as a button.
        written = safe_link(element.get("href") or "", self.base)
        attributes = self.resolver.link(written) if written else ""
        is_nested = any(closing == "</a>" for _, closing in self.marks)
        # A link around a picture alone leads to the picture, bigger: it is shown big enough here.
        if not attributes or is_nested or not plain(trees.text_of(element)):
            self.read(element, depth)
        else:
            self.marked(element, depth, f"<a {attributes}>", "</a>")

    def heading(self, element: Any, tag: str, depth: int) -> None:
        self.end_paragraph()
        words = plain(trees.text_of(element))
        for image in element.iter("img"):
            self.picture(image, "")
        if not words:
            return
        if self.is_inside:
            self.texts.append(f"<p><b>{html.escape(words, quote=False)}</b></p>")
        elif tag in ("h1", "h2") and len(words) <= LONGEST_TITLE:
            self.end_text()
            self.body.blocks.append({"type": "title", "value": {"text": words}})
        else:
            self.texts.append(f"<h3>{html.escape(words, quote=False)}</h3>")

    def figure(self, element: Any, depth: int) -> None:
        self.end_paragraph()
        caption = element.find(".//figcaption")
        pictures = list(element.iter("img"))
        words = plain(trees.text_of(caption)) if caption is not None else ""
        for rank, image in enumerate(pictures):
            self.picture(image, words if rank == len(pictures) - 1 else "")

    def picture(self, element: Any, caption: str) -> None:
        source = picture_address(element, self.base)
        number = self.resolver.picture(source) if source else None
        if number is None:
            return
        written = plain(element.get("alt") or "")[:LONGEST_WORDS]
        value = {"image": number, "alternative": written, "is_decorative": False, "caption": caption[:LONGEST_WORDS]}
        if not written:
            self.body.note(MUTE)
        if self.is_inside:
            self.body.blocks.append({"type": "picture", "value": value})
            return
        marks, self.marks = self.marks, []
        if marks and self.has_words:
            self.run += [close for _, close in reversed(marks)]
        elif marks:
            self.run = []
        self.end_text()
        self.body.blocks.append({"type": "picture", "value": value})
        self.marks = marks
        self.run = [opening for opening, _ in marks]

    def line(self, element: Any, depth: int) -> tuple[str, str]:
        """Return the words of a line of a list, and the lists under it."""
        inside = _Reader(self.base, self.resolver, self.body, is_inside=True)
        inside.read(element, depth)
        inside.end_paragraph()
        words = "<br/>".join(
            re.sub(r"^<(?:p|h3)>|</(?:p|h3)>$", "", text)
            for text in inside.texts
            if not text.startswith(("<ul", "<ol"))
        )
        return words, "".join(text for text in inside.texts if text.startswith(("<ul", "<ol")))

    def list(self, element: Any, tag: str, depth: int) -> str:
        lines = []
        for child in element:
            if isinstance(child.tag, str) and child.tag.lower() not in DROPPED:
                words, under = self.line(child, depth + 1)
                if words or under:
                    lines.append(f"<li>{words}{under}</li>")
        return f"<{tag}>{''.join(lines)}</{tag}>" if lines else ""

    def table(self, element: Any, depth: int) -> str:
        self.body.note(TABLED)
        lines, headers = [], list[str]()
        for row in element.iter("tr"):
            cells = [cell for cell in row if isinstance(cell.tag, str) and cell.tag.lower() in ("td", "th")]
            words = [self.line(cell, depth + 1)[0] for cell in cells]
            if cells and all(cell.tag.lower() == "th" for cell in cells) and not headers:
                headers = words
                continue
            named = [
                f"{headers[rank]}\u00a0: {word}" if rank < len(headers) and headers[rank] else word
                for rank, word in enumerate(words)
                if word
            ]
            if named:
                lines.append("<li>" + "\u00a0; ".join(named) + "</li>")
        if not lines and headers:
            lines = [f"<li>{word}</li>" for word in headers if word]
        return f"<ul>{''.join(lines)}</ul>" if lines else ""


def summary_of(content: str) -> str:
    """Return the words of a piece of HTML, without its titles, scripts and styles."""
    root = trees.page_of(content[:20_000])
    if root is None:
        return ""
    words: list[str] = []
    left_out = 0
    for event, element in trees.walked(root):
        is_left_out, is_inline = element.tag in NO_SUMMARY, element.tag in INLINE
        if event == "start":
            left_out += is_left_out
        else:
            left_out -= is_left_out
        if not is_inline:
            words.append(" ")
        if not left_out:
            words.append((element.text if event == "start" else element.tail) or "")
    return plain("".join(words))


def external(address: str) -> str:
    """Return the attributes of a link to another site."""
    return f'href="{html.escape(address)}"' if urlsplit(address).scheme in ("http", "https", "mailto", "tel") else ""
