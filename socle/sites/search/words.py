"""The words of a text as a search compares them: without accents, without endings, and nearly right."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import Stemmer

WORD = re.compile(r"[^\W_]+")
# Words that are everywhere: asked with others, they choose nothing.
EMPTY = frozenset(
    """
    a ai au aux avec c ce ces cet cette comment d dans de des du elle en est et il ils j je l la le les leur leurs ma me
    mes mon n ne nos notre nous on ou par pas pour qu que quel quelle quelles quels qui s sa se ses si son sont sur t ta
    te tes ton tu un une vos votre vous y
    """.split()  # noqa: SIM905
)
MOST_ASKED, MOST_TERMS = 100, 8
# From so many letters on, the beginning of a word is enough.
PREFIX = 3
EXACT, STEM, BEGINNING = 4, 3, 2


@lru_cache(maxsize=1)
def _stemmer() -> Stemmer.Stemmer:
    # Its own cache of words: the same ones come back on every page.
    return Stemmer.Stemmer("french", 50_000)


@dataclass(frozen=True)
class Word:
    """A word, without accents, and what remains of it without its endings, with its accents and without them."""

    plain: str
    stems: frozenset[str]


def plain(word: str) -> str:
    """Return a word in lower case, without accents: « Écœurée » is « ecoeuree »."""
    apart = unicodedata.normalize("NFD", word)
    bare = "".join(sign for sign in apart if not unicodedata.category(sign).startswith("M")).lower()
    return bare.replace("œ", "oe").replace("æ", "ae")


@lru_cache(maxsize=50_000)
def word_of(written: str) -> Word:
    """Read one word. Its endings depend on its accents, which people leave out: both readings are kept."""
    bare = plain(written)
    stem = _stemmer().stemWord
    return Word(bare, frozenset(plain(stem(one)) for one in (written.lower(), bare)))


def words_of(text: str) -> list[Word]:
    """Read a text."""
    return [word_of(written) for written in WORD.findall(text)]


def terms_of(asked: str) -> list[Word]:
    """Return what is looked for: the words that choose, each once; all of them when none does."""
    text = unicodedata.normalize("NFC", asked)[:MOST_ASKED]
    words = list({word.plain: word for word in words_of(text)}.values())
    return ([word for word in words if word.plain not in EMPTY] or words)[:MOST_TERMS]


def likeness(term: Word, word: Word) -> int:
    """Say how a word of a text answers what is looked for: 0 when it does not."""
    if word.plain == term.plain:
        return EXACT
    if not word.stems.isdisjoint(term.stems):
        return STEM
    return BEGINNING if len(term.plain) >= PREFIX and word.plain.startswith(term.plain) else 0


def distance(one: str, other: str, most: int) -> int:
    """Return how many letters are added, left out, changed or swapped between two words; `most` + 1 beyond."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        line = [i]
        for j, against in enumerate(other, start=1):
            best = min(last[j] + 1, line[j - 1] + 1, last[j - 1] + (letter != against))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == against:
                best = min(best, before[j - 2] + 1)
            line.append(best)
        if min(line) > most:
            return most + 1
        before, last = last, line
    return min(last[-1], most + 1)


def nearest(term: str, known: dict[str, int]) -> str | None:
    """Return the known word that was probably meant: a slip of the finger, else another ending; the most frequent."""
    if len(term) < 4:
        return None
    most = 1 if len(term) < 8 else 2
    found = []
    for word, count in known.items():
        if len(word) < 4:
            continue
        slips = distance(term, word, most)
        if slips <= most:
            found.append((slips, -count, word))
        elif len(term) >= 6 and word.startswith(term[: max(5, len(term) - 3)]):
            found.append((most + 1, -count, word))
    return min(found)[2] if found else None
