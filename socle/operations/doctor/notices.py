"""Check of the legal notices: the platform's own, and those of the sites that are open."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django_scopes import scopes_disabled

from socle.lib.findings import Finding, error, fine
from socle.lib.text import counted, listed
from socle.programme.models import Partner
from socle.sites.models.sites import WebSite
from socle.sites.notice import host_lacks, service_lacks


def notices() -> Iterator[Finding]:
    """Whoever publishes is named, whoever hosts is reached; an open site stays so, and is counted here."""
    if settings.DEMO:
        return
    lead = Partner.objects.filter(part=Partner.Part.LEAD).select_related("operator").first()
    missing = [] if settings.SOCLE_PUBLICATION_DIRECTOR.strip() else ["le nom de la personne qui dirige la publication"]
    missing += host_lacks(lead.operator if lead else None)
    if missing:
        yield error(
            f"Les mentions légales de la plateforme ne disent pas {listed(missing)}.",
            "Écrivez le nom dans SOCLE_PUBLICATION_DIRECTOR, l’adresse et le téléphone au fichier du programme (seat, "
            "phone), puis lancez «\u00a0socle load-programmes\u00a0».",
        )
    with scopes_disabled():  # Of every mairie.
        opened = WebSite.objects.exclude(opened_at=None).filter(archived_at=None, redirects_to=None)
        sites = list(opened.select_related("facts").order_by("slug"))
    bare = [one for one in sites if not one.facts.is_director_named or service_lacks(one.facts)]
    if bare:
        yield error(
            f"Mentions légales ou coordonnées incomplètes de {counted(len(bare), 'site ouvert')}\u00a0: "
            f"{', '.join(one.host for one in bare[:5])}{'…' if len(bare) > 5 else ''}.",
            "Chaque mairie le voit dans «\u00a0À faire\u00a0», et complète les «\u00a0Coordonnées\u00a0» de son site"
            "\u00a0: rappelez-le-lui.",
        )
    if not missing and not bare:
        yield fine("Les mentions légales nomment qui publie et qui héberge.")
