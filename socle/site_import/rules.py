"""Rules: who may import what from a former site, and when: a French sentence of refusal, or None."""

from __future__ import annotations

from datetime import date

from django.conf import settings

from socle.lib import http
from socle.people.acting import helped_by
from socle.people.capabilities import Capability
from socle.people.rules import may
from socle.site_import import addresses
from socle.site_import.models import MOVES, SiteImport, Source, Status
from socle.sites.models.sites import WebSite

LEFT = (
    "Arrêté\u00a0: la personne qui l’avait lancé n’agit plus pour votre commune. Rien n’est perdu\u00a0: reprenez-le "
    "en votre nom."
)
DEMO = (
    "Une démonstration ne lit aucun site et n’écrit à aucun\u00a0: essayez avec un export WordPress, dont les textes "
    "seront lus, sans ses images."
)


def why_not_import(website: WebSite) -> str | None:
    """Say why nothing can be imported into this site now."""
    if website.archived_at is not None or website.redirects_to_id is not None:
        return "Ce site est fermé\u00a0: rien ne peut y être apporté."
    if SiteImport.objects.filter(website=website).at_work().exists():
        return "Un import est déjà en cours\u00a0: attendez sa fin, ou arrêtez-le."
    return None


def why_not_read(address: str, *, is_declared: bool) -> str | None:
    """Say why we would not read the site at this address."""
    if settings.DEMO:
        return DEMO
    if not is_declared:
        return "Confirmez que cet ancien site est bien celui de la commune\u00a0: on ne reprend que ce qui est à soi."
    whole = addresses.whole_of(address)
    if not whole or "." not in addresses.host_of(whole):
        return "Écrivez l’adresse entière de l’ancien site, par exemple https://www.exemple.fr/."
    if _is_ours(addresses.host_of(whole).partition(":")[0]):
        return "Cette adresse est déjà celle d’un site de la plateforme\u00a0: il n’y a rien à en apporter."
    # What is written in clear is asked in https when this installation does not speak in clear.
    return None if http.why_not_call(whole) is None else http.why_not_call(addresses.key_of(whole))


def _is_ours(host: str) -> bool:
    domain = settings.SITES_DOMAIN.lower()
    return host == domain or host.endswith(f".{domain}") or host in settings.PLATFORM_HOSTS


def why_not_go_on(one: SiteImport, *, on: date) -> str | None:
    """Say why what this person began is not carried on: their function at the mairie, or their access, has ended."""
    person, beneficiary = one.started_by, one.website.beneficiary
    if person is not None and (
        person.is_system
        or may(person, Capability.ADMINISTER, on=on, beneficiary=beneficiary)
        or any(access.beneficiary == beneficiary for access in helped_by(person, on=on))
    ):
        return None
    return LEFT


def _why_not_move(one: SiteImport, target: Status, sentence: str) -> str | None:
    return None if target in MOVES[Status(one.status)] else sentence


def why_not_choose(one: SiteImport) -> str | None:
    """Say why nothing can be ticked any more."""
    if one.is_at_work:
        return "Attendez la fin de ce qui est en cours, ou arrêtez-le\u00a0: vous choisirez ensuite."
    if Status.IMPORTING not in MOVES[Status(one.status)]:
        return "Cet import est terminé\u00a0: commencez-en un autre."
    return None


def why_not_import_chosen(one: SiteImport, count: int) -> str | None:
    """Say why what is ticked (`count` things) cannot be imported."""
    wrong = "Cet import ne peut plus rien apporter\u00a0: commencez-en un autre."
    if one.is_at_work:
        wrong = "C’est déjà en cours."
    if reason := _why_not_move(one, Status.IMPORTING, wrong):
        return reason
    if one.website.archived_at is not None or one.website.redirects_to_id is not None:
        return "Ce site est fermé\u00a0: rien ne peut y être apporté."
    if SiteImport.objects.filter(website=one.website_id).exclude(pk=one.pk).at_work().exists():
        return "Un autre import est en cours\u00a0: attendez sa fin, ou arrêtez-le."
    return None if count else "Rien n’est coché\u00a0: cochez au moins une ligne."


def why_not_stop(one: SiteImport) -> str | None:
    """Say why there is nothing to stop."""
    return _why_not_move(one, Status.STOPPED, "Rien n’est en cours\u00a0: il n’y a rien à arrêter.")


def why_not_resume(one: SiteImport) -> str | None:
    """Say why the reading cannot go on."""
    if one.status != Status.STOPPED or one.seen_at is not None:
        return "Cette lecture n’est pas arrêtée."
    if one.source == Source.WORDPRESS and not one.file:
        return "L’export n’est plus là\u00a0: déposez-le de nouveau."
    if SiteImport.objects.filter(website=one.website_id).exclude(pk=one.pk).at_work().exists():
        return "Un autre import est en cours\u00a0: attendez sa fin, ou arrêtez-le."
    return None


def why_not_take_back(one: SiteImport, count: int) -> str | None:
    """Say why what was imported (`count` things) cannot be taken back."""
    wrong = "Il n’y a rien à retirer de cet import."
    if one.is_at_work:
        wrong = "Attendez la fin de ce qui est en cours, ou arrêtez-le."
    return _why_not_move(one, Status.TAKING_BACK, wrong) or (
        None if count else "Il n’y a rien à retirer de cet import."
    )
