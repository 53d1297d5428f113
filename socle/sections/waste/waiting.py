"""The collections of a public holiday to come, of which the site of the mairie says nothing yet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.urls import reverse

from socle.lib.dates import day_of, weekday_in_words
from socle.lib.declared import MairieReader, ToDo, WaitingAtMairie
from socle.people.capabilities import Capability
from socle.sections.waste.actions import touched_holidays

# How long before the day it is spoken of.
BEFORE = timedelta(days=30)


def _holidays(mairie: MairieReader, at: datetime) -> Iterator[ToDo]:
    """Each is to be said the day before at the latest, when inhabitants put their bins out."""
    if mairie.website is None:
        return
    on = day_of(at)
    for one in touched_holidays(mairie.website, on=on):
        if on < one.on <= on + BEFORE:
            yield ToDo(
                f"{one.name}\u00a0: dites quand passe la collecte des déchets",
                reverse("website_waste"),
                f"Elle tombe le {weekday_in_words(one.on)}, jour férié.",
                due_on=one.on - timedelta(days=1),
            )


AT_MAIRIE: tuple[WaitingAtMairie, ...] = (WaitingAtMairie(Capability.PUBLISH, _holidays),)
