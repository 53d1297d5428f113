"""The addresses of a former site: the key by which a thing is known, whatever way it is written."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit

from socle.site_import.models import Nature
from socle.sites.uploads import KINDS

LONGEST = 500
IMAGES = {".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".svg", ".bmp", ".tif", ".tiff", ".heic"}
# « salle-300x200.jpg », « salle-scaled.jpg »: the sizes that WordPress makes of an image beside its original.
SIZED = re.compile(r"-(?:\d{2,5}x\d{2,5}|scaled)(?=\.[a-z]{3,4}$)", re.IGNORECASE)
# What only says where a reader comes from.
TRACKING = re.compile(r"^(?:utm_\w+|fbclid|gclid|replytocom)=", re.IGNORECASE)


def key_of(address: str, base: str = "") -> str:
    """Return the key of an address: as `whole_of`, and in https, however it was written."""
    whole = whole_of(address, base)
    return f"https{whole.removeprefix('http')}" if whole.startswith("http:") else whole


def whole_of(address: str, base: str = "") -> str:
    """Return an address written whole, without its fragment; empty when it is no address of the web, or is too long."""
    address = address.strip()
    if not address or any(ord(character) < 32 for character in address):
        return ""
    try:
        parts = urlsplit(urljoin(base, address))
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host or parts.username is not None:
        return ""
    try:
        host = host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        return ""
    place = host if port in (None, 80, 443) else f"{host}:{port}"
    query = "&".join(part for part in parts.query.split("&") if part and not TRACKING.match(part))
    path = quote(unquote(parts.path or "/"), safe="/~:@!$&'()*+,;=-._")
    query = quote(unquote(query), safe="=&/~:@!$'()*+,;-._")
    whole = urlunsplit((parts.scheme, place, path, query, ""))
    return whole if len(whole) < LONGEST else ""


def host_of(address: str) -> str:
    """Return the host of an address, with its port and without « www. »: what tells one site from another."""
    try:
        return urlsplit(key_of(address) or address).netloc.lower().removeprefix("www.")
    except ValueError:
        return ""


def suffix_of(address: str) -> str:
    """Return the suffix of the file an address names, in lower case."""
    return PurePosixPath(urlsplit(address).path).suffix.lower()


def nature_of_file(address: str) -> Nature | None:
    """Say whether an address names an image or a document, by its suffix alone: what comes is judged by its bytes."""
    suffix = suffix_of(address)
    if suffix in IMAGES:
        return Nature.IMAGE
    return Nature.DOCUMENT if suffix in KINDS else None


def original_of(address: str) -> str:
    """Return the address of the image of which this one is a size."""
    parts = urlsplit(address)
    return urlunsplit(parts._replace(path=SIZED.sub("", parts.path)))


def name_of_file(address: str) -> str:
    """Return the name of the file that an address gives."""
    return unquote(PurePosixPath(urlsplit(address).path).name)[:120] or "fichier"
