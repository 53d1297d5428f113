"""The life of a site in a demonstration: a closure, an alert, news, each said to be fictitious."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, time, timedelta

from django.db import transaction

from socle.lib.dates import PARIS, day_of, next_weekday
from socle.lib.refusals import Refused, refuse
from socle.people.models import User
from socle.people.personas import why_not_make_fictions
from socle.sites.alerts import publish_alert
from socle.sites.exceptional_days import Wanted, announce_day
from socle.sites.models.notices import Alert
from socle.sites.models.pages import NewsPage
from socle.sites.models.sites import WebSite
from socle.sites.writing import publish_news


@transaction.atomic
def ensure_life(website: WebSite, *, by: User, at: datetime) -> bool:
    """Give a site of a demonstration a closure and an alert, once; say whether it was done.

    Raises Refused outside a demonstration.
    """
    refuse(why_not_make_fictions())
    if Alert.objects.filter(website=website).exists():
        return False
    on = day_of(at)
    # Something may already be announced that day: enough to see.
    with suppress(Refused):
        announce_day(website, Wanted(next_weekday(5, on), next_weekday(5, on), "fermeture fictive"), by=by, at=at)
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


# How many days ago, the title, the words.
NEWS = (
    (71, "Le site de la commune est ouvert (actualité fictive)",
     "Horaires, démarches, agenda, déchets\u00a0: le secrétariat y publie chaque semaine."),
    (46, "Inscription sur les listes électorales (actualité fictive)",
     "En mairie, aux heures d’ouverture, avec une pièce d’identité et un justificatif de domicile."),
    (24, "Travaux d’élagage le long de la rivière (actualité fictive)",
     "Le chemin est fermé une semaine. Un détour est indiqué sur place."),
    (5, "Repas des aînés (actualité fictive)",
     "Le premier dimanche du mois prochain, à midi. Inscrivez-vous en mairie."),
)  # fmt: skip


@transaction.atomic
def ensure_news(website: WebSite, *, by: User, at: datetime) -> bool:
    """Give a site the news of three months, once; say whether it was done. Raises Refused outside a demonstration."""
    refuse(why_not_make_fictions())
    if NewsPage.objects.descendant_of(website.root_page).filter(title=NEWS[0][1]).exists():
        return False
    for days, title, words in NEWS:
        then = at - timedelta(days=days)
        publish_news(website, title=title, words=words, published_on=day_of(then), by=by, at=then)
    return True
