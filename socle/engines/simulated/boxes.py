"""The twin of our mail servers for what is brought from old boxes: files under the data directory, as they came."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from email.parser import BytesHeaderParser
from pathlib import Path

from django.conf import settings

from socle.mail.importing.contract import Box, Head, OldFolder
from socle.mail.models import Mailbox

FLAGS = {"\\Seen": "S", "\\Answered": "R", "\\Flagged": "F", "\\Draft": "D"}
FILE = re.compile(r"(\d{8})_(\d+)_([A-Z]*)\.eml", re.ASCII)


class SimulatedBoxes:
    """Our boxes, each a folder of files."""

    is_simulated = True

    @contextlib.contextmanager
    def open(self, mailbox: Mailbox) -> Iterator[Box]:
        yield Folders(settings.DATA_DIR / "simulated-mail" / str(mailbox.store))


class Folders:
    """One box: a folder of files for each of its folders, a file for each message, named by what is known of it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.selected = ""

    def _folder(self, name: str) -> Path:
        # No name of an old server becomes a path.
        path = self.root / name.encode("utf-8").hex()[:200]
        path.mkdir(parents=True, exist_ok=True)
        return path

    def _files(self, name: str) -> list[tuple[int, int, str, Path]]:
        found = []
        for path in sorted(self._folder(name).iterdir()):
            if match := FILE.fullmatch(path.name):
                found.append((int(match[1]), int(match[2]), match[3], path))
        return found

    def folders(self) -> list[OldFolder]:
        paths = sorted(self.root.iterdir()) if self.root.exists() else []
        names = [bytes.fromhex(path.name).decode(errors="replace") for path in paths]
        return [OldFolder(name, name) for name in names]

    def select(self, folder: str, *, make: bool = False) -> tuple[int, int]:
        self.selected = folder
        return 1, len(self._files(folder))

    def heads(self, *, after: int, most: int) -> list[Head]:
        heads = []
        for uid, second, letters, path in self._files(self.selected):
            if uid > after:
                content = path.read_bytes()
                flags = tuple(flag for flag, letter in FLAGS.items() if letter in letters)
                identifier = str(BytesHeaderParser().parsebytes(content).get("Message-ID", ""))
                heads.append(Head(uid, len(content), datetime.fromtimestamp(second, UTC), flags, identifier))
        return heads[:most]

    def read(self, uid: int) -> bytes:
        return next((path.read_bytes() for one, _, _, path in self._files(self.selected) if one == uid), b"")

    def append(self, folder: str, content: bytes, *, flags: Iterable[str], at: datetime) -> None:
        files = self._files(folder)
        uid = files[-1][0] + 1 if files else 1
        letters = "".join(sorted(FLAGS[flag] for flag in flags if flag in FLAGS))
        path = self._folder(folder) / f"{uid:08d}_{int(at.timestamp())}_{letters}.eml"
        half = path.with_suffix(".half")
        half.write_bytes(content)
        half.rename(path)
