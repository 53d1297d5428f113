"""Rules: who may have which domain name: a French sentence of refusal, or None."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Q
from django_scopes import scopes_disabled

from socle.people.models import Beneficiary
from socle.people.names.models import OwnName


def above(name: str) -> list[str]:
    """The names that this one is under, the nearest first, extensions of one label left out."""
    labels = name.split(".")
    return [".".join(labels[rank:]) for rank in range(1, len(labels) - 1)]


def touches(one: str, other: str) -> bool:
    """Whether whoever writes the zone of one decides of the other: the same name, one above, one under."""
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def why_not_claim(beneficiary: Beneficiary, name: str) -> str | None:
    """Say why this name, read already, cannot be one of this beneficiary's own, for its site or for its mail."""
    if any(touches(name, one) for one in _operator_names()):
        return (
            f"«\u00a0{name}\u00a0» appartient à l’opérateur, ou touche à un nom qui est à lui\u00a0: indiquez un nom "
            "que la commune a acheté, par exemple prisches.fr."
        )
    with scopes_disabled():  # Whoever has it: nothing of them is told.
        others = OwnName.objects.exclude(beneficiary=beneficiary)
        near = others.filter(Q(name__in=[name, *above(name)]) | Q(name__endswith=f".{name}"))
        return sentence_of_another(name) if near.exists() else None


def sentence_of_another(name: str) -> str:
    """What is said of a name that touches one of another body; which body is not told."""
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
        said = OwnName.objects.filter(name__in={each for near in wanted.values() for each in near})
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
