"""The twin of our mail servers for what is brought from old boxes: Maildir folders under the data directory."""

from __future__ import annotations

import contextlib
import mailbox as maildirs
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from email.parser import BytesHeaderParser
from pathlib import Path

from django.conf import settings

from socle.mail.bringing.contract import Box, Head, OldFolder
from socle.mail.models import Mailbox

FLAGS = {"\\Seen": "S", "\\Answered": "R", "\\Flagged": "F", "\\Draft": "D"}


class SimulatedBoxes:
    """Our boxes, each a folder of files."""

    is_simulated = True

    @contextlib.contextmanager
    def open(self, mailbox: Mailbox) -> Iterator[Box]:
        yield Folders(settings.DATA_DIR / "simulated-mail" / str(mailbox.store))


class Folders:
    """One box: a Maildir for each of its folders."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.selected = ""

    def _folder(self, name: str) -> maildirs.Maildir:
        # No name of an old server becomes a path.
        path = self.root / name.encode("utf-8").hex()[:200]
        path.parent.mkdir(parents=True, exist_ok=True)
        return maildirs.Maildir(path, factory=None, create=True)

    def folders(self) -> list[OldFolder]:
        names = (
            [bytes.fromhex(path.name).decode() for path in sorted(self.root.iterdir())] if self.root.exists() else []
        )
        return [OldFolder(name, name) for name in names]

    def select(self, folder: str, *, make: bool = False) -> tuple[int, int]:
        self.selected = folder
        return 1, len(self._folder(folder))

    def _messages(self) -> list[tuple[str, maildirs.MaildirMessage]]:
        return sorted(self._folder(self.selected).items())

    def heads(self, *, after: int, most: int) -> list[Head]:
        heads = []
        for uid, (_, message) in enumerate(self._messages(), start=1):
            if uid > after:
                content = _bytes(message)
                flags = tuple(flag for flag, letter in FLAGS.items() if letter in message.get_flags())
                at = datetime.fromtimestamp(message.get_date(), UTC)
                identifier = str(BytesHeaderParser().parsebytes(content).get("Message-ID", ""))
                heads.append(Head(uid, len(content), at, flags, identifier))
        return heads[:most]

    def read(self, uid: int) -> bytes:
        messages = self._messages()
        return _bytes(messages[uid - 1][1]) if uid <= len(messages) else b""

    def append(self, folder: str, content: bytes, *, flags: Iterable[str], at: datetime) -> None:
        message = maildirs.MaildirMessage(content)
        message.set_flags("".join(FLAGS[flag] for flag in flags if flag in FLAGS))
        message.set_date(at.timestamp())
        message.set_subdir("cur")
        self._folder(folder).add(message)
        time.sleep(0)


def _bytes(message: maildirs.MaildirMessage) -> bytes:
    return message.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
