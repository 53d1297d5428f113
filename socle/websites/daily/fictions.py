"""Daily life on the site of a demonstration: works, a post, tenders, waste; each is said to be fictitious."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db import transaction
from wagtail.models import Page

from socle.lib.dates import PARIS, day_of
from socle.lib.refusals import refuse
from socle.people.models import User
from socle.people.personas import why_not_make_fictions
from socle.websites.daily.sections import SECTIONS, open_section, opened_on
from socle.websites.models.jobs import JobPage
from socle.websites.models.sites import WebSite
from socle.websites.models.tenders import TenderPage
from socle.websites.models.works import WorksPage


def _noon(on: date) -> datetime:
    return datetime.combine(on, time(12), PARIS)


def _announcements(on: date) -> dict[str, list[Page]]:
    """The pages to publish, by section."""
    return {
        "travaux": [
            WorksPage(
                title="Réfection de la rue de l’Église (fictive)",
                summary="Des travaux inventés pour la démonstration\u00a0: chaussée et trottoirs refaits.",
                place="Rue de l’Église",
                starts_on=on - timedelta(days=3),
                ends_on=on + timedelta(days=18),
                effect=WorksPage.Effect.CLOSED,
                closed="La rue, sauf pour les personnes qui y habitent.",
                detour="Par la rue de l’École.",
                contact="Mairie",
            ),
            WorksPage(
                title="Réseau d’eau potable (travaux fictifs)",
                summary="Un chantier inventé pour la démonstration.",
                place="Grand-Rue",
                starts_on=on + timedelta(days=12),
                ends_on=on + timedelta(days=40),
                effect=WorksPage.Effect.ALTERNATE,
            ),
        ],
        "emploi": [
            JobPage(
                title="Agent ou agente d’entretien (offre fictive)",
                summary="Une offre inventée pour la démonstration\u00a0: écoles et salle des fêtes.",
                hours_per_week=Decimal("24.5"),
                starts_on=on + timedelta(days=60),
                applications_until=on + timedelta(days=25),
                how_to_apply="N’écrivez pas\u00a0: cette offre n’existe que dans la démonstration.",
            )
        ],
        "marches": [
            TenderPage(
                title="Isolation de l’école (consultation fictive)",
                summary="Une consultation inventée pour la démonstration\u00a0: combles et menuiseries.",
                reference="FICTIF-01",
                deadline_at=_noon(on + timedelta(days=21)),
            ),
            TenderPage(
                title="Repas de la cantine (marché fictif)",
                summary="Un marché inventé pour la démonstration.",
                nature=TenderPage.Nature.SERVICES,
                deadline_at=_noon(on - timedelta(days=90)),
                outcome=TenderPage.Outcome.AWARDED,
                awarded_to="Cuisine imaginaire",
                awarded_on=on - timedelta(days=60),
                amount=Decimal("48250.00"),
            ),
        ],
    }


@transaction.atomic
def ensure_daily_life(website: WebSite, *, by: User, at: datetime) -> bool:
    """Give a site of a demonstration its sections of daily life, once; say whether it was done.

    Raises Refused outside a demonstration.
    """
    refuse(why_not_make_fictions())
    if opened_on(website):
        return False
    for code, pages in _announcements(day_of(at)).items():
        index = open_section(website, SECTIONS[code], by=by, at=at)
        for page in pages:
            page.live = False
            index.add_child(instance=page)
            page.save_revision(user=by).publish()
    return True
