"""Services of the offer that wait here for their engine."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django_scopes import scopes_disabled

from socle.lib.findings import Finding, error, fine, warning
from socle.programme.models import Service
from socle.provisioning.models import Installation
from socle.provisioning.wiring import unwired


def wiring() -> Iterator[Finding]:
    """Each service that the platform is to provision has its engine, and the boxes a way in for what is brought."""
    offered = Service.objects.filter(is_provisioned=True).order_by("programme", "order")
    with scopes_disabled():  # Those who wait, of every mairie.
        lacking = unwired(offered, Installation.objects.all())
    for one in lacking:
        yield error(f"«\u00a0{one.name}\u00a0» reste à mettre en service. {one.why} {one.wait}".strip(), one.wiring)
    if settings.SOCLE_MAIL_SERVERS and not settings.SOCLE_MAIL_BOXES:
        yield warning(
            "La messagerie est branchée, mais aucune ancienne boîte ne peut y être reprise.",
            "Donnez à SOCLE_MAIL_BOX_COMMAND la commande qui ouvre une boîte, par exemple «\u00a0doveadm exec imap -u "
            "{address}\u00a0».",
        )
    elif not lacking:
        yield fine("Tout ce que l’offre promet a son moteur.")
