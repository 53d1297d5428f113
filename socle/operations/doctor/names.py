"""The names of the communes' mail: whoever holds the zones answers, and the operator's servers are named."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django_scopes import scopes_disabled

from socle.domains import actions
from socle.domains.contract import ZonesError
from socle.domains.models import DomainName
from socle.lib.findings import Finding, error, fine, warning


def zones() -> Iterator[Finding]:
    """Ask whoever holds the zones, and count those that could not be written."""
    if not settings.SOCLE_MAIL_DOMAIN:
        yield fine("Aucune messagerie n’est offerte\u00a0: SOCLE_MAIL_DOMAIN est vide.")
        return
    if not settings.SOCLE_ZONES:
        yield warning(
            "Personne ne tient les zones DNS de la messagerie\u00a0: chaque enregistrement se copie à la main.",
            "Donnez à SOCLE_POWERDNS_URL l’adresse de l’API de PowerDNS (docs/guide/noms-de-domaine.md).",
        )
        return
    try:
        actions.zones().check()
    except ZonesError as failure:
        start = "Démarrez PowerDNS (sudo make services)" if settings.DEMO else "Démarrez PowerDNS"
        yield error(failure.sentence, f"{start}, ou corrigez ses réglages (docs/guide/noms-de-domaine.md).")
        return
    with scopes_disabled():  # The operator's examination, over every beneficiary.
        every = DomainName.objects.exclude(zone_problem="")
        blocked, count = list(every[:5]), every.count()
    if blocked:
        listed = ", ".join(one.name for one in blocked)
        yield error(
            f"{count} zones n’ont pas pu être écrites ({listed}…).",
            "La page de chaque domaine, dans la console, dit pourquoi\u00a0; socle zones montre le plan.",
        )
    else:
        yield fine("Les zones DNS de la messagerie sont écrites.")
