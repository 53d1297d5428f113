"""The rules of assemblies as rows: value, legal source, from, until (`law.toml`), and which one holds on a day.

A rule belongs to a regime. That of an open syndicat mixte is its statutes: until they are confirmed its rows have no
value, what they would decide is answered « à confirmer », and no rule of the communes is lent to it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from socle.documents.tree import typography
from socle.lib.numerals import fraction_in_words

ROWS = Path(__file__).with_name("law.toml")
TO_CONFIRM = "à confirmer d’après les statuts"
# As sessions counted by a former release wrote it of an article that nobody had read; no paper prints it.
TO_CHECK = "paramètre à vérifier"


class Regime(StrEnum):
    """The law that an assembly follows: that of communes, or its own statutes."""

    COMMUNE = "commune"
    OPEN_SYNDICATE = "open_syndicate"


class Comparison(StrEnum):
    """How a number is compared with a fraction of a basis."""

    MORE_THAN = "more_than"
    AT_LEAST = "at_least"

    def in_words(self, fraction: Fraction) -> str:
        """Return « plus de la moitié », « au moins le tiers »."""
        return f"{'plus de' if self is Comparison.MORE_THAN else 'au moins'} {fraction_in_words(fraction)}"


def needed(basis: int, fraction: Fraction, comparison: Comparison) -> int:
    """Return the least whole number that is more than, or at least, this fraction of the basis; never under 1."""
    part = basis * fraction
    whole = part.numerator // part.denominator
    if comparison is Comparison.MORE_THAN or part.denominator > 1:
        whole += 1
    return max(whole, 1)


@dataclass(frozen=True)
class Rule:
    """One row: a value that holds for a regime between two days and two populations. No value: the statutes say."""

    regime: Regime
    name: str
    value: Fraction | int | None
    source: str
    is_read: bool
    comparison: Comparison
    is_exceptional: bool
    first_on: date | None
    last_on: date | None
    from_population: int
    below_population: int | None

    @property
    def is_confirmed(self) -> bool:
        return self.value is not None

    @property
    def number(self) -> int:
        """The value of a rule that is a number: asked of a confirmed rule only."""
        assert isinstance(self.value, int)
        return self.value

    @property
    def cited(self) -> str:
        """Where the rule comes from, as a sentence says it: an article that was read, else nothing."""
        if not self.is_confirmed:
            return TO_CONFIRM
        return typography(self.source) if self.is_read else ""

    @property
    def in_brackets(self) -> str:
        """Return «  (CGCT, article L. 2121-20) », nothing of an article that nobody read: official papers keep it."""
        return f" ({self.cited})" if self.cited else ""

    def of(self, basis: int) -> int | None:
        """How many of this basis the rule asks for, when it is a fraction; None until the statutes say."""
        return needed(basis, self.value, self.comparison) if isinstance(self.value, Fraction) else None

    def in_words(self) -> str:
        """Return « plus de la moitié » for a fraction, « 3 » for a number, « à confirmer… » without a value."""
        if isinstance(self.value, Fraction):
            return self.comparison.in_words(self.value)
        return TO_CONFIRM if self.value is None else str(int(self.value))

    @property
    def is_unread(self) -> bool:
        return self.is_confirmed and not self.is_read

    def holds_on(self, on: date) -> bool:
        """Whether it holds on this day, for some population."""
        return not ((self.first_on and on < self.first_on) or (self.last_on and on > self.last_on))

    def holds(self, *, on: date, population: int | None) -> bool:
        """Whether it holds on this day for a body of this population; None is for those that have no population."""
        if not self.holds_on(on):
            return False
        if population is None:
            return not self.from_population and self.below_population is None
        return self.from_population <= population < (self.below_population or population + 1)


@dataclass(frozen=True)
class Answer:
    """The answer of a rule to figures: met or not, None when it cannot be said, and why, in a French sentence."""

    is_met: bool | None
    sentence: str


@dataclass(frozen=True)
class Flag:
    """A contradiction with a rule (by its number) or with itself, with its figures. Nothing is mended because of it."""

    rule: int
    sentence: str


@dataclass(frozen=True)
class Law:
    """The law of one assembly: its regime, and what its own statutes say, where they were confirmed."""

    regime: Regime
    statutes: tuple[Rule, ...] = ()


def rule_on(law: Law, name: str, *, on: date, population: int | None = None) -> Rule | None:
    """Return the row that holds on this day: an exceptional one, else that of the statutes, else that of the regime.

    None when none does (a large council). Raises LookupError for a name that this regime has no row of.
    """
    rows = [rule for rule in (*law.statutes, *rules()) if (rule.regime, rule.name) == (law.regime, name)]
    if not rows:
        raise LookupError(f"no rule {name} for {law.regime}")
    held = [rule for rule in rows if rule.holds(on=on, population=population)]
    return next(iter(sorted(held, key=lambda rule: not rule.is_exceptional)), None)


def unread(law: Law, *, on: date) -> list[Rule]:
    """The rules of this day whose article was only remembered: papers cite nothing for them, and screens say so."""
    return [rule for rule in rules() if rule.regime == law.regime and rule.is_unread and rule.holds_on(on)]


def confirmed(law: Law, name: str, *, on: date, population: int | None = None) -> Rule:
    """Return the row that holds on this day. Raises LookupError when none does."""
    rule = rule_on(law, name, on=on, population=population)
    if rule is None:
        raise LookupError(f"no rule {name} for {law.regime} on {on} with {population} inhabitants")
    return rule


@cache
def rules() -> tuple[Rule, ...]:
    """Every row of `law.toml`."""
    rows = tomllib.loads(ROWS.read_text(encoding="utf-8"))["rule"]
    return tuple(
        _rule(row, Regime(regime), name)
        for row in rows
        for regime in row["regimes"]
        for name in row.get("names", [row.get("name")])
    )


@cache
def renewals() -> dict[date, int]:
    """The days of the general renewals of municipal councils, each with the vintage whose populations count since."""
    return {row["on"]: row["vintage"] for row in tomllib.loads(ROWS.read_text(encoding="utf-8"))["renewal"]}


def _rule(row: Mapping[str, Any], regime: Regime, name: str) -> Rule:
    value = row.get("value")
    return Rule(
        regime=regime,
        name=name,
        value=Fraction(value) if isinstance(value, str) else value,
        source=row["source"],
        is_read=row["read"],
        comparison=Comparison(row.get("comparison", Comparison.AT_LEAST)),
        is_exceptional=row.get("exceptional", False),
        first_on=row.get("from"),
        last_on=row.get("until"),
        from_population=row.get("from_population", 0),
        below_population=row.get("below_population"),
    )
