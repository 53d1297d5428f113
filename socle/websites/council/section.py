"""What the council adds to the sites: its page, and the screens where it is kept."""

from socle.websites.council.fictions import ensure_council
from socle.websites.models.council import Commission, CommissionSeat, Councillor, CouncilTerm
from socle.websites.registry import Extension, MenuEntry

EXTENSION = Extension(
    code="council",
    package="socle.websites.council",
    editor_urls="socle.websites.council.editor_urls",
    menu=(MenuEntry("Conseil et commissions", "website_council", "group", 33),),
    demo=ensure_council,
    handed_over=(
        ("mandats", CouncilTerm, "website"),
        ("elus", Councillor, "term__website"),
        ("commissions", Commission, "term__website"),
        ("membres-des-commissions", CommissionSeat, "commission__term__website"),
    ),
)
