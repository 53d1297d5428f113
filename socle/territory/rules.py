"""Whether a vintage may be written over what is known."""

from __future__ import annotations

import re
from decimal import Decimal

from django.conf import settings

from socle.lib.text import number
from socle.territory.differences import Difference
from socle.territory.models import Department, Vintage


def percent(share: Decimal) -> str:
    """Write a share as people do: « 2,9 % »."""
    return f"{share.normalize():f}".replace(".", ",") + "\u202f%"


def read_share(text: str) -> Decimal | None:
    """Read a share someone spelled out, « 2,9 % » or « 2.9 »; None when it is not one."""
    match = re.fullmatch(r"([0-9]{1,3}(?:[.,][0-9]{1,4})?)[\s\u00a0\u202f]*%?", text.strip(), re.ASCII)
    if match is None:
        return None
    share = Decimal(match[1].replace(",", "."))
    return share if share <= 100 else None


def why_not_import(difference: Difference, *, forced_share: Decimal | None = None) -> str | None:
    """Say in French why this vintage cannot be written, or None.

    Beyond the ceiling of communes removed or emptied, whoever insists spells the share out: a number one has read.
    """
    year = difference.candidate.year
    latest = Vintage.objects.order_by("-year").first()
    if latest is not None and year < latest.year:
        return (
            f"Le millésime {year} précède celui qui est chargé, {latest.year} : l’importer déferait ce que l’on sait "
            "des communes d’aujourd’hui."
        )
    if reason := _why_incoherent(difference):
        return reason
    ceiling = Decimal(str(settings.SOCLE_IMPORT_CEILING)) * 100
    share = difference.share
    if share <= ceiling and not difference.emptied_departments:
        return None
    if forced_share is not None and forced_share >= share:
        return None
    removed, known = number(difference.removed), number(difference.known)
    what = (
        f"{removed} communes sur {known} ({percent(share)}) disparaîtraient ou seraient vidées"
        if difference.removed > 1
        else f"{removed} commune sur {known} ({percent(share)}) disparaîtrait ou serait vidée"
    )
    if difference.emptied_departments:
        what += f", et le département {', '.join(difference.emptied_departments)} n’aurait plus aucune commune"
    if forced_share is not None:
        return f"{what} : vous n’en avez admis que {percent(forced_share)}. Relisez la liste."
    return (
        f"{what}, plus que la limite de {percent(ceiling)} : le fichier est peut-être tronqué. Relisez la liste ; "
        f"si elle est juste, écrivez la part que vous admettez ({percent(share)})."
    )


def _why_incoherent(difference: Difference) -> str | None:
    candidate = difference.candidate
    known = set(Department.objects.values_list("code", flat=True)) | set(candidate.departments)
    for line in candidate.communes.values():
        if line.department not in known:
            return (
                f"La commune {line.name} ({line.insee_code}) est d’un département inconnu, « {line.department} » : "
                "donnez le paquet complet, qui porte le nom des départements."
            )
    return None
