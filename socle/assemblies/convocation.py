"""Convening an assembly: clear days, urgency, and the second convocation after a quorum that failed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from socle.assemblies.law import TO_CONFIRM, Answer, Law, confirmed
from socle.lib import dates
from socle.lib.text import counted


@dataclass(frozen=True)
class Urgency:
    """A delay shortened: whether the head reported it as the session opened, and whether the assembly approved it."""

    is_reported: bool
    is_approved: bool


def clear_days(sent_on: date, session_on: date) -> int:
    """Count the clear days between a sending and a session: neither the day of the one nor that of the other."""
    return max((session_on - sent_on).days - 1, 0)


def send_before(session_on: date, days: int) -> date:
    """Return the last day on which a convocation leaves so many clear days before the session."""
    return session_on - timedelta(days=days + 1)


def population_that_counts(renewals: Mapping[date, int | None], *, on: date) -> int | None:
    """Return the population of the last general renewal held by this day, of those given; None before the first.

    A census in between changes nothing until the next renewal.
    """
    held = [day for day in renewals if day <= on]
    return renewals[max(held)] if held else None


def judge_convocation(
    *, law: Law, population: int | None, sent_on: date, session_on: date, urgency: Urgency | None = None
) -> Answer:
    """Say whether the convocation left in time. `population` is that of the last general renewal; None for a syndicate.

    In urgency the delay falls to what the law still asks, on condition that the head reports it and the assembly
    approves it.
    """
    days = clear_days(sent_on, session_on)
    figures = (
        f"{counted(days, 'jour franc')} entre la convocation du {dates.in_words(sent_on)} et la séance du "
        f"{dates.in_words(session_on)}"
        " (ni l’un ni l’autre de ces jours ne compte)"
    )
    if session_on <= sent_on:
        return Answer(False, f"{figures}\u00a0: la convocation ne précède pas la séance. Vérifiez les deux dates.")
    ordinary = confirmed(law, "clear_days", on=session_on, population=population)
    if not ordinary.is_confirmed:
        return Answer(None, f"{figures}\u00a0: le délai exigé est {TO_CONFIRM}.")
    if days >= ordinary.number:
        return Answer(True, f"{figures}, et il en faut {ordinary.in_words()}{ordinary.in_brackets}.")
    last = dates.in_words(send_before(session_on, ordinary.number))
    late = f"{figures}, et il en faut {ordinary.in_words()}{ordinary.in_brackets}\u00a0: elle devait partir le {last}"
    if urgency is None:
        return Answer(False, f"{late} au plus tard. Reportez la séance, ou dites l’urgence.")
    urgent = confirmed(law, "urgent_clear_days", on=session_on)
    if days < urgent.number:
        return Answer(False, f"{late}. L’urgence même en laisse {urgent.in_words()}{urgent.in_brackets}.")
    if not (urgency.is_reported and urgency.is_approved):
        missing = "approuvée par l’assemblée" if urgency.is_reported else "rapportée à l’ouverture de la séance"
        return Answer(False, f"{late}. L’urgence n’a pas été {missing}{urgent.in_brackets}.")
    return Answer(True, f"{late}, mais l’urgence a été rapportée et approuvée{urgent.in_brackets}.")


def judge_second_convocation(
    *,
    law: Law,
    failed_on: date,
    failed_items: Collection[str],
    sent_on: date,
    session_on: date,
    items: Collection[str],
) -> Answer:
    """Say whether this session may deliberate without a quorum, since a first one failed on the same items."""
    rule = confirmed(law, "second_clear_days", on=session_on)
    days = clear_days(sent_on, session_on)
    if sent_on < failed_on:
        return Answer(False, "La seconde convocation partirait avant la séance sans quorum\u00a0: vérifiez les dates.")
    if added := [item for item in items if item not in failed_items]:
        return Answer(
            False,
            f"Le quorum reste exigé pour ce qui n’était pas à l’ordre du jour de la séance du "
            f"{dates.in_words(failed_on)}\u00a0: {', '.join(added)}.",
        )
    if not rule.is_confirmed:
        return Answer(None, f"{counted(days, 'jour franc')} avant la seconde séance\u00a0: la règle est {TO_CONFIRM}.")
    asked = f"{counted(days, 'jour franc')} avant la seconde séance, et il en faut {rule.in_words()}{rule.in_brackets}"
    if days < rule.number:
        first = dates.in_words(sent_on + timedelta(days=rule.number + 1))
        return Answer(False, f"{asked}\u00a0: tenez-la le {first} au plus tôt.")
    return Answer(True, f"{asked}\u00a0: l’assemblée délibère sur les mêmes points sans condition de quorum.")
