"""A test client that reads each page as a demanding person would: any test that visits a page checks it."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any
from urllib.parse import urlsplit

from django.test import Client
from lxml import etree

from socle.ui.meanwhile import Filled

# Screens that are not ours to mend.
NOT_OURS = ("/mairie/site/",)
# Out of what quotes a template or is written in one, or is the data of a script.
WORDS = etree.XPath(
    "//text()[not(ancestor::code or ancestor::pre or ancestor::script or ancestor::textarea)] | //comment()"
)
TEMPLATE_TAG = re.compile(r"\{\{|\{%|%\}|\}\}")
REFUSED = {
    defect: etree.XPath(path)
    for defect, path in {
        "inline style": "//style | //*[@style]",
        "inline handler": "//@*[starts-with(name(), 'on')]/..",
        "inline script": "//script[not(string(@src))][not(@type='application/ld+json' or @type='application/json')]",
        "image without alternative": "//img[not(@alt)]",
        "no name of a door": "//*[@class][contains(concat(' ', @class, ' '), ' door-name ')][not(normalize-space(.))]",
    }.items()
}
# What a page loads, or sends a form to.
LOADED = etree.XPath(
    "(//script | //img | //iframe | //source | //video)/@src | //form/@action"
    " | //link[not(@rel='canonical' or @rel='alternate')]/@href"
)
REFERENCES = etree.XPath("//@aria-labelledby | //@aria-describedby | //@aria-controls | //@for")
IDENTIFIERS = etree.XPath("//@id")


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
            html = response.content.decode()
            found = defects(html, host=response.wsgi_request.get_host()) + uncarried(response, html)
            assert not found, f"{path}:\n  " + "\n  ".join(found)
        return response


def uncarried(response: Any, html: str) -> list[str]:
    """List the forms filled from what is kept whose page does not carry what it showed."""
    if not response.context:
        return []
    context = response.context[0] if isinstance(response.context, list) else response.context
    # Not `isinstance`, which would read who is signed in, and ask the database.
    forms = [one for one in context.flatten().values() if issubclass(type(one), Filled) and one.is_kept and one.initial]
    return [
        f"{type(one).__name__} is shown without what it was filled from"
        for one in forms
        if any(f'name="{one.add_prefix(name)}"' in html for name in one.fields)
        and f'name="{one.read_name}"' not in html
    ]


def is_page(response: Any) -> bool:
    """Say whether this is a whole HTML page, and not a redirection, a file or a fragment."""
    if response.streaming or not response.get("Content-Type", "").startswith("text/html"):
        return False
    return b"<html" in response.content[:2000].lower()


def defects(html: str, *, host: str = "localhost") -> list[str]:
    """List what a person could not use, or a strict policy would block, in a page."""
    page = etree.fromstring(html, etree.HTMLParser())
    found: list[str] = []
    if not page.get("lang", "").startswith("fr"):
        found.append("the page does not say it is in French (html lang)")
    if not page.findtext(".//title", "").strip():
        found.append("the page has no title")
    if (count := int(page.xpath("count(//h1)"))) != 1:
        found.append(f"the page has {count} h1")
    if TEMPLATE_TAG.search(html) and TEMPLATE_TAG.search("".join(map(str, WORDS(page)))):
        found.append("a template tag is shown")
    if "None" in html and any(text.strip() == "None" for text in page.itertext()):
        found.append("« None » is shown")
    for defect, seen_in in REFUSED.items():
        found += [f"{defect}: {etree.tostring(one, encoding='unicode', with_tail=False)}" for one in seen_in(page)]
    for target in map(urlsplit, LOADED(page)):
        if (target.scheme in ("http", "https") and target.netloc != host) or target.scheme == "javascript":
            found.append(f"third party, or script in an address: {target.geturl()}")
    identifiers = Counter(IDENTIFIERS(page))
    found += [f"the id « {one} » is given twice" for one, times in identifiers.items() if times > 1]
    for given in REFERENCES(page):
        for reference in set(given.split()) - identifiers.keys():
            found.append(f"{given.attrname} points to « {reference} », which is not in the page")
    return found


def as_it_is(response: Any, having: str) -> dict[str, Any]:
    """Return what a browser would send of the form of a page that has this field and carries what it showed."""
    page = etree.fromstring(response.content.decode(), etree.HTMLParser())
    wanted = f"//form[.//*[@name='{having}']][.//*[contains(@name, 'lu')][@type='hidden']]"
    (form,) = page.xpath(wanted)
    sent: dict[str, Any] = {}
    for one in form.xpath(".//input[@name] | .//textarea[@name] | .//select[@name]"):
        name = one.get("name")
        if one.tag == "textarea":
            # A browser leaves out the line end that follows the tag.
            sent[name] = (one.text or "").removeprefix("\n")
        elif one.tag == "select":
            chosen = one.xpath("./option[@selected] | ./optgroup/option[@selected]") or one.xpath(".//option")[:1]
            sent[name] = chosen[0].get("value") if chosen else ""
        elif one.get("type") in ("checkbox", "radio"):
            if one.get("checked") is not None:
                sent.setdefault(name, []).append(one.get("value", "on"))
        elif one.get("type") not in ("file", "submit", "password"):
            sent[name] = one.get("value", "")
    return {name: value for name, value in sent.items() if name != "csrfmiddlewaretoken"}
