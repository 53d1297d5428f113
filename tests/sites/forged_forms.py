"""The forms of the editor as somebody could forge them, an identifier of another site hidden in each place."""

from __future__ import annotations

import json

from tests.sites.two_communes import (
    Commune,
)


def news_form(**fields: object) -> dict[str, object]:
    """The form of a news item, as Wagtail's page posts it."""
    return {
        "title": "Nouvelle",
        "slug": "nouvelle",
        "summary": "Deux phrases.",
        "published_on": "2026-11-25",
        "picture": "",
        "picture_alternative": "",
        "show_in_menus": "",
        "search_description": "",
        "go_live_at": "",
        "expire_at": "",
        "body-count": "0",
        "action-publish": "action-publish",
        **fields,
    }


def block(kind: str, **values: object) -> dict[str, object]:
    """One block of a body, as the form posts it."""
    fields = {f"body-0-value{'-' + name if name else ''}": value for name, value in values.items()}
    return {
        "body-count": "1",
        "body-0-deleted": "",
        "body-0-order": "0",
        "body-0-type": kind,
        "body-0-id": "",
        **fields,
    }


def rich_text(entity: str, **data: object) -> str:
    """A text whose one word carries a link, as the editor posts it."""
    return json.dumps(
        {
            "blocks": [
                {
                    "key": "a",
                    "text": "mot",
                    "type": "unstyled",
                    "depth": 0,
                    "inlineStyleRanges": [],
                    "entityRanges": [{"key": 0, "offset": 0, "length": 3}],
                }
            ],
            "entityMap": {"0": {"type": entity, "mutability": "MUTABLE", "data": data}},
        }
    )


PLACES = (
    "a foreign key",
    "an image block",
    "a document block",
    "a link to a page",
    "a link to a document",
    "a link in a notice",
)


def forged(whose: Commune) -> dict[str, dict[str, object]]:
    """Every place of a form where an identifier may hide, filled with things of this commune."""
    return {
        "a foreign key": {"picture": whose.image.pk, "picture_is_decorative": "on"},
        "an image block": block("picture", image=whose.image.pk, alternative="", is_decorative="on", caption=""),
        "a document block": block("file", document=whose.document.pk, title=""),
        "a link to a page": block("text", **{"": rich_text("LINK", id=whose.news.pk, parentId=whose.index.pk)}),
        "a link to a document": block("text", **{"": rich_text("DOCUMENT", id=whose.document.pk, filename="x.pdf")}),
        "a link in a notice": block("notice", title="Avis", text=rich_text("LINK", id=whose.news.pk)),
    }
