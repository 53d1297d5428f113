"""The contents of a PDF from anywhere: the XML files attached to it, and the words of its pages.

It is read in a process of its own, within bounds (`children`): pages are a language.
"""

from __future__ import annotations

import base64
import io
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from socle.lib.children import be_bounded, read_apart, say
from socle.lib.refusals import Refused

if TYPE_CHECKING:
    from pypdf import PdfReader

MOST_PDF, MOST_XML = 20 * 1024 * 1024, 5 * 1024 * 1024
# An invoice of one page takes 50 Mio and a fifth of a second, one of 200 pages 80 Mio and half a second.
_MOST_MEMORY, _MOST_SECONDS = 512 * 1024 * 1024, 10
_MOST_WAITED = 60
_MOST_FILES, _MOST_PAGES, _MOST_WORDS = 100, 200, 2_000_000
_LOCKED, _HEAVY = "locked", "heavy"

_SAYS = {
    _LOCKED: (
        "Ce PDF est protégé par un mot de passe\u00a0: enregistrez-le sans protection, puis déposez-le de nouveau."
    ),
    _HEAVY: (
        "Les fichiers joints à ce PDF sont trop lourds pour être ceux d’une facture\u00a0: imprimez-le en PDF, déposez "
        "le nouveau fichier et saisissez la facture à la main."
    ),
}
_BROKEN = "Ce PDF est abîmé ou incomplet\u00a0: ouvrez-le pour le vérifier, puis déposez-le de nouveau."


@dataclass(frozen=True)
class Contents:
    """The XML files attached, name and bytes; the words of the pages, None when they could not be read to the end."""

    files: tuple[tuple[str, bytes], ...]
    words: str | None


def contents_of(pdf: bytes) -> Contents:
    """Read a PDF; raise `Refused` when it is locked, damaged, too heavy, or costs more than an invoice may."""
    if len(pdf) > MOST_PDF:
        raise Refused("Le fichier dépasse 20\u00a0Mo\u00a0: réduisez-le, puis déposez-le de nouveau.")
    lines = read_apart(__name__, pdf, seconds=_MOST_SECONDS, most_waited=_MOST_WAITED)
    if not lines or isinstance(lines[0], str):
        raise Refused(_SAYS[lines[0]] if lines else _BROKEN)
    files = tuple((name, base64.b64decode(content)) for name, content in lines[0])
    return Contents(files, lines[1] if len(lines) > 1 else None)


# --- In the process of its own ---------------------------------------------------------------------------------------
def _main() -> None:
    """Read a PDF on the input; write the files attached as one line of JSON, then the words as another."""
    be_bounded(memory=_MOST_MEMORY)
    from pypdf import PdfReader
    from pypdf.errors import FileNotDecryptedError, LimitReachedError

    try:
        reader = PdfReader(io.BytesIO(sys.stdin.buffer.read()))
        files = list(_files(reader))
    except FileNotDecryptedError:
        return say(_LOCKED)
    except (LimitReachedError, MemoryError, OverflowError):
        return say(_HEAVY)
    say(files)
    say(_words(reader))
    return None


def _files(reader: PdfReader) -> Iterator[tuple[str, str]]:
    for rank, file in enumerate(reader.attachment_list):
        if rank >= _MOST_FILES:
            raise OverflowError
        if file.name.lower().endswith(".xml"):
            content = file.content
            if len(content) > MOST_XML:
                raise OverflowError
            yield file.name, base64.b64encode(content).decode()


def _words(reader: PdfReader) -> str:
    words: list[str] = []
    for page in reader.pages[:_MOST_PAGES]:
        words.append(page.extract_text())
        if sum(map(len, words)) > _MOST_WORDS:
            break
    return "\n".join(words)[:_MOST_WORDS]


if __name__ == "__main__":
    _main()
