"""The clauses of a text as a small tree, which a layout and a reading page both render.

The format is what a jurist reads and amends in any editor: titles (`#`), paragraphs, lists (`-`, `1.`), `**strong**`
and `*emphasis*`, named variables (`{{ beneficiary.name }}`). A variable alone on its line may name a block that the
layout composes (`{{ services }}`). Values never become markup: they enter the tree after it is built.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, Literal

from socle.lib.refusals import Refused

MAX_LENGTH = 500_000
_VARIABLE = re.compile(r"\{\{\s*([a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*)(\?)?\s*\}\}")
_MARK = re.compile(r"(\*\*|\*)")
_APPROVED = re.compile(r"(?<!non )\b(?:approuv|adopt|valid)ée?s?\b", re.IGNORECASE)
_ITEM = re.compile(r"^(?:-|(\d+)\.)\s+(.*)$")


@dataclass(frozen=True)
class Span:
    """A run of text, or the place of a variable."""

    text: str = ""
    variable: str = ""
    is_optional: bool = False
    is_strong: bool = False
    is_emphasis: bool = False


Spans = tuple[Span, ...]


@dataclass(frozen=True)
class Node:
    """A title, a paragraph, a visa, a list, or a block the layout composes."""

    kind: Literal["heading", "paragraph", "visa", "list", "block"]
    spans: Spans = ()
    level: int = 0
    items: tuple[Spans, ...] = ()
    is_ordered: bool = False
    name: str = ""
    line: int = 0

    def all_spans(self) -> Iterator[Span]:
        yield from self.spans
        for item in self.items:
            yield from item


@dataclass(frozen=True)
class Tree:
    """A parsed text: what its heading says of it, and its nodes."""

    facts: Mapping[str, str] = field(default_factory=dict)
    nodes: tuple[Node, ...] = ()

    @property
    def is_demonstration(self) -> bool:
        """Whether its heading says that it is one. Approval is told by no word of a text: an act alone approves it."""
        return "démonstration" in self.facts.get("statut", "").lower()

    @property
    def says_approved(self) -> bool:
        """Whether its heading says « approuvé », before an assembly has read it: no text can know that of itself."""
        return _APPROVED.search(self.facts.get("statut", "")) is not None

    @property
    def variables(self) -> set[str]:
        return {span.variable for node in self.nodes for span in node.all_spans() if span.variable}

    @property
    def blocks(self) -> set[str]:
        return {node.name for node in self.nodes if node.kind == "block"}


def parse(text: str, *, blocks: Sequence[str] = ()) -> Tree:
    """Read a text. `blocks` are the names a layout composes. Raises `Refused`, which names the line at fault."""
    if len(text) > MAX_LENGTH:
        raise Refused("Ce texte est trop long pour être un acte\u00a0: vérifiez le fichier.")
    lines = text.lstrip("\ufeff").replace("\ufffc", "").splitlines()
    facts, start = _heading_facts(lines)
    nodes = tuple(_nodes(lines, start, blocks))
    titles = [node for node in nodes if node.kind == "heading"]
    if not titles or titles[0].level != 1 or titles[0] is not nodes[0]:
        raise Refused("Le texte doit commencer par son titre\u00a0: une ligne «\u00a0# Titre\u00a0».")
    for before, after in pairwise(titles):
        if after.level == 1 or after.level > before.level + 1:
            raise Refused(_at(after.line, "un titre saute un rang, ou le titre principal est répété."))
    return Tree(facts, nodes)


def fill(tree: Tree, data: Mapping[str, Any]) -> Tree:
    """Return the tree with each variable replaced by its value, as inert text.

    Raises `Refused`, which names the variable, when one is unknown or empty; an optional one (`{{ name? }}`) may be
    empty, and a paragraph left without any text disappears.
    """
    nodes = []
    for node in tree.nodes:
        spans = _filled(node.spans, data, node.line)
        items = tuple(_filled(item, data, node.line) for item in node.items)
        if node.kind in ("paragraph", "visa") and not "".join(span.text for span in spans).strip():
            continue
        nodes.append(replace(node, spans=spans, items=items))
    return Tree(tree.facts, tuple(nodes))


def as_data(tree: Tree) -> list[dict[str, Any]]:
    """Return a filled tree as plain values for a layout: kind, level, spans, items, name."""
    return [
        {
            "kind": node.kind,
            "level": node.level,
            "name": node.name,
            "ordered": node.is_ordered,
            "spans": [_span_data(span) for span in node.spans],
            "items": [[_span_data(span) for span in item] for item in node.items],
        }
        for node in tree.nodes
    ]


def typography(text: str) -> str:
    """Put the no-break spaces and apostrophes French wants, where a typist put plain ones."""
    text = text.replace("'", "’")
    # From the start of a run of spaces only: a line of a hundred thousand of them would otherwise take minutes.
    text = re.sub(r"(?<![ \u00a0\u202f])[ \u00a0\u202f]+([;:!?»])", "\u00a0\\1", text)
    text = re.sub(r"«[ \u00a0\u202f]*", "«\u00a0", text)
    text = re.sub(
        r"\b(n°|art\.|article|articles|annexe|L\.|R\.|D\.) (?=[\dLRD\ufffc])", "\\1\u00a0", text, flags=re.IGNORECASE
    )
    text = re.sub(r"(\d) (mois|jours?|heures?|ans?|€|%|habitants)\b", "\\1\u00a0\\2", text)
    return re.sub(r"(\d) (–) ", "\\1\u00a0\\2 ", text)


def _span_data(span: Span) -> dict[str, Any]:
    return {"text": span.text, "strong": span.is_strong, "emph": span.is_emphasis}


def _at(line: int, what: str) -> str:
    return f"Texte, ligne {line}\u00a0: {what}"


def _heading_facts(lines: list[str]) -> tuple[dict[str, str], int]:
    """Read the `clé : valeur` lines between two `---`, if any; return them and where the text starts."""
    if not lines or lines[0].strip() != "---":
        return {}, 0
    facts: dict[str, str] = {}
    for number, line in enumerate(lines[1:], 2):
        if line.strip() == "---":
            return facts, number
        key, colon, value = line.partition(":")
        if not colon:
            raise Refused(_at(number, "l’en-tête attend «\u00a0clé : valeur\u00a0»."))
        facts[key.strip()] = value.strip()
    raise Refused("L’en-tête du texte n’est pas fermé\u00a0: ajoutez une ligne «\u00a0---\u00a0».")


def _nodes(lines: list[str], start: int, blocks: Sequence[str]) -> Iterator[Node]:
    number = start
    while number < len(lines):
        line = lines[number].strip()
        first = number + 1
        number += 1
        if not line:
            continue
        if line.startswith("#"):
            marks = len(line) - len(line.lstrip("#"))
            title = line[marks:].strip()
            if marks > 3 or not title or not line[marks].isspace():
                raise Refused(_at(first, "un titre s’écrit «\u00a0# Titre\u00a0», sur trois rangs au plus."))
            yield Node("heading", _spans(title, first), level=marks, line=first)
        elif match := _ITEM.match(line):
            is_ordered = match[1] is not None
            items = [_spans(match[2], first)]
            while number < len(lines) and (match := _ITEM.match(lines[number].strip())):
                if (match[1] is not None) != is_ordered:
                    break
                items.append(_spans(match[2], number + 1))
                number += 1
            if number < len(lines) and lines[number].strip() and not _ITEM.match(lines[number].strip()):
                raise Refused(_at(number + 1, "un élément de liste tient sur une ligne\u00a0; laissez une ligne vide."))
            yield Node("list", items=tuple(items), is_ordered=is_ordered, line=first)
        elif (match := _VARIABLE.fullmatch(line)) and match[1] in blocks:
            yield Node("block", name=match[1], line=first)
        else:
            words = [line]
            while number < len(lines) and lines[number].strip() and not lines[number].lstrip().startswith(("#", "- ")):
                words.append(lines[number].strip())
                number += 1
            paragraph = " ".join(words)
            kind: Literal["visa", "paragraph"] = (
                "visa" if paragraph.startswith(("Vu ", "Vus ", "Vue ", "Considérant ")) else "paragraph"
            )
            yield Node(kind, _spans(paragraph, first), line=first)


def _spans(text: str, line: int) -> Spans:
    """Cut a line into runs; marks never nest across a variable's value, since values come later."""
    found: list[Span] = []
    strong = emphasis = False
    position = 0
    # Typography is set over the whole line; each variable stands as one character meanwhile.
    variables = list(_VARIABLE.finditer(text))
    rest = _VARIABLE.sub("\ufffc", text)
    if "{{" in rest or "}}" in rest:
        raise Refused(
            _at(line, "une variable est mal écrite\u00a0; elle s’écrit «\u00a0{{ beneficiary.name }}\u00a0».")
        )
    for piece in _MARK.split(typography(rest)):
        if piece == "**":
            strong = not strong
        elif piece == "*":
            emphasis = not emphasis
        else:
            for part in re.split("(\ufffc)", piece):
                if part == "\ufffc":
                    match = variables[position]
                    position += 1
                    found.append(Span("", match[1], match[2] is not None, strong, emphasis))
                elif part:
                    found.append(Span(part, is_strong=strong, is_emphasis=emphasis))
    if strong or emphasis:
        raise Refused(_at(line, "une étoile n’a pas sa paire\u00a0; le gras s’écrit «\u00a0**ainsi**\u00a0»."))
    return tuple(found)


def _filled(spans: Spans, data: Mapping[str, Any], line: int) -> Spans:
    return tuple(replace(span, text=_value(span, data, line), variable="") if span.variable else span for span in spans)


def _value(span: Span, data: Mapping[str, Any], line: int) -> str:
    value: Any = data
    for name in span.variable.split("."):
        if not isinstance(value, Mapping) or name not in value:
            raise Refused(_at(line, f"la variable «\u00a0{span.variable}\u00a0» n’existe pas. Vérifiez son nom."))
        value = value[name]
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Refused(_at(line, f"la variable «\u00a0{span.variable}\u00a0» ne s’écrit pas dans une phrase."))
    text = str(value).strip()
    if not text and not span.is_optional:
        raise Refused(_at(line, f"la donnée «\u00a0{span.variable}\u00a0» est vide. Complétez le dossier."))
    return text
