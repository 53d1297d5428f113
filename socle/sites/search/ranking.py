"""Search ranking: the best first, with a few words around what was found.

The same rule as `static/websites/search.js`, to the letter: change both.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

from socle.sites.search.words import WORD, Word, likeness, nearest, terms_of, word_of, words_of

MOST_SHOWN = 30
# How much a title counts against a text, and from how many times on a word weighs no more.
TITLE, MOST_TIMES = 6, 4
BEFORE, EXTRACT = 40, 180


class Entry(TypedDict):
    """One thing that can be found: where, its title, what it is, its day (for sorting, then in words), its text."""

    url: str
    title: str
    kind: str
    on: str
    when: str
    text: str


@dataclass(frozen=True)
class Piece:
    """A piece of an extract: what was looked for, or what is around it."""

    text: str
    is_found: bool


@dataclass(frozen=True)
class Result:
    """One answer, as it is shown."""

    entry: Entry
    extract: list[Piece]


@dataclass(frozen=True)
class Found:
    """The answers to one question."""

    terms: list[Word]
    # How many there are; the first ones only are shown.
    count: int = 0
    results: tuple[Result, ...] = ()
    # What was looked for instead of a word that is nowhere.
    instead: tuple[tuple[str, str], ...] = ()
    # No answer holds all the words: these hold some.
    is_partial: bool = False


def find(entries: Sequence[Entry], asked: str) -> Found:
    """Answer a question from the entries of one site."""
    terms = terms_of(asked)
    if not terms:
        return Found([])
    read = [(words_of(entry["title"]), words_of(entry["text"])) for entry in entries]
    scores = [_scores(terms, title, text) for title, text in read]
    instead: list[tuple[str, str]] = []
    if not any(all(score) for score in scores):
        known = Counter(word.plain for title, text in read for word in (*title, *text))
        for rank, term in enumerate(terms):
            if not any(score[rank] for score in scores) and (meant := nearest(term.plain, known)):
                terms[rank] = word_of(meant)
                instead.append((term.plain, meant))
        if instead:
            scores = [_scores(terms, title, text) for title, text in read]
    most = max((_matched(score) for score in scores), default=0)
    if not most:
        return Found(terms, instead=tuple(instead))
    # The newest first among equals, then as the site has them.
    kept = sorted((rank for rank, score in enumerate(scores) if _matched(score) == most))
    kept.sort(key=lambda rank: entries[rank]["on"], reverse=True)
    kept.sort(key=lambda rank: sum(scores[rank]), reverse=True)
    shown = tuple(Result(entries[rank], extract_of(entries[rank]["text"], terms)) for rank in kept[:MOST_SHOWN])
    return Found(terms, len(kept), shown, tuple(instead), most < len(terms))


def _matched(score: list[int]) -> int:
    return sum(value > 0 for value in score)


def _scores(terms: list[Word], title: list[Word], text: list[Word]) -> list[int]:
    found = []
    for term in terms:
        in_title = max((likeness(term, word) for word in title), default=0)
        in_text = [like for word in text if (like := likeness(term, word))]
        found.append(TITLE * in_title + max(in_text, default=0) + min(len(in_text), MOST_TIMES))
    return found


def extract_of(text: str, terms: list[Word]) -> list[Piece]:
    """Return the part of a text where most of what is looked for is, what was found apart."""
    matches: list[tuple[int, int, int]] = []
    for one in WORD.finditer(text):
        for rank, term in enumerate(terms):
            if likeness(term, word_of(one[0])):
                matches.append((one.start(), one.end(), rank))
                break
    start = 0
    if matches:
        near = [
            len({rank for begin, _, rank in matches if first <= begin < first + EXTRACT}) for first, _, _ in matches
        ]
        start = max(0, matches[near.index(max(near))][0] - BEFORE)
    end = min(len(text), start + EXTRACT)
    # Whole words: an extract begins and ends at a space.
    if start:
        start = text.find(" ", start) + 1
    if end < len(text):
        end = max(text.rfind(" ", start, end), start)
    pieces, here = [], start
    if start:
        pieces.append(Piece("… ", False))
    for begin, finish, _ in matches:
        if begin >= start and finish <= end:
            if begin > here:
                pieces.append(Piece(text[here:begin], False))
            pieces.append(Piece(text[begin:finish], True))
            here = finish
    if end > here:
        pieces.append(Piece(text[here:end], False))
    if end < len(text):
        pieces.append(Piece(" …", False))
    return pieces


def in_one_line(parts: Sequence[str]) -> str:
    """Return texts one after the other, their spaces and lines made one space."""
    return re.sub(r"\s+", " ", " ".join(parts)).strip()
