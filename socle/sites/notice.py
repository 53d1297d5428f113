"""The legal notice of a site, and the service that its receipts name: what is missing, and who may be proposed.

An editor names its director of publication; whoever stores it, a name, an address and a telephone (loi n° 2004-575). A
receipt names the service, its address and its telephone (CRPA, R. 112-11-1).
"""

from __future__ import annotations

from datetime import date

from socle.people.models import Membership, Operator, Role
from socle.sites.frame import host_of
from socle.sites.models.sites import MunicipalFacts, WebSite


def host_lacks(host: Operator | None) -> list[str]:
    """Return what the notice does not know of whoever hosts the site, in words."""
    if host is None:
        return ["le nom, l’adresse et le téléphone de l’hébergeur"]
    wanted = {"l’adresse de l’hébergeur": host.seat, "le téléphone de l’hébergeur": host.phone}
    return [words for words, value in wanted.items() if not value.strip()]


def service_lacks(facts: MunicipalFacts) -> list[str]:
    """Return what a receipt could not say of the service in charge, in words."""
    wanted = {
        "une adresse, postale ou électronique, de la mairie": facts.address or facts.city or facts.email,
        "le téléphone de la mairie": facts.phone,
    }
    return [words for words, value in wanted.items() if not value.strip()]


def lacks(website: WebSite) -> list[str]:
    """Return what a site must say before it opens, and does not: one query or two."""
    named = [] if website.facts.is_director_named else ["le nom de la personne qui dirige la publication"]
    return [*named, *service_lacks(website.facts), *host_lacks(host_of(website))]


def why_not_write_to(website: WebSite) -> str | None:
    """Say why the form of a site not yet opened is closed: its receipt could not say whom it reached.

    One already open stays so, and its mairie is told.
    """
    if website.opened_at is None and service_lacks(website.facts):
        return (
            "Ce formulaire n’est pas encore ouvert\u00a0: la mairie doit d’abord y indiquer comment la joindre. "
            "Venez la voir, ou écrivez-lui."
        )
    return None


def proposed_director(website: WebSite, *, on: date) -> str:
    """Return who may be proposed there, to be read and published by the mairie: whoever is its mayor that day."""
    held = Membership.objects.active_on(on).filter(beneficiary=website.beneficiary_id, role=Role.MAYOR)
    names = [one.user.name.strip() for one in held.filter(user__is_active=True).select_related("user")[:2]]
    return f"{names[0]}, maire" if len(names) == 1 and names[0] else ""
