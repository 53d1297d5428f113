"""Schemes as data: what a fund asks of an operation, each term with its source, and whether it was read or remembered.

A term without a value is one that the call or the grant act decides: it is asked when an operation is opened, never
guessed. An operation copies the terms it is opened with; its grant act may say otherwise.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
DAYS = ("spend_from", "spend_until", "paid_from", "paid_until", "claim_until")
SHARES = ("rate", "min_own_share")
OTHERS = (
    "vat_basis", "is_revenue_deducted", "retention_years", "retention_years_large", "retention_starts",
    "durability_years", "emblem", "sentence", "publicity_years",
)  # fmt: skip


@dataclass(frozen=True)
class Term:
    """A value, or None when the call or the grant act decides; `is_read` says that its source was read."""

    value: Any
    source: str
    is_read: bool

    @property
    def cited(self) -> str:
        """Where it comes from; of what was only remembered, that a person has to validate it."""
        return self.source if self.is_read else f"{self.source} (à vérifier, puis à valider par une personne)"


@dataclass(frozen=True)
class FlatRate:
    """An amount that is a share of what other categories bear, and proves nothing by itself."""

    code: str
    name: str
    rate: Decimal
    on: tuple[str, ...]
    source: Term


@dataclass(frozen=True)
class CategoryTerms:
    """A category of costs that the scheme proposes."""

    code: str
    name: str
    kind: str
    rate: Decimal | None


@dataclass(frozen=True)
class Scheme:
    """A fund and its terms, by name (`DAYS`, `SHARES`, `OTHERS`); a term that is not of this scheme is absent."""

    code: str
    name: str
    fund: str
    programme: str
    authority: str
    terms: dict[str, Term]
    flat_rates: tuple[FlatRate, ...]
    categories: tuple[CategoryTerms, ...]
    # The pieces that an application is usually made of; the call prevails.
    pieces: tuple[str, ...] = ()

    def value(self, name: str) -> Any:
        """The value of a term; None when it is not decided here."""
        term = self.terms.get(name)
        return None if term is None else term.value


@cache
def schemes() -> dict[str, Scheme]:
    """Every scheme of the folder, by its code. Raises ValueError for a file that is not one."""
    return {path.stem: read(path.stem, path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.toml"))}


def read(code: str, content: str) -> Scheme:
    """Read a scheme's file. Raises ValueError, with the name of what is wrong."""
    rows = tomllib.loads(content)
    heads = {name: rows.pop(name) for name in ("name", "fund", "programme", "authority")}
    pieces = tuple(rows.pop("pieces", ()))
    flat_rates = tuple(
        FlatRate(row["code"], row["name"], _share(row["rate"]), tuple(row["on"]), _term("flat_rate", row))
        for row in rows.pop("flat_rate", ())
    )
    categories = tuple(
        CategoryTerms(row["code"], row["name"], row["kind"], _share(row["rate"]) if "rate" in row else None)
        for row in rows.pop("category")
    )
    known = {one.code for one in categories}
    for one in flat_rates:
        if not known.issuperset(one.on):
            raise ValueError(f"{code}: {one.code} is computed on categories that are not there")
    terms = {name: _term(name, row) for name, row in rows.items()}
    return Scheme(code, **heads, terms=terms, flat_rates=flat_rates, categories=categories, pieces=pieces)


def retained_until(accounts_on: date | None, years: int | None) -> date | None:
    """The last day of keeping evidence: years after 31 December of the year of the accounts; None if unknown."""
    if accounts_on is None or years is None:
        return None
    return date(accounts_on.year + years, 12, 31)


def _term(name: str, row: dict[str, Any]) -> Term:
    value = row.get("value")
    if name in DAYS:
        if value is not None and type(value) is not date:
            raise ValueError(f"{name} is a day")
    elif name in SHARES:
        value = None if value is None else _share(value)
    elif name not in (*OTHERS, "flat_rate"):
        raise ValueError(f"no term is called {name}")
    return Term(value, row["source"], row["read"])


def _share(written: str) -> Decimal:
    if not isinstance(written, str) or not 0 < (share := Decimal(written)) <= 1:
        raise ValueError(f"a share is written as a text, above 0 and up to 1: {written!r}")
    return share
