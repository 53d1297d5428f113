"""What a demonstration shows of the law of the sites: a fictitious audit and a fictitious plan, said to be so."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django_scopes import scopes_disabled

from socle.lib.dates import day_of
from socle.people.models import User
from socle.websites.accessibility import audits
from socle.websites.accessibility.audits import Judged, Planned
from socle.websites.accessibility.criteria import criteria
from socle.websites.models.accessibility import AccessibilityPlan, Audit, Judgement
from socle.websites.models.sites import WebSite

State = Judgement.State
# What a person would have found on the site of a small commune.
FAILING = {
    "1.2": "Deux photographies qui ne font que décorer portent une description.",
    "13.4": "Un compte rendu en PDF n’a pas la même information que sa version accessible.",
}
REASON = "Registres anciens numérisés en image : leur transcription dépasse les moyens de la commune."


@transaction.atomic
def ensure_audit(*, by: User, at: datetime) -> WebSite | None:
    """Give the first site an audit and a plan, once; return it. Nothing while the demonstration has no site."""
    with scopes_disabled():  # The demonstration's own, whichever body it belongs to.
        website = WebSite.objects.select_related("facts", "beneficiary", "root_page", "site").order_by("pk").first()
    if website is None or Audit.objects.filter(website=website).exists():
        return None
    audit = audits.begin(website, by=by, at=at)
    proposed = set(audit.judgements.values_list("criterion", flat=True))
    said = [Judged(number, State.CONFORMING) for number in criteria() if number not in proposed | set(FAILING)]
    said += [Judged(number, State.FAILING, note=note) for number, note in FAILING.items()]
    said.append(Judged("13.3", State.DEROGATED, reason=REASON))
    audits.judge(audit, {one.criterion: one for one in said}.values(), by=by, at=at)
    audits.describe(
        audit,
        auditor="Atelier d’accessibilité fictif",
        made_on=day_of(at),
        tools="Lecteur d’écran et navigateur fictifs.",
        pages=[(page.address, page.title) for page in audit.pages.all()],
        by=by,
        at=at,
    )
    audits.conclude(audit, by=by, at=at)
    Audit.objects.filter(pk=audit.pk).update(is_fictitious=True)
    year = day_of(at).year
    plan = audits.keep_plan(
        website,
        first_year=year,
        last_year=year + 2,
        referent="secrétariat de la mairie",
        policy="Chaque contenu nouveau est relu avant de paraître ; les anciens le sont selon leur fréquentation.",
        actions=[
            Planned(year, "Décrire les photographies de l’accueil", is_done=True),
            Planned(year + 1, "Publier les comptes rendus en PDF balisé"),
            Planned(year + 2, "Faire un nouvel audit"),
        ],
        by=by,
        at=at,
    )
    AccessibilityPlan.objects.filter(pk=plan.pk).update(is_fictitious=True)
    return website
