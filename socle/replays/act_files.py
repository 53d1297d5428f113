"""The files of a published act counted again: its extract, its archive of transmission, its open data, the summary."""

from __future__ import annotations

import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import pikepdf

from socle.assemblies.convocation import clear_days
from socle.assemblies.law import TO_CONFIRM
from socle.deliberations import open_data, transmission
from socle.deliberations.numbering import normalise
from socle.documents import tree, typst
from socle.documents.tree import Node, Span, Tree
from socle.lib import dates
from socle.lib.spreadsheet import Cell
from socle.lib.text import counted
from socle.replays.counting import Replay
from socle.replays.published import PublishedAct, Seat

LAYOUT = Path(__file__).with_name("extract.typ")
NOTICE = (
    "Rejeu d’une délibération publique\u00a0: les mots sont ceux de l’extrait publié, recopiés sans correction. "
    "Ce n’est ni l’extrait signé, ni une copie tamponnée."
)
MARKS = {
    "P": ("présent", "présente"),
    "A": ("absent", "absente"),
    "E": ("excusé", "excusée"),
    "": ("sans marque", "sans marque"),
}


def write(replay: Replay, folder: Path) -> list[Path]:
    """Write in this folder the extract, the archive of its transmission, its line of open data and the summary.

    All are made before one is written.
    """
    pdf = extract(replay)
    name, archive = archive_of(replay, pdf)
    contents = {
        "extract.pdf": pdf,
        name: archive,
        "deliberations.csv": open_data.written([scdl(replay)]),
        "summary.json": (json.dumps(summary(replay, pdf), ensure_ascii=False, indent=2) + "\n").encode(),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in contents]


def summary(replay: Replay, pdf: bytes) -> dict[str, Any]:
    """The result of counting, as plain values: numbers, and the sentences that explain them."""
    act = replay.act
    with pikepdf.open(io.BytesIO(pdf)) as file:
        pages = len(file.pages)
    return {
        "number": act.number,
        "held_on": act.held_on.isoformat(),
        "members": len(act.seats),
        "colleges": {name: sum(1 for seat in act.seats if seat.college == name) for name in _colleges(act)},
        "present": len(replay.present),
        "deduced_present": [seat.name for seat in replay.deduced],
        "excused": len(replay.excused),
        "proxies": len(replay.proxies),
        "votes": {
            "for": act.votes.in_favour,
            "against": act.votes.against,
            "abstentions": act.votes.abstentions,
            "cast": act.votes.cast,
        },
        "quorum_thresholds": list(replay.thresholds),
        "clear_days": clear_days(act.convened_on, act.held_on),
        "identifier": str(replay.identifier),
        "contradictions": [flag.sentence for flag in replay.contradictions],
        "executory_on": replay.executory_on.isoformat() if replay.executory_on else None,
        "why_not_executory": replay.why_not_executory,
        "extract_pages": pages,
        "explained": [
            replay.convocation.sentence,
            replay.quorum.sentence,
            f"À titre de comparaison, plus de la moitié de {len(act.seats)} membres font {replay.thresholds[0]}\u00a0; "
            f"le quorum ordinaire de cette assemblée est {TO_CONFIRM}.",
            replay.result.sentence,
        ],
        "not_in_the_text": list(replay.facts.sources),
    }


def scdl(replay: Replay) -> dict[str, Cell]:
    """The line of the act in the national schema of deliberations (SCDL), its matter and its votes included."""
    act, facts = replay.act, replay.facts.values
    return {
        "COLL_NOM": act.body,
        "COLL_SIRET": facts["siret"],
        "DELIB_ID": normalise(act.number),
        "DELIB_DATE": act.held_on.isoformat(),
        "DELIB_MATIERE_CODE": facts["matter_code"],
        "DELIB_MATIERE_NOM": facts["matter_name"],
        "DELIB_OBJET": act.subject,
        "PREF_ID": facts["prefecture"] if act.received_on else "",
        "PREF_DATE": act.received_on.isoformat() if act.received_on else "",
        "VOTE_EFFECTIF": len(act.seats),
        "VOTE_REEL": act.votes.total,
        "VOTE_POUR": act.votes.in_favour,
        "VOTE_CONTRE": act.votes.against,
        "VOTE_ABSTENTION": act.votes.abstentions,
    }


