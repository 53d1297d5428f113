"""What is done to the equipment of a site: opened, added, corrected, ordered, taken off, put back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from socle.journal import actions as journal
from socle.lib.refusals import Refused, refuse
from socle.lib.rows import write
from socle.people.models import User
from socle.websites import photographs
from socle.websites.equipment.rules import LAST_NUMBER, why_not_keep, why_not_put_back, why_not_remove
from socle.websites.models.equipment import Equipment, EquipmentPage
from socle.websites.models.sites import WebSite
from socle.websites.opening import open_page
from socle.websites.ordering import move_among
from socle.websites.photographs import Photograph
from socle.websites.publishing.actions import changed

KEY = "equipment"
WRITTEN = (
    "name", "theme", "kind", "code", "street_number", "street", "postal_code", "city", "latitude", "longitude", "hours",
    "accessibility", "phone", "email", "link", "capacity", "price", "booking",
)  # fmt: skip


def equipment_page_of(website: WebSite) -> EquipmentPage | None:
    """Return the page of the equipment of this site, or None when it has none yet."""
    return EquipmentPage.objects.child_of(website.root_page).first()


@transaction.atomic
def open_equipment(website: WebSite, *, by: User, at: datetime) -> EquipmentPage:
    """Give the site the page of its equipment, in the menu; return the one it has if it has one."""
    if (existing := equipment_page_of(website)) is not None:
        return existing
    page = open_page(website, EquipmentPage(title="Équipements et salles"), at=at)
    journal.record("website.equipment_opened", website, by=by, at=at)
    return page


@transaction.atomic
def keep(
    website: WebSite,
    written: Mapping[str, Any],
    *,
    equipment: Equipment | None = None,
    picture: Photograph | None = None,
    picture_alternative: str = "",
    drops_picture: bool = False,
    by: User,
    at: datetime,
) -> Equipment:
    """Add a place, or correct one; keys of `written` are those of WRITTEN. Raises Refused (a name already there)."""
    refuse(why_not_keep(website, written.get("name", ""), equipment=equipment))
    kept = equipment
    if kept is None:
        last = Equipment.objects.filter(website=website).aggregate(number=Max("number"), position=Max("position"))
        number = (last["number"] or 0) + 1
        if number > LAST_NUMBER:
            raise Refused("Ce site a donné ses 999 numéros d’équipement\u00a0: corrigez une fiche retirée.")
        kept = Equipment(website=website, number=number, position=(last["position"] or 0) + 1, added_at=at)
    for field in WRITTEN:
        if field in written:
            setattr(kept, field, written[field])
    if picture is not None:
        kept.picture = photographs.keep(website, picture, title=kept.name, description=picture_alternative, by=by)
    elif drops_picture:
        kept.picture = None
    kept.picture_alternative = picture_alternative if kept.picture_id else ""
    write(kept, [*WRITTEN, "picture", "picture_alternative"])
    changed(website.pk, KEY, at=at)
    journal.record("website.equipment_kept", website, by=by, at=at, equipment=kept.pk)
    return kept


@transaction.atomic
def move(equipment: Equipment, *, up: bool, by: User, at: datetime) -> None:
    """Put a place before, or after, its neighbour; at the end of the list, nothing moves."""
    if not move_among(Equipment.objects.kept().filter(website=equipment.website_id), equipment, up=up):
        return
    changed(equipment.website_id, KEY, at=at)
    journal.record("website.equipment_moved", equipment.website, by=by, at=at, equipment=equipment.pk)


@transaction.atomic
def remove(equipment: Equipment, *, by: User, at: datetime) -> Equipment:
    """Take a place off the page; it can be put back."""
    refuse(why_not_remove(equipment))
    equipment.removed_at = at
    equipment.save(update_fields=["removed_at"])
    changed(equipment.website_id, KEY, at=at)
    journal.record("website.equipment_removed", equipment.website, by=by, at=at, equipment=equipment.pk)
    return equipment


@transaction.atomic
def put_back(equipment: Equipment, *, by: User, at: datetime) -> Equipment:
    """Show again what was taken off, as it was, at the end of the list. Raises Refused when its name was taken."""
    refuse(why_not_put_back(equipment))
    last = Equipment.objects.kept().filter(website=equipment.website_id).aggregate(position=Max("position"))
    equipment.removed_at = None
    equipment.position = (last["position"] or 0) + 1
    equipment.save(update_fields=["removed_at", "position"])
    changed(equipment.website_id, KEY, at=at)
    journal.record("website.equipment_put_back", equipment.website, by=by, at=at, equipment=equipment.pk)
    return equipment
