"""The quorum of an item: on which basis it is counted, who is present for it, and what is left when it is lost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from socle.assemblies.law import TO_CONFIRM, Answer, Law, confirmed, rule_on
from socle.lib.text import counted


@dataclass(frozen=True)
class Attendance:
    """Who counts for one item. The basis is the members in office, or those of the college or competence concerned.

    `present` are those in the room, `withdrawn` those of them who withdrew from this item, `leave_office` how many of
    these are not in office for it either (CGCT, L. 1111-6, II). Proxies are nobody present, and are not even asked for.
    """

    in_office: int
    present: int
    withdrawn: int = 0
    leave_office: int = 0


@dataclass(frozen=True)
class Quorum(Answer):
    """The answer for one item, with its figures: the basis, who counts as present, and how many are needed."""

    basis: int = 0
    present: int = 0
    needed: int | None = None


def why_not_attendance(attendance: Attendance) -> str | None:
    """Say in French why these figures contradict each other, or None."""
    one = attendance
    present = counted(one.present, "membre présent")
    if min(one.in_office, one.present, one.withdrawn, one.leave_office) < 0:
        return "Un nombre de membres ne peut pas être négatif\u00a0: corrigez la feuille de présence."
    if one.present > one.in_office:
        return f"{present} pour {one.in_office} en exercice\u00a0: corrigez la feuille de présence."
    if one.withdrawn > one.present:
        return f"{counted(one.withdrawn, 'retrait')} pour {present}\u00a0: corrigez les retraits de ce point."
    if one.leave_office > one.withdrawn:
        return (
            f"{one.leave_office} membres ôtés des membres en exercice pour {counted(one.withdrawn, 'retrait')}\u00a0: "
            "corrigez les retraits de ce point."
        )
    return None


def quorum(attendance: Attendance, *, law: Law, on: date, is_second: bool = False) -> Quorum:
    """Say whether an item may be deliberated. `is_second`: after a second convocation that `convocation` accepted."""
    if reason := why_not_attendance(attendance):
        return Quorum(None, reason)
    falls = rule_on(law, "withdrawn_leave_office", on=on)
    gone = attendance.leave_office if falls and falls.value else 0
    basis, present = attendance.in_office - gone, attendance.present - attendance.withdrawn
    who = f"{counted(present, 'membre présent')} sur {basis} en exercice"
    if gone and falls:
        who += f" pour ce point, {gone} s’étant retiré{'s' if gone > 1 else ''}{falls.in_brackets}"
    if is_second:
        second = confirmed(law, "second_clear_days", on=on)
        said = f"Seconde convocation\u00a0: {who}, sans condition de quorum{second.in_brackets}."
        return Quorum(True if second.is_confirmed else None, said, basis, present, 0 if second.is_confirmed else None)
    rule = confirmed(law, "quorum", on=on)
    least = rule.of(basis)
    if least is None:
        return Quorum(None, f"{who}\u00a0: le quorum est {TO_CONFIRM}.", basis, present)
    is_met = present >= least
    verdict = "Quorum atteint" if is_met else "Quorum non atteint"
    sentence = (
        f"{verdict}\u00a0: {who}\u00a0; il en faut {rule.in_words()}, soit {least}{rule.in_brackets}. "
        "Les pouvoirs ne comptent pas."
    )
    return Quorum(is_met, sentence, basis, present, least)


def deemed_complete(members: int, *, law: Law, population: int, on: date) -> Answer:
    """Say whether a council that lacks members is deemed complete. Another question than the basis of a quorum."""
    rule = rule_on(law, "complete_council", on=on, population=population)
    if rule is None:
        return Answer(None, "Aucun nombre de membres ne suffit ici\u00a0: le conseil est complet quand il l’est.")
    if not rule.is_confirmed:
        return Answer(None, f"Le nombre de membres qui suffit est {TO_CONFIRM}.")
    is_met = members >= rule.number
    verb = "est" if is_met else "n’est pas"
    return Answer(
        is_met,
        f"Le conseil {verb} réputé complet\u00a0: {members} membres, et il en faut {rule.number}{rule.in_brackets}.",
    )
