"""Composing a PDF from a layout and some facts."""

from __future__ import annotations

import functools
import json
import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import typst as engine

from socle.lib.refusals import Refused

logger = logging.getLogger(__name__)


class Unrenderable(Refused):
    """The document could not be composed. The layout's own message is in the log, without the facts it was given."""


@functools.cache
def _fonts() -> Any:
    """Only the fonts Typst carries (Libertinus, OFL): a document looks the same on every machine."""
    return engine.Fonts(include_system_fonts=False, include_embedded_fonts=True)


def render(
    layout: Path,
    data: Mapping[str, Any],
    *,
    standards: Sequence[str] = ("a-3a", "ua-1"),
    at: datetime | None = None,
    is_tagged: bool = True,
) -> bytes:
    """Compose `layout` with `data`, and return a PDF that Typst has checked against these standards.

    `data` reaches the layout as JSON in `sys.inputs.data`, and stays inert there: no character of it is ever markup. A
    layout reads no file out of its own folder. `at` is written as the creation date; without it the file has the date
    its layout sets, so that the same facts give the same bytes. Raises `Unrenderable`, whose sentence is French.
    """
    try:
        pdf = engine.compile(
            str(layout),
            root=str(layout.parent),
            font_paths=_fonts(),
            sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
            pdf_standards=cast("list[engine.PDFStandard]", list(standards)),
            pdf_tags=is_tagged,
            timestamp=at.astimezone(UTC).replace(microsecond=0) if at else None,
        )
    except engine.TypstError as error:
        # The diagnostic quotes the layout's lines; the message alone says what was wrong, and holds no fact.
        logger.error("document.unrenderable layout=%s message=%s", layout.name, error.message)
        if "glyph" in error.message or "font" in error.message:
            raise Unrenderable(
                "Le document n’a pas pu être composé\u00a0: un caractère de ses données n’existe pas dans la police du "
                "document (une émoticône, par exemple). Remplacez-le, puis recommencez."
            ) from error
        raise Unrenderable(
            "Le document n’a pas pu être composé\u00a0: sa mise en page comporte une erreur. "
            "Prévenez l’opérateur\u00a0; rien n’a été enregistré."
        ) from error
    if not isinstance(pdf, bytes):
        raise Unrenderable("Le document n’a pas pu être composé\u00a0: sa mise en page ne donne pas un PDF unique.")
    return pdf
