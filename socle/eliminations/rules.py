"""Rules: when archives may be eliminated, and what a visa and an agreement must say: a refusal in French, or None."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from socle.eliminations.models import MOVES, Slip, StandingAgreement, Status
from socle.lib.dates import day_of, in_words

# The texts that a slip cites, read as they are; an agreement with the archives cites none: its own is only remembered.
BASIS = "code du patrimoine, articles L.\u00a0214-3, R.\u00a0212-14 et R.\u00a0212-51"


def why_not_prepare(count: int, last: Slip | None) -> str | None:
    """Say why no slip can be prepared: nothing is at its term, or the last one is under way."""
    if last is not None and last.is_open:
        return (
            f"Le bordereau n°\u00a0{last.number} est en cours\u00a0: menez-le à son terme, ou abandonnez-le, "
            "avant d’en préparer un autre."
        )
    return None if count else "Rien n’est au terme de sa durée\u00a0: il n’y a rien à proposer."


def _why_not_move(slip: Slip, to: Status) -> str | None:
    if to in MOVES[Status(slip.status)]:
        return None
    return f"Le bordereau n°\u00a0{slip.number} est {slip.get_status_display()}\u00a0: il ne change plus ainsi."


def why_not_note_visa(
    slip: Slip, *, visa_on: date, visa_from: str, ranks: Collection[int], refused: Collection[int], on: date
) -> str | None:
    """Say why this visa cannot be noted on this slip, which has articles of these `ranks`, some `refused`."""
    if reason := _why_not_move(slip, Status.VISAED):
        return reason
    if not visa_from:
        return "Écrivez quel service d’archives a visé le bordereau."
    if visa_on > on:
        return "La date du visa est à venir\u00a0: écrivez celle que porte le bordereau."
    if visa_on < (made_on := day_of(slip.made_at)):
        return (
            f"Le bordereau a été préparé le {in_words(made_on)}\u00a0: un visa d’avant n’est pas le sien. "
            "Vérifiez la date."
        )
    if not set(refused) <= set(ranks):
        return "Ce bordereau n’a pas cet article\u00a0: choisissez dans la liste."
    if set(refused) == set(ranks):
        return "Les archives refusent tous les articles\u00a0: abandonnez ce bordereau, rien ne sera effacé."
    return None


def why_not_erase(
    slip: Slip, *, wanted: Collection[str], agreements: Iterable[StandingAgreement], on: date
) -> str | None:
    """Say why what this slip lists cannot be erased. `wanted` are the rules of its articles."""
    if slip.status == Status.VISAED:
        return None
    if reason := _why_not_move(slip, Status.ERASED):
        return reason
    covered = {one.rule for one in agreements if one.holds_on(on)}
    if set(wanted) <= covered:
        return None
    return (
        "Le visa des archives n’est pas noté\u00a0: imprimez le bordereau, faites-le viser, puis notez la date et le "
        "service qui a visé."
    )


def why_not_withdraw(slip: Slip) -> str | None:
    """Say why this slip cannot be given up."""
    return _why_not_move(slip, Status.WITHDRAWN)


def why_not_agree(
    known: Iterable[StandingAgreement],
    *,
    rule: str,
    rules: Collection[str],
    service: str,
    reference: str,
    signed_on: date,
    ends_on: date | None,
    on: date,
) -> str | None:
    """Say why this agreement with the archives cannot be noted. `rules` are those that a slip ends."""
    if rule not in rules:
        return "Choisissez ce que l’accord couvre, dans la liste."
    if not service or not reference:
        return "Écrivez avec quel service d’archives l’accord est passé, et sa référence."
    if signed_on > on:
        return "L’accord n’est pas encore signé à cette date\u00a0: vérifiez-la."
    if ends_on is not None and ends_on < on:
        return "Cet accord est terminé\u00a0: notez celui qui est en vigueur."
    if ends_on is not None and ends_on < signed_on:
        return "L’accord se termine avant d’être signé\u00a0: vérifiez les deux dates."
    if any(one.rule == rule and one.ended_at is None for one in known):
        return "Un accord est déjà noté pour ces archives\u00a0: terminez-le avant d’en noter un autre."
    return None


def why_not_end_agreement(agreement: StandingAgreement) -> str | None:
    """Say why this agreement cannot be ended."""
    return None if agreement.ended_at is None else "Cet accord est déjà terminé."
