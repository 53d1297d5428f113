"""The papers of a meeting as PDFs: convocation, extract of the register, list of deliberations, minutes, register.

Each is a tree of inert words set by one layout. Whoever must sign them signs by hand, or by a certificate of their own
(CRPA, L. 212-3): never by a click here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from socle.assemblies.law import TO_CHECK, TO_CONFIRM
from socle.assemblies.models import Annex, Attendance, Item, Meeting, Member
from socle.assemblies.tally import Roll, Tally, roll_of, tally
from socle.deliberations.models import Author
from socle.documents import actions as documents
from socle.documents import tree, typst
from socle.documents.merging import appended
from socle.documents.tree import Node, Span, Tree, typography
from socle.lib import dates
from socle.lib.text import counted
from socle.signing import fields

LAYOUT = Path(__file__).with_name("paper.typ")
# The fields of an extract that a certificate may sign.
PLACES = ("presidence", "secretariat")
FICTITIOUS = "Document de démonstration\u00a0: personnes, votes et dates fictifs, sans valeur."


# --- The words, piece by piece ----------------------------------------------------------------------------------------
def _p(words: str, *, strong: str = "") -> Node:
    spans = (Span(typography(strong), is_strong=True),) if strong else ()
    return Node("paragraph", (*spans, Span(typography(words))))


def _h(words: str, level: int = 1) -> Node:
    return Node("heading", (Span(typography(words)),), level=level)


def _list(lines: Iterable[str], *, is_ordered: bool = False) -> Node:
    return Node("list", items=tuple((Span(typography(line)),) for line in lines), is_ordered=is_ordered)


def _block(name: str) -> Node:
    return Node("block", name=name)


def _paragraphs(words: str) -> list[Node]:
    return [_p(" ".join(one.split())) for one in words.replace("\r\n", "\n").split("\n\n") if one.strip()]


def _owner(meeting: Meeting) -> str:
    return meeting.assembly.body.name


def _at(meeting: Meeting) -> str:
    where = f", {meeting.place}" if meeting.place else ""
    return f"le {dates.at_in_words(meeting.starts_at)}{where}"


def _render(
    title: str,
    nodes: Sequence[Node],
    *,
    meeting: Meeting,
    at: datetime,
    tables: dict[str, Any] | None = None,
    signatures: Sequence[str] = (),
    places: Sequence[str] = (),
) -> bytes:
    doc = {
        "title": title,
        "author": _owner(meeting),
        "day": meeting.held_on.isoformat(),
        "notice": FICTITIOUS if settings.DEMO else "",
        "footer": f"{_owner(meeting)}, {meeting.assembly.name}, {dates.in_words(meeting.held_on)}",
        "tables": tables or {},
        "signatures": list(signatures),
        "places": list(places),
    }
    return typst.render(LAYOUT, {"doc": doc, "nodes": tree.as_data(Tree(nodes=tuple(nodes)))}, at=at)


def _table(headers: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float]) -> dict[str, Any]:
    return {
        "headers": list(headers),
        "widths": list(widths),
        "groups": [[None, [list(row) for row in rows]]],
        "totals": [],
    }


# --- The papers -------------------------------------------------------------------------------------------------------
def convocation(meeting: Meeting, items: Sequence[Item], *, at: datetime) -> bytes:
    """Return the convocation: when, where, the agenda, and the note when there is one."""
    nodes = [
        _p(_owner(meeting)),
        _h(f"Convocation du {meeting.assembly.name}"),
        _p(f"Fait le {dates.in_words(dates.day_of(at))}."),
        _p(
            f"Le {meeting.assembly.name} se réunit {_at(meeting)}. Vous êtes convoqué ou convoquée à cette séance. Si "
            "vous ne pouvez pas y être, vous pouvez donner pouvoir, par écrit, à un ou une collègue."
        ),
    ]
    if meeting.repeats is not None:
        nodes.append(
            _p(
                f"Cette séance suit celle du {dates.in_words(meeting.repeats.held_on)}, qui n’a pas réuni le "
                "quorum\u00a0: elle porte sur les mêmes points, sans condition de quorum."
            )
        )
    if meeting.urgency:
        nodes.append(_p(meeting.urgency, strong="Convocation en urgence\u00a0: "))
    nodes += [_h("Ordre du jour", 2), _list((item.subject for item in items), is_ordered=True)]
    if meeting.note:
        nodes += [_h("Note explicative de synthèse", 2), *_paragraphs(meeting.note)]
    return _render(f"Convocation du {dates.in_words(meeting.held_on)}", nodes, meeting=meeting, at=at)


def extract(item: Item, number: str, roll: Roll, counts: Tally, author: Author, *, at: datetime) -> bytes:
    """Return the extract of the register for an item adopted: presence, quorum, grounds, articles, votes, annexes.

    The pages of its annexes follow its own: the act is one file, whole.
    """
    meeting = roll.meeting
    annexes = list(item.annexes.select_related("document"))
    nodes = [
        _p(_owner(meeting)),
        _h(f"Délibération n° {number}"),
        _p("Extrait du registre des délibérations"),
        _p(item.subject, strong="Objet\u00a0: "),
        _p(f"Le {meeting.assembly.name}, convoqué le {_convened(meeting)}, s’est réuni {_at(meeting)}."),
        *_chair(meeting),
        _block("attendance"),
        *(_p(line) for line in _counted(item)[:1]),
        *_by(item),
        *_paragraphs(item.grounds),
        _p(f"Le {meeting.assembly.name}, après en avoir délibéré,"),
        *_articles(item),
        *_votes(item, counts),
        *_annexes(annexes, with_digests=True),
        _p("Pour extrait conforme\u00a0:"),
        _block("signatures"),
    ]
    signing = _signing(meeting, author)
    set_alone = _render(
        f"Délibération {number}",
        nodes,
        meeting=meeting,
        at=at,
        tables={"attendance": attendance_table(roll, item)},
        signatures=signing,
        places=PLACES,
    )
    set_alone = fields.place(set_alone, fields=dict(zip(PLACES, signing, strict=True)))
    return appended(set_alone, (documents.read(one.document) for one in annexes)) if annexes else set_alone


def list_of(meeting: Meeting, items: Sequence[Item], *, at: datetime) -> bytes:
    """Return the list of the deliberations examined, adopted or not (CGCT, L. 2121-25)."""
    examined = [item for item in items if item.kind != Item.Kind.INFORMATION]
    rows = [
        [str(item.rank), item.act.number if item.act else "", item.subject, item.get_outcome_display()]
        for item in examined
    ]
    nodes = [
        _p(_owner(meeting)),
        _h("Liste des délibérations examinées"),
        _p(f"Séance du {meeting.assembly.name}, {_at(meeting)}."),
        _block("items"),
    ]
    tables = {"items": _table(["Point", "Numéro", "Objet", "Issue"], rows, [0.6, 1, 4, 1.1])}
    return _render(f"Délibérations du {dates.in_words(meeting.held_on)}", nodes, meeting=meeting, at=at, tables=tables)


def minutes(
    meeting: Meeting, items: Sequence[Item], roll: Roll, *, arrested_on: date | None = None, at: datetime
) -> bytes:
    """Return the minutes: who, quorum, agenda, each deliberation and its vote, the discussions (CGCT, L. 2121-15)."""
    nodes = [
        _p(_owner(meeting)),
        _h(f"Procès-verbal de la séance du {dates.in_words(meeting.held_on)}"),
        _p(
            f"Arrêté au commencement de la séance du {dates.in_words(arrested_on)}."
            if arrested_on
            else "Projet, à arrêter au commencement de la séance suivante."
        ),
        _p(f"Le {meeting.assembly.name}, convoqué le {_convened(meeting)}, s’est réuni {_at(meeting)}."),
        *_chair(meeting),
        _block("attendance"),
        _h("Ordre du jour", 2),
        _list((item.subject for item in items), is_ordered=True),
    ]
    if meeting.urgency and meeting.is_urgency_approved is not None:
        said = "approuve" if meeting.is_urgency_approved else "n’approuve pas"
        nodes.append(
            _p(f"Motif de l’urgence, rapporté à l’ouverture\u00a0: {meeting.urgency} L’assemblée {said} l’urgence.")
        )
    nodes += [
        _p(f"Le procès-verbal de la séance du {dates.in_words(one.held_on)} est arrêté (CGCT, article L. 2121-15).")
        for one in meeting.minutes_arrested.order_by("starts_at")
    ]
    for item in items:
        nodes += [_h(f"{item.rank}. {item.subject}", 2), *_by(item), *_paragraphs(item.grounds)]
        nodes += _withdrew(roll, item)
        if item.is_voted:
            told = [item.manner, *_counted(item), *item.named.splitlines()]
            nodes += [*_articles(item), *(_p(_surely(line)) for line in told if line)]
            nodes += _annexes(item.annexes.all())
        nodes.append(_p(f"Délibération {item.get_outcome_display()}." if item.is_voted else _left(item)))
    if meeting.discussion:
        nodes += [_h("Teneur des discussions", 2), *_paragraphs(meeting.discussion)]
    if meeting.closed_at:
        nodes.append(_p(f"La séance est levée le {dates.at_in_words(meeting.closed_at)}."))
    nodes.append(_block("signatures"))
    return _render(
        f"Procès-verbal du {dates.in_words(meeting.held_on)}",
        nodes,
        meeting=meeting,
        at=at,
        tables={"attendance": attendance_table(roll)},
        signatures=_signing(meeting, Author(meeting.president.name if meeting.president else "", "")),
    )


def register(meetings: Sequence[Meeting], *, year: int, at: datetime) -> bytes:
    """Return the register of a year to print and bind: each session, its closing sheet, the tables by date and subject.

    The law keeps it on paper (CGCT, R. 2121-9): this is the paper, signed by hand. Raises IndexError without a meeting.
    """
    first = meetings[0]
    nodes: list[Node] = [
        _p(_owner(first)),
        _h(f"Registre des délibérations, {year}"),
        _p(
            "À imprimer sur papier permanent, à coter et à parapher, puis à relier. Chaque feuillet de clôture se "
            "signe à la main par la présidence et par le ou la secrétaire de séance."
        ),
    ]
    tables: dict[str, Any] = {}
    dated: list[list[str]] = []
    for meeting in meetings:
        items = [item for item in meeting.items.all() if item.act]
        roll = roll_of(meeting)
        nodes += [_block("apart"), _h(f"Séance du {dates.in_words(meeting.held_on)}"), *_chair(meeting)]
        for item in items:
            assert item.act is not None
            nodes += [_h(f"{item.act.number}. {item.subject}", 2), *_paragraphs(item.grounds), *_articles(item)]
            nodes += [*_votes(item, tally(item, roll)), *_annexes(item.annexes.all())]
            dated.append([f"{meeting.held_on:%d/%m/%Y}", item.act.number, item.subject])
        sheet = f"sheet{meeting.pk}"
        tables[sheet] = attendance_table(roll)
        numbers = ", ".join(item.act.number for item in items if item.act) or "aucune délibération"
        nodes += [
            _h("Feuillet de clôture", 2),
            _p(f"Séance du {dates.in_words(meeting.held_on)}. Délibérations\u00a0: {numbers}."),
            _block(sheet),
            _p("Signatures de la présidence et du ou de la secrétaire de séance\u00a0:"),
            _block("signatures"),
        ]
    columns = ["Date", "Numéro", "Objet"]
    tables["by_date"] = _table(columns, dated, [1, 1, 4])
    tables["by_subject"] = _table(columns, sorted(dated, key=lambda row: row[2].casefold()), [1, 1, 4])
    nodes += [_block("apart"), _h("Table par date"), _block("by_date"), _h("Table par objet"), _block("by_subject")]
    signatures = ["La présidence", "Le ou la secrétaire de séance"]
    return _render(f"Registre {year}", nodes, meeting=first, at=at, tables=tables, signatures=signatures)


# --- Parts ------------------------------------------------------------------------------------------------------------
def attendance_table(roll: Roll, item: Item | None = None) -> dict[str, Any]:
    """The table of presence for an item, or for the whole session: member, presence, proxy.

    For an item it says what is counted: who withdrew from it, and which proxies do not serve.
    """
    noted = {one.member_id: one for one in roll.attendances}
    members = roll.of(item.college if item else "")
    counts = tally(item, roll) if item else None
    return _table(
        ["Membre", "Présence", "Pouvoir à"],
        [_attends(member, noted.get(member.pk), item, counts) for member in members],
        [2, 1.6, 1.8],
    )


def _attends(member: Member, one: Attendance | None, item: Item | None, counts: Tally | None) -> list[str]:
    here, excused, absent, arrived, gone, withdrew = _forms(member, WORDS)
    if one is None:
        return [member.titled, absent, ""]
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
    return [member.titled, said, proxy]


# Feminine, masculine, of whoever said neither.
WORDS = (
    ("présente", "présent", "présent(e)"),
    ("excusée", "excusé", "excusé(e)"),
    ("absente", "absent", "absent(e)"),
    ("arrivée", "arrivé", "arrivé(e)"),
    ("partie", "parti", "parti(e)"),
    ("s’est retirée de ce point", "s’est retiré de ce point", "s’est retiré(e) de ce point"),
)


def _forms(member: Member, words: Sequence[tuple[str, str, str]]) -> list[str]:
    return [one[{"mrs": 0, "mr": 1}.get(member.civility, 2)] for one in words]


def _withdrew(roll: Roll, item: Item) -> list[Node]:
    """Who withdrew from an item."""
    gone = {one.member_id for one in roll.withdrawals if one.item_id == item.pk}
    feminine = ("s’est retirée et ne prend pas part au vote", "s’est retiré et ne prend pas part au vote")
    said = (*feminine, "s’est retiré(e) et ne prend pas part au vote")
    return [_p(f"{one.titled} {_forms(one, [said])[0]}.") for one in roll.members if one.pk in gone]


DOUBT = re.compile(rf"[\u00a0 ](?:[:;] [^:;.]*{TO_CONFIRM}|\({TO_CONFIRM}\)|\({TO_CHECK}\))")


def _surely(line: str) -> str:
    """The line as an official paper says it: what is to be confirmed or checked is told on the screens alone."""
    return DOUBT.sub("", line)


def _counted(item: Item) -> list[str]:
    """How a vote was counted, line by line; nothing before it."""
    return [_surely(line) for line in item.explained.splitlines() if line] if item.is_voted else []


def _convened(meeting: Meeting) -> str:
    return dates.in_words(dates.day_of(meeting.convened_at)) if meeting.convened_at else ""


def _chair(meeting: Meeting) -> list[Node]:
    said = []
    if meeting.president:
        said.append(f"Présidence\u00a0: {meeting.president.titled}.")
    if meeting.secretary:
        said.append(f"Secrétariat de séance\u00a0: {meeting.secretary.titled}.")
    return [_p(" ".join(said))] if said else []


def _by(item: Item) -> list[Node]:
    said = []
    if item.reporter:
        said.append(f"Rapport\u00a0: {item.reporter.titled}.")
    if item.proposer:
        said.append(f"À la demande de\u00a0: {item.proposer}.")
    return [_p(" ".join(said))] if said else []


def _articles(item: Item) -> list[Node]:
    if not item.articles:
        return [_p(f"Décide\u00a0: {item.subject}.")]
    return [_p(words, strong=f"Article {rank}\u00a0: ") for rank, words in item.articles]


def _votes(item: Item, counts: Tally) -> list[Node]:
    vote = item.vote
    manner = [_p(_surely(item.manner))] if item.manner else []
    if vote is None:
        return manner
    said = [
        f"Voix pour\u00a0: {vote.in_favour}",
        f"Voix contre\u00a0: {vote.against}",
        f"Abstentions\u00a0: {vote.abstentions}",
        f"Suffrages exprimés\u00a0: {vote.in_favour + vote.against}",
    ]
    if counts.proxies:
        said.append(f"{counted(len(counts.proxies), 'pouvoir')} compris")
    if counts.withdrawn:
        names = ", ".join(one.titled for one in counts.withdrawn)
        said.append(f"Ne prennent pas part au vote\u00a0: {names}")
    said += item.named.splitlines()
    return [*manner, _p("", strong="Vote\u00a0:"), _list(said)]


def _annexes(annexes: Iterable[Annex], *, with_digests: bool = False) -> list[Node]:
    """Name what is joined to a deliberation, so that « joint à la présente délibération » is exact."""
    lines = [
        f"Annexe {rank}\u00a0: {one.title}" + (f" (empreinte SHA-256 {one.document.sha256})" if with_digests else "")
        for rank, one in enumerate(annexes, 1)
    ]
    if not lines:
        return []
    title = "Joint à la présente délibération" if with_digests else "Annexes"
    return [_p("", strong=f"{title}\u00a0:"), _list(lines)]


def _left(item: Item) -> str:
    if item.outcome != Item.Outcome.TOLD:
        return "Point reporté." if item.outcome == Item.Outcome.POSTPONED else "Point à voter."
    return f"{'Le conseil' if item.meeting.assembly.is_commune else 'L’assemblée'} prend acte."


def _signing(meeting: Meeting, author: Author) -> list[str]:
    quality = author.quality or "La présidence"
    head = f"{quality[:1].upper()}{quality[1:]}\u00a0: {author.name}"
    secretary = meeting.secretary.titled if meeting.secretary else ""
    return [head, f"Secrétaire de séance\u00a0: {secretary}"]
