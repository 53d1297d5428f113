"""The communes' mail: whoever holds its zones answers, and its servers deliver what they take."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from django_scopes import scopes_disabled

from socle.domains import actions
from socle.domains.contract import ZonesError
from socle.lib import dates
from socle.lib.findings import Finding, error, fine, warning
from socle.lib.text import counted
from socle.mail import server_status
from socle.mail.monitoring import STALE
from socle.provisioning.rules import why_over_ceiling

# Whoever receives our mail may ask us to come back (greylisting): within the hour, that is no fault.
ORDINARY_DELAY = timedelta(hours=1)
# A zone whose hour has come is written by the worker: so long is no fault either.
AWAITED = timedelta(minutes=5)


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
            yield error(
                f"{name} est à l’arrêt.",
                f"«\u00a0systemctl restart socle-{name}\u00a0», puis «\u00a0journalctl -u socle-{name}\u00a0».",
            )
    late = seen.oldest_at is not None and at - seen.oldest_at > ORDINARY_DELAY
    if seen.deferred and seen.oldest_at is not None and late:
        why = f" Ce qu’en disent les serveurs\u00a0: «\u00a0{seen.reasons[0][0]}\u00a0»." if seen.reasons else ""
        yield error(
            f"{counted(seen.deferred, 'message')} en attente de remise, depuis le "
            f"{dates.at_in_words(seen.oldest_at)} pour le plus ancien.{why}",
            "Corrigez cette cause («\u00a0socle doctor engines\u00a0»), puis faites repartir ce qui attend\u00a0: "
            f"«\u00a0postqueue -c {settings.SOCLE_MAIL_SERVERS}/postfix -f\u00a0».",
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
        with scopes_disabled():  # The operator's examination, over every beneficiary.
            base, lines = actions.survey_here(actions.zones_here(), at=timezone.now())
    except ZonesError as failure:
        yield error(failure.sentence, _remedy_of_zones(is_refused=failure.is_lasting))
        return
    blocked = [line.name.name for line in lines if line.name.zone_problem]
    if blocked:
        yield error(
            f"Zones DNS qui ne s’écrivent pas\u00a0: {len(blocked)} ({_listed(blocked)}).",
            "La page de chaque domaine, dans la console, dit pourquoi\u00a0; socle zones montre le plan.",
        )
    against = [(line.name.name, told) for line in lines if not line.name.zone_problem for told in line.plan.conflicts]
    against += [(settings.SOCLE_MAIL_DOMAIN, told) for told in base.conflicts]
    for name, told in against[:5]:
        yield error(f"{name}\u00a0: {told}", "socle zones --yes, une fois cela retiré.")
    altered = [line.name.name for line in lines if _is_altered(line)]
    if base and any(line.name.zone_at for line in lines):
        altered.insert(0, settings.SOCLE_MAIL_DOMAIN)
    if altered:
        touched = sum(bool(line.plan) for line in lines)
        ceiling = settings.SOCLE_RECONCILE_CEILING
        forced = " --force" if why_over_ceiling(touched, known=len(lines), ceiling=ceiling, force=False) else ""
        yield error(
            f"Zones DNS changées par une autre main\u00a0: {len(altered)} ({_listed(altered)}). Le détail\u00a0: "
            "«\u00a0socle zones\u00a0».",
            f"socle zones --yes{forced}",
        )
    if not (blocked or against or altered):
        yield fine("Les zones DNS de la messagerie disent ce que la plateforme y a écrit.")


def _is_altered(line: actions.PlannedZone) -> bool:
    """Whether a zone that was written, and that nobody is about to write again, differs."""
    name, now = line.name, timezone.now()
    is_awaited = name.zone_at is None or (name.next_zone_at is not None and now - AWAITED <= name.next_zone_at <= now)
    return bool(line.plan) and not is_awaited and not name.zone_problem


def _listed(names: list[str]) -> str:
    return ", ".join(names[:5]) + ("…" if names[5:] else "")


def _remedy_of_zones(*, is_refused: bool) -> str:
    if is_refused:
        return (
            "Corrigez SOCLE_POWERDNS_KEY et les réglages voisins (docs/guide/noms-de-domaine.md)\u00a0: rien n’est à "
            "redémarrer."
        )
    return "socle name-server start" if settings.DEMO else "systemctl restart pdns"
