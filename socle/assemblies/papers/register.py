"""The register of a year, to print and to bind: each session with its closing sheet, delegated decisions, tables.

The law keeps it on paper (CGCT, R. 2121-9): this is the paper, numbered and signed by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from socle.assemblies.models import Assembly, Item, Meeting
from socle.assemblies.papers import words
from socle.assemblies.papers.layout import Paper, Section, foot
from socle.assemblies.papers.words import block, heading, listed, paragraph, paragraphs
from socle.assemblies.tally import Roll, roll_of, tally
from socle.deliberations.matters import name_of
from socle.deliberations.models import Act
from socle.documents.tree import Node
from socle.lib import dates
from socle.lib.text import whole

UNSAID = "Sans matière"


def register(
    assembly: Assembly, meetings: Sequence[Meeting], decisions: Sequence[Act], *, year: int, version: int = 1
) -> Paper:
    """Return the register of a year: what it sets depends on the rows alone.

    `meetings` are those held, in their order; `decisions` those taken by delegation (CGCT, R. 2122-7-1), in theirs.
    """
    body = assembly.body.name
    cover = Section(
        f"{body} – {assembly.name} – registre {year}",
        [
            heading(f"Registre des délibérations, {year}"),
            paragraph(
                "À imprimer sur papier permanent, puis à relier. Chaque feuillet se cote et se paraphe à la main, et "
                "chaque feuillet de clôture se signe de même."
            ),
        ],
    )
    if version > 1:
        cover.nodes.append(paragraph(f"Version {version}, qui remplace la version {version - 1}."))
    tables: dict[str, Any] = {}
    rows: list[tuple[str, str, list[Any]]] = []
    sections = [cover]
    for meeting in meetings:
        sections.append(_session(meeting, tables, rows))
    if decisions:
        sections.append(_decisions(body, assembly, decisions, tables, rows, year))
    sections.append(Section(cover.footer, _tables(rows, tables)))
    return Paper(f"Registre {year}", assembly, f"{year}-12-31", sections, tables, is_bound=True)


def _session(meeting: Meeting, tables: dict[str, Any], rows: list[tuple[str, str, list[Any]]]) -> Section:
    roll = roll_of(meeting)
    kept = [item for item in meeting.items.all() if item.act or _is_kept(item)]
    section = Section(foot(meeting), signatures=words.signing(meeting))
    attendance = f"present{meeting.pk}"
    tables[attendance] = words.attendance_table(roll)
    nodes = section.nodes
    nodes += [heading(f"Séance du {dates.in_words(meeting.held_on)}"), *_called(meeting)]
    nodes += [words.gathered(meeting), *words.secretary(meeting), block(attendance)]
    quorums = words.quorums(kept)
    for order, item in enumerate(kept, 1):
        nodes += _deliberation(order, item, roll, quorums[item.pk])
        number = item.act.number if item.act else "rejetée"
        matter = item.act.matter if item.act else item.matter
        row = [f"{meeting.held_on:%d/%m/%Y}", number, item.subject, {"page": _label(item)}]
        rows.append((meeting.starts_at.isoformat(), matter, row))
    numbers = [
        f"n° {order}\u00a0: {item.act.number if item.act else 'rejetée'}, {item.subject}"
        for order, item in enumerate(kept, 1)
    ]
    nodes += [
        block("apart"),
        heading("Feuillet de clôture", 2),
        paragraph(f"Séance du {dates.in_words(meeting.held_on)}. Délibérations, dans l’ordre de la séance\u00a0:"),
        listed(numbers) if numbers else paragraph("Aucune délibération."),
        paragraph(f"{', '.join(words.present(roll)) or 'personne'}.", strong="Membres présents\u00a0: "),
        paragraph("Signatures\u00a0:"),
        block("signatures"),
    ]
    return section


def _is_kept(item: Item) -> bool:
    """Whether a deliberation rejected is written too: the choice of the body."""
    return item.outcome == Item.Outcome.REJECTED and item.meeting.assembly.has_rejected_in_register


def _called(meeting: Meeting) -> list[Node]:
    """The convocation, which the register mentions (CGCT, L. 2121-10)."""
    if meeting.convened_at is None:
        return []
    return [
        paragraph(f"Convocation du {words.convened(meeting)}{_posted(meeting)}. Ordre du jour\u00a0:"),
        listed((item.subject for item in meeting.items.all()), is_ordered=True),
    ]


def _posted(meeting: Meeting) -> str:
    """When the convocation was posted (CGCT, L. 2121-10), once that was certified."""
    found = next((one for one in meeting.postings.all() if one.what == one.What.CONVOCATION), None)
    return f", affichée du {dates.in_words(found.first_on)} au {dates.in_words(found.last_on)}" if found else ""


def _label(item: Item) -> str:
    return f"item-{item.pk}"


def _deliberation(order: int, item: Item, roll: Roll, quorum: list[Node]) -> list[Node]:
    counts = tally(item, roll)
    number = item.act.number if item.act else "proposition rejetée"
    return [
        block(f"label:{_label(item)}"),
        heading(f"N° {order} de la séance – {number}. {item.subject}", 2),
        *quorum,
        *words.rapporteur(item),
        *paragraphs(item.grounds),
        *words.decided(item, counts),
        *words.voted(item, counts),
        *words.annexes(item.annexes.all()),
    ]


def _decisions(
    body: str, assembly: Assembly, decisions: Sequence[Act], tables: dict[str, Any],
    rows: list[tuple[str, str, list[Any]]], year: int,
) -> Section:  # fmt: skip
    label = "decisions"
    tables["delegated"] = words.table(
        ["Date", "Numéro", "Objet"], [[f"{one.adopted_on:%d/%m/%Y}", one.number, one.subject] for one in decisions],
        [1, 1, 4],
    )  # fmt: skip
    for one in decisions:
        row = [f"{one.adopted_on:%d/%m/%Y}", one.number, one.subject, {"page": label}]
        rows.append((one.adopted_on.isoformat(), one.matter, row))
    nodes = [
        block(f"label:{label}"),
        heading("Décisions prises par délégation"),
        paragraph(f"Décisions de l’année {year}, par ordre de date. Leur texte suit les tables."),
        block("delegated"),
    ]
    return Section(f"{body} – {assembly.name} – décisions par délégation, {year}", nodes)


def _tables(rows: list[tuple[str, str, list[Any]]], tables: dict[str, Any]) -> list[Node]:
    headers, widths = ["Date", "Numéro", "Objet", "Page"], [1, 1, 4, 0.6]
    by_date = sorted(rows, key=lambda one: one[0])
    tables["by_date"] = words.table(headers, [row for *_, row in by_date], widths)
    matters: dict[str, list[list[Any]]] = {}
    for _, matter, row in by_date:
        named = f"{matter}\u00a0{name_of(matter)}" if name_of(matter) else UNSAID
        matters.setdefault(named, []).append(row)
    ordered = sorted(matters.items(), key=lambda one: (one[0] == UNSAID, _rank(one[0])))
    tables["by_matter"] = {
        "headers": ["Matière", *headers], "widths": [1.6, *widths], "totals": [],
        "groups": [[named, found] for named, found in ordered],
    }  # fmt: skip
    if not rows:
        return [heading("Tables"), paragraph("Aucune délibération cette année.")]
    return [
        heading("Table par date"), block("by_date"), heading("Table par matière"), block("by_matter"),
    ]  # fmt: skip


def _rank(named: str) -> list[int]:
    """7.10 after 7.9."""
    return [figure for one in named.partition("\u00a0")[0].split(".") if (figure := whole(one)) is not None]
