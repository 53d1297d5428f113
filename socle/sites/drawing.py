"""Draw `coat.svg`, which lies in the current folder, and write the picture on the standard output.

Run in a process of its own (`socle.sites.coats`): nothing here knows of the platform, its database or its secrets.
Typst draws with resvg, which runs no script, asks nothing of any network, and reads no file out of this folder.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path

SECONDS, BYTES = 10, 2 * 1024**3
PAGE = """#set page(width: 400pt, height: 400pt, margin: 0pt, fill: none)
#image("coat.svg", width: 400pt, height: 400pt, fit: "contain")
"""


def draw() -> bytes:
    """Return the drawing as a PNG of 800 points a side."""
    import typst

    Path("page.typ").write_text(PAGE, encoding="utf-8")
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)
    made = typst.compile("page.typ", root=".", font_paths=fonts, format="png", ppi=144.0)
    if not isinstance(made, bytes):
        raise ValueError("a drawing is one page")
    return made


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    sys.stdout.buffer.write(draw())
