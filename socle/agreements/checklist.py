"""The platform's own list of what a tripartite agreement says: a practice, not the law, and a search of words only."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from socle.lib.text import folded


@dataclass(frozen=True)
class Point:
    """One of the nineteen: what is looked for in the titles, among the variables and blocks, and anywhere.

    Alternatives are between bars. `by_eye` is what no word tells, whatever was found.
    """

    number: int
    title: str
    titles: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    by_eye: str = ""


POINTS = (
    Point(1, "Titre, modèle et version", ("convention",), ("model.version",), by_eye="l’acte qui approuve le modèle"),
    Point(2, "Parties, et actes qui les habilitent", (), ("parties",), ("ci-après",)),
    Point(3, "Visas et préambule", ("visas|préambule",), ("visas",), ("considérant",)),
    Point(4, "Objet et services choisis", ("objet", "services fournis|services choisis"), ("services",)),
    Point(5, "Rôle de chacune des parties", ("rôle",), (), ("le syndicat", "le centre de gestion", "le bénéficiaire")),
    Point(6, "Niveaux de service et assistance", ("niveaux de service",), (), ("assistance", "incident|interruption")),
    Point(
        7,
        "Conditions financières",
        ("financière|contribution",),
        ("price", "vat_regime"),
        ("titre de recettes", "prorata", "délai", "financement extérieur|fin du financement"),
        by_eye="l’échéance et la révision du montant",
    ),
    Point(8, "Matériel, jusqu’à sa restitution", ("matériel",), (), ("propriétaire", "l’assure", "vol", "restitué")),
    Point(9, "Durée, prise d’effet, renouvellement", ("durée",), ("term_months",), ("prend effet", "renouvel")),
    Point(10, "Obligations, publicité des aides, contrôle", ("obligations",), (), ("publicité", "contrôle")),
    Point(
        11,
        "Données personnelles (RGPD, article 28)",
        ("données à caractère personnel|données personnelles",),
        ("rgpd",),
        ("article 28", "instruction", "sous-traitant", "violation", "audit"),
    ),
    Point(
        12,
        "Confidentialité, sécurité, réversibilité",
        ("confidentialité", "sécurité", "réversibilité"),
        (),
        ("sauvegard",),
    ),
    Point(13, "Responsabilité et assurance", ("responsabilité", "assurance")),
    Point(14, "Suspension et résiliation", ("suspension", "résiliation"), (), ("préavis",)),
    Point(15, "Avenants", ("avenant",), (), ("signé par|signés par",)),
    Point(16, "Notifications et contacts", ("notification",), (), ("adresse",)),
    Point(17, "Différends", ("différend|litige",), (), ("amiable", "tribunal administratif")),
    Point(18, "Liste des annexes", ("annexes",), (), ("annexe 1",)),
    Point(19, "Signatures", ("signature",), ("signatures",), ("électronique|exemplaires",)),
)


class Found(StrEnum):
    SEEN = "seen"
    BY_EYE = "by_eye"
    NOT_SEEN = "not_seen"


@dataclass(frozen=True)
class Answer:
    """How much of a point was found, what was looked for, and what is left to a reader."""

    point: Point
    found: Found
    looked_for: str
    missing: str


def look(body: str) -> list[Answer]:
    """Look for each point in a text as it is written. Not seen: no title and no variable speaks of it."""
    titles = folded("\n".join(line for line in body.splitlines() if line.lstrip().startswith("#")))
    words = folded(body)
    names = set(re.findall(r"\{\{\s*([a-z0-9_.]+)", body))
    answers = []
    for point in POINTS:
        lost = [one for one in point.titles if not _any(one, titles)]
        lost_names = [f"la donnée {_quoted(one)}" for one in point.names if one not in names]
        lost_words = [one for one in point.words if not _any(one, words)]
        if len(lost) == len(point.titles) and len(lost_names) == len(point.names):
            found = Found.NOT_SEEN
        else:
            found = Found.BY_EYE if lost or lost_names or lost_words or point.by_eye else Found.SEEN
        sought = [
            *_of_titles(point.titles),
            *(f"la donnée {_quoted(one)}" for one in point.names),
            *map(_quoted, point.words),
        ]
        missing = [*_of_titles(lost), *lost_names, *map(_quoted, lost_words), *([point.by_eye] if point.by_eye else [])]
        answers.append(Answer(point, found, ", ".join(sought), ", ".join(missing)))
    return answers


def _any(alternatives: str, text: str) -> bool:
    return any(re.search(rf"\b{re.escape(folded(one))}", text) for one in alternatives.split("|"))


def _of_titles(titles: Iterable[str]) -> list[str]:
    return [f"un titre avec {_quoted(one)}" for one in titles]


def _quoted(alternatives: str) -> str:
    return " ou ".join(f"«\u00a0{one}\u00a0»" for one in alternatives.split("|"))
