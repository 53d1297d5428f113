"""The words by which two versions of a text differ, paragraph by paragraph, under the title where each stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Literal

_WORD = re.compile(r"\s+|\w+|[^\w\s]")
# Beyond, a paragraph is shown as replaced: to align its words would take longer than to read it.
MOST_WORDS = 4000

Kind = Literal["same", "added", "removed"]


@dataclass(frozen=True)
class Piece:
    """Words that both versions have, or one of the two."""

    kind: Kind
    words: str


@dataclass(frozen=True)
class Change:
    """One paragraph, title or item of a list that changed, and the title above it, if there is one."""

    heading: str
    pieces: tuple[Piece, ...]


def compare(before: str, after: str) -> list[Change]:
    """List what differs between two texts as they are written, whether they can be read as acts or not."""
    former, latter = list(_lines(before)), list(_lines(after))
    changes = []
    matcher = SequenceMatcher(None, [line for _, line in former], [line for _, line in latter])
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            continue
        for old, new in zip_longest(former[a:b], latter[c:d]):
            heading = (new or old or ("", ""))[0]
            changes.append(Change(heading, tuple(_pieces(old[1] if old else "", new[1] if new else ""))))
    return changes


def _lines(text: str) -> Iterator[tuple[str, str]]:
    """Each line that says something, under its title: a paragraph, an item of a list, a fact of the heading."""
    heading = ""
    for line in text.splitlines():
        line = line.strip()
        if not line:
            continue
        yield heading, line
        if line.startswith("#"):
            heading = line.lstrip("# ")


def _pieces(before: str, after: str) -> Iterator[Piece]:
    former, latter = _WORD.findall(before), _WORD.findall(after)
    if max(len(former), len(latter)) > MOST_WORDS or not former or not latter:
        opcodes = [("replace", 0, len(former), 0, len(latter))]
    else:
        opcodes = SequenceMatcher(None, former, latter).get_opcodes()  # type: ignore[assignment]
    removed = added = ""
    for kind, a, b, c, d in opcodes:
        words = "".join(former[a:b])
        # A space between two changes is no news: they are read as one.
        if kind == "equal" and (words.strip() or not (removed or added) or b == len(former)):
            yield from _changed(removed, added)
            removed = added = ""
            yield Piece("same", words)
        else:
            removed += words
            added += "".join(latter[c:d])
    yield from _changed(removed, added)


def _changed(removed: str, added: str) -> Iterator[Piece]:
    if removed:
        yield Piece("removed", removed)
    if added:
        yield Piece("added", added)
