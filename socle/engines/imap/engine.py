"""Enters boxes, as settings name it: those of other providers (`SOCLE_MAIL_OLD_SERVERS`), ours (`SOCLE_MAIL_BOXES`)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from django.conf import settings

from socle.engines.imap.client import ImapBox, connect, enter_by_command
from socle.mail.importing.contract import Box
from socle.mail.models import Mailbox


class OldServers:
    """Boxes at other providers, by IMAP over TLS."""

    @contextlib.contextmanager
    def open(self, host: str, port: int, *, login: str, password: str) -> Iterator[Box]:
        box = ImapBox(connect(host, port, login=login, password=password))
        try:
            yield box
        finally:
            box.close()


class CommandBoxes:
    """Our boxes, by a command of the machine that opens one without anybody's password (`SOCLE_MAIL_BOX_COMMAND`).

    Dovecot's is `doveadm exec imap -u {address}`; from another machine, the same behind `ssh` and a key of its own.
    """

    is_simulated = False

    @contextlib.contextmanager
    def open(self, mailbox: Mailbox) -> Iterator[Box]:
        box = ImapBox(enter_by_command(settings.SOCLE_MAIL_BOX_COMMAND, mailbox.address))
        try:
            yield box
        finally:
            box.close()
