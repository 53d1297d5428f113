"""Holdings of a person who leaves, in the folder of a mairie: the links they made, which go on until their day."""

from __future__ import annotations

from datetime import date

from django_scopes import scope

from socle.files.models import Link
from socle.lib.dates import day_of, in_words
from socle.people.models import Membership
from socle.people.offboarding import Kind

HOLDINGS: tuple[Kind, ...] = (
    Kind(
        "liens",
        "Liens de partage faits",
        "socle.files.offboarding.links",
        "Ils restent valables jusqu’à leur date, sauf si la mairie les arrête.",
        pages={"mairie": "mairie:file_links"},
    ),
)


def links(membership: Membership, on: date) -> list[str]:
    """The links this person made there that still open something, by their last day: a name may say too much."""
    if membership.beneficiary is None:
        return []
    with scope(beneficiary=membership.beneficiary):
        made = Link.objects.filter(made_by=membership.user_id, ended_at__isnull=True, expires_at__date__gte=on)
        return [f"jusqu’au {in_words(day_of(link.expires_at))}" for link in made.order_by("expires_at", "pk")]
