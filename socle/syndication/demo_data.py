"""The shared contents of a demonstration: a news item, an event and an alert, each said to be fictitious."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.db import transaction

from socle.lib.dates import PARIS, day_of
from socle.lib.refusals import refuse
from socle.people.models import Operator, User
from socle.people.personas import why_not_make_fictions
from socle.syndication import actions
from socle.syndication.actions import For
from socle.syndication.models import Answer, Audience, Kind, Share, ShareOffer
from socle.territory.models import Commune


def _said(at: datetime) -> tuple[tuple[str, dict[str, Any]], ...]:
    on = day_of(at)
    evening = datetime.combine(on + timedelta(days=40), time(18), PARIS)
    stays = {"appears_at": at - timedelta(days=12), "disappears_at": evening}
    return (
        (
            Kind.NEWS,
            {
                "title": "Collecte des encombrants au printemps (fictif)",
                "summary": "Une collecte inventée pour la démonstration\u00a0: l’inscription ouvre en février.",
                "text": "L’intercommunalité passe dans chaque commune, un jour fixé par secteur.\n\n"
                "Tout est inventé ici, pour montrer une actualité écrite une fois et proposée à chaque site.",
                **stays,
            },
        ),
        (
            Kind.EVENT,
            {
                "title": "Forum de l’emploi (fictif)",
                "summary": "Un forum inventé pour la démonstration\u00a0: entreprises, formations, transports.",
                "starts_on": on + timedelta(days=16),
                "start_time": time(9, 30),
                "end_time": time(17),
                "place": "Salle communautaire (fictive)",
                **stays,
            },
        ),
        (
            Kind.ALERT,
            {
                "title": "Alerte fictive de démonstration\u00a0: vents forts attendus, évitez les bois.",
                "gravity": 2,
                "is_safety": True,
                **stays,
                "appears_at": at,
            },
        ),
    )


@transaction.atomic
def ensure_shares(operator: Operator, *, commune: Commune, by: User, at: datetime) -> int:
    """Propose three things, once, in the name of the EPCI of a commune if it has one; it has accepted the news item.

    Returns how many. Raises Refused outside a demonstration.
    """
    refuse(why_not_make_fictions())
    if Share.objects.filter(operator=operator).exists():
        return 0
    whom = For(Audience.EPCI, epci=commune.epci) if commune.epci is not None else For(Audience.ALL)
    made = [
        actions.offer(operator, kind, said, epci=commune.epci, from_name="", for_whom=whom, by=by, at=at)
        for kind, said in _said(at)
    ]
    news = ShareOffer.objects.filter(share=made[0], website__beneficiary__commune=commune, answer=Answer.WAITING)
    for offer in news:
        actions.accept(offer, by=by, at=at)
    return len(made)
