"""Where the pages of a beneficiary are: under the list it is in, whatever their address, and beside one another."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse

from socle.people.models import Beneficiary
from socle.provisioning.desk import journal_lines
from socle.territory.models import Commune
from socle.ui.doors import place_under
from socle.ui.shapes import Link


def body_of(commune: Commune) -> Beneficiary:
    """The body of a commune; not saved, when nobody has registered it yet."""
    registered: Beneficiary | None = getattr(commune, "beneficiary", None)
    return registered or Beneficiary(
        kind=Beneficiary.Kind.COMMUNE, commune=commune, department=commune.department, name=commune.name
    )


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


def pages_of(place: Beneficiary) -> list[Link]:
    """The pages of its record, as its tabs: a commune that nobody registered yet has no services to show."""
    code = place.insee_code
    pages = [Link("Convention", journal_lines.address_of(place))]
    if place.pk:
        pages.append(Link("Services", reverse("console:body_services", args=[place.pk])))
    for label, view in (("Personnes", "people"), ("Histoire", "history")):
        pages.append(
            Link(label, reverse(f"console:commune_{view}", args=[code]))
            if code
            else Link(label, reverse(f"console:body_{view}", args=[place.pk]))
        )
    return pages
