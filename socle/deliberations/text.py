"""The PDF of an act of which its people have the words and no file: set as they were typed, and readable aloud."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path

from django.conf import settings

from socle.documents import typst
from socle.lib import dates

LAYOUT = Path(__file__).parent / "act.typ"


def compose(words: str, *, body: str, author: str, title: str, subject: str, adopted_on: date, at: datetime) -> bytes:
    """Return the PDF (PDF/A, tagged) of an act: whose it is, its title, its day, its subject, then these words.

    An empty line separates two paragraphs. Raises Unrenderable (a character that the font does not have).
    """
    paragraphs = re.split(r"\n[ \t]*\n", words.replace("\r\n", "\n").strip())
    doc = {
        "body": body,
        "author": author[:1].upper() + author[1:],
        "title": title,
        "dated": f"Du {dates.in_words(adopted_on)}",
        "subject": subject,
        "paragraphs": [paragraph.split("\n") for paragraph in paragraphs],
        "is_demonstration": settings.DEMO,
    }
    return typst.render(LAYOUT, {"doc": doc}, at=at)
