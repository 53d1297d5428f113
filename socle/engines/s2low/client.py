"""Speaks the interface of S²LOW for acts over HTTPS, with a body's own certificate: typed, and knows no model.

Answers are text in ISO-8859-1, whose first line is OK or KO; lists are JSON.
"""

from __future__ import annotations

import base64
import html
import json
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit
from xml.parsers import expat

from socle.deliberations.contract import Access, Declined, NotConfigured, Unavailable
from socle.lib import http

LATIN = "ISO-8859-1"
ACTES = "/modules/actes/"
# Seconds for a question, and for an act of 150 Mo on a slow line.
TIMEOUT, SENDING = 30.0, 900.0
# Bytes of one answer: a letter of the prefecture, a stamped act.
LIMIT = 50 * 1024 * 1024
PIECE = 256 * 1024
# What it says when it does not know us, or may not serve us, whatever we ask.
STRANGER = re.compile(r"authentification|Accès refusé|certificat RGS|Accès interdit", re.IGNORECASE)


@dataclass(frozen=True)
class Part:
    """A field of a form: words, or a file under its name and type."""

    name: str
    value: str | Path
    filename: str = ""
    content_type: str = "application/pdf"


class Client:
    """One body at one address. Every method raises `Unavailable`, `Declined` or `NotConfigured`."""

    def __init__(self, access: Access) -> None:
        if not access.address.startswith("https://"):
            raise NotConfigured("L’adresse du dispositif de transmission commence par «\u00a0https://\u00a0».")
        if not access.certificate:
            raise NotConfigured("Il manque le certificat de l’organisme\u00a0: déposez celui du dispositif.")
        self.base = access.address.rstrip("/")
        self.certificate = http.Certificate(access.certificate)
        self.headers: dict[str, str] = {}
        if access.login:
            pair = base64.b64encode(f"{access.login}:{access.password}".encode(LATIN, "replace")).decode()
            self.headers["Authorization"] = f"Basic {pair}"

    def text(self, path: str, **asked: str) -> list[str]:
        """Ask, and return the lines after OK."""
        return _lines(self._get(path, asked).body)

    def json(self, path: str, **asked: str) -> Any:
        """Ask for a list."""
        body = self._get(path, asked).body
        try:
            return json.loads(body.decode(LATIN) if body[:1] not in (b"[", b"{") else body.decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            _lines(body)  # It may have said KO.
            raise Unavailable("Le dispositif de transmission a répondu autre chose qu’une liste.") from None

    def file(self, path: str, **asked: str) -> bytes:
        """Ask for a file; one redirection is followed, to the same server only."""
        answer = self._get(path, asked)
        if 300 <= answer.status < 400:
            leads = urljoin(f"{self.base}{path}", answer.headers.get("location", ""))
            if urlsplit(leads)[:2] != urlsplit(self.base)[:2]:
                raise Unavailable(
                    "Le dispositif de transmission renvoie vers un autre serveur\u00a0: il n’est pas suivi."
                )
            answer = self._asked(lambda: http.get(leads, headers=self.headers, timeout=TIMEOUT, limit=LIMIT,
                                                  certificate=self.certificate))  # fmt: skip
        if answer.body.startswith(b"KO"):
            _lines(answer.body)
        return answer.body

    def post(self, path: str, parts: Sequence[Part], *, timeout: float = TIMEOUT) -> list[str]:
        """Send a form, its files by pieces; return the lines after OK."""
        mark = secrets.token_hex(16)
        stream = _form(parts, mark)
        headers = {**self.headers, "Content-Type": f"multipart/form-data; boundary={mark}"}
        answer = self._asked(
            lambda: http.post(
                f"{self.base}{path}", body=stream, headers=headers, timeout=timeout, limit=LIMIT,
                certificate=self.certificate,
            )
        )  # fmt: skip
        return _lines(answer.body)

    def _get(self, path: str, asked: Mapping[str, str]) -> http.Answer:
        url = f"{self.base}{path}" + (f"?{urlencode(asked)}" if asked else "")
        return self._asked(
            lambda: http.get(url, headers=self.headers, timeout=TIMEOUT, limit=LIMIT, certificate=self.certificate)
        )

    def _asked(self, ask: Any) -> http.Answer:
        try:
            answer: http.Answer = ask()
        except http.Forbidden as error:
            raise NotConfigured(error.sentence) from error
        except http.OutgoingError as error:
            raise Unavailable(f"Le dispositif de transmission ne répond pas. {error.sentence}") from error
        if answer.status in (401, 403):
            raise NotConfigured(
                f"Le dispositif de transmission ne reconnaît pas l’organisme ({answer.status})\u00a0: vérifiez son "
                "certificat et son identifiant."
            )
        if answer.status >= 400:
            raise Unavailable(f"Le dispositif de transmission répond par une erreur ({answer.status}).")
        return answer


def split(told: bytes) -> tuple[bytes, str]:
    """Part the message in XML that an answer begins with from the words that follow it, which nothing separates.

    Cut where its first element ends, whatever alphabet it says it is in: every mark is in that of ASCII. What begins
    with no element is words; a message that does not end, or defines something, is left whole for its reader to refuse.
    """
    told = told.strip()
    if not told.startswith(b"<"):
        return b"", told.decode(LATIN)
    if b"<!DOCTYPE" in told or b"<!ENTITY" in told:
        return told, ""
    parser, depth, is_whole = expat.ParserCreate(LATIN), 0, False

    def begin(name: str, attributes: Mapping[str, str]) -> None:
        nonlocal depth
        depth += 1

    def end(name: str) -> None:
        nonlocal depth, is_whole
        depth -= 1
        is_whole = not depth

    parser.StartElementHandler, parser.EndElementHandler = begin, end
    try:
        parser.Parse(told, True)
    except expat.ExpatError:
        # The words that follow a whole message are no XML, and begin there.
        place = parser.ErrorByteIndex if is_whole else len(told)
        return told[:place].rstrip(), told[place:].decode(LATIN)
    return told, ""


def _lines(body: bytes) -> list[str]:
    """The lines after OK; raises what a KO means, in its own words. One page says it all on one line, after a colon."""
    first, _, rest = body.decode(LATIN).partition("\n")
    verdict, _, beside = first.partition(":")
    if verdict.strip() == "OK":
        return [beside, *rest.split("\n")] if beside.strip() else rest.split("\n")
    if verdict.strip() != "KO":
        raise Unavailable("Le dispositif de transmission a répondu autre chose que ce qu’il annonce.")
    says = " ".join(html.unescape(re.sub(r"<[^>]*>", " ", f"{beside} {rest}")).split())[:400]
    if STRANGER.search(says):
        raise NotConfigured(f"Le dispositif de transmission refuse l’organisme\u00a0: «\u00a0{says}\u00a0».")
    raise Declined(f"Le dispositif de transmission refuse cet envoi\u00a0: «\u00a0{says}\u00a0».")


def _form(parts: Sequence[Part], mark: str) -> http.Stream:
    """The form as it travels: its length is known before any file is read."""
    end = f"--{mark}--\r\n".encode()
    heads = [_head(part, mark) for part in parts]
    size = len(end) + sum(len(head) + _size(part) + 2 for part, head in zip(parts, heads, strict=True))

    def chunks() -> Iterator[bytes]:
        for part, head in zip(parts, heads, strict=True):
            yield head
            if isinstance(part.value, Path):
                with part.value.open("rb") as file:
                    while piece := file.read(PIECE):
                        yield piece
            else:
                yield part.value.encode(LATIN, "replace")
            yield b"\r\n"
        yield end

    return http.Stream(size, chunks)


def _head(part: Part, mark: str) -> bytes:
    named = f'; filename="{part.filename}"' if part.filename else ""
    typed = f"Content-Type: {part.content_type}\r\n" if part.filename else ""
    return f'--{mark}\r\nContent-Disposition: form-data; name="{part.name}"{named}\r\n{typed}\r\n'.encode(LATIN)


def _size(part: Part) -> int:
    return part.value.stat().st_size if isinstance(part.value, Path) else len(part.value.encode(LATIN, "replace"))
