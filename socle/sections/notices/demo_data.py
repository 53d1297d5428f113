"""Fictitious notices, for the sites of a demonstration: works, a job, tenders, a public inquiry."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db import transaction

from socle.lib.dates import day_of
from socle.lib.refusals import refuse
from socle.people.models import User
from socle.people.personas import why_not_make_fictions
from socle.sections.notices.models import Category, NoticeIndexPage, NoticePage
from socle.sites.models.sites import WebSite
from socle.sites.opening import open_section
from socle.sites.registry import sections


def _notices(on: date) -> list[NoticePage]:
    return [
        NoticePage(
            title="Réfection de la rue de l’Église (fictive)",
            summary="Des travaux inventés pour la démonstration\u00a0: la rue est fermée, sauf à qui y habite.",
            place="Rue de l’Église",
            starts_on=on - timedelta(days=3),
            ends_on=on + timedelta(days=18),
            contact="Mairie",
        ),
        NoticePage(
            category=Category.JOB,
            title="Agent ou agente d’entretien (offre fictive)",
            summary="Une offre inventée pour la démonstration\u00a0: n’écrivez pas, elle n’existe pas.",
            ends_on=on + timedelta(days=25),
        ),
        NoticePage(
            category=Category.TENDER,
            title="Isolation de l’école (consultation fictive)",
            summary="Une consultation inventée pour la démonstration\u00a0: combles et menuiseries.",
            ends_on=on + timedelta(days=21),
            ends_at=time(12),
        ),
        NoticePage(
            category=Category.TENDER,
            title="Repas de la cantine (marché fictif)",
            summary="Un marché inventé pour la démonstration.",
            ends_on=on - timedelta(days=60),
        ),
        NoticePage(
            category=Category.INQUIRY,
            title="Plan local d’urbanisme (enquête fictive)",
            summary="Une enquête inventée pour la démonstration\u00a0: le registre n’existe pas.",
            starts_on=on + timedelta(days=12),
            ends_on=on + timedelta(days=40),
        ),
    ]


@transaction.atomic
def ensure_notices(website: WebSite, *, by: User, at: datetime) -> bool:
    """Give a site its notices, once; say whether it was done. Raises Refused outside a demonstration."""
    refuse(why_not_make_fictions())
    if NoticeIndexPage.objects.child_of(website.root_page).exists():
        return False
    index = open_section(website, sections()["annonces"], by=by, at=at)
    for page in _notices(day_of(at)):
        page.live = False
        index.add_child(instance=page)
        page.save_revision(user=by).publish()
    return True
