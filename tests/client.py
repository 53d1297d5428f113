"""A test client that reads each page as a demanding person would: any test that visits a page checks it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from django.test import Client

# Screens that are not ours to mend.
NOT_OURS = ("/mairie/site/",)
# Elements that load what they name.
LOADING = {
    "script": "src",
    "img": "src",
    "iframe": "src",
    "link": "href",
    "source": "src",
    "video": "src",
    "form": "action",
}
VOID = {
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr",
}  # fmt: skip
HARMLESS_SCRIPTS = {"application/ld+json", "application/json"}
REFERENCES = ("aria-labelledby", "aria-describedby", "aria-controls", "for")


class DemandingClient(Client):
    """Raises `AssertionError` on a page that has `defects`; set `is_demanding = False` to look away."""

    is_demanding = True

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("SERVER_NAME", "localhost")
        super().__init__(**kwargs)

    def request(self, **request: Any) -> Any:
        response = super().request(**request)
        path = request.get("PATH_INFO", "")
        if self.is_demanding and is_page(response) and not path.startswith(NOT_OURS):
            found = defects(response.content.decode(), host=response.wsgi_request.get_host())
            assert not found, f"{path}:\n  " + "\n  ".join(found)
        return response


def is_page(response: Any) -> bool:
    """Say whether this is a whole HTML page, and not a redirection, a file or a fragment."""
    if response.streaming or not response.get("Content-Type", "").startswith("text/html"):
        return False
    return b"<html" in response.content[:2000].lower()


class _Read(HTMLParser):
    """A page read in one pass, without building its tree: its elements, and the texts that a person sees."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []  # Out of what quotes a template, or is the data of a script.
        self.texts: list[str] = []
        self.title = self.door = ""
        self.has_door = self.has_title = False
        self._open: list[tuple[str, str]] = []  # Each element open around what is read, and what its text is.
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.elements.append((tag, attributes))
        is_title = tag == "title" and not self.has_title
        is_door = "door-name" in attributes.get("class", "").split() and not self.has_door
        self.has_title |= is_title
        self.has_door |= is_door
        if tag not in VOID:
            self._open.append((tag, "title" if is_title else "door" if is_door else ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID and any(name == tag for name, _ in self._open):
            while self._open.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if not any(name in ("code", "pre", "script") for name, _ in self._open):
            self.words.append(data)
        for _, what in self._open:
            if what == "title":
                self.title += data.strip()
            elif what == "door":
                self.door += data.strip()

    handle_comment = handle_data


def defects(html: str, *, host: str = "localhost") -> list[str]:
    """List what a person could not use, or a strict policy would block, in a page."""
    page = _Read(html)
    found: list[str] = []
    if not next((given.get("lang", "") for tag, given in page.elements if tag == "html"), "").startswith("fr"):
        found.append("the page does not say it is in French (html lang)")
    if not page.title:
        found.append("the page has no title")
    if (count := sum(tag == "h1" for tag, _ in page.elements)) != 1:
        found.append(f"the page has {count} h1")
    if re.search(r"\{\{|\{%|%\}|\}\}", "".join(page.words)):
        found.append("a template tag is shown")
    if page.has_door and not page.door:
        found.append("the page does not say which door it is of")
    if any(text.strip() == "None" for text in page.texts):
        found.append("« None » is shown")
    identifiers = Counter(given["id"] for _, given in page.elements if "id" in given)
    found += [f"the id « {one} » is given twice" for one in sorted(one for one, n in identifiers.items() if n > 1)]
    for tag, given in page.elements:
        found += _defects_of(tag, given, host, identifiers)
    return found


def _defects_of(tag: str, given: dict[str, str], host: str, identifiers: Collection[str]) -> list[str]:
    found = []
    shown = f"<{tag}{' id=' + given['id'] if 'id' in given else ''}>"
    if tag == "style" or "style" in given:
        found.append(f"inline style: {shown}")
    if any(name.startswith("on") for name in given):
        found.append(f"inline handler: {shown}")
    if tag == "script" and not given.get("src") and given.get("type") not in HARMLESS_SCRIPTS:
        found.append("inline script")
    if tag == "img" and "alt" not in given:
        found.append(f"image without alternative: {given.get('src')}")
    if tag in LOADING and given.get("rel", "").split() not in (["canonical"], ["alternate"]):
        target = urlsplit(given.get(LOADING[tag], ""))
        if target.scheme in ("http", "https") and target.netloc != host:
            found.append(f"third party: {shown} {target.netloc}")
        if target.scheme == "javascript":
            found.append(f"script in an address: {shown}")
    for attribute in REFERENCES:
        for reference in given.get(attribute, "").split():
            if reference not in identifiers:
                found.append(f"{shown} {attribute} points to « {reference} », which is not in the page")
    return found
