"""Answers to the PROPFIND that programs of drives ask most: a file or a folder, with a few properties of each.

Written as text: the library builds a tree of XML for it, which takes ten times longer. What is asked otherwise (locks,
quota, every property, a property that a program wrote) is left to the library.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from lxml import etree  # type: ignore[import-untyped]

from socle.files import queries
from socle.files.kinds import BYTES, served_as
from socle.files.queries import Listed, Place

# As the library leaves them in an address.
_SAFE = "/!*'(),$-_|."
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _http_date(at: datetime) -> str:
    """An instant as HTTP writes it, whatever the language of the machine (`formatdate` takes five times longer)."""
    at = at.astimezone(UTC)
    return f"{_DAYS[at.weekday()]}, {at.day:02d} {_MONTHS[at.month - 1]} {at:%Y %H:%M:%S} GMT"


_OF_ALL: dict[str, Callable[[Listed], str]] = {
    "displayname": lambda one: escape(one.name),
    "getlastmodified": lambda one: _http_date(one.modified_at),
    "creationdate": lambda one: f"{one.made_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
}
_OF_FOLDERS = {**_OF_ALL, "resourcetype": lambda one: "<D:collection/>"}
_OF_FILES: dict[str, Callable[[Listed], str]] = {
    **_OF_ALL,
    "resourcetype": lambda one: "",
    "getcontentlength": lambda one: str(one.size),
    "getcontenttype": lambda one: served_as(one.name, one.kind or "") or BYTES,
    "getetag": lambda one: (one.sha256 or "")[:40],
}
_DAV = "{DAV:}"


@lru_cache(maxsize=256)
def asked(body: bytes) -> tuple[str, ...] | None:
    """The names of the properties that a request asks of each file, when they are among those told here or nobody's."""
    try:
        [prop] = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))
        names = tuple(str(one.tag) for one in prop)
    except (etree.XMLSyntaxError, ValueError):
        return None
    if prop.tag != f"{_DAV}prop" or prop.getparent().tag != f"{_DAV}propfind" or len(set(names)) != len(names):
        return None
    is_told = all(name.removeprefix(_DAV) in _OF_FILES if name.startswith(_DAV) else name[0] == "{" for name in names)
    return names if names and is_told else None


def answer(place: Place, names: tuple[str, ...], *, base: str, depth: str) -> bytes | None:
    """The answer on this place, and on what it holds when `depth` is 1; None when the library must give it.

    `base` is the address of the folders. One query for what a folder holds; a property that a program wrote on one of
    those is the library's affair.
    """
    entry, road = place.entry, "/".join((str(place.entry.space.beneficiary_id), *place.names))
    content = entry.content
    itself = Listed(
        entry.pk, entry.name, entry.is_folder, entry.size, entry.made_at, entry.modified_at,
        content.sha256 if content else None, content.kind if content else None,
    )  # fmt: skip
    address = quote(f"{base}/{road}", safe=_SAFE)
    told = [(address, itself)]
    if depth == "1" and entry.is_folder:
        told += [(f"{address}/{quote(one.name, safe=_SAFE)}", one) for one in queries.listed(entry)]
    if any(one.properties for _, one in told):
        return None
    pieces = ["<?xml version='1.0' encoding='utf-8'?>\n<D:multistatus xmlns:D=\"DAV:\">"]
    of_files, of_folders = _split(names, _OF_FILES), _split(names, _OF_FOLDERS)
    for path, one in told:
        known, missing = of_folders if one.is_folder else of_files
        values = "".join(f"<D:{name}>{value(one)}</D:{name}>" for name, value in known)
        href = escape(f"{path}/" if one.is_folder else path)
        found = (
            f"<D:propstat><D:prop>{values}</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>" if known else ""
        )
        pieces.append(f"<D:response><D:href>{href}</D:href>{found}{missing}</D:response>")
    pieces.append("</D:multistatus>")
    return "".join(pieces).encode()


def _split(
    names: tuple[str, ...], known: dict[str, Callable[[Listed], str]]
) -> tuple[list[tuple[str, Callable[[Listed], str]]], str]:
    """The properties of this kind that there are, and what is said of the others."""
    there = [name.removeprefix(_DAV) for name in names if name.removeprefix(_DAV) in known]
    missing = "".join(_empty(name) for name in names if name.removeprefix(_DAV) not in known)
    status = "<D:status>HTTP/1.1 404 Not Found</D:status>"
    told = f"<D:propstat><D:prop>{missing}</D:prop>{status}</D:propstat>" if missing else ""
    return [(name, known[name]) for name in there], told


def _empty(name: str) -> str:
    namespace, local = etree.QName(name).namespace, etree.QName(name).localname
    return f"<D:{local}/>" if namespace == "DAV:" else f"<x:{local} xmlns:x={quoteattr(namespace)}/>"
