"""Search without a script: what has all the words that are asked, or most of them, with the first lines around them.

The reader's own browser does better (`static/websites/search.js`: endings, slips of the finger, expressions). This is
for who has no script: plain words, by their beginnings, with or without accents, or what they mean.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypedDict

from socle.lib.text import folded

MOST_ASKED, MOST_TERMS, MOST_SHOWN = 100, 8, 30
WORD = re.compile(r"[^\W_]+")
# From so many letters on, a word says something; from so many, the s or the x of a plural is left out.
SHORTEST, LONG = 3, 5
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
class Result:
    """One answer, as it is shown."""

    entry: Entry
    extract: str


@dataclass(frozen=True)
class Found:
    """The answers to one question: how many hold the most words, how many only some of them, the first of all.

    `is_partial`: none holds every word.
    """

    count: int
    more: int
    results: tuple[Result, ...]
    is_partial: bool


def find(entries: Sequence[Entry], asked: str) -> Found:
    """Answer a question from the entries of one site: the best first, then the newest, then as the site has them."""
    words = dict.fromkeys(WORD.findall(folded(asked[:MOST_ASKED])))
    wanted = [word for word in words if len(word) >= SHORTEST] or list(words)
    known = {folded(word): meant for word, meant in meanings().items()}
    terms = [
        re.compile(rf"\b(?:{'|'.join(map(_beginning, [word, *folded(known.get(word, '')).split()]))})")
        for word in wanted[:MOST_TERMS]
    ]
    scores = [_score(terms, folded(entry["title"]), folded(entry["text"])) for entry in entries]
    most = max((found for found, _ in scores), default=0)
    # What holds only some of the words comes after: a page is not hidden by another that says them all.
    kept = [rank for rank, (found, _) in enumerate(scores) if found]
    kept.sort(key=lambda rank: (*scores[rank], entries[rank]["on"]), reverse=True)
    results = tuple(Result(entries[rank], extract_of(entries[rank]["text"], terms)) for rank in kept[:MOST_SHOWN])
    count = sum(found == most for found, _ in scores) if most else 0
    return Found(count, len(kept) - count, results, 0 < most < len(terms))


@cache
def meanings() -> dict[str, str]:
    """Return what the words that people type mean on a site of a commune: « poubelle » → « déchets collecte »."""
    return tomllib.loads((Path(__file__).parent / "meanings.toml").read_text())


def _beginning(word: str) -> str:
    return word[:-1] if len(word) >= LONG and word[-1] in "sx" else word


def _score(terms: Sequence[re.Pattern[str]], title: str, text: str) -> tuple[int, int]:
    """Return how many of the words there are, and how much they weigh: a title counts more than a text."""
    said = [(bool(term.search(title)), len(term.findall(text))) for term in terms]
    return sum(map(any, said)), sum(TITLE * named + min(times, MOST_TIMES) for named, times in said)


def extract_of(text: str, terms: Sequence[re.Pattern[str]]) -> str:
    """Return the part of a text that begins a little before the first of what is looked for, cut at its spaces."""
    places = (one.start() for one in WORD.finditer(text) if any(term.match(folded(one[0])) for term in terms))
    start = max(0, next(places, 0) - BEFORE)
    start = text.find(" ", start) + 1 if start else 0
    end = start + EXTRACT
    return f"{'… ' if start else ''}{text[start:end].rpartition(' ')[0]} …" if end < len(text) else text[start:]
