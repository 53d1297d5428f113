"""The reading page of a text: the same tree as the PDF, for a screen of any size and for a screen reader."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify

from socle.documents import tree
from socle.documents.tree import Node, Spans


def render_html(
    text: str, data: Mapping[str, Any], *, blocks: Mapping[str, SafeString] | None = None, top_level: int = 2
) -> SafeString:
    """Return the text, filled, as HTML without any attribute but the identifiers of its titles.

    `blocks` gives the HTML of each block the text may name. Every value is escaped. `top_level` is the rank of the
    text's own title in the page. Raises `Refused` as `tree.parse` and `tree.fill` do.
    """
    blocks = blocks or {}
    filled = tree.fill(tree.parse(text, blocks=tuple(blocks)), data)
    return format_html_join("\n", "{}", ((_node(node, blocks, top_level),) for node in filled.nodes))


def _node(node: Node, blocks: Mapping[str, SafeString], top_level: int) -> SafeString:
    if node.kind == "heading":
        rank = min(node.level + top_level - 1, 6)
        anchor = "texte-" + slugify("".join(span.text for span in node.spans))[:60]
        return format_html('<h{} id="{}">{}</h{}>', rank, anchor, _spans(node.spans), rank)
    if node.kind == "list":
        items = format_html_join("", "<li>{}</li>", ((_spans(item),) for item in node.items))
        return format_html("<ol>{}</ol>" if node.is_ordered else "<ul>{}</ul>", items)
    if node.kind == "block":
        return blocks[node.name]
    return format_html("<p>{}</p>", _spans(node.spans))


def _spans(spans: Spans) -> SafeString:
    pieces = []
    for span in spans:
        piece = format_html("{}", span.text)
        if span.is_emphasis:
            piece = format_html("<em>{}</em>", piece)
        if span.is_strong:
            piece = format_html("<strong>{}</strong>", piece)
        pieces.append(piece)
    return mark_safe("".join(pieces))  # noqa: S308 (each piece is escaped above)
