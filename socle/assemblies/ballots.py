"""Votes of an assembly: proxies, votes cast, the president's casting vote, ballots asked for, appointments, totals."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from socle.assemblies.law import TO_CONFIRM, Answer, Flag, Law, confirmed
from socle.lib.text import counted


@dataclass(frozen=True)
class Proxy:
    """A member gives their voice to another. `sessions` counts the consecutive ones it served for, this one included.

    `for_illness`: an illness duly noted, for which the number of sessions is not limited. `is_said`: somebody said
    whether it is the paper of the session before, or a new one.
    """

    giver: str
    holder: str
    is_written: bool = True
    sessions: int = 1
    for_illness: bool = False
    is_said: bool = True


@dataclass(frozen=True)
class Votes:
    """The votes of an item, proxies included. `head_in_favour` is how the one who presides voted, None unsaid.

    `head_abstained`: whoever presides took no side, or no part in the vote.
    """

    in_favour: int
    against: int
    abstentions: int = 0
    blank: int = 0
    is_secret: bool = False
    head_in_favour: bool | None = None
    head_abstained: bool = False

    @property
    def cast(self) -> int:
        """Votes cast: for and against. An abstention, a blank or a void paper is not one."""
        return self.in_favour + self.against

    @property
    def total(self) -> int:
        return self.cast + self.abstentions + self.blank


class Ballot(StrEnum):
    """How an item is voted."""

    ORDINARY = "ordinary"
    PUBLIC = "public"
    SECRET = "secret"  # noqa: S105 (a ballot)


# What is asked of a proxy that would serve too long if it were still the same paper: a new one starts again.
ASK_SAME = "dites, aux présences, si c’est le même pouvoir ou un nouveau"


# --- Proxies ----------------------------------------------------------------------------------------------------------
def count_proxies(
    proxies: Sequence[Proxy], *, present: Collection[str], members: Collection[str], law: Law, on: date
) -> tuple[tuple[Proxy, ...], tuple[Flag, ...]]:
    """Tell the proxies that count from those that do not: return both the former and a flag for each of the latter.

    A holder has as many as the rule of that day says, in the order in which they were given. While the statutes are to
    be confirmed all that are possible count, and what could exceed is flagged.
    """
    most = confirmed(law, "proxies_per_holder", on=on)
    longest = confirmed(law, "proxy_sessions", on=on)
    valid: list[Proxy] = []
    flags = []
    for proxy in proxies:
        held = sum(1 for one in valid if one.holder == proxy.holder)
        given = f"Pouvoir de {proxy.giver} à {proxy.holder}\u00a0: "
        if proxy.giver == proxy.holder or proxy.giver not in members or proxy.holder not in members:
            why = "un pouvoir va d’un membre en exercice à un autre."
        elif not proxy.is_written:
            why = "il n’est pas écrit."
        elif proxy.giver in present:
            why = "il a pris fin, puisque la personne qui l’a donné est présente."
        elif proxy.holder not in present:
            why = "la personne qui le porte n’est pas présente."
        elif any(one.giver == proxy.giver for one in valid):
            why = "la même personne en a donné un autre."
        elif most.is_confirmed and held >= most.number:
            why = f"{proxy.holder} en porte déjà {held}, et {most.in_words()} au plus{most.in_brackets}."
        elif longest.is_confirmed and proxy.sessions > longest.number and not proxy.for_illness:
            why = f"{proxy.sessions}e séance de suite, et {longest.in_words()} au plus{longest.in_brackets}\u00a0: "
            why += "faites-en signer un nouveau." if proxy.is_said else f"{ASK_SAME}."
        else:
            valid.append(proxy)
            if held and not most.is_confirmed:
                flags.append(Flag(7, f"{given}{proxy.holder} en porte déjà {held}\u00a0: ce nombre est {TO_CONFIRM}."))
            continue
        flags.append(Flag(7, given + why))
    return tuple(valid), tuple(flags)


# --- Votes ------------------------------------------------------------------------------------------------------------
def result(votes: Votes, *, law: Law, on: date) -> Answer:
    """Say whether an item is adopted: more for than against, or a tie that the president's voice breaks in the open."""
    figures = (
        f"{votes.in_favour} pour, {votes.against} contre, {counted(votes.cast, 'suffrage exprimé')}, "
        f"{counted(votes.abstentions, 'abstention')}"
    )
    if votes.in_favour != votes.against:
        is_adopted = votes.in_favour > votes.against
        return Answer(is_adopted, f"{'Adoptée' if is_adopted else 'Rejetée'}\u00a0: {figures}.")
    if not votes.cast:
        return Answer(False, f"Rejetée\u00a0: {figures}. Personne ne s’est prononcé.")
    rule = confirmed(law, "casting_vote", on=on)
    if votes.is_secret:
        return Answer(False, f"Rejetée\u00a0: {figures}. Au scrutin secret, aucune voix n’est prépondérante.")
    if votes.head_abstained:
        return Answer(
            False, f"Rejetée\u00a0: {figures}. Il y a partage, et la personne qui préside ne s’est pas prononcée."
        )
    if not rule.is_confirmed:
        return Answer(None, f"Partage\u00a0: {figures}. La voix prépondérante est {TO_CONFIRM}.")
    if not rule.value:
        return Answer(False, f"Rejetée\u00a0: {figures}. Aucune voix n’est prépondérante{rule.in_brackets}.")
    if votes.head_in_favour is None:
        return Answer(
            None, f"Partage\u00a0: {figures}. Dites comment a voté la personne qui préside{rule.in_brackets}."
        )
    word = "Adoptée" if votes.head_in_favour else "Rejetée"
    return Answer(
        votes.head_in_favour,
        f"{word}\u00a0: {figures}. La voix de la personne qui préside l’emporte{rule.in_brackets}.",
    )


