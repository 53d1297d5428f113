"""The slip of an elimination as it is printed: who proposes, what, between which dates, and room for the visa."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from django.conf import settings

from socle.documents import typst
from socle.eliminations.models import SlipArticle
from socle.eliminations.rules import BASIS
from socle.lib import dates
from socle.lib.text import bytes_in_french, number
from socle.people.models import Beneficiary

LAYOUT = Path(__file__).parent / "slip.typ"


def compose(beneficiary: Beneficiary, slip_number: str, articles: Sequence[SlipArticle], *, at: datetime) -> bytes:
    """Return the PDF (PDF/A-3a, PDF/UA-1) of a slip. It names nobody. Raises Unrenderable."""
    doc = {
        "owner": beneficiary.name,
        "department": beneficiary.department.name,
        "number": slip_number,
        "dated": dates.in_words(dates.day_of(at)),
        "basis": BASIS,
        "is_demonstration": settings.DEMO or beneficiary.is_fictitious,
        "count": number(sum(one.count for one in articles)),
        "size": bytes_in_french(sum(one.size for one in articles)),
        "articles": [
            {
                "rank": str(one.rank),
                "what": one.what,
                "term": one.term,
                "from": dates.in_words(one.first_on),
                "until": dates.in_words(one.last_on),
                "volume": volume(one.count, one.files, one.size),
            }
            for one in articles
        ],
    }
    return typst.render(LAYOUT, {"doc": doc}, at=at)


def volume(count: int, files: int, size: int) -> str:
    """« 12 dossiers, 3 pièces jointes, 1,2 Mo »."""
    said = [f"{number(count)}\u00a0dossier{'s' if count > 1 else ''}"]
    if files:
        said.append(f"{number(files)}\u00a0pièce{'s' if files > 1 else ''} jointe{'s' if files > 1 else ''}")
    if size:
        said.append(bytes_in_french(size))
    return ", ".join(said)