def archive_of(replay: Replay, pdf: bytes) -> tuple[str, bytes]:
    """Return the name and the bytes of what would be handed to a transmission device for this act. Nothing is sent."""
    act, facts = replay.act, replay.facts.values
    sending = transmission.Sending(
        replay.identifier, act.subject, facts["matter_code"], date.fromisoformat(facts["classification"]), pdf
    )
    sender = transmission.Sender(
        replay.identifier.siren, replay.identifier.department, facts["district"], facts["nature"], facts["email"]
    )
    return transmission.archive(sending, sender=sender, device=facts["device"], sent_on=act.sent_on or act.held_on)


def extract(replay: Replay) -> bytes:
    """Return the extract of the register as a PDF (PDF/A, tagged): the words of the act, then what the replay tells."""
    act = replay.act
    doc = {
        "title": f"Délibération {act.number}",
        "author": act.body,
        "day": act.held_on.isoformat(),
        "notice": NOTICE,
        "footer": f"{act.body}, {dates.in_words(act.held_on)}",
        "stamp": [
            ["Envoyé en préfecture le", _day(act.sent_on)],
            ["Reçu en préfecture le", _day(act.received_on)],
            ["Affiché le", _day(act.posted_on)],
            ["ID", act.identifier],
        ],
        "tables": {
            "attendance": {
                "widths": [1.5, 2, 0.8, 1.8],
                "headers": ["Collectivité", "Membre", "Présence", "Pouvoir à"],
                "groups": [
                    [name, [[seat.name, marked(seat), seat.proxy_to] for seat in act.seats if seat.college == name]]
                    for name in _colleges(act)
                ],
                "totals": [
                    f"{counted(act.totals.present, 'présent')}, {counted(act.totals.absent, 'absent')}, "
                    f"{counted(act.totals.excused, 'excusé')}",
                    counted(act.totals.proxies, "pouvoir"),
                ],
            }
        },
    }
    return typst.render(LAYOUT, {"doc": doc, "nodes": tree.as_data(words_of(replay))})


def words_of(replay: Replay) -> Tree:
    """The extract as a tree, from which the PDF is set and a page could be read. Its words are inert, and unchanged."""
    act, votes = replay.act, replay.act.votes
    nodes = [
        Node("block", name="stamp"),
        Node("heading", _span(f"Délibération {act.number}"), level=1),
        *(_paragraph(words) for words in (act.title, act.register)),
        Node("paragraph", (Span("Objet\u00a0: ", is_strong=True), Span(act.subject))),
        _paragraph(act.session_words),
        Node("block", name="attendance"),
        _paragraph(act.quorum_words),
        _paragraph(f"Le {act.assembly},"),
        *(
            Node("visa" if words.startswith(("Vu ", "Considérant ")) else "paragraph", _span(words))
            for words in act.paragraphs
        ),
    ]
    for article in act.articles:
        head, colon, words = article.partition(" : ")
        nodes.append(Node("paragraph", (Span(head + colon, is_strong=True), Span(words))))
    nodes += [
        Node("paragraph", (Span("Adopté par\u00a0:", is_strong=True),)),
        Node(
            "list",
            items=tuple(
                _span(words)
                for words in (
                    f"Voix pour\u00a0: {votes.in_favour}",
                    f"Voix contre\u00a0: {votes.against}",
                    f"Abstentions\u00a0: {votes.abstentions}",
                    f"Suffrages exprimés\u00a0: {act.said_cast}",
                )
            ),
        ),
        _paragraph("Pour extrait conforme\u00a0:"),
        *(_paragraph(words) for words in act.signatory),
        Node("block", name="apart"),
        Node("heading", _span("Ce que le rejeu relève, et qui n’est pas dans l’acte"), level=2),
        Node(
            "list",
            items=tuple(
                _span(words)
                for words in (
                    replay.convocation.sentence,
                    replay.quorum.sentence,
                    *(flag.sentence for flag in replay.contradictions),
                    replay.why_not_executory,
                )
                if words
            ),
        ),
    ]
    return Tree(nodes=tuple(nodes))


def _colleges(act: PublishedAct) -> list[str]:
    return list(dict.fromkeys(seat.college for seat in act.seats))


def marked(seat: Seat) -> str:
    """Return « présente », « excusé », « sans marque »."""
    return MARKS[seat.mark][seat.is_feminine]


def _day(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else ""


def _span(words: str) -> tuple[Span, ...]:
    return (Span(words),)


def _paragraph(words: str) -> Node:
    return Node("paragraph", _span(words))
