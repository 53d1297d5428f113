"""Demonstration steps of this room: idempotent, quick when nothing is missing, says what it did."""

from __future__ import annotations

from django.utils import timezone

from socle.lib import dates
from socle.lib.declared import Say, Step
from socle.people import filters, personas
from socle.people.models import SavedFilter, User
from socle.provisioning.access import access_of
from socle.provisioning.desk import saving

# One's own, and one that every person of the syndicate finds.
FILTERS = (("communes", "Prioritaires du Pas-de-Calais", "departement=62&priorite=oui", False),
           ("conventions", "Projets à compléter", "etat=draft", True))  # fmt: skip


def _filters(say: Say) -> None:
    officer = User.objects.filter(email=f"officer@{personas.DOMAIN}").first()
    access = access_of(officer, on=dates.day_of(timezone.now())) if officer else None
    if access is None or SavedFilter.objects.filter(user=access.user).exists():
        return
    for code, name, query, is_shared in FILTERS:
        kept = saving.read(saving.list_of(code), query, access)
        saved = filters.save(access.operator, list_code=code, name=name, query=kept, by=access.user, at=timezone.now())
        if is_shared:
            filters.share(saved, by=access.user, at=timezone.now())
        say(name)


SAVED_FILTERS = Step("Filtres enregistrés", _filters)
