"""Extension of the sites by the council: its page, and the screens where it is kept."""

from __future__ import annotations

from socle.sections.council.demo_data import ensure_council
from socle.sections.council.models import Councillor
from socle.sites.registry import Extension, MenuEntry

EXTENSION = Extension(
    code="council",
    package="socle.sections.council",
    editor_urls="socle.sections.council.editor_urls",
    menu=(MenuEntry("Conseil municipal", "website_council", "daily", 33),),
    demo=ensure_council,
    handed_over=(("elus", Councillor, "website"),),
)
