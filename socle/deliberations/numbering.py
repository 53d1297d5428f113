"""The number of an act, in the spelling of @CTES, and the identifier that the prefecture knows it by."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from socle.lib import siret

MOST = 15
# Times that an act leaves, at most: nobody sends one so often.
MOST_TIMES = 30
NUMBER = re.compile(r"[A-Z0-9]([A-Z0-9_]{0,13}[A-Z0-9])")
DEPARTMENT = re.compile(r"0[0-9][0-9AB]|9[0-9][0-9AB]")
# Deliberations, regulatory acts, individual acts, contracts, budgets, others.
NATURES = ("DE", "AR", "AI", "CC", "BF", "AU")


def normalise(number: str) -> str:
    """Return the number as the transmission writes it: « 2021 – 16 », « 2021-16 » and « 2021/16 » are 2021_16."""
    return re.sub(r"[\s_/.–—‑-]+", "_", number.strip().upper()).strip("_")


def again(number: str, times: int) -> str:
    """Return the number under which an act leaves for the `times`-th time: 2026_12, then 2026_12_2, 2026_12_3…

    A device and a prefecture never take a number twice, whatever became of the first.
    """
    end = f"_{times}" if times > 1 else ""
    return f"{normalise(number)[: MOST - len(end)].rstrip('_') if end else normalise(number)}{end}"


def is_again(sent: str, number: str) -> bool:
    """Say whether an act of this number may have left under the one that was sent."""
    return any(again(number, times) == sent for times in range(1, MOST_TIMES + 1))


def why_not_number(number: str, *, taken: Iterable[str] = ()) -> str | None:
    """Say in French why an act cannot be transmitted under this number, or None. `taken` are those of the same body."""
    written = normalise(number)
    if len(written) > MOST:
        return (
            f"Le numéro «\u00a0{written}\u00a0» compte {len(written)} caractères, et la transmission en veut {MOST} au "
            "plus\u00a0: raccourcissez-le."
        )
    if not NUMBER.fullmatch(written):
        return (
            f"Le numéro «\u00a0{number}\u00a0» ne se transmet pas\u00a0: il y faut 2 à {MOST} lettres sans accent ou "
            "chiffres. Exemple\u00a0: 2021_16."
        )
    if same := next((one for one in taken if normalise(one) == written), None):
        return (
            f"Le numéro «\u00a0{number}\u00a0» est celui d’un autre acte («\u00a0{same}\u00a0», transmis "
            f"«\u00a0{written}\u00a0»)\u00a0: choisissez le suivant."
        )
    return None


@dataclass(frozen=True)
class Identifier:
    """The name of an act for @CTES: `059-200039386-20211123-2021_16-DE`. The day is that of the decision."""

    department: str
    siren: str
    adopted_on: date
    number: str
    nature: str = "DE"

    def __str__(self) -> str:
        return f"{self.department}-{self.siren}-{self.adopted_on:%Y%m%d}-{normalise(self.number)}-{self.nature}"

    @property
    def why_not(self) -> str | None:
        """Say in French why this identifies no act, or None."""
        if not DEPARTMENT.fullmatch(self.department):
            return f"«\u00a0{self.department}\u00a0» n’est pas un département sur trois caractères (059, 02A, 974)."
        if reason := siret.why_not_siren(self.siren):
            return reason
        if self.nature not in NATURES:
            return f"«\u00a0{self.nature}\u00a0» n’est pas une nature d’acte\u00a0: {', '.join(NATURES)}."
        return why_not_number(self.number)
