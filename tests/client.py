"""A test client that reads each page as a demanding person would: any test that visits a page checks it."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from bs4 import BeautifulSoup
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


def defects(html: str, *, host: str = "localhost") -> list[str]:
    """List what a person could not use, or a strict policy would block, in a page."""
    soup = BeautifulSoup(html, "html.parser")
    found: list[str] = []
    if not (soup.html and str(soup.html.get("lang", "")).startswith("fr")):
        found.append("the page does not say it is in French (html lang)")
    if not (soup.title and soup.title.get_text(strip=True)):
        found.append("the page has no title")
    if (count := len(soup.find_all("h1"))) != 1:
        found.append(f"the page has {count} h1")
    # A page may quote a template, as code; the data of a script is shown to nobody.
    quoted = ["code", "pre", "script"]
    words = "".join(text for text in soup.find_all(string=True) if not text.find_parent(quoted))
    if re.search(r"\{\{|\{%|%\}|\}\}", words):
        found.append("a template tag is shown")
    if (door := soup.select_one(".door-name")) is not None and not door.get_text(strip=True):
        found.append("the page does not say which door it is of")
    if soup.find(string=re.compile(r"^\s*None\s*$")):
        found.append("« None » is shown")
    identifiers = [str(element["id"]) for element in soup.find_all(id=True)]
    found += [
        f"the id « {one} » is given twice" for one in sorted({i for i in identifiers if identifiers.count(i) > 1})
    ]
    for element in soup.find_all(True):
        found += _defects_of(element, host, set(identifiers))
    return found


def _defects_of(element: Any, host: str, identifiers: set[str]) -> list[str]:
    found = []
    shown = f"<{element.name}{' id=' + element['id'] if element.has_attr('id') else ''}>"
    if element.name == "style" or element.has_attr("style"):
        found.append(f"inline style: {shown}")
    if any(name.startswith("on") for name in element.attrs):
        found.append(f"inline handler: {shown}")
    if element.name == "script" and not element.get("src") and element.get("type") not in HARMLESS_SCRIPTS:
        found.append("inline script")
    if element.name == "img" and not element.has_attr("alt"):
        found.append(f"image without alternative: {element.get('src')}")
    if element.name in LOADING and element.get("rel") not in (["canonical"], ["alternate"]):
        target = urlsplit(str(element.get(LOADING[element.name], "")))
        if target.scheme in ("http", "https") and target.netloc != host:
            found.append(f"third party: {shown} {target.netloc}")
        if target.scheme == "javascript":
            found.append(f"script in an address: {shown}")
    for attribute in REFERENCES:
        for reference in str(element.get(attribute, "")).split():
            if reference not in identifiers:
                found.append(f"{shown} {attribute} points to « {reference} », which is not in the page")
    return found
