"""The messages of a beneficiary, for the archive it leaves with: one mbox file a folder, which every mail client opens.

Flags and dates are kept in the headers that mail clients read (Status, X-Status) and in the « From » lines (RFC 4155).
"""

from __future__ import annotations

import imaplib
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from socle.engines.postfix_dovecot import exporting, lending
from socle.engines.postfix_dovecot.layout import Layout
from socle.lib.archives import Shelf
from socle.mail.models import Mailbox
from socle.people.models import Beneficiary

# A line of a message that a reader would take for the beginning of the next one (mboxrd).
FROM_LINE = re.compile(rb"^(>*From )", re.MULTILINE)
LISTED = re.compile(rb'\((?P<flags>[^)]*)\) (?:"[^"]*"|NIL) (?P<name>"(?:[^"\\]|\\.)*"|\S+)')
INTERNAL_DATE = re.compile(rb'INTERNALDATE "([^"]+)"')
FLAGS = re.compile(rb"FLAGS \(([^)]*)\)")


def write(beneficiary: Beneficiary, shelf: Shelf) -> None:
    """Write every folder of every box that is kept, deleted ones included."""
    layout = exporting.layout()
    if layout is None:
        shelf.note("La messagerie était simulée\u00a0: aucun message n’existe.")
        return
    counted = []
    for box in Mailbox.objects.filter(beneficiary=beneficiary).kept().order_by("address"):
        try:
            found = _write_box(layout, box, shelf.folder(box.address))
        except (OSError, imaplib.IMAP4.error):
            shelf.note(f"La boîte {box.address} n’a pas pu être lue\u00a0: demandez à l’opérateur de recommencer.")
            continue
        counted += [(box.address, box.get_status_display(), folder, messages) for folder, messages in found]
    shelf.table("boites.csv", ("Boîte", "État", "Dossier", "Messages"), counted)


def _write_box(layout: Layout, box: Mailbox, shelf: Shelf) -> list[tuple[str, int]]:
    counted = []
    with lending.lent(layout, box) as client:
        _, listed = client.list('""', '"*"')
        for line in listed:
            if not isinstance(line, bytes) or (found := LISTED.match(line)) is None:
                continue
            if b"\\noselect" in found["flags"].lower():
                continue
            name = found["name"].decode("ascii", errors="replace").strip('"')
            status, _ = client.select(f'"{name}"', readonly=True)
            if status != "OK":
                continue
            shown, count = readable(name), 0
            with shelf.open(f"{shown}.mbox") as file:
                for at, flags, raw in _messages(client):
                    file.write(as_mbox(raw, at=at, flags=flags))
                    count += 1
            counted.append((shown, count))
    return counted


def _messages(client: imaplib.IMAP4) -> Iterator[tuple[datetime, bytes, bytes]]:
    """One at a time: a box may weigh gigabytes."""
    _, (found,) = client.uid("SEARCH", "ALL")
    for uid in found.split():
        _, parts = client.uid("FETCH", uid.decode(), "(FLAGS INTERNALDATE BODY.PEEK[])")
        for part in parts:
            if not isinstance(part, tuple):
                continue
            head, raw = part[0], part[1]
            said, flags = INTERNAL_DATE.search(head), FLAGS.search(head)
            yield _instant(said[1] if said else b""), flags[1] if flags else b"", raw


def _instant(said: bytes) -> datetime:
    try:
        return parsedate_to_datetime(said.decode("ascii").strip().replace("-", " ")).astimezone(UTC)
    except (ValueError, UnicodeDecodeError):
        return datetime.fromtimestamp(0, UTC)


def as_mbox(raw: bytes, *, at: datetime, flags: bytes) -> bytes:
    """One message as it stands in an mbox file."""
    flags = flags.lower()
    status = b"RO" if b"\\seen" in flags else b"O"
    marks = (b"A" if b"\\answered" in flags else b"") + (b"F" if b"\\flagged" in flags else b"")
    first = b"From MAILER-DAEMON " + at.strftime("%a %b %e %H:%M:%S %Y").encode() + b"\n"
    said = b"Status: " + status + b"\n" + (b"X-Status: " + marks + b"\n" if marks else b"")
    body = FROM_LINE.sub(rb">\1", raw.replace(b"\r\n", b"\n"))
    return first + said + body + (b"" if body.endswith(b"\n") else b"\n") + b"\n"


def readable(name: str) -> str:
    """The name of a folder, which IMAP writes in its own UTF-7 (RFC 3501, 5.1.3)."""

    def letters(found: re.Match[str]) -> str:
        coded = found[1]
        if not coded:
            return "&"
        try:
            return ("+" + coded.replace(",", "/") + "-").encode("ascii").decode("utf-7")
        except UnicodeDecodeError:
            return found[0]

    return re.sub(r"&([A-Za-z0-9+,]*)-", letters, name)
