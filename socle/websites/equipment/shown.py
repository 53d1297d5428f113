"""What the page of the equipment shows."""

from __future__ import annotations

from django.db.models import QuerySet

from socle.websites.models.equipment import Equipment
from socle.websites.models.sites import WebSite
from socle.websites.publishing.reads import reads


def equipment_of(website: WebSite) -> QuerySet[Equipment]:
    """Return what is shown, in the order of the mairie: three queries whatever the number."""
    reads("equipment")
    rows = Equipment.objects.kept().filter(website=website)
    return rows.select_related("picture").prefetch_related("picture__renditions")