def accounts(votes: Votes, *, law: Law, on: date) -> Answer:
    """Say whether the accounts of the head are adopted: unless a majority is against, where that rule holds."""
    rule = confirmed(law, "accounts_unless_against", on=on)
    if not rule.is_confirmed:
        return Answer(None, f"{votes.in_favour} pour, {votes.against} contre\u00a0: la règle est {TO_CONFIRM}.")
    is_adopted = votes.against <= votes.in_favour
    word = "arrêté" if is_adopted else "rejeté"
    return Answer(
        is_adopted,
        f"Compte {word}\u00a0: {votes.in_favour} pour, {votes.against} contre, et il l’est sauf majorité contre"
        f"{rule.in_brackets}.",
    )


def ballot(
    *, present: int, ask_public: int = 0, ask_secret: int = 0, appoints: str = "", law: Law, on: date
) -> tuple[Ballot, str]:
    """Say how an item is voted, and the sentence that the act keeps: public if enough ask, secret if enough ask, or for
    what `appoints` (« une nomination », « une présentation »).

    Asked both, secret. The shares are of the members present. While the statutes are to be confirmed, what is asked is
    granted, and the sentence says what is to be confirmed.
    """
    public, secret = (confirmed(law, f"{kind}_ballot", on=on) for kind in ("public", "secret"))
    least_public, least_secret = public.of(present), secret.of(present)
    if appoints and secret.is_confirmed:
        return Ballot.SECRET, f"Au scrutin secret, s’agissant d’{appoints}{secret.in_brackets}."
    usual = (
        f"Scrutin ordinaire\u00a0: le scrutin secret est demandé par {ask_secret}, "
        f"le scrutin public par {ask_public} des {present} membres présents"
    )
    named = {
        Ballot.SECRET: f"Au scrutin secret, à la demande de {ask_secret} des {present} membres présents",
        Ballot.PUBLIC: f"Au scrutin public, à la demande de {ask_public} des {present} membres présents",
        Ballot.ORDINARY: usual,
    }
    if least_public is None or least_secret is None:
        granted = Ballot.SECRET if ask_secret else Ballot.PUBLIC if ask_public else Ballot.ORDINARY
        return granted, f"{named[granted]}\u00a0; le nombre qu’il en faut est {TO_CONFIRM}."
    if ask_secret >= least_secret:
        return Ballot.SECRET, f"{named[Ballot.SECRET]}\u00a0; il en faut {least_secret}{secret.in_brackets}."
    if ask_public >= least_public:
        return Ballot.PUBLIC, f"{named[Ballot.PUBLIC]}\u00a0; il en faut {least_public}{public.in_brackets}."
    return Ballot.ORDINARY, (
        f"{usual}\u00a0; il en faut {least_secret} pour l’un, {least_public} pour l’autre{public.in_brackets}."
    )


# --- Appointments -----------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Outcome:
    """Who is appointed, or nobody yet; at which round; and what contradicts the rule."""

    elected: str | None
    round: int
    sentence: str
    flags: tuple[Flag, ...] = ()


def appoint(rounds: Sequence[Mapping[str, int]], *, born_on: Mapping[str, date], law: Law, on: date) -> Outcome:
    """Say who is appointed by these rounds, each the votes cast by candidate: absolute, absolute, then relative.

    A candidate is a name, or the names of a list (`names_of`). At equal voices in the relative round, the elder; of
    lists, the one whose members are older on the average. Of one age, or a day unknown, nobody, and it is said.
    """
    rule = confirmed(law, "absolute_rounds", on=on)
    if not rule.is_confirmed:
        return Outcome(None, len(rounds), f"Le mode de nomination est {TO_CONFIRM}.")
    flags = []
    if any(voices < 0 for votes in rounds for voices in votes.values()):
        return Outcome(None, 0, "Un nombre de voix ne peut pas être négatif\u00a0: corrigez les tours.")
    for place, votes in enumerate(rounds, 1):
        cast = sum(votes.values())
        best = max(votes.values(), default=0)
        first = [name for name, voices in votes.items() if voices == best and best]
        is_relative = place > rule.number
        if not first or not (is_relative or best * 2 > cast):
            continue
        if len(rounds) > place:
            flags.append(Flag(10, f"{len(rounds)} tours sont notés, et le {_nth(place)} a suffi."))
        how = "à la majorité relative" if is_relative else f"à la majorité absolue de {cast} suffrages exprimés"
        # Lists are those of the deputies, whose majority has an article of its own.
        lists = confirmed(law, "eldest_list", on=on)
        is_list = any(len(names_of(one)) > 1 for one in votes)
        said = f"avec {best} voix au {_nth(place)} tour, {how}{(lists if is_list else rule).in_brackets}"
        if len(first) == 1:
            return Outcome(first[0], place, f"Élection de {first[0]}, {said}.", tuple(flags))
        elder = _elder(first, born_on)
        why = "la moyenne d’âge de la liste étant la plus élevée" if is_list else "au bénéfice de l’âge"
        if elder is None:
            return Outcome(
                None,
                place,
                f"Égalité de {', '.join(first)}, {said}\u00a0: dites leurs dates de naissance.",
                tuple(flags),
            )
        return Outcome(elder, place, f"Élection de {elder}, {said}, {why}.", tuple(flags))
    return Outcome(None, len(rounds), f"Personne n’a la majorité après {len(rounds)} tours\u00a0: tenez le suivant.")


