"""One address of a site, answered as a reader would be, and kept with what it shows."""

from __future__ import annotations

import errno
import hashlib
import io
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote_to_bytes, urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponseBase
from django_scopes import scope
from lxml import etree  # type: ignore[import-untyped]

from socle.sites.hosts import answer, interrupted, not_found
from socle.sites.models.sites import WebSite, edited
from socle.sites.publishing.folders import PATH
from socle.sites.publishing.reads import ASSET, noting

FULL = (errno.ENOSPC, errno.EDQUOT)
# The page that is served, with its own status, at any address of the site where there is nothing.
NOT_FOUND = "/404.html"
# The page that is served in place of what is answered at each request, while the platform does not answer. Where it is
# no file is found by its address: only the web server shows it.
STOPPED = "/_/503.html"
# What is no page, and is made a file with its own status.
SPECIAL = {NOT_FOUND: (not_found, 404), STOPPED: (interrupted, 503)}
# What a stylesheet makes a browser load.
LOADED = re.compile(r"url\(\s*[\"']?(/[^\"')\s]+)")
# What a page may need of its own site: sizes of images, colours, icon, documents, acts, stylesheets and scripts, its
# event as a calendar, its venues and deliberations as open data.
ASSETS = re.compile(
    r"/(?:media|couleurs|icone|documents|actes/\d+|static)/.+|/(?:evenements|propose)/\d+\.ics"
    r"|/equipements\.csv|/deliberations-\d{4}\.csv",
    re.ASCII,
)
# Asked for by others, hence with the name of the site, the picture of a page is of this site all the same.
_LINKS = etree.XPath("//@href | //@src | //@poster | //@data", smart_strings=False)
_SHARED = etree.XPath("//meta[@property = 'og:image']/@content", smart_strings=False)
_SIZES = etree.XPath("//@srcset | //@imagesrcset", smart_strings=False)


class CannotFreeze(Exception):
    """This address does not answer what a file can hold; the sentence says why."""


@dataclass(frozen=True)
class Frozen:
    """The answer to one address: its bytes, and the keys of what it shows."""

    path: str
    content: bytes
    keys: frozenset[str]

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def freeze(website: WebSite, path: str) -> Frozen:
    """Ask the site for this address. Raises CannotFreeze when the answer is no file, whatever the reason.

    A disk that is full is no reason of this page: OSError says so.
    """
    if not PATH.fullmatch(path):
        raise CannotFreeze(f"{path[:120]}\u00a0: cette adresse ne peut pas devenir un fichier")
    if path.startswith(settings.STATIC_URL):
        return Frozen(path, _static(path), frozenset())
    request = request_for(website, path)
    request.is_publishing = True  # type: ignore[attr-defined]
    # Rendered for everybody, whoever asked for it: nothing of the editor's own site or person.
    token = edited.set(None)
    try:
        with noting() as notes, scope(beneficiary=website.beneficiary):
            view, expected = SPECIAL.get(path, (answer, 200))
            response = view(request)
            content = _bytes_of(response)
    except OSError as error:
        if error.errno in FULL:  # No page will be better served.
            raise
        raise CannotFreeze(f"{path}\u00a0: {type(error).__name__}") from error
    except Exception as error:  # Whatever fails on one page must not keep the others from being published.
        raise CannotFreeze(f"{path}\u00a0: {type(error).__name__}") from error
    finally:
        edited.reset(token)
    if response.status_code != expected:
        raise CannotFreeze(f"{path}\u00a0: le site répond {response.status_code}")
    kind = response.get("Content-Type", "")
    if kind.startswith("text/html"):
        notes.update(ASSET + found for found in assets_of(content.decode(), website.root_url))
    elif kind.startswith("text/css"):
        notes.update(ASSET + found for found in LOADED.findall(content.decode()) if ASSETS.fullmatch(found))
    return Frozen(path, content, frozenset(notes))


def _static(path: str) -> bytes:
    """Return a stylesheet or a script of the platform; its name holds its hash, so that it never changes."""
    name = path.removeprefix(settings.STATIC_URL)
    try:
        with staticfiles_storage.open(name) as file:
            return bytes(file.read())
    except OSError:
        pass
    # Nothing was gathered: a development machine, a test.
    found = finders.find(name)
    if not isinstance(found, str):
        raise CannotFreeze(f"{path}\u00a0: ce fichier n’existe pas")
    return Path(found).read_bytes()


def request_for(website: WebSite, path: str) -> HttpRequest:
    """Make the request of a reader of this site, who has neither cookie nor name."""
    host, _, port = website.place.partition(":")
    asked = urlsplit(path)
    request = WSGIRequest(
        {
            "REQUEST_METHOD": "GET",
            # As a web server gives it: bytes, each as a character (PEP 3333).
            "PATH_INFO": unquote_to_bytes(asked.path).decode("latin-1"),
            "QUERY_STRING": asked.query,
            "HTTP_HOST": website.place,
            "SERVER_NAME": host,
            "SERVER_PORT": port or ("443" if settings.IS_HTTPS else "80"),
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.url_scheme": "https" if settings.IS_HTTPS else "http",
            "wsgi.input": io.BytesIO(),
        }
    )
    request.website = website  # type: ignore[attr-defined]
    request._wagtail_site = website.site  # type: ignore[attr-defined]
    return request


def _bytes_of(response: HttpResponseBase) -> bytes:
    try:
        if response.streaming:
            return b"".join(response.streaming_content)  # type: ignore[attr-defined]
        return bytes(response.content)  # type: ignore[attr-defined]
    finally:
        # Not `close()`: it tells Django that a request is over, and Django then lets the database's connection go, with
        # the lock of this publication.
        for closer in response._resource_closers:  # type: ignore[attr-defined]
            closer()


def assets_of(page: str, root_url: str = "") -> set[str]:
    """Return the paths, on its own site, of the files that a page loads or offers, by whatever address."""
    if not page.strip():
        return set()
    tree = etree.fromstring(page, etree.HTMLParser())
    links = {*_LINKS(tree), *(urlsplit(link).path for link in _SHARED(tree))}
    links.update(part.split()[0] for sizes in _SIZES(tree) for part in sizes.split(",") if part.split())
    # Cut by hand: an address that a page writes badly is no reason not to publish it.
    asked = (link.removeprefix(root_url).partition("#")[0].partition("?") for link in links)
    return {path for path, _, query in asked if not query and ASSETS.fullmatch(path)}
