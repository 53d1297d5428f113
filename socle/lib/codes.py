"""The code printed on a document so that a scan of it says which print it is: a QR code, drawn as an image."""

from __future__ import annotations

import io

import segno


def drawn(text: str) -> str:
    """Return the SVG of the code of a short text; of capitals, figures and « $%*+-./: » it is the smallest.

    A quarter of it may be hidden, by a staple or a stamp, and it is still read.
    """
    drawing = io.BytesIO()
    code = segno.make_qr(text, error="q")
    code.save(drawing, kind="svg", border=2, xmldecl=False, svgclass=None, lineclass=None, omitsize=True)
    return drawing.getvalue().decode()