def told_rounds(rounds: Sequence[Mapping[str, int]], *, voices: int) -> list[str]:
    """Return each round in a sentence: the votes cast, the voices of each candidate, those of `voices` left for nobody.

    « 1er tour : 10 suffrages exprimés ; Claire Trois, 6 voix ; Denis Quatre, 4 voix. »
    """
    lines = []
    for place, votes in enumerate(rounds, 1):
        cast = sum(votes.values())
        parts = [counted(cast, "suffrage exprimé"), *(f"{who}, {number} voix" for who, number in votes.items())]
        if left := voices - cast:
            parts.append(f"{left} pour personne (bulletins blancs ou nuls, abstentions)")
        said = "\u00a0; ".join(parts)
        lines.append(f"{_nth(place)} tour\u00a0: {said}.")
    return lines


def names_of(candidate: str) -> list[str]:
    """The names of a candidate: one, or those of a list, in its order, which commas part."""
    return [name for one in candidate.split(",") if (name := one.strip())]


def _elder(candidates: Sequence[str], born_on: Mapping[str, date]) -> str | None:
    """Who is older, on the average for a list."""
    if any(name not in born_on for one in candidates for name in names_of(one)):
        return None
    days = {
        one: Fraction(sum(born_on[name].toordinal() for name in names), len(names))
        for one in candidates
        if (names := names_of(one))
    }
    first, second = sorted(days, key=lambda one: days[one])[:2]
    return first if days[first] < days[second] else None


def _nth(place: int) -> str:
    return "1er" if place == 1 else f"{place}e"


# --- What totals may say ----------------------------------------------------------------------------------------------
def ceiling(*, present: int, proxies: int, withdrawn: int) -> int:
    """How many voices there are at most: those present and their proxies, less those withdrawn with theirs."""
    return present + proxies - withdrawn


def flags_of_totals(
    votes: Votes, *, present: int, proxies: int, withdrawn: int = 0, said_cast: int | None = None
) -> tuple[Flag, ...]:
    """Say which totals contradict each other: more voices than there are, fewer than none, votes cast miscounted."""
    flags = []
    if min(votes.in_favour, votes.against, votes.abstentions, votes.blank) < 0:
        flags.append(Flag(11, "Un nombre de voix ne peut pas être négatif\u00a0: corrigez les votes."))
    most = ceiling(present=present, proxies=proxies, withdrawn=withdrawn)
    if votes.total > most:
        flags.append(
            Flag(
                11,
                f"{votes.total} voix pour {most} possibles\u00a0: {counted(present, 'présent')}, plus "
                f"{counted(proxies, 'pouvoir')}, moins {counted(withdrawn, 'retrait')}. Corrigez la présence "
                "ou les votes.",
            )
        )
    if said_cast is not None and said_cast != votes.cast:
        flags.append(
            Flag(
                8,
                f"{said_cast} suffrages exprimés sont écrits, et {votes.in_favour} pour et {votes.against} contre font "
                f"{votes.cast}.",
            )
        )
    return tuple(flags)


def flags_of_accounts(
    *, head: str, voters: Collection[str], proxies: Sequence[Proxy], law: Law, on: date
) -> tuple[Flag, ...]:
    """Say whether the head took part, in person or by proxy, in the vote of their own accounts."""
    rule = confirmed(law, "head_leaves_for_accounts", on=on)
    if not rule.is_confirmed:
        return (Flag(12, f"Le retrait de {head} au vote de ses comptes est {TO_CONFIRM}."),) if head in voters else ()
    flags = []
    if head in voters:
        flags.append(Flag(12, f"{head} a pris part au vote de ses propres comptes, et s’en retire{rule.in_brackets}."))
    flags += [
        Flag(12, f"Le pouvoir de {one.giver} à {one.holder} ne sert pas au vote de ces comptes{rule.in_brackets}.")
        for one in proxies
        if head in (one.giver, one.holder)
    ]
    return tuple(flags)
