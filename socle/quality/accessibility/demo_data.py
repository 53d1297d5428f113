"""The accessibility of a site in a demonstration: a fictitious audit and a fictitious plan, said to be so."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django_scopes import scopes_disabled

from socle.lib.dates import day_of
from socle.people.models import User
from socle.quality.accessibility.actions import AuditResult, declare_audit, keep_plan
from socle.quality.models.accessibility import AccessibilityPlan, Audit
from socle.sites.models.sites import WebSite


@transaction.atomic
def ensure_audit(*, by: User, at: datetime) -> WebSite | None:
    """Give the first site an audit and a plan, once; return it. Nothing while the demonstration has no site."""
    with scopes_disabled():  # The demonstration's own, whichever body it belongs to.
        website = WebSite.objects.order_by("pk").first()
    if website is None or Audit.objects.filter(website=website).exists():
        return None
    result = AuditResult(
        made_on=day_of(at),
        auditor="Atelier d’accessibilité fictif",
        rate=Decimal("96.15"),
        pages="Accueil\nContact\nDémarches\nActualités",
        failing="Deux photographies qui ne font que décorer portent une description (critère 1.2).\n"
        "Un compte rendu en PDF n’a pas la même information que sa version accessible (critère 13.4).",
        derogated="Registres anciens numérisés en image\u00a0: leur transcription dépasse les moyens de la commune.",
        tools="Lecteur d’écran et navigateur fictifs.",
    )
    audit = declare_audit(website, result, by=by, at=at)
    Audit.objects.filter(pk=audit.pk).update(is_fictitious=True)
    year = day_of(at).year
    plan = keep_plan(
        website,
        first_year=year,
        last_year=year + 2,
        referent="secrétariat de la mairie",
        policy="Chaque contenu nouveau est relu avant de paraître\u00a0; les anciens le sont selon leur fréquentation.",
        actions=f"{year}\u00a0: décrire les photographies de l’accueil (fait).\n"
        f"{year + 1}\u00a0: publier les comptes rendus en PDF balisé.\n"
        f"{year + 2}\u00a0: faire un nouvel audit.",
        by=by,
        at=at,
    )
    AccessibilityPlan.objects.filter(pk=plan.pk).update(is_fictitious=True)
    return website
