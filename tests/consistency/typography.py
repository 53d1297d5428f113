"""French typography, read by a machine: few rules, sure ones."""

from __future__ import annotations

import ast
import html
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.consistency import house

NO_BREAK = "\u00a0\u202f"
LETTER = r"[A-Za-zÀ-ÖØ-öø-ÿœŒæÆ]"
FRENCH = re.compile(r"[À-ÖØ-öø-ÿœŒ’«»…]")
# What a template puts where a value or a piece of mark-up stood: neither a letter nor a space.
HOLE = "\u2402"

RULES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("straight apostrophe", re.compile(rf"{LETTER}'(?={LETTER})")),
    ("three dots instead of …", re.compile(r"(?<!\.)\.\.\.(?!\.)")),
    ("no no-break space before a high sign", re.compile(rf"(?:{LETTER}|\)|»|\d|’)[ \t\n]*[;!?](?=[\s)»]|$)")),
    ("no no-break space before a colon", re.compile(rf"(?:{LETTER}|\)|»|{HOLE})[ \t\n]*:(?=\s|$)")),
    ("no no-break space before »", re.compile(rf"[^\s{NO_BREAK}]»|[ \t\n]»")),
    ("no no-break space after «", re.compile(rf"«(?![{NO_BREAK}])")),
    ("straight quotation marks", re.compile(rf'(?:^|\s)"{LETTER}[^"<>=]*"(?=[\s.,]|$)')),
)


def faults(text: str) -> list[str]:
    """List what is wrong in a piece of French, each with its words around."""
    found = []
    for name, pattern in RULES:
        for match in pattern.finditer(text):
            around = text[max(0, match.start() - 25) : match.end() + 15].replace("\n", " ").replace(HOLE, "…")
            found.append(f"{name}: « {around.strip()} »")
    return found


def visible(template: str) -> Iterator[str]:
    """Give what a template shows to a person: its text between tags, and the attributes that are read aloud."""
    text = re.sub(r"\{#.*?#\}|\{% *comment.*?endcomment *%\}|<!--.*?-->", "", template, flags=re.S)
    text = re.sub(r"<(script|style|code|pre)\b.*?</\1>", HOLE, text, flags=re.S)
    text = re.sub(r'<(\w+)[^>]*\blang="en".*?</\1>', HOLE, text, flags=re.S)
    # Words handed to a component: {% component "button" label="Envoyer ?" %}
    for tag in re.findall(r"\{%.*?%\}", text, flags=re.S):
        for words in re.findall(r'\b\w+="([^"]*)"', tag):
            if " " in words and FRENCH.search(words):
                yield html.unescape(words)
    text = re.sub(r"\{\{.*?\}\}", HOLE, text, flags=re.S)
    text = re.sub(r"\{%.*?%\}", "", text, flags=re.S)
    for words in re.findall(r'\b(?:alt|title|aria-label|placeholder|summary)="([^"]*)"', text):
        yield html.unescape(words)
    inline = r"</?(?:a|abbr|b|cite|em|i|kbd|mark|small|span|strong|sub|sup|time|bdi)\b[^>]*>"
    text = re.sub(inline, "", text)
    yield from (html.unescape(piece) for piece in re.split(r"<[^>]*>", text) if piece.strip())


def literals(nodes: Sequence[ast.AST]) -> Iterator[tuple[int, str]]:
    """Give the French strings among the nodes of a module, with their line: docstrings and English are left out."""
    prose = {
        id(node.body[0].value)
        for node in nodes
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    inside = {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in nodes:
        if isinstance(node, ast.JoinedStr):
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else HOLE for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose | inside:
            text = node.value
        else:
            continue
        # A pattern or a piece of mark-up is no sentence.
        if " " in text and FRENCH.search(text) and not re.search(r"[<>\\\[\]{}]|\(\?", text):
            yield node.lineno, text


def faults_of(path: Path) -> list[str]:
    """Everything wrong in one file of the house."""
    if path.suffix == ".html":
        return [fault for text in visible(house.read(path)) for fault in faults(text)]
    return [f"line {line}: {fault}" for line, text in literals(house.nodes(path)) for fault in faults(text)]
