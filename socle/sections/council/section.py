"""Extension of the sites by the council: its page, and the screens where it is kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from django.urls import reverse

from socle.sections.council.demo_data import ensure_council
from socle.sections.council.models import Councillor, CouncilTerm
from socle.sites.ages import PageRow, Written
from socle.sites.models.sites import WebSite
from socle.sites.parameters import value_of
from socle.sites.registry import Extension, MenuEntry


def freshness(website: WebSite, pages: Sequence[PageRow], *, on: date) -> Iterator[Written]:
    """Return the age of the term of the council."""
    term = CouncilTerm.objects.filter(website=website, starts_on__lte=on).first()
    if term is not None:
        sentence = "Le mandat du conseil affiché a commencé le {written}\u00a0: il devrait être terminé."
        months, again, url = value_of("council-months"), value_of("again-months"), reverse("website_council")
        yield Written("council", "Le conseil", sentence, term.starts_on, months, url, again)


EXTENSION = Extension(
    code="council",
    package="socle.sections.council",
    editor_urls="socle.sections.council.editor_urls",
    menu=(MenuEntry("Conseil municipal", "website_council", "group", 33),),
    freshness=freshness,
    demo=ensure_council,
    handed_over=(
        ("mandats", CouncilTerm, "website"),
        ("elus", Councillor, "term__website"),
    ),
)
