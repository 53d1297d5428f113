"""The requests that programs of drives and calendars write in XML, looked at before any library builds a tree of them.

A tree costs a hundred times its text, and some are walked by functions that call themselves: a text nested deep enough
ends the process. Here nothing is kept but counts.
"""

from __future__ import annotations

from typing import NamedTuple
from xml.parsers import expat

# No program nests a third of it, nor writes so much in one element.
DEEPEST, MOST_ATTRIBUTES, MOST_NAMESPACES, MOST_DECLARATIONS = 50, 20, 50, 500
MALFORMED = "Cette demande n’est pas du XML que l’on accepte ici."
TOO_DEEP = "Cette demande est trop imbriquée pour être lue."
TOO_MANY = "Cette demande en dit trop à la fois\u00a0: demandez en plusieurs fois."


class Bounds(NamedTuple):
    """How much one request may say: addresses, properties (what is in a `prop`), and elements besides the addresses."""

    hrefs: int
    properties: int
    elements: int = 1000


class _TooMuch(Exception):
    """The request is refused, for this reason."""


class _Count:
    """How much was met so far."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._open: list[str] = []
        self._hrefs = self._properties = self._elements = self._declarations = 0
        self._namespaces: set[str] = set()

    def start(self, name: str, attributes: list[str]) -> None:
        if len(self._open) >= DEEPEST:
            raise _TooMuch(TOO_DEEP)
        is_href = name == "DAV: href"
        self._hrefs += is_href
        self._elements += not is_href
        self._properties += bool(self._open) and self._open[-1] == "DAV: prop"
        self._open.append(name)
        bounds = self._bounds
        is_within = (
            self._hrefs <= bounds.hrefs
            and self._properties <= bounds.properties
            and self._elements <= bounds.elements
            and len(attributes) <= 2 * MOST_ATTRIBUTES
        )
        if not is_within:
            raise _TooMuch(TOO_MANY)

    def end(self, name: str) -> None:
        self._open.pop()

    def namespace(self, prefix: str | None, address: str | None) -> None:
        self._declarations += 1
        self._namespaces.add(address or "")
        if len(self._namespaces) > MOST_NAMESPACES or self._declarations > MOST_DECLARATIONS:
            raise _TooMuch(TOO_MANY)

    def doctype(self, *_: object) -> None:
        raise _TooMuch(MALFORMED)


def why_not_read(said: str | bytes, bounds: Bounds) -> str | None:
    """Say why a request written in XML is not to be read, or None. A type of document is refused, whatever it says."""
    count, parser = _Count(bounds), expat.ParserCreate(namespace_separator=" ")
    parser.ordered_attributes = True
    parser.StartElementHandler, parser.EndElementHandler = count.start, count.end
    parser.StartNamespaceDeclHandler, parser.StartDoctypeDeclHandler = count.namespace, count.doctype
    try:
        parser.Parse(said, True)
    except _TooMuch as refused:
        return str(refused)
    except (expat.ExpatError, ValueError, LookupError):
        return MALFORMED
    return None
