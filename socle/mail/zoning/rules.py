"""Who may do what with the names of the mail, and when: a French sentence of refusal, or None."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django_scopes import scopes_disabled

from socle.lib import dates
from socle.mail.models.domains import Domain, Status
from socle.mail.models.watches import DomainWatch
from socle.mail.records import why_not_domain
from socle.mail.rules import is_keeper
from socle.people.models import User


def why_not_write(domain: Domain) -> str | None:
    """Say why the zone of this domain is not ours to write: nobody holds it, or a part of it is someone else's."""
    if not settings.SOCLE_ZONES:
        return "Aucun serveur de noms n’est confié à la plateforme\u00a0: les enregistrements se copient à la main."
    if sentence := why_not_domain(domain.name):
        return sentence
    root = settings.SOCLE_MAIL_DOMAIN
    if not domain.is_own and not domain.name.endswith(f".{root}"):
        return f"«\u00a0{domain.name}\u00a0» n’est pas dans la zone de l’opérateur ({root or 'aucune'})."
    if domain.is_own and root and _overlap(domain.name, root):
        return f"«\u00a0{domain.name}\u00a0» touche à la zone de l’opérateur ({root})."
    if sentence := why_not_apart(domain.name, domain.beneficiary_id):
        return sentence
    return None


def why_not_apart(name: str, beneficiary_id: int) -> str | None:
    """Say why a name is not apart from those of others: what is above it, or under it, is another body's.

    Whoever writes the zone of `prisches.fr` decides of `mairie.prisches.fr`: both belong to the same one.
    """
    labels = name.split(".")
    above = [".".join(labels[rank:]) for rank in range(1, len(labels) - 1)]
    with scopes_disabled():  # Whoever has it: nothing of them is told.
        others = Domain.objects.exclude(beneficiary=beneficiary_id).exclude(status=Status.CLOSED)
        is_taken = others.filter(name__in=[name, *above]).exists() or others.filter(name__endswith=f".{name}").exists()
    if is_taken:
        return (
            f"«\u00a0{name}\u00a0», ou un nom qui le contient, est déjà à un autre organisme de la plateforme. S’il "
            "est bien à votre commune, dites-le à l’assistance de votre opérateur\u00a0: elle vérifie à qui il est."
        )
    return None


def _overlap(one: str, other: str) -> bool:
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


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
