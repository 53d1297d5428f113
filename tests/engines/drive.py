"""A program that opens the folder as a network drive: what it asks, as it writes it."""

from __future__ import annotations

import base64
from typing import Any

from django.test import Client
from lxml import etree

from socle.people.devices import actions as devices
from socle.people.devices.models import Use
from socle.people.models import User
from tests import factories as f

LOCK = (
    b'<?xml version="1.0"?><D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope>'
    b"<D:locktype><D:write/></D:locktype><D:owner>LibreOffice</D:owner></D:lockinfo>"
)


def secret_of(user: User, *uses: Use) -> str:
    """A password made for one more device of this person."""
    rank = user.device_passwords.count()
    f.second_factor(user)
    return devices.make(user, name=f"Appareil {rank}", uses=uses or (Use.FILES,), by=user, at=f.NOW)[1]


class Drive:
    """One device of one person."""

    def __init__(self, user: User, place: Any, *, secret: str = "", login: str = "") -> None:
        self.client = Client(SERVER_NAME="localhost")
        self.base = f"/dav/dossier/{place.pk}"
        shown = f"{login or user.email}:{secret or secret_of(user)}"
        self.header = f"Basic {base64.b64encode(shown.encode()).decode()}"

    def ask(self, method: str, path: str = "/", body: bytes = b"", **headers: str) -> Any:
        named = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
        return self.client.generic(
            method, self.base + path, body, "application/octet-stream", HTTP_AUTHORIZATION=self.header, **named
        )

    def put(self, path: str, body: bytes = b"bonjour", **headers: str) -> Any:
        return self.ask("PUT", path, body, **headers)

    def content(self, path: str) -> bytes:
        answer = self.ask("GET", path)
        assert answer.status_code == 200, answer.status_code
        return b"".join(answer.streaming_content) if answer.streaming else answer.content

    def names(self, path: str = "/") -> list[str]:
        answer = self.ask("PROPFIND", path, depth="1")
        assert answer.status_code == 207, answer.status_code
        found = etree.fromstring(body_of(answer)).findall(".//{DAV:}displayname")
        return [one.text for one in found][1:]

    def lock(self, path: str, **headers: str) -> str:
        answer = self.ask("LOCK", path, LOCK, **headers)
        assert answer.status_code in (200, 201), answer.status_code
        return answer["Lock-Token"]


def body_of(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


class Body:
    """What a server hands over as the body of a request; Django looks for both its methods."""

    def read(self, size=-1):
        return b""

    def readline(self, size=-1):
        return self.read(size)
