"""The life of a site in a demonstration: a closure, an alert, news and photographs, each said to be fictitious."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path

from django.db import transaction

from socle.lib.dates import PARIS, day_of, next_weekday
from socle.lib.refusals import Refused, refuse
from socle.people.models import User
from socle.people.personas import why_not_make_fictions
from socle.sites import photographs
from socle.sites.alerts import publish_alert
from socle.sites.exceptional_days import Wanted, announce_day
from socle.sites.models.notices import Alert
from socle.sites.models.pages import HomePage, NewsPage
from socle.sites.models.sites import WebSite
from socle.sites.photographs import Photograph
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
        ends_at=datetime.combine(on + timedelta(days=18), time(18), PARIS),
        by=by,
        at=at,
    )
    return True


PICTURES = Path(__file__).with_name("demo_pictures")


@dataclass(frozen=True)
class Illustration:
    """A photograph under a free licence, that shows no place of the commune: its file, what it shows, whose it is."""

    filename: str
    shows: str
    owner: str

    def photograph(self) -> Photograph:
        credit = f"Photographie d’illustration\u00a0: {self.owner}"
        return Photograph(self.filename, (PICTURES / self.filename).read_bytes(), credit)


# What each file says is in demo_pictures/LICENCES.md, with where it comes from; a test compares.
DUNE = Illustration(
    "dune.webp",
    "Des herbes hautes et dorées sur une dune, la mer derrière.",
    "Marco Cogoni, Hylke Bons (GPL-2.0-or-later)",
)
SEEDS = Illustration(
    "pissenlits.webp", "Des pissenlits en graines dans un pré, au soleil bas.", "Clemens Engelhardt (CC0-1.0)"
)
FIG = Illustration("figue.webp", "Une demi-figue dans un plat rouge.", "Trevor «\u00a0Freespace\u00a0» (CC-BY-4.0)")
BRUSHES = Illustration(
    "pinceaux.webp", "Des pinceaux couverts de peinture.", "Trevor «\u00a0Freespace\u00a0» (CC-BY-4.0)"
)
# How many days ago, the title, the words, the photograph.
NEWS = (
    (71, "Le site de la commune est ouvert (actualité fictive)",
     "Horaires, démarches, agenda, déchets\u00a0: le secrétariat y publie chaque semaine.", None),
    (46, "Inscription sur les listes électorales (actualité fictive)",
     "En mairie, aux heures d’ouverture, avec une pièce d’identité et un justificatif de domicile.", None),
    (33, "Un atelier de peinture à la bibliothèque (actualité fictive)",
     "Chaque vendredi à 17\u00a0h, pour les enfants de l’école. Le matériel est prêté, sans inscription.",
     BRUSHES),
    (24, "Moins de tonte au bord des chemins (actualité fictive)",
     "Les bas-côtés ne sont plus fauchés qu’une fois par an\u00a0: les fleurs y montent en graines.", SEEDS),
    (5, "Repas des aînés (actualité fictive)",
     "À midi, à la salle des fêtes\u00a0: le jour est dans l’agenda. Inscrivez-vous en mairie.", FIG),
)  # fmt: skip


@transaction.atomic
def ensure_news(website: WebSite, *, by: User, at: datetime) -> bool:
    """Give a site the news of three months, once; say whether it was done. Raises Refused outside a demonstration."""
    refuse(why_not_make_fictions())
    planted = NewsPage.objects.descendant_of(website.root_page)
    if planted.filter(title=NEWS[0][1]).exists():
        return False
    # The one that every site is made with, as old as the site.
    planted.update(published_on=day_of(at - timedelta(days=NEWS[0][0] + 1)))
    for days, title, words, shown in NEWS:
        then = at - timedelta(days=days)
        publish_news(
            website,
            title=title,
            words=words,
            published_on=day_of(then),
            photograph=shown.photograph() if shown else None,
            shows=shown.shows if shown else "",
            by=by,
            at=then,
        )
    return True


@transaction.atomic
def ensure_cover(website: WebSite, *, by: User) -> bool:
    """Give the home of a site a photograph if it has none; say whether it was done. Raises Refused elsewhere."""
    refuse(why_not_make_fictions())
    home = HomePage.objects.get(pk=website.root_page_id)
    if home.picture_id is not None:
        return False
    home.picture = photographs.keep(website, DUNE.photograph(), title="Dune", description=DUNE.shows, by=by)
    home.save_revision(user=by).publish()
    return True
