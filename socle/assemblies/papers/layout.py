"""Setting the papers of an assembly: one layout, sections that each bear the day of their meeting at their foot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from socle.assemblies.models import Assembly, Meeting
from socle.assemblies.papers import words
from socle.documents import tree, typst
from socle.documents.tree import Node, Tree
from socle.lib import dates

LAYOUT = Path(__file__).with_name("paper.typ")
FICTITIOUS = "Document de démonstration\u00a0: personnes, votes et dates fictifs, sans valeur."


@dataclass
class Section:
    """Pages that bear one foot: « Commune de Prisches – conseil municipal – séance du 3 décembre 2026 »."""

    footer: str
    nodes: list[Node] = field(default_factory=list)
    signatures: Sequence[str] = ()


@dataclass(frozen=True)
class Paper:
    """A paper to set. `has_stamp`: room for what the prefecture stamps. `is_bound`: margins and heads of a register."""

    title: str
    assembly: Assembly
    day: str
    sections: Sequence[Section]
    tables: dict[str, Any] = field(default_factory=dict)
    places: Sequence[str] = ()
    has_stamp: bool = False
    is_bound: bool = False

    def data(self) -> dict[str, Any]:
        """The plain values that its layout sets; the same facts give the same values."""
        doc = {
            "title": self.title,
            "author": self.assembly.body.name,
            "day": self.day,
            "notice": FICTITIOUS if settings.DEMO else "",
            "letterhead": words.letterhead(self.assembly),
            # Its bytes one by one: a layout reads no file, and JSON holds no bytes.
            "arms": list(bytes(self.assembly.arms)),
            "tables": self.tables,
            "places": list(self.places),
            "stamp": self.has_stamp,
            "bound": self.is_bound,
        }
        sections = [
            {
                "footer": one.footer,
                "signatures": [line.split("\n") for line in one.signatures],
                "nodes": tree.as_data(Tree(nodes=tuple(one.nodes))),
            }
            for one in self.sections
        ]
        return {"doc": doc, "sections": sections}

    def set(self, *, at: datetime) -> bytes:
        """Return its PDF (PDF/A, tagged), made at this instant. Raises Unrenderable."""
        return typst.render(LAYOUT, self.data(), at=at)


def foot(meeting: Meeting) -> str:
    """The foot of the pages of a meeting, as each sheet of a register bears it (CGCT, R. 2121-9)."""
    return f"{words.owner(meeting)} – {meeting.assembly.name} – séance du {dates.in_words(meeting.held_on)}"


def one_meeting(
    title: str,
    nodes: list[Node],
    meeting: Meeting,
    *,
    tables: dict[str, Any] | None = None,
    signatures: Sequence[str] = (),
    places: Sequence[str] = (),
    has_stamp: bool = False,
) -> Paper:
    """A paper of one meeting."""
    section = Section(foot(meeting), nodes, signatures)
    day = meeting.held_on.isoformat()
    return Paper(title, meeting.assembly, day, [section], tables or {}, places, has_stamp)
