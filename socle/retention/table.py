"""The table of the rules of retention: those that the rooms declare, with the lengths that this operator chose.

A length is a choice of the operator, written in its register of processing with its data protection officer (RGPD,
articles 5 and 30): those that the rooms propose may be changed by SOCLE_RETENTION_DAYS.
"""

from __future__ import annotations

from dataclasses import replace

from django.conf import settings

from socle.lib.dates import length_in_words
from socle.lib.declared import Rule, gathered
from socle.lib.text import whole


def rules() -> tuple[Rule, ...]:
    """Every rule, in the order of the rooms; raise ValueError on a length of SOCLE_RETENTION_DAYS that is none."""
    chosen = dict(settings.SOCLE_RETENTION_DAYS)
    made: list[Rule] = []
    for rule in gathered(settings.SOCLE_RETENTION):
        text = chosen.pop(rule.code, None) if rule.days is not None else None
        if text is None:
            made.append(rule)
            continue
        if not (days := whole(str(text), longest=6)):
            raise ValueError(
                f"SOCLE_RETENTION_DAYS\u00a0: «\u00a0{rule.code}={text}\u00a0» n’est pas un nombre de jours."
            )
        made.append(replace(rule, days=days))
    if chosen:
        raise ValueError(
            f"SOCLE_RETENTION_DAYS\u00a0: aucune règle ne s’appelle «\u00a0{', '.join(sorted(chosen))}\u00a0»."
        )
    return tuple(made)


def lasts(code: str) -> str:
    """Return in words how long what this rule answers for is kept: « un an », « 30 jours »."""
    return length_in_words(next((rule.days or 0 for rule in rules() if rule.code == code), 0))
