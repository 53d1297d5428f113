"""Sieve scripts of a box (RFC 5228): forwarding, answer during an absence. Pure: text in, text out.

The only rules that Dovecot runs: a person writes none by another way, or mail would leave without anybody's agreement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Absence:
    """The answer of an absence, both days included."""

    subject: str
    text: str
    starts_on: date
    ends_on: date | None


@dataclass(frozen=True)
class SendOn:
    """Where what arrives is sent on, and whether a copy stays."""

    destination: str
    is_copy_kept: bool


def quoted(text: str) -> str:
    """A string of Sieve: only these two characters mean something inside."""
    text = text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def script(
    *, addresses: Sequence[str], sender: str, absence: Absence | None = None, send_on: SendOn | None = None
) -> str | None:
    """The script of a box that is written to at these addresses and answers as `sender`; None when it does nothing."""
    if absence is None and send_on is None:
        return None
    wants = ["vacation", "date", "relational"] if absence else []
    if send_on is not None and send_on.is_copy_kept:
        wants.append("copy")
    lines = [f"require [{', '.join(quoted(one) for one in wants)}];"] if wants else []
    if absence is not None:
        days = [f'currentdate :value "ge" "date" {quoted(absence.starts_on.isoformat())}']
        if absence.ends_on is not None:
            days.append(f'currentdate :value "le" "date" {quoted(absence.ends_on.isoformat())}')
        # Once a week to each who writes: they are told again when it lasts. Never to lists nor to machines (RFC 5230).
        lines += [
            f"if allof ({', '.join(days)}) {{",
            f"  vacation :days 7 :subject {quoted(absence.subject)} :from {quoted(sender)}",
            f"    :addresses [{', '.join(quoted(one) for one in addresses)}]",
            f"    {quoted(absence.text)};",
            "}",
        ]
    if send_on is not None:
        copy = ":copy " if send_on.is_copy_kept else ""
        lines.append(f"redirect {copy}{quoted(send_on.destination)};")
    return "\n".join(lines) + "\n"
