"""What may be said of the equipment of a commune, and when: a French sentence of refusal, or None."""

from __future__ import annotations

from socle.websites.models.equipment import Equipment
from socle.websites.models.sites import WebSite

# The order number has three digits in the open data.
MOST_EQUIPMENT = 200
LAST_NUMBER = 999


def why_not_keep(website: WebSite, name: str, *, equipment: Equipment | None = None) -> str | None:
    """Say why this place cannot be kept so."""
    if not name:
        return "Écrivez le nom de l’équipement."
    others = Equipment.objects.kept().filter(website=website).exclude(pk=equipment.pk if equipment else 0)
    if others.filter(name__iexact=name).exists():
        return "Un équipement porte déjà ce nom\u00a0: corrigez-le plutôt."
    if equipment is None and others.count() >= MOST_EQUIPMENT:
        return "Le site montre deux cents équipements au plus\u00a0: retirez ceux qui ne servent plus."
    return None


def why_not_remove(equipment: Equipment) -> str | None:
    """Say why this place cannot be taken off."""
    return "Cet équipement est déjà retiré." if equipment.removed_at else None


def why_not_put_back(equipment: Equipment) -> str | None:
    """Say why this place cannot be shown again."""
    if equipment.removed_at is None:
        return "Cet équipement est déjà sur la page."
    return why_not_keep(equipment.website, equipment.name, equipment=equipment)
