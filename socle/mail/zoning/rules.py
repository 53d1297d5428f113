"""Rules: who may do what with the names of the mail, and when: a French sentence of refusal, or None."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django_scopes import scopes_disabled

from socle.lib import dates
from socle.mail.models.domains import Domain
from socle.mail.models.watches import DomainWatch
from socle.mail.records import why_not_domain
from socle.mail.rules import is_keeper
from socle.people.models import User
from socle.people.names.rules import why_not_claim


def why_not_write(domain: Domain) -> str | None:
    """Say why the zone of this domain is not ours to write: nobody holds it, or a part of it is someone else's."""
    if not settings.SOCLE_ZONES:
        return "Aucun serveur de noms n’est confié à la plateforme\u00a0: les enregistrements se copient à la main."
    if sentence := why_not_domain(domain.name):
        return sentence
    root = settings.SOCLE_MAIL_DOMAIN
    if not domain.is_own and not domain.name.endswith(f".{root}"):
        return f"«\u00a0{domain.name}\u00a0» n’est pas dans la zone de l’opérateur ({root or 'aucune'})."
    return why_not_claim(domain.beneficiary, domain.name) if domain.is_own else None


def why_not_entrust(domain: Domain, *, by: User, at: datetime) -> str | None:
    """Say why our name servers cannot take the zone of this domain."""
    if not domain.is_own:
        return "C’est un nom de l’opérateur\u00a0: sa zone est déjà la sienne."
    if not settings.SOCLE_NAME_SERVERS:
        return "L’opérateur n’a pas dit comment s’appellent ses serveurs de noms (SOCLE_NAME_SERVERS)."
    if not is_keeper(by, on=dates.day_of(at)):
        return (
            "Seules les personnes chargées du programme ou de la technique confient une zone à l’opérateur\u00a0: tout "
            "ce que le domaine dit ailleurs doit d’abord être recopié."
        )
    return why_not_write(domain)


def why_not_give_back(domain: Domain, *, by: User, at: datetime) -> str | None:
    """Say why the zone of this domain cannot be left to its registrar again."""
    watch = _watch(domain)
    if not domain.is_own or watch is None or not watch.is_here:
        return "L’opérateur ne tient pas la zone de ce domaine."
    return (
        None
        if is_keeper(by, on=dates.day_of(at))
        else "Seules les personnes chargées du programme ou de la technique le peuvent."
    )


def _watch(domain: Domain) -> DomainWatch | None:
    with scopes_disabled():  # One domain, named by the caller.
        return DomainWatch.objects.filter(domain=domain).first()
