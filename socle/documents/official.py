"""The official papers of the platform: which there are, what each must say and by which article, and one of each kind.

A room declares its own in `official.py`, as a tuple `PAPERS`; `socle papers` writes those of an installation.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from socle.lib.declared import gathered

# As a reader of PDF gives the hyphen at the end of a line.
CUT = "\ufffe"


@dataclass(frozen=True)
class Mention:
    """Words that a paper must bear: what they are, a pattern that finds them, the article that wants them.

    `is_read`: somebody read that article. Of another, the mention is a usage, or the choice of the body.
    """

    what: str
    pattern: str
    article: str = ""
    is_read: bool = True

    def found_in(self, pages: Sequence[str]) -> int | None:
        """Return the page, from 1, where it stands first, or None; a word cut at the end of a line is read whole."""
        looked = re.compile(self.pattern)
        for rank, page in enumerate(pages, 1):
            # The same mark is read for the hyphen of a name and for that of a word that was cut.
            if any(looked.search(page.replace(CUT, hyphen)) for hyphen in ("", "-")):
                return rank
        return None


@dataclass(frozen=True)
class Official:
    """A kind of paper: who signs it, what is a parameter of it, what it must bear, and how to have one.

    `make` returns the PDF of the latest there is at an instant, or None when there is none.
    """

    code: str
    name: str
    signed_by: str
    mentions: tuple[Mention, ...]
    make: Callable[[datetime], bytes | None]
    parameters: tuple[str, ...] = ()


def kinds() -> tuple[Official, ...]:
    """Every kind of paper, in the order in which the rooms are listed."""
    return gathered(settings.SOCLE_PAPERS)


def pages_of(pdf: bytes) -> list[str]:
    """Return the words of each page of a PDF that we made, in their order, with plain spaces."""
    import pypdfium2  # Half a second that the other commands do not wait for.

    with contextlib.closing(pypdfium2.PdfDocument(pdf)) as document:
        return [" ".join(page.get_textpage().get_text_range().split()) for page in document]


HEADERS = ("Papier", "Fichier", "Signé par", "Paramètres", "Mention", "Article", "Article lu", "Page")


def table(made: Iterable[tuple[Official, str, Sequence[str]]]) -> list[list[str]]:
    """Return a row (`HEADERS`) for each paper and mention: whose it is, its article, the page where it stands.

    `made` gives for each kind its file and its pages; no file where there is no such paper yet.
    """
    lines = []
    for kind, file, pages in made:
        head = [kind.name, file or "aucun", kind.signed_by, ", ".join(kind.parameters)]
        for one in kind.mentions:
            page = one.found_in(pages)
            told = str(page) if page else ("absente" if file else "")
            lines.append([*head, one.what, one.article, "oui" if one.article and one.is_read else "", told])
    return lines
