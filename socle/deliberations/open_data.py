"""The deliberations of a body as the national schema writes them (SCDL « délibérations » 2.1.5).

The platform knows neither the matter of an act in the nomenclature of @CTES, nor its votes, nor its budget: what
it does not know is left empty, and said by whoever gives the file. Only deliberations are in it, and acts of which
nobody said yet what they are: never an individual act.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from socle.deliberations.models import Act
from socle.lib.spreadsheet import Cell, as_open_csv
from socle.people.models import Beneficiary

SCHEMA = "https://schema.data.gouv.fr/scdl/deliberations/"
HEADERS = (
    "COLL_NOM", "COLL_SIRET", "DELIB_ID", "DELIB_DATE", "DELIB_MATIERE_CODE", "DELIB_MATIERE_NOM", "DELIB_OBJET",
    "BUDGET_ANNEE", "BUDGET_NOM", "PREF_ID", "PREF_DATE", "VOTE_EFFECTIF", "VOTE_REEL", "VOTE_POUR", "VOTE_CONTRE",
    "VOTE_ABSTENTION", "DELIB_URL",
)  # fmt: skip


OPEN = (Act.Kind.DELIBERATION, Act.Kind.UNQUALIFIED)


def rows_of(body: Beneficiary, acts: Iterable[Act]) -> list[list[Cell]]:
    """Return the lines of the file, one a deliberation, in their order."""
    return _lines(
        {
            "COLL_NOM": body.name,
            "COLL_SIRET": body.siret,
            "DELIB_ID": act.number,
            "DELIB_DATE": act.adopted_on.isoformat(),
            "DELIB_OBJET": act.subject,
            "PREF_DATE": act.received_on.isoformat() if act.received_on else "",
        }
        for act in acts
        if act.kind in OPEN
    )


def written(known: Iterable[Mapping[str, Cell]]) -> bytes:
    """Return the bytes of the file from what is known of each deliberation, by the name of its column."""
    return as_open_csv(HEADERS, _lines(known))


def _lines(known: Iterable[Mapping[str, Cell]]) -> list[list[Cell]]:
    return [[one.get(name, "") for name in HEADERS] for one in known]


def as_csv(body: Beneficiary, acts: Iterable[Act]) -> bytes:
    """Return the bytes of the file: UTF-8, commas, nothing that a spreadsheet would compute."""
    return as_open_csv(HEADERS, rows_of(body, acts))


def what_is_missing(body: Beneficiary) -> str:
    """Say what is to be filled in before the file is one that the national schema takes."""
    missing = "la matière de chaque acte (DELIB_MATIERE_CODE et DELIB_MATIERE_NOM)"
    if not body.siret:
        missing = f"le SIRET (COLL_SIRET) et {missing}"
    return (
        "N’y sont que les délibérations, et les actes qui restent à qualifier\u00a0: qualifiez-les d’abord. "
        f"Avant de publier «\u00a0deliberations.csv\u00a0» en données ouvertes, complétez {missing}\u00a0: la "
        "plateforme ne les connaît pas, et le schéma national les demande. Les votes et l’exercice du budget sont "
        "vides pour la même raison."
    )
