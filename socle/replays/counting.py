"""A published act counted again: who was present, which quorum, which votes, what contradicts what.

Nothing is read from a database. What the text contradicts is told with its figures, what is deduced is said to be, and
the text stays as it is.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path

from socle.assemblies import ballots
from socle.assemblies.ballots import Proxy
from socle.assemblies.convocation import judge_convocation
from socle.assemblies.law import Answer, Comparison, Flag, Law, Regime, confirmed, needed
from socle.assemblies.quorum import Attendance, Quorum, quorum
from socle.deliberations.models import Act
from socle.deliberations.numbering import Identifier
from socle.deliberations.rules import why_not_empowering
from socle.documents import tree
from socle.lib import dates, numerals
from socle.lib.text import counted
from socle.replays import published
from socle.replays.published import PublishedAct, Seat

FOUNDING = Path(__file__).parent / "founding"
_REACHED = re.compile(r"(?<!n['’])étant atteint")


@dataclass(frozen=True)
class Facts:
    """Facts that the text does not say: value by name, and the sentence that says where each comes from."""

    values: Mapping[str, str]
    sources: tuple[str, ...]

    @property
    def law(self) -> Law:
        return Law(Regime(self.values["regime"]))


@dataclass(frozen=True)
class Replay:
    """The act, and what counting it again gives."""

    act: PublishedAct
    facts: Facts
    present: tuple[Seat, ...]
    deduced: tuple[Seat, ...]
    excused: tuple[Seat, ...]
    proxies: tuple[Proxy, ...]
    thresholds: tuple[int, ...]
    quorum: Quorum
    convocation: Answer
    result: Answer
    identifier: Identifier
    executory_on: date | None
    why_not_executory: str | None
    contradictions: tuple[Flag, ...]


def facts_of(content: str) -> Facts:
    """Read `facts.toml`: a value and its source each."""
    rows = tomllib.loads(content)
    return Facts(
        {name: row["value"] for name, row in rows.items()},
        tuple(tree.typography(f"{row['value']} : {row['source']}.") for row in rows.values()),
    )


def founding() -> Replay:
    """Count the founding deliberation again, from the text, the table and the facts that ship with the project."""
    text, presence, facts = ((FOUNDING / name).read_text("utf-8") for name in ("act.txt", "presence.csv", "facts.toml"))
    return count(published.parse(text), published.read_presence(presence), facts_of(facts))


# --- Counting ---------------------------------------------------------------------------------------------------------
def count(act: PublishedAct, presence: Sequence[Seat], facts: Facts) -> Replay:
    """Count a published act of a syndicate again, beside the table of presence that was written from it."""
    law, on = facts.law, act.held_on
    flags = [*_flags_of_tables(act, presence)]
    deduced, deductions = _deduced(act)
    flags += deductions
    present = tuple(seat for seat in act.seats if seat.mark == "P" or seat in deduced)
    names = {seat.name for seat in present}
    proxies, refused = ballots.count_proxies(
        [Proxy(seat.name, seat.proxy_to) for seat in act.seats if seat.proxy_to],
        present=names,
        members={seat.name for seat in act.seats},
        law=law,
        on=on,
    )
    flags += refused
    again = quorum(Attendance(len(act.seats), len(present)), law=law, on=on)
    thresholds, wrong = _thresholds(act, again, len(proxies), law)
    flags += wrong
    flags += ballots.flags_of_totals(act.votes, present=len(present), proxies=len(proxies), said_cast=act.said_cast)
    if act.head not in names:
        flags.append(Flag(11, f"{act.head} préside d’après le texte, et n’est pas présent d’après le tableau."))
    identifier = Identifier(facts.values["department"], facts.values["siret"][:9], on, act.number)
    if reason := identifier.why_not:
        flags.append(Flag(15, reason))
    if str(identifier) != act.identifier:
        flags.append(
            Flag(15, f"Le tampon porte {act.identifier}, et la date, le numéro et le SIREN font {identifier}.")
        )
    executory_on, why_not = _executory(act)
    return Replay(
        act=act,
        facts=facts,
        present=present,
        deduced=deduced,
        excused=tuple(seat for seat in act.seats if seat.mark == "E"),
        proxies=proxies,
        thresholds=thresholds,
        quorum=again,
        convocation=judge_convocation(law=law, population=None, sent_on=act.convened_on, session_on=act.held_on),
        result=ballots.result(act.votes, law=law, on=on),
        identifier=identifier,
        executory_on=executory_on,
        why_not_executory=why_not,
        contradictions=tuple(flags),
    )


def _flags_of_tables(act: PublishedAct, presence: Sequence[Seat]) -> list[Flag]:
    """Say where the table written apart and that of the text differ: the text is what counts."""
    ours = [(seat.surname, seat.mark, Seat("", seat.proxy_to, "").surname) for seat in act.seats]
    apart = [(seat.name, seat.mark, seat.proxy_to) for seat in presence]
    flags = []
    if len(ours) != len(apart):
        flags.append(Flag(3, f"Le texte a {len(ours)} membres, et le tableau de présence {len(apart)}."))
    flags += [
        Flag(4, f"Le texte dit «\u00a0{_line(one)}\u00a0», et le tableau de présence «\u00a0{_line(other)}\u00a0».")
        for one, other in zip(ours, apart, strict=False)
        if one != other
    ]
    return flags


def _line(line: tuple[str, str, str]) -> str:
    name, mark, proxy_to = line
    return f"{name}, {mark or 'sans marque'}" + (f", pouvoir à {proxy_to}" if proxy_to else "")


def _deduced(act: PublishedAct) -> tuple[tuple[Seat, ...], list[Flag]]:
    """Return those whose lost mark is deduced to be « present », and what the table contradicts.

    Deduced when two sums that owe each other nothing agree: the members less those not there, and the voices less the
    proxies. Otherwise a line without a mark counts for nobody.
    """
    unmarked = tuple(seat for seat in act.seats if not seat.mark)
    marked = {mark: sum(1 for seat in act.seats if seat.mark == mark) for mark in "PAE"}
    said, members, voices = act.totals, len(act.seats), act.votes.total
    written = sum(1 for seat in act.seats if seat.proxy_to)
    flags = []
    if written != said.proxies:
        flags.append(Flag(7, f"Le tableau totalise {said.proxies} pouvoirs, et en nomme {written}."))
    figures = (
        f"Le tableau compte {counted(members, 'membre')} et totalise {counted(said.present, 'présent')}, "
        f"{counted(said.absent, 'absent')} et {counted(said.excused, 'excusé')}\u00a0; il en marque {marked['P']}, "
        f"{marked['A']} et {marked['E']}"
    )
    if not unmarked:
        if (marked["P"], marked["A"], marked["E"]) != (said.present, said.absent, said.excused):
            flags.append(Flag(4, f"{figures}. Comptent ceux qui sont marqués."))
        return (), flags
    names = ", ".join(seat.name for seat in unmarked)
    first = members - said.absent - said.excused
    second = voices - said.proxies
    agree = (marked["A"], marked["E"]) == (said.absent, said.excused) and marked["P"] + len(unmarked) == said.present
    without = f"{figures}\u00a0: sans marque, {names}."
    if agree and first == second == said.present:
        flags.append(
            Flag(
                4,
                f"{without} Présence déduite de deux sommes\u00a0: {counted(members, 'membre')} moins "
                f"{counted(said.absent, 'absent')} et {counted(said.excused, 'excusé')} font {first}, et "
                f"{voices}\u00a0voix moins {counted(said.proxies, 'pouvoir')} font {second}. {names} "
                f"{_counts_as_present(unmarked)}\u00a0: c’est une déduction, et la copie reste telle quelle.",
            )
        )
        return unmarked, flags
    flags.append(
        Flag(
            4,
            f"{without} Rien ne s’en déduit\u00a0: les membres moins les absents et les excusés font {first}, les voix "
            f"moins les pouvoirs {second}, et le total dit {said.present}. Une ligne sans marque ne compte pour "
            "personne.",
        )
    )
    return (), flags


def _thresholds(act: PublishedAct, again: Quorum, proxies: int, law: Law) -> tuple[tuple[int, ...], list[Flag]]:
    """Return how many members more than half, the text's own fraction and the rule of that day ask for, and flags."""
    members, present = len(act.seats), again.present
    found = [needed(members, Fraction(1, 2), Comparison.MORE_THAN)]
    flags = []
    rule = confirmed(law, "quorum", on=act.held_on)
    said = numerals.fraction_of(act.quorum_words)
    if said is not None:
        asked = needed(members, said, Comparison.AT_LEAST)
        found.append(asked)
        name = numerals.fraction_in_words(said)
        if present < asked or (rule.is_confirmed and said != rule.value):
            verdict = "y suffiraient" if present + proxies >= asked else "n’y suffiraient pas"
            claim = "dit le quorum atteint, et le mesure" if _REACHED.search(act.quorum_words) else "mesure le quorum"
            sentence = (
                f"Le texte {claim} à cette part des membres\u00a0: «\u00a0{name.removeprefix('les ')}\u00a0». De "
                f"{members}, {name} font {asked}, et {present} sont présents (les pouvoirs ne comptent pas\u00a0; avec "
                f"eux, {present + proxies} {verdict}). Le {dates.in_words(act.held_on)}, la règle était "
                f"{rule.in_words()}"
            )
            if again.needed is not None:
                sentence += f", soit {again.needed}{rule.in_brackets}"
                sentence += "\u00a0: quorum atteint" if again.is_met else "\u00a0: quorum non atteint"
            sentence += "."
            if (said, rule.value) == (Fraction(2, 3), Fraction(1, 3)):
                sentence += (
                    " «\u00a0Deux tiers\u00a0» se lit comme une erreur de plume pour «\u00a0un tiers\u00a0»\u00a0: "
                    "c’est une déduction."
                )
            flags.append(Flag(13 if rule.is_exceptional else 4, f"{sentence} Le texte reste tel qu’il est écrit."))
    if again.needed is not None:
        found.append(again.needed)
    return tuple(found), flags


def _executory(act: PublishedAct) -> tuple[date | None, str | None]:
    """Return the first day on which the act is executory, or why there is none, by the rule of every act."""
    row = Act(
        kind=Act.Kind.DELIBERATION,
        number=act.number,
        adopted_on=act.held_on,
        received_on=act.received_on,
        published_on=act.posted_on,
    )
    if row.executory_on is not None:
        return row.executory_on, None
    blank = (
        f" «\u00a0Affiché le\u00a0» est resté blanc sur les {act.stamps} tampons de la copie."
        if act.posted_on is None and act.stamps
        else ""
    )
    return None, f"{why_not_empowering(row, on=date.max, whose=f'du {act.assembly}')}{blank}"


def _counts_as_present(seats: Sequence[Seat]) -> str:
    if len(seats) > 1:
        return "comptent donc comme présents"
    return f"compte donc comme {'présente' if seats[0].is_feminine else 'présent'}"
