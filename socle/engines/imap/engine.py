"""Enters the boxes of other providers, as settings name it (`SOCLE_MAIL_OLD_SERVERS`)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from socle.engines.imap.client import ImapBox, connect
from socle.mail.bringing.contract import Box


class OldServers:
    """Boxes at other providers, by IMAP over TLS."""

    @contextlib.contextmanager
    def open(self, host: str, port: int, *, login: str, password: str) -> Iterator[Box]:
        box = ImapBox(connect(host, port, login=login, password=password))
        try:
            yield box
        finally:
            box.close()
