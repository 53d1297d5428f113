"""Appends the pages of PDFs to another (merge, concatenate)."""

from __future__ import annotations

import io
from collections.abc import Iterable

import pikepdf

from socle.lib import pdf_checks  # noqa: F401 (its import bounds what the library unfolds)

# What our own layout promises (PDF/A-3a, PDF/UA-1), and the pages of others do not.
_PROMISES = ("pdfaid:part", "pdfaid:conformance", "pdfuaid:part")


def appended(content: bytes, others: Iterable[bytes]) -> bytes:
    """Return the PDF `content` followed by the pages of each of the others, in order; the same bytes for the same.

    The others were judged as they came (`rules.why_not_upload`). The result no longer says that it is PDF/A nor PDF/UA:
    its first pages are, and nobody vouches for the rest.
    """
    with pikepdf.open(io.BytesIO(content)) as whole:
        for other in others:
            with pikepdf.open(io.BytesIO(other)) as pdf:
                whole.pages.extend(pdf.pages)
        with whole.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as said:
            for promise in _PROMISES:
                said.pop(promise, None)
        output = io.BytesIO()
        whole.save(output, object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True)
    return output.getvalue()
