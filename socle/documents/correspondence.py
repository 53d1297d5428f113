"""Official letters: a text of `texts/`, filled, with who writes, to whom, and the place where it is signed by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings

from socle.documents import texts, tree, typst
from socle.documents.models import Text
from socle.lib import dates
from socle.lib.refusals import Refused

FICTITIOUS = "Document de démonstration\u00a0: personnes, actes et montants fictifs, sans valeur."


@dataclass(frozen=True)
class Heading:
    """Who writes, to whom and how it is sent; for whom it is signed, by whom, in which quality. Empty is left out."""

    sender: str
    signed_for: str
    signatory: str
    quality: str
    sender_seat: str = ""
    addressee: str = ""
    addressee_seat: str = ""
    place: str = ""
    sent_by: str = ""
    enclosed: str = ""


def text_of(name: str, *, on: date) -> Text:
    """The version of a letter that is in force on this day: the last whose date has come. Raises `Refused`."""
    known = Text.objects.filter(name=name, version__lte=on.isoformat()).order_by("-version").first()
    if known is None:
        raise Refused(
            f"Le texte «\u00a0{name}\u00a0» n’est pas publié\u00a0: la mise à jour de la plateforme le publie."
        )
    return known


def render(heading: Heading, text: Text, variables: Mapping[str, Any], *, at: datetime) -> bytes:
    """Compose the letter: PDF/A-3a and PDF/UA-1; its foot says which version of which text it is.

    Raises `Refused` when a value is missing, `Unrenderable` when it cannot be composed.
    """
    words, on = tree.parse(text.body), dates.day_of(at)
    filled = tree.fill(words, variables)
    title = next("".join(span.text for span in node.spans) for node in filled.nodes if node.kind == "heading")
    version = dates.in_words(date.fromisoformat(text.version))
    facts = asdict(heading) | {
        "title": title,
        "day": on.isoformat(),
        "day_in_words": dates.in_words(on),
        "model": f"{words.facts.get('titre', text.name)}, texte du {version}",
        "notice": FICTITIOUS if settings.DEMO else "",
    }
    layout = texts.layout_of(text.name, text.version, "lettre.typ")
    return typst.render(layout, {"doc": facts, "nodes": tree.as_data(filled)}, at=at)
