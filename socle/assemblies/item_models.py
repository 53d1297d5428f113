"""Models of the items that come back: their subject, matter, grounds and articles, to be adapted."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

from socle.assemblies.actions import Proposed
from socle.assemblies.functions import function_in_words
from socle.assemblies.models import Assembly, Item, Member
from socle.documents.tree import typography
from socle.lib.text import folded

MODELS = Path(__file__).with_name("item_models.toml")

# How the subject of an item begins, and what it is then proposed as: its people may say otherwise.
BEGINNINGS = (
    (("questions diverses", "informations diverses", "points divers"), Item.Kind.INFORMATION),
    (("election du maire", "election de la maire", "election des adjoints", "election d un adjoint",
      "election d une adjointe"), Item.Kind.ELECTION),
    (("designation ", "nomination ", "election "), Item.Kind.APPOINTMENT),
)  # fmt: skip


def kind_of(subject: str) -> str:
    """Propose what an item is by how its subject begins: « Désignation… » names people."""
    words = " ".join(re.sub(r"[^a-z0-9]+", " ", folded(subject)).split()) + " "
    return next((kind for beginnings, kind in BEGINNINGS if words.startswith(beginnings)), Item.Kind.DELIBERATION)


# The place, in a model, of who is authorised: the head of the assembly, as their civility says.
HEAD = "LE MAIRE"


def models(assembly: Assembly, *, on: date) -> tuple[Proposed, ...]:
    """Every model, in the order of the file, in the words of this assembly: « d’autoriser la maire à signer »."""
    head = assembly.members.in_office(on).filter(function=Member.Function.MAYOR).first()
    is_woman = head is not None and head.civility == Member.Civility.MRS
    function = function_in_words(
        Member.Function.MAYOR,
        Member.Civility.MRS if is_woman else Member.Civility.MR,
        1,
        is_commune=assembly.is_commune,
    )
    said = f"{'la' if is_woman else 'le'} {function}"
    return tuple(replace(one, decision=one.decision.replace(HEAD, said)) for one in _models())


def to_check(model: Proposed) -> str:
    """Tell what of this model a person has to check, in a sentence for whoever takes it; nothing of most."""
    return next(
        (typography(row.get("to_check", "")) for row in _rows() if typography(row["subject"]) == model.subject), ""
    )


@cache
def _rows() -> list[dict[str, str]]:
    rows: list[dict[str, str]] = tomllib.loads(MODELS.read_text(encoding="utf-8"))["item"]
    return rows


@cache
def _models() -> tuple[Proposed, ...]:
    return tuple(
        Proposed(
            subject=typography(row["subject"]),
            kind=row.get("kind", Item.Kind.DELIBERATION),
            matter=row["matter"],
            grounds=typography(row.get("grounds", "")),
            decision=typography(row.get("decision", "").strip()),
        )
        for row in _rows()
    )
