"""The words that the papers of a meeting share: who sits and signs, what was voted and how, where and when."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from socle.assemblies.functions import function_in_words, titled
from socle.assemblies.law import TO_CHECK, TO_CONFIRM
from socle.assemblies.models import Annex, Assembly, Attendance, Item, Meeting, Member
from socle.assemblies.tally import Roll, Tally, tally
from socle.documents.tree import Node, Span, typography
from socle.lib import dates
from socle.lib.text import of_place
from socle.people.models import Beneficiary

Civility, Function = Member.Civility, Member.Function


# --- Nodes ------------------------------------------------------------------------------------------------------------
def paragraph(words: str, *, strong: str = "") -> Node:
    """A paragraph, which may begin in bold."""
    spans = (Span(typography(strong), is_strong=True),) if strong else ()
    return Node("paragraph", (*spans, Span(typography(words))))


def heading(words: str, level: int = 1) -> Node:
    return Node("heading", (Span(typography(words)),), level=level)


def listed(lines: Iterable[str], *, is_ordered: bool = False) -> Node:
    return Node("list", items=tuple((Span(typography(line)),) for line in lines), is_ordered=is_ordered)


def block(name: str) -> Node:
    """The place of a table, of signatures or of another page."""
    return Node("block", name=name)


def paragraphs(words: str) -> list[Node]:
    """The words that were typed, an empty line between two paragraphs."""
    return [paragraph(" ".join(one.split())) for one in words.replace("\r\n", "\n").split("\n\n") if one.strip()]


def table(headers: Sequence[str], rows: Sequence[Sequence[Any]], widths: Sequence[float]) -> dict[str, Any]:
    """A table as the layout draws it; a cell `{"page": label}` is the number of the page of that heading."""
    return {
        "headers": list(headers),
        "widths": list(widths),
        "groups": [[None, [list(row) for row in rows]]],
        "totals": [],
    }


# --- Whose paper it is ------------------------------------------------------------------------------------------------
def owner(meeting: Meeting) -> str:
    return meeting.assembly.body.name


def letterhead(assembly: Assembly) -> list[str]:
    """The lines at the head of a paper: those that are known, and for a commune those of usage."""
    body = assembly.body
    lines = [body.name]
    if isinstance(body, Beneficiary):
        if assembly.district:
            lines.insert(0, f"Arrondissement {of_place(assembly.district)}")
        lines.insert(0, f"Département\u00a0: {body.department.name}")
        if assembly.is_commune:
            lines.insert(0, "République française")
    return lines


def council(meeting: Meeting) -> str:
    """« le conseil municipal de Prisches », « le comité syndical »."""
    assembly = meeting.assembly
    place = assembly.beneficiary.commune if assembly.is_commune and assembly.beneficiary else None
    named = f"{assembly.name} {of_place(place.name)}" if place is not None else assembly.name
    return f"{article_of(assembly.name)}{named}"


_FEMININE = ("assemblée", "commission", "chambre", "conférence", "réunion")


def article_of(name: str) -> str:
    """The article before the name of an assembly: « le », « la », « l’ »."""
    first = name.split(maxsplit=1)[0].lower() if name.split() else ""
    if first[:1] in "aeiouyéèê" and first:
        return "l’"
    return "la " if first in _FEMININE else "le "


def of_assembly(assembly: Assembly) -> str:
    """« du conseil municipal », « de la commission », « de l’assemblée délibérante »."""
    who = f"{article_of(assembly.name)}{assembly.name}"
    return f"du {who[3:]}" if who.startswith("le ") else f"de {who}"


def subject(meeting: Meeting) -> str:
    """« Le conseil municipal », « L’assemblée délibérante »: who decides, at the head of a sentence."""
    said = f"{article_of(meeting.assembly.name)}{meeting.assembly.name}"
    return said[:1].upper() + said[1:]


def quality(assembly: Assembly, member: Member, *, with_article: bool = False) -> str:
    """« maire », « première adjointe »; « Le maire », « La présidente » when asked. Unsaid, as the law names it."""
    rank = 1 + assembly.members.filter(function=member.function, position__lt=member.position).count()
    civility = member.civility or Civility.MR
    words = function_in_words(member.function, civility, rank, is_commune=assembly.is_commune)
    if not with_article:
        return words
    return f"{'La' if civility == Civility.MRS else 'Le'} {words}"


def signing(meeting: Meeting) -> list[str]:
    """Who signs what was decided in a meeting: who presided, then who kept the minutes, where there was one."""
    chair, pen = meeting.president, meeting.secretary
    head = ",\n".join([quality(meeting.assembly, chair, with_article=True), chair.name]) if chair else "La présidence,"
    if pen is None:
        return [head]
    title = "La secrétaire de séance" if pen.civility == Civility.MRS else "Le secrétaire de séance"
    return [head, f"{title},\n{pen.name}"]


# --- Where and when ---------------------------------------------------------------------------------------------------
def hour(at: datetime) -> str:
    """« 19 heures », « 19 h 04 »."""
    local = at.astimezone(dates.PARIS)
    return f"{local.hour}\u00a0heures" if not local.minute else f"{local.hour}\u00a0h\u00a0{local.minute:02d}"


def where(meeting: Meeting) -> str:
    """«  dans la salle du conseil »; another place as it was written."""
    place = " ".join(meeting.place.split())
    if not place:
        return ""
    lowered = place[:1].lower() + place[1:]
    if lowered.startswith("salle "):
        return f" dans la {lowered}"
    if lowered.startswith("mairie"):
        return f" à la {lowered}"
    return f" ({place})"


def convened(meeting: Meeting) -> str:
    return dates.in_words(dates.day_of(meeting.convened_at)) if meeting.convened_at else ""


def summons(meeting: Meeting) -> str:
    """The sentence by which the head convenes: « J’ai l’honneur de vous convoquer à la séance du conseil… »."""
    place = f",{named}" if (named := where(meeting)) else ""
    return (
        f"J’ai l’honneur de vous convoquer à la séance {of_assembly(meeting.assembly)} qui se tiendra le "
        f"{dates.weekday_in_words(meeting.held_on)} à {hour(meeting.starts_at)}{place}."
    )


def repeats(meeting: Meeting) -> str:
    """The sentence that a second convocation adds: which session it follows, and that no quorum is wanted; or none."""
    first = meeting.repeats
    if first is None:
        return ""
    lost = "n’a pas réuni le quorum" if first.status == Meeting.Status.FAILED else "n’avait plus le quorum"
    return (
        f"Cette séance suit celle du {dates.in_words(first.held_on)}, qui {lost}\u00a0: elle porte sur les points qui "
        "restaient, sans condition de quorum."
    )


def proxy_offered(assembly: Assembly) -> str:
    """The words of a convocation for whoever cannot come."""
    whose = "du conseil" if assembly.is_commune else "de l’assemblée"
    return f"En cas d’empêchement, vous pouvez donner pouvoir, par écrit, à un autre membre {whose}."


def gathered(meeting: Meeting) -> Node:
    """Who met, when really, where, convened when, and under whose presidency."""
    at = meeting.opened_at or meeting.starts_at
    who = council(meeting)
    called = f", convoqué le {convened(meeting)}," if meeting.convened_at else ""
    if called and who.startswith(("la ", "l’")):
        called = called.replace("convoqué", "convoquée")
    met = "s’est réunie" if "convoquée" in called or who.startswith(("la ", "l’")) else "s’est réuni"
    said = f"Le {dates.weekday_in_words(dates.day_of(at))}, à {hour(at)}, {who}{called} {met}{where(meeting)}"
    if meeting.president:
        said += f", sous la présidence de {meeting.president.titled}, {quality(meeting.assembly, meeting.president)}"
    return paragraph(f"{said}.")


# How a secretary was named (CGCT, L. 2121-15 and L. 2121-21).
NAMED_BY = {
    Meeting.NamedBy.ALONE: "seule candidature, dont il a été donné lecture",
    Meeting.NamedBy.SECRET: "au scrutin secret",
    Meeting.NamedBy.OPEN: "l’assemblée ayant décidé à l’unanimité de ne pas voter au scrutin secret",
}


def secretary(meeting: Meeting) -> list[Node]:
    """Who was named to keep the minutes, and how; that nobody could be, when whoever presides is alone."""
    pen = meeting.secretary
    if pen is None:
        if meeting.opened_at and meeting.repeats_id:
            return [paragraph("Nul autre membre n’étant présent, aucun secrétaire de séance n’a été nommé.")]
        return []
    named = "a été nommée" if pen.civility == Civility.MRS else "a été nommé"
    how = NAMED_BY.get(Meeting.NamedBy(meeting.secretary_named_by), "")
    return [paragraph(f"{pen.titled} {named} secrétaire de séance{', ' + how if how else ''}.")]


# --- Presence ---------------------------------------------------------------------------------------------------------
# Feminine, masculine, and of whoever said neither: nouns.
WORDS = (
    ("présente", "présent", "présence"),
    ("excusée", "excusé", "excuse"),
    ("absente", "absent", "absence"),
    ("arrivée", "arrivé", "arrivée"),
    ("partie", "parti", "départ"),
    ("s’est retirée de ce point", "s’est retiré de ce point", "retrait de ce point"),
)


def forms_of(member: Member, words: Sequence[tuple[str, str, str]]) -> list[str]:
    return [one[{"mrs": 0, "mr": 1}.get(member.civility, 2)] for one in words]


def attendance_table(roll: Roll, item: Item | None = None) -> dict[str, Any]:
    """The table of presence for an item, or for the whole session: member and function, presence, proxy.

    For an item it says what is counted: who withdrew from it, and which proxies do not serve.
    """
    noted = {one.member_id: one for one in roll.attendances}
    members = roll.of(item.college if item else "")
    counts = tally(item, roll) if item else None
    said = {one.pk: words for one, words in titled(roll.meeting.assembly, roll.members)}
    rows = []
    for member in members:
        # A plain member is not told to be one; of whoever said no civility, only what is the same for both.
        is_told = member.function != Function.MEMBER and " ou " not in said[member.pk]
        function = f", {said[member.pk]}" if is_told else ""
        rows.append([f"{member.titled}{function}", *_attends(member, noted.get(member.pk), item, counts)])
    return table(["Membre", "Présence", "Pouvoir à"], rows, [2.2, 1.6, 1.6])


def _attends(member: Member, one: Attendance | None, item: Item | None, counts: Tally | None) -> list[str]:
    here, excused, absent, arrived, gone, withdrew = forms_of(member, WORDS)
    if one is None:
        return [absent, ""]
    said = {Attendance.State.PRESENT: here, Attendance.State.EXCUSED: excused}.get(Attendance.State(one.state), absent)
    if one.state == Attendance.State.PRESENT and item is None:
        said += f", {arrived} au point {one.arrived_for}" if (one.arrived_for or 0) > 1 else ""
        said += f", {gone} avant le point {one.left_before}" if one.left_before else ""
    elif one.state == Attendance.State.PRESENT and item is not None and not one.is_there_for(item.rank):
        said += ", pas à ce point"
    if counts is not None and member in counts.withdrawn:
        said += f", {withdrew}"
    proxy = one.proxy_to.titled if one.proxy_to and not (item and one.is_there_for(item.rank)) else ""
    if proxy and counts is not None and all(each.giver != member.name for each in counts.proxies):
        proxy += ", sans effet pour ce point"
    return [said, proxy]


def present(roll: Roll) -> list[str]:
    """Who was there, for a part of the session at least."""
    there = {one.member_id for one in roll.attendances if one.state == Attendance.State.PRESENT}
    return [one.titled for one in roll.members if one.pk in there]


def withdrew(members: Iterable[Member]) -> list[Node]:
    """Who took no part in a vote."""
    told = []
    for one in members:
        how = {Civility.MRS: "qui s’est retirée", Civility.MR: "qui s’est retiré"}
        told.append(
            paragraph(
                f"N’a pas pris part au vote\u00a0: {one.titled}, {how.get(Civility(one.civility), 'par retrait')}."
            )
        )
    return told


# --- What was decided -------------------------------------------------------------------------------------------------
DOUBT = re.compile(rf"[\u00a0 ](?:[:;] [^:;.]*{TO_CONFIRM}|\({TO_CONFIRM}\)|\({TO_CHECK}\))")


def surely(line: str) -> str:
    """The line as an official paper says it: what is to be confirmed, checked or known is told on the screens alone."""
    return DOUBT.sub("", line).removesuffix(" Les pouvoirs ne comptent pas.")


def counted_lines(item: Item) -> list[str]:
    """How a vote was counted, line by line: its quorum, then its result; nothing before it."""
    return [surely(line) for line in item.explained.splitlines() if line] if item.is_voted else []


def rapporteur(item: Item) -> list[Node]:
    """Who reported, and who asked."""
    said = []
    if item.reporter:
        said.append(f"Rapport\u00a0: {item.reporter.titled}.")
    if item.proposer:
        said.append(f"À la demande de\u00a0: {item.proposer}.")
    return [paragraph(" ".join(said))] if said else []


def quorums(items: Iterable[Item]) -> dict[int, list[Node]]:
    """By item, the quorum counted for it; said again only where it is not the one said before."""
    told: dict[int, list[Node]] = {}
    before = ""
    for item in items:
        line = next(iter(counted_lines(item)), before)
        told[item.pk] = [paragraph(line)] if line != before else []
        before = line
    return told


def articles(item: Item) -> list[Node]:
    """The decision, article by article."""
    # Acts of before an operative part was asked for said their subject.
    found = item.articles or [(1, item.subject)]
    if len(found) == 1:
        return [paragraph(found[0][1], strong="Article unique – ")]
    return [paragraph(words, strong=f"Article {'1er' if rank == 1 else rank} – ") for rank, words in found]


def voices(item: Item, counts: Tally) -> str:
    """« à l’unanimité (9 voix, dont 1 par pouvoir) », « par 5 voix pour, 1 voix contre et 2 abstentions »."""
    vote = item.vote
    if vote is None or item.names_people:
        return ""
    by_proxy = len(counts.proxies)
    proxies = f"dont {by_proxy} par pouvoir" if by_proxy else ""
    aside = f"{vote.abstentions}\u00a0abstention{'s' if vote.abstentions > 1 else ''}" if vote.abstentions else ""
    if vote.in_favour and not vote.against:
        whole = "à l’unanimité des suffrages exprimés" if aside else "à l’unanimité"
        return f"{whole} ({', '.join(one for one in (_of(vote.in_favour), aside, proxies) if one)})"
    said = f"par {_of(vote.in_favour)} pour, {_of(vote.against)} contre{' et ' + aside if aside else ''}"
    return f"{said} ({proxies})" if proxies else said


def _of(voices_cast: int) -> str:
    return f"{voices_cast}\u00a0voix"


def decided(item: Item, counts: Tally, *, with_voices: bool = True) -> list[Node]:
    """The operative part: who decides, after having deliberated, by how many voices; then the articles."""
    who, how = subject(item.meeting), voices(item, counts) if with_voices else ""
    if item.outcome == Item.Outcome.REJECTED:
        return [paragraph(f"{who}, après en avoir délibéré, rejette la proposition{', ' + how if how else ''}.")]
    if item.is_without_vote:
        return [paragraph(f"{who}\u00a0:"), *articles(item)]
    opening = f"{who}, après en avoir délibéré{', ' + how if how else ''}, "
    return [Node("paragraph", (Span(typography(opening)), Span("décide\u00a0:", is_strong=True))), *articles(item)]


def voted(item: Item, counts: Tally) -> list[Node]:
    """How it was voted, when not in the ordinary way, who took no part, and who voted how in a public ballot."""
    lines = [surely(line) for line in item.manner.splitlines()]
    if item.names_people and not item.is_without_vote:
        lines += counted_lines(item)[1:2]
    # The casting voice of who presides decides a tie, and is told with it.
    if item.vote is not None and not item.names_people and item.vote.in_favour == item.vote.against:
        lines += counted_lines(item)[1:2]
    return [*(paragraph(line) for line in lines), *withdrew(counts.withdrawn), *map(paragraph, item.named.splitlines())]


def annexes(found: Iterable[Annex], *, with_digests: bool = False) -> list[Node]:
    """Name what is joined to a deliberation, so that « joint à la présente délibération » is exact."""
    lines = [
        f"Annexe {rank}\u00a0: {one.title}" + (f" (empreinte SHA-256 {one.document.sha256})" if with_digests else "")
        for rank, one in enumerate(found, 1)
    ]
    if not lines:
        return []
    title = "Joint à la présente délibération" if with_digests else "Annexes"
    return [paragraph("", strong=f"{title}\u00a0:"), listed(lines)]


def outcome(item: Item, counts: Tally, *, second: Meeting | None = None) -> Node:
    """The end of an item, in a sentence of the minutes: « Adoptée à l’unanimité (7 voix). »

    `second` is the session that was prepared for what the quorum, lost, left to vote.
    """
    if item.is_voted:
        word = "Adoptée" if item.outcome == Item.Outcome.ADOPTED else "Rejetée"
        return paragraph(f"{word}{' ' + said if (said := voices(item, counts)) else ''}.")
    if item.outcome == Item.Outcome.POSTPONED and second is not None:
        lost = f"{surely(counts.quorum.sentence)} " if counts.quorum.is_met is False else ""
        return paragraph(f"{lost}Le point est reporté à une seconde séance.")
    if item.outcome != Item.Outcome.TOLD:
        return paragraph("Point reporté." if item.outcome == Item.Outcome.POSTPONED else "Point à voter.")
    return paragraph(f"{subject(item.meeting)} prend acte.")
