"""Slips and kinds of data as screens show them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from socle.eliminations.models import SlipArticle
from socle.eliminations.paper import volume
from socle.eliminations.queries import Proposal
from socle.lib.dates import in_words, length_in_words
from socle.lib.declared import Ending, Fate, Rule
from socle.retention.table import rules


def between(first_on: date, last_on: date) -> str:
    """« du 3 janvier 2025 au 4 mars 2025 », or the one day."""
    if first_on == last_on:
        return in_words(first_on)
    return f"du {in_words(first_on)} au {in_words(last_on)}"


@dataclass(frozen=True)
class ArticleRow:
    """An article, proposed or printed, in words."""

    rank: int
    what: str
    year: str
    dates: str
    volume: str
    term: str
    is_refused: bool = False


def proposal_rows(found: Iterable[Proposal]) -> list[ArticleRow]:
    """Return what is proposed, kind by kind, year by year."""
    return [
        ArticleRow(
            0,
            one.rule.what,
            str(batch.year),
            between(batch.first_on, batch.last_on),
            volume(len(batch.rows), batch.files, batch.size),
            _term(one.rule),
        )
        for one in found
        for batch in one.batches
    ]


def article_rows(articles: Iterable[SlipArticle]) -> list[ArticleRow]:
    """Return the articles of a slip, as it was printed."""
    return [
        ArticleRow(
            one.rank,
            one.what,
            str(one.last_on.year),
            between(one.first_on, one.last_on),
            volume(one.count, one.files, one.size),
            one.term,
            one.is_refused,
        )
        for one in articles
    ]


def _term(rule: Rule) -> str:
    if rule.days is None or rule.fate == Fate.KEPT:
        return "sans terme"
    # A length of nothing is one that the row itself tells.
    return f"{length_in_words(rule.days)} {rule.since}" if rule.days else rule.since


@dataclass(frozen=True)
class KindRow:
    """One kind of data: what, for how long, and why it ends so."""

    what: str
    term: str
    because: str


def kinds() -> list[tuple[Ending, list[KindRow]]]:
    """Every rule of the platform, under whose gesture ends what it answers for."""
    return [
        (ending, [KindRow(one.what, _term(one), one.because) for one in rules() if one.ends == ending])
        for ending in (Ending.SLIP, Ending.GESTURE, Ending.MACHINE)
    ]
