"""The communes' mail: whoever holds its zones answers, and its servers deliver what they take."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from django_scopes import scopes_disabled

from socle.domains import actions
from socle.domains.contract import ZonesError
from socle.domains.models import DomainName
from socle.lib import dates
from socle.lib.findings import Finding, error, fine, warning
from socle.lib.text import counted
from socle.mail import server_status
from socle.mail.monitoring import STALE

# Whoever receives our mail may ask us to come back (greylisting): within the hour, that is no fault.
ORDINARY_DELAY = timedelta(hours=1)


def delivery() -> Iterator[Finding]:
    """Read what was last seen of the mail servers: all run, and nothing has been put off for long."""
    if not settings.SOCLE_MAIL_WATCH:
        yield fine("Aucun serveur de messagerie n’est à surveiller.")
        return
    seen, at = server_status.seen(), timezone.now()
    if seen is None or at - seen.looked_at > STALE:
        since = "jamais" if seen is None else f"plus depuis le {dates.at_in_words(seen.looked_at)}"
        yield warning(
            f"Les serveurs de messagerie n’ont {since} été regardés.",
            "systemctl enable --now socle-mail-look.timer, ou socle mail-servers look sous root.",
        )
        return
    for name, runs in seen.servers:
        if not runs:
            yield error(f"{name} est à l’arrêt.", f"systemctl restart socle-{name}, puis journalctl -u socle-{name}.")
    late = seen.oldest_at is not None and at - seen.oldest_at > ORDINARY_DELAY
    if seen.deferred and seen.oldest_at is not None and late:
        why = f" Ce qu’en disent les serveurs\u00a0: «\u00a0{seen.reasons[0][0]}\u00a0»." if seen.reasons else ""
        yield error(
            f"{counted(seen.deferred, 'message')} en attente de remise, depuis le "
            f"{dates.at_in_words(seen.oldest_at)} pour le plus ancien.{why}",
            "Corrigez cette cause (socle doctor engines), puis faites repartir ce qui attend\u00a0: "
            f"postqueue -c {settings.SOCLE_MAIL_SERVERS}/postfix -f.",
        )
    elif all(runs for _, runs in seen.servers):
        yield fine("Les serveurs de messagerie tournent, et rien n’y attend depuis longtemps.")


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
