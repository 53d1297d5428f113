"""The guide of the mairies, read in their own door: the pages of `docs/guide` that are theirs, as HTML."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from markdown_it import MarkdownIt
from markdown_it.token import Token

# In the order of their list. What an operator alone does is in other pages of the guide.
PAGES = ("mairie", "messagerie", "seances", "publier", "prefecture", "sauvegardes", "noms-de-domaine", "signer")
# The platform runs from its sources: the guide is beside them.
FOLDER = Path(__file__).resolve().parents[2] / "docs/guide"
# The reader is in front of the screens that these pictures show: tables of pictures, then pictures alone, and captions.
PICTURES = re.compile(r"^\|[ |]*\|\n\|[-|]+\|\n(?:\|.*!\[.*\n)+|^.*!\[.*\n|^\*Écrans .*\*\n", re.MULTILINE)
# Parts that speak to operators alone.
THEIRS = re.compile(
    r"^## (?:Pour l’opérateur|Régler le cachet \(opérateur\)|Entre opérateurs|Rendre compte au comité)$.*?(?=^## |\Z)",
    re.MULTILINE | re.DOTALL,
)
# Files are typed with ordinary spaces: a line does not begin with one of these signs.
TIED = re.compile(r"(?<=«) | (?=[»:;?!])")


@dataclass(frozen=True)
class GuidePage:
    """One page: its title, its parts (anchor and words) and its HTML, without the title."""

    code: str
    title: str
    parts: tuple[tuple[str, str], ...]
    body: SafeString


@cache
def page_of(code: str) -> GuidePage:
    """Read one of the `PAGES`, once."""
    text = TIED.sub("\u00a0", THEIRS.sub("", PICTURES.sub("", (FOLDER / f"{code}.md").read_text())))
    reader = MarkdownIt("default", {"html": False})
    tokens = reader.parse(text)
    title, parts = "", []
    for opening, inline in itertools.pairwise(tokens):
        if opening.type == "table_open":
            opening.attrSet("class", "table")
        if opening.type == "heading_open":
            words, anchor = inline.content, slugify(inline.content)
            opening.attrSet("id", anchor)
            title = words if opening.tag == "h1" else title
            parts += [(anchor, words)] if opening.tag == "h2" else []
    _lead_within(tokens)
    body = reader.renderer.render(_without_title(tokens), reader.options, {})
    return GuidePage(code, title, tuple(parts), mark_safe(body))  # noqa: S308 — our own pages, their HTML escaped


def _without_title(tokens: list[Token]) -> list[Token]:
    return tokens[3:] if tokens and tokens[0].tag == "h1" else tokens


def _lead_within(tokens: list[Token]) -> None:
    """Make the links between pages of the guide lead here; one to an operator's page becomes plain words."""
    for token in tokens:
        kept, is_cut = [], False
        for child in token.children or ():
            if child.type == "link_open":
                name, _, part = str(child.attrGet("href")).partition("#")
                code = name.removesuffix(".md")
                is_cut = bool(name) and code not in PAGES
                address = reverse("mairie:guide_page", args=[code]) if name and not is_cut else ""
                child.attrSet("href", f"{address}#{part}" if part else address)
            if not (is_cut and child.type in ("link_open", "link_close")):
                kept.append(child)
            if child.type == "link_close":
                is_cut = False
        if token.children is not None:
            token.children = kept
