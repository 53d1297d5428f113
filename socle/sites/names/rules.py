"""Rules: who may give which name to a site, and when: a French sentence of refusal, or None."""

from __future__ import annotations

from django.conf import settings
from django_scopes import scopes_disabled

from socle.domains.rules import sentence_of_another, why_not_claim
from socle.sites.models.names import SiteName, Status
from socle.sites.models.sites import WebSite

# Of one site: its name, those it had, and a few that lead to it.
MOST_NAMES = 6


def why_not_ask(website: WebSite, domain: str) -> str | None:
    """Say why this domain, read already, cannot be a name of this site."""
    if website.archived_at is not None or website.redirects_to_id is not None:
        return (
            "Ce site ne reçoit plus de visiteurs, à la suite d’une fusion\u00a0: donnez ce nom à celui de la commune "
            "héritière."
        )
    with scopes_disabled():  # Whoever has it: only whether it is this site is told.
        holder = SiteName.objects.filter(domain=domain).values_list("website_id", flat=True).first()
        count = SiteName.objects.filter(website=website).count()
    if holder == website.pk:
        return f"«\u00a0{domain}\u00a0» est déjà dans la liste de vos adresses."
    if holder is not None:
        return sentence_of_another(domain)
    if sentence := why_not_claim(website.beneficiary, domain):
        return sentence
    if count >= MOST_NAMES:
        return f"Un site a {MOST_NAMES} noms au plus\u00a0: retirez-en un qui ne sert plus."
    return None


def why_not_main(name: SiteName) -> str | None:
    """Say why visitors cannot be led to this name."""
    if settings.DEMO:
        return "Dans une démonstration, ce nom n’existe pas\u00a0: vos visiteurs n’y trouveraient rien."
    if name.status not in (Status.SERVED, Status.REPLACED):
        return "Cette adresse n’est pas encore en service\u00a0: vos visiteurs n’y trouveraient rien."
    if name.wrong_at is not None:
        return "Cette adresse ne mène plus ici\u00a0: corrigez d’abord ce que la vérification indique."
    return None


def why_not_withdraw(name: SiteName) -> str | None:
    """Say why this name cannot be taken away from its site."""
    if name.is_main:
        return "C’est l’adresse principale du site\u00a0: choisissez-en d’abord une autre."
    return None


def why_not_leave(website: WebSite) -> str | None:
    """Say why the site cannot go back to the name it was born with."""
    return "Le site est déjà à cette adresse." if website.host == website.first_host else None
