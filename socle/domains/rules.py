"""Rules: who may have which domain name, and what may be done with its zone: a French sentence of refusal, or None."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Q
from django_scopes import scopes_disabled

from socle.domains.models import DomainName
from socle.domains.records import why_not_domain
from socle.lib.domains import EXAMPLES
from socle.people.models import Beneficiary, Role, User
from socle.people.rules import holds

# Whoever answers at an operator for the programme or for the machines: names, zones and servers are theirs to mend.
KEEPERS = (Role.PROGRAMME_OFFICER, Role.TECHNICIAN)
# The extensions that the « Référentiel de la présence numérique territoriale » (v0.2.1 of 10 July 2026, criterion 1.2)
# counts as sovereign.
SOVEREIGN = frozenset("alsace bzh corsica eu fr gf gp mq nc paris pf pm re tf wf yt".split())  # noqa: SIM905


def is_keeper(by: User, *, on: date) -> bool:
    """Whether this person keeps names and mail at an operator; whom they reach is the rule of their door."""
    return by.is_system or holds(by, *KEEPERS, on=on)


def above(name: str) -> list[str]:
    """The names that this one is under, the nearest first, extensions of one label left out."""
    labels = name.split(".")
    return [".".join(labels[rank:]) for rank in range(1, len(labels) - 1)]


def touches(one: str, other: str) -> bool:
    """Whether whoever writes the zone of one decides of the other: the same name, one above, one under."""
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def why_not_claim(beneficiary: Beneficiary, name: str) -> str | None:
    """Say why this name, read already, cannot be one of this beneficiary's own."""
    if any(touches(name, one) for one in _operator_names()):
        return (
            f"«\u00a0{name}\u00a0» appartient à l’opérateur, ou touche à un nom qui est à lui\u00a0: indiquez un nom "
            "que la commune a acheté, par exemple prisches.fr."
        )
    with scopes_disabled():  # Whoever has it: nothing of them is told.
        others = DomainName.objects.exclude(beneficiary=beneficiary)
        near = others.filter(Q(name__in=[name, *above(name)]) | Q(name__endswith=f".{name}"))
        return sentence_of_another(name) if near.exists() else None


def sentence_of_another(name: str) -> str:
    """Say that a name touches one of another body, without telling which."""
    return (
        f"«\u00a0{name}\u00a0», un nom qui le contient ou un nom qu’il contient est déjà à un autre organisme de la "
        "plateforme. S’il est bien à votre commune, dites-le à l’assistance de votre opérateur\u00a0: elle vérifie à "
        "qui il est, et le libère."
    )


def _operator_names() -> set[str]:
    """The operator's own: its platform, the domains under which it gives names, its servers."""
    names = {
        *settings.PLATFORM_HOSTS,
        urlsplit(settings.PLATFORM_URL).hostname or "",
        settings.SITES_DOMAIN,
        settings.SOCLE_MAIL_DOMAIN,
        settings.SOCLE_MAIL_IMAP_HOST,
        settings.SOCLE_MAIL_SMTP_HOST,
        settings.SOCLE_MAIL_WEB_HOST,
        *settings.SOCLE_MAIL_MX,
        *settings.SOCLE_NAME_SERVERS,
    }
    return {one.lower().removeprefix("www.").rstrip(".") for one in names if one}


def proved_among(names: Iterable[tuple[int, str]]) -> set[tuple[int, str]]:
    """Those of these names, each with its beneficiary, that are proved, by themselves or by one above. One query."""
    wanted = {one: [one[1], *above(one[1])] for one in names}
    with scopes_disabled():  # Beneficiaries named by the caller.
        said = DomainName.objects.filter(name__in={each for near in wanted.values() for each in near})
        proved = set(said.filter(proved_at__isnull=False).values_list("beneficiary_id", "name"))
    return {one for one, near in wanted.items() if any((one[0], each) in proved for each in near)}


def is_proved(beneficiary_id: int, name: str) -> bool:
    """Whether a beneficiary proved that this name is its own."""
    return bool(proved_among([(beneficiary_id, name)]))


def why_not_serve(beneficiary_id: int, name: str) -> str | None:
    """Say why nothing is served yet under this name: nobody proved whose it is."""
    if is_proved(beneficiary_id, name):
        return None
    return (
        f"Rien ne prouve encore que «\u00a0{name}\u00a0» est à votre organisme\u00a0: ajoutez chez votre bureau "
        "d’enregistrement l’enregistrement TXT indiqué sur sa page, que la plateforme vérifie d’elle-même."
    )


def why_not_advised(name: str) -> str | None:
    """Advice, never a refusal: an extension that the State's reference does not count as sovereign."""
    extension = name.rpartition(".")[2]
    if extension in SOVEREIGN or extension in EXAMPLES:
        return None
    return (
        f"L’extension «\u00a0.{extension}\u00a0» n’est pas de celles que le référentiel de la présence numérique "
        "territoriale retient (critère 1.2)\u00a0: un nom en .fr est conseillé. Vous pouvez l’ajouter, et garder "
        "celui-ci pour qu’il y conduise."
    )


# --- Zones that we hold ----------------------------------------------------------------------------------------------
def why_not_write(name: DomainName) -> str | None:
    """Say why the zone of this name is not ours to write: nobody holds it, or a part of it is someone else's."""
    if not settings.SOCLE_ZONES:
        return "Aucun serveur de noms n’est confié à la plateforme\u00a0: les enregistrements se copient à la main."
    if sentence := why_not_domain(name.name):
        return sentence
    root = settings.SOCLE_MAIL_DOMAIN
    if not name.is_own and not name.name.endswith(f".{root}"):
        return f"«\u00a0{name.name}\u00a0» n’est pas dans la zone de l’opérateur ({root or 'aucune'})."
    return why_not_claim(name.beneficiary, name.name) if name.is_own else None


def why_not_entrust(name: DomainName, *, by: User, on: date) -> str | None:
    """Say why our name servers cannot take the zone of this name."""
    if not name.is_own:
        return "C’est un nom de l’opérateur\u00a0: sa zone est déjà la sienne."
    if not settings.SOCLE_NAME_SERVERS:
        return "L’opérateur n’a pas dit comment s’appellent ses serveurs de noms (SOCLE_NAME_SERVERS)."
    if not is_keeper(by, on=on):
        return (
            "Seules les personnes chargées du programme ou de la technique confient une zone à l’opérateur\u00a0: tout "
            "ce que le domaine dit ailleurs doit d’abord être recopié."
        )
    return why_not_write(name)


def why_not_give_back(name: DomainName, *, by: User, on: date) -> str | None:
    """Say why the zone of this name cannot be left to its registrar again."""
    if not name.is_own or not name.is_here:
        return "L’opérateur ne tient pas la zone de ce domaine."
    if is_keeper(by, on=on):
        return None
    return "Seules les personnes chargées du programme ou de la technique le peuvent."
