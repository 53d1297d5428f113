"""The subsidies that operators receive, as the national schema writes them (SCDL « subventions » 2.1.1).

A line for each partner: the whole of the aid and the part of that partner. What nobody said is left empty where the
schema takes it; where it does not, the operation is left out, and `why_left_out` says what is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from socle.grants.models import GrantPartner, Operation
from socle.grants.publicity import GRANTED
from socle.lib.siret import why_not_siret
from socle.lib.spreadsheet import Cell, open_csv_pieces

SCHEMA = "https://schema.data.gouv.fr/scdl/subventions/"
HEADERS = (
    "nomAttribuant", "idAttribuant", "dateConvention", "referenceDecision", "nomBeneficiaire", "idBeneficiaire",
    "rnaBeneficiaire", "objet", "montant", "nature", "conditionsVersement", "datesPeriodeVersement", "idRAE",
    "notificationUE", "pourcentageSubvention", "dispositifAide",
)  # fmt: skip
LEAST = Decimal("0.01")


def why_left_out(operation: Operation, partners: Sequence[GrantPartner]) -> str | None:
    """Say in French what the schema asks and nobody said of an operation granted, or None."""
    missing = {
        "le SIRET de l’autorité de gestion": why_not_siret(operation.authority_siret) is not None,
        "le SIRET de chaque partenaire": any(why_not_siret(one.operator.siret) for one in partners),
        "le montant de l’aide": not operation.grant,
        "le dernier jour des demandes": operation.claim_until is None,
        "si l’aide est notifiée à la Commission": operation.is_notified is None,
        "l’aide maximale de chaque partenaire, dont la somme est l’aide": not _parts(operation, partners),
    }
    lacking = [name for name, is_missing in missing.items() if is_missing]
    return f"Absente des données ouvertes\u00a0: manque {', '.join(lacking)}." if lacking else None


def pieces(on: date) -> Iterator[bytes]:
    """Write the file of the subsidies granted by this day, in two queries whatever their number."""
    found = Operation.objects.filter(status__in=GRANTED, granted_on__lte=on).prefetch_related("partners__operator")
    return open_csv_pieces(HEADERS, _lines(list(found.order_by("granted_on", "pk"))))


def _lines(operations: Sequence[Operation]) -> Iterator[list[Cell]]:
    for operation in operations:
        partners = list(operation.partners.all())
        if why_left_out(operation, partners) is None:
            for partner, part in zip(partners, _parts(operation, partners), strict=True):
                line = _line_of(operation, partner, part)
                yield [line.get(name, "") for name in HEADERS]


def _parts(operation: Operation, partners: Sequence[GrantPartner]) -> list[Decimal]:
    """The part of each partner in the aid, by their ceilings; nothing where they do not say it."""
    if len(partners) == 1:
        return [Decimal(1)]
    ceilings = [one.ceiling or Decimal(0) for one in partners]
    if not operation.grant or sum(ceilings) != operation.grant:
        return []
    parts = [(one / operation.grant).quantize(Decimal("0.0001")) for one in ceilings]
    return parts if min(parts) >= LEAST else []


def _line_of(operation: Operation, partner: GrantPartner, part: Decimal) -> dict[str, Cell]:
    is_told = "fictive" in operation.name
    fictitious = " (opération fictive)" if operation.is_fictitious and not is_told else ""
    return {
        "nomAttribuant": operation.authority,
        "idAttribuant": operation.authority_siret,
        "dateConvention": f"{operation.granted_on}",
        "referenceDecision": operation.reference,
        "nomBeneficiaire": partner.operator.name,
        "idBeneficiaire": partner.operator.siret,
        "objet": f"{operation.name}{fictitious}",
        "montant": f"{operation.grant}",
        "nature": "aide en numéraire",
        "conditionsVersement": "échelonné",
        "datesPeriodeVersement": f"{operation.granted_on}/{operation.claim_until}",
        "notificationUE": "oui" if operation.is_notified else "non",
        "pourcentageSubvention": f"{part:.4f}",
    }
