"""A mail server of this machine, which speaks SMTP and keeps what it is given."""

from __future__ import annotations

import contextlib
import email
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.controller import Controller

from socle.lib.ports import free_port


@dataclass
class Server:
    """A mail server of this machine: what it took, and what it does instead of answering."""

    taken: list[Any] = field(default_factory=list)
    says: list[str] = field(default_factory=list)
    kills: bool = False
    port: int = 0
    sender: int = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.says:
            return self.says.pop(0)
        self.taken.append(email.message_from_bytes(envelope.content))
        if self.kills and self.sender:
            # It has taken the message, and whoever sent it will never know.
            os.kill(self.sender, signal.SIGKILL)
        return "250 OK"

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, hostname: str, responses: Any) -> Any:
        session.host_name = hostname
        return responses

    @property
    def names(self) -> list[str]:
        return [message["Message-ID"] for message in self.taken]


@contextlib.contextmanager
def mail_server(settings: Any) -> Iterator[Server]:
    """Start one, and have the messages of this test leave by it."""
    port = free_port()
    taking = Server(port=port)
    controller = Controller(taking, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        settings.EMAIL_BACKEND = "socle.outbox.smtp.CountedSmtp"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        yield taking
    finally:
        controller.stop()
