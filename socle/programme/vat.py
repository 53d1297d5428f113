"""VAT of a contribution: a contract says whether it bears any, and at which rate. Which of the two is the operator's
choice, with its source, in the programme's file.
"""

from __future__ import annotations

import re

from socle.lib.text import folded

_OUTSIDE = (
    "non soumis", "pas soumis", "non assujetti", "pas assujetti", "hors champ", "hors du champ", "exoner", "franchise",
    "non applicable", "pas applicable", "sans tva", "pas de tva",
)  # fmt: skip
_UNDECIDED = ("non precis", "a precis", "a complet", "a determin", "indetermin")
_RATE = re.compile(r"\d(?:[.,]\d+)?\s*%")


def why_not_vat(regime: str) -> str | None:
    """Say in French why these words choose no VAT regime, or None: outside of it, or a rate."""
    words = " ".join(folded(regime).split())
    is_undecided = any(one in words for one in _UNDECIDED)
    if not is_undecided and (_RATE.search(words) or any(one in words for one in _OUTSIDE)):
        return None
    return (
        "Le régime de TVA de la contribution n’est pas choisi\u00a0: dites dans le fichier du programme "
        "(«\u00a0vat_regime\u00a0») si elle est hors du champ de la TVA, ou hors taxes avec son taux, et "
        "d’après quelle source."
    )
