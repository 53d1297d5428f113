"""Fictitious events, for the sites of a demonstration."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db import transaction

from socle.lib.dates import day_of, next_weekday
from socle.lib.refusals import refuse
from socle.people.models import User
from socle.people.personas import why_not_make_fictions
from socle.sections.events.models import EventIndexPage, EventPage
from socle.sites.models.sites import WebSite
from socle.sites.occurrences import Rhythm
from socle.sites.opening import open_section
from socle.sites.registry import sections


def _events(on: date) -> list[EventPage]:
    # That of next week, as in the agenda of the mairie.
    saturday = on - timedelta(days=on.weekday()) + timedelta(days=12)
    return [
        EventPage(
            title="Marché des producteurs (fictif)",
            summary="Légumes, fromages, pain et miel\u00a0: un marché inventé pour la démonstration.",
            starts_on=next_weekday(3, on),
            start_time=time(8, 30),
            end_time=time(12),
            rhythm=Rhythm.WEEKLY,
            place="Place de la mairie",
            is_free=True,
        ),
        EventPage(
            title="Repas des aînés (fictif)",
            summary="Un repas inventé pour la démonstration\u00a0: inscription à la mairie.",
            starts_on=saturday,
            start_time=time(12),
            place="Salle des fêtes",
            price="12\u00a0€",
            contact="Mairie",
        ),
        EventPage(
            title="Exposition de photographies (fictive)",
            summary="La commune d’hier et d’aujourd’hui, dans une exposition inventée pour la démonstration.",
            starts_on=on - timedelta(days=2),
            ends_on=on + timedelta(days=9),
            place="Bibliothèque",
            is_free=True,
        ),
        EventPage(
            title="Fête du village (fictive)",
            summary="Elle a eu lieu le mois dernier, dans cette démonstration seulement.",
            starts_on=on - timedelta(days=30),
            place="Place de l’Église",
        ),
    ]


@transaction.atomic
def ensure_events(website: WebSite, *, by: User, at: datetime) -> bool:
    """Give a site events to come and past, once; say whether it was done. Raises Refused outside a demonstration."""
    refuse(why_not_make_fictions())
    if EventIndexPage.objects.child_of(website.root_page).exists():
        return False
    agenda = open_section(website, sections()["agenda"], by=by, at=at)
    for event in _events(day_of(at)):
        event.live = False
        agenda.add_child(instance=event)
        event.save_revision(user=by).publish()
    return True
