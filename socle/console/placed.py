"""Where the page of a beneficiary is: under the list it is in, whatever its address."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse

from socle.console import journal_lines
from socle.people.models import Beneficiary
from socle.ui.doors import place_under
from socle.ui.shapes import Link


def crumbs_of(request: HttpRequest, place: Beneficiary, *rest: Link) -> list[Link]:
    """Lead from its list to one of its pages, by its record; the menu is made to say the same."""
    is_commune = place.commune is not None
    above = reverse("console:communes" if is_commune else "console:bodies")
    place_under(request, above)
    return [
        Link("Communes" if is_commune else "Autres établissements", above),
        Link(place.name, journal_lines.address_of(place)),
        *rest,
    ]
