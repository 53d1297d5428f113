"""The life of a site in a demonstration: a few events, one closure, one alert, each said to be fictitious."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, time, timedelta

from django.db import transaction

from socle.lib.dates import PARIS, day_of
from socle.lib.refusals import Refused, refuse
from socle.people.models import User
from socle.people.personas import why_not_make_fictions
from socle.websites.agenda import agenda_of, open_agenda
from socle.websites.alerts import publish_alert
from socle.websites.exceptional_days import Wanted, announce_day
from socle.websites.models.events import EventPage
from socle.websites.models.notices import Alert
from socle.websites.models.sites import WebSite
from socle.websites.occurrences import Rhythm


def _next(weekday: int, after: date) -> date:
    """Return the first day of this name (Monday is 1) after a day."""
    return after + timedelta(days=(weekday - after.isoweekday() - 1) % 7 + 1)


def _events(on: date) -> list[EventPage]:
    saturday = _next(6, on + timedelta(days=8))
    return [
        EventPage(
            title="Marché des producteurs (fictif)",
            summary="Légumes, fromages, pain et miel\u00a0: un marché inventé pour la démonstration.",
            starts_on=_next(3, on),
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
            place="Centre du village",
        ),
    ]


@transaction.atomic
def ensure_life(website: WebSite, *, by: User, at: datetime) -> bool:
    """Give a site of a demonstration its events, a closure and an alert, once; say whether it was done.

    Raises Refused outside a demonstration.
    """
    refuse(why_not_make_fictions())
    if agenda_of(website) is not None or Alert.objects.filter(website=website).exists():
        return False
    on = day_of(at)
    agenda = open_agenda(website, by=by, at=at)
    for event in _events(on):
        event.live = False
        agenda.add_child(instance=event)
        event.save_revision(user=by).publish()
    # Something may already be announced that day: enough to see.
    with suppress(Refused):
        announce_day(website, Wanted(_next(5, on), _next(5, on), "fermeture fictive"), by=by, at=at)
    publish_alert(
        website,
        "Alerte fictive de démonstration\u00a0: la rue de l’Église est barrée pour travaux.",
        gravity=Alert.Gravity.VIGILANCE,
        starts_at=at,
        ends_at=datetime.combine(on + timedelta(days=30), time(18), PARIS),
        by=by,
        at=at,
    )
    return True
