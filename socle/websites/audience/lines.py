"""One line of a web server in front, read as what comes from outside: anything.

Caddy (deploy/one-machine/audience.caddy) and nginx (deploy/nginx/audience.conf) write the same words.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_address
from urllib.parse import unquote

from socle.lib.dates import day_of
from socle.websites.models.audience import LONGEST, AudienceCount

Kind = AudienceCount.Kind
# What the server writes of whoever seems to be a person; any other word is a robot, or a line we do not understand.
PERSON = "person"
# No such server existed before.
FIRST = datetime(2024, 1, 1, tzinfo=UTC)
# A clock that is a little ahead is no lie.
AHEAD = timedelta(hours=1)
HOST = re.compile(r"(?=.{1,253}\Z)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*", re.ASCII)
# What a page loads, and what answers programs: an address that is not there is no lost reader either.
ASSET = re.compile(
    r"/(?:media|couleurs|icone|partage|static)/|/[_-]/"
    r"|.*\.(?:css|js|mjs|map|json|xml|txt|webmanifest|ico|png|jpe?g|gif|svg|webp|avif|woff2?|ttf|eot|otf|ics|atom|rss)\Z",
    re.ASCII | re.IGNORECASE,
)
FILE = re.compile(r"/(?:documents|actes)/[0-9]+/[^/]+\Z", re.ASCII)
# What is asked of every server of the world by whoever looks for a way in: no address that the mairie ever had.
PROBE = re.compile(
    r"/(?:\.|wp-(?:login|admin|includes|json|cron|config|content/(?:plugins|themes))|xmlrpc|(?:php)?my-?admin|pma/|cgi-bin"
    r"|admin|vendor/|owa/|remote/|autodiscover|actuator|solr|boaform|hnap|phpunit|apple-touch-icon)|.*/\."
    r"|.*(?:wlwmanifest|eval-stdin|etc/passwd|phpinfo)|.*\.(?:env|git|sql|bak|old|zip|tar|gz|tgz|rar|7z|cgi|jsp|aspx?|do)\Z",
    re.ASCII | re.IGNORECASE,
)


class Unreadable(Exception):
    """This line is not one that our server writes."""


@dataclass(frozen=True)
class Asked:
    """What somebody asked of a site, and received or not: on which day, what, coming from where."""

    host: str
    counted_on: date
    kind: Kind
    label: str
    source: str = ""


def read_line(line: bytes, *, at: datetime) -> Asked | None:
    """Read one line; None when it counts for nothing. Raises Unreadable when it is not one of ours, whatever it is."""
    try:
        told = json.loads(line)
        request, status, instant = told["request"], told["status"], told["ts"]
        host, uri, method = request["host"], request["uri"], request["method"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Unreadable from error
    if not all(isinstance(text, str) for text in (host, uri, method)) or type(status) is not int:
        raise Unreadable
    counted_on = _day(instant, at=at)
    if told.get("reader") != PERSON or method != "GET":
        return None
    name, path = host_of(host), path_of(uri)
    kind = kind_of(path, status) if path else None
    if not name or not path or kind is None:
        return None
    source = told.get("source")
    return Asked(name, counted_on, kind, path, source_of(source) if isinstance(source, str) else "")


def _day(instant: object, *, at: datetime) -> date:
    """The legal day of an instant of the server. Raises Unreadable for what is none, or is not of our time."""
    if isinstance(instant, bool) or not isinstance(instant, int | float) or not math.isfinite(instant):
        raise Unreadable
    try:
        moment = datetime.fromtimestamp(instant, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Unreadable from error
    if not FIRST <= moment <= at + AHEAD:
        raise Unreadable
    return day_of(moment)


def host_of(text: str) -> str:
    """A host without its port, in lower case, without a final dot; nothing when it is none."""
    host = text.lower().partition(":")[0].rstrip(".")
    return host if HOST.fullmatch(host) else ""


def path_of(uri: str) -> str:
    """The path of an address, as a person reads it: no query, nothing encoded or doubled. Nothing when it is none."""
    path = unquote(uri.partition("?")[0].partition("#")[0], errors="replace")
    path = unicodedata.normalize("NFC", re.sub("/{2,}", "/", path))
    if not path.startswith("/") or len(path) > LONGEST or not path.isprintable() or "\ufffd" in path:
        return ""
    if ".." in path.split("/"):
        return ""
    return path.removesuffix("index.html") if path.endswith("/index.html") else path


def kind_of(path: str, status: int) -> Kind | None:
    """What an answer counts for: a page read (or still the same for its reader), a document, an address not found."""
    if ASSET.match(path):
        return None
    if status == 404:
        # What holds an at sign may hold somebody's address.
        return None if PROBE.match(path) or "@" in path else Kind.MISSING
    if status not in (200, 304):
        return None
    if path.endswith("/"):
        return Kind.PAGE
    return Kind.FILE if FILE.match(path) else None


def source_of(text: str) -> str:
    """The host that led there, without its `www.`; nothing for what is none, or is a number that may be somebody's."""
    host = host_of(text).removeprefix("www.")
    if "." not in host or len(host) > LONGEST:
        return ""
    try:
        ip_address(host)
    except ValueError:
        return host
    return ""
