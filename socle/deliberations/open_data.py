"""The deliberations of a body as the national schema writes them (SCDL « délibérations » 2.1.5).

What nobody said is left empty: a vote, a budget. Only deliberations are in it, and in what a body takes along, acts of
which nobody said yet what they are: never an individual act.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from django.db.models import F
from django.db.models.functions import ExtractYear

from socle.deliberations.contract import publisher
from socle.deliberations.matters import open_name_of, two_levels_of
from socle.deliberations.models import Act, ActQuerySet
from socle.lib.siret import why_not_siret
from socle.lib.spreadsheet import Cell, as_open_csv, open_csv_pieces
from socle.lib.text import counted
from socle.people.models import Beneficiary

SCHEMA = "https://schema.data.gouv.fr/scdl/deliberations/"
HEADERS = (
    "COLL_NOM", "COLL_SIRET", "DELIB_ID", "DELIB_DATE", "DELIB_MATIERE_CODE", "DELIB_MATIERE_NOM", "DELIB_OBJET",
    "BUDGET_ANNEE", "BUDGET_NOM", "PREF_ID", "PREF_DATE", "VOTE_EFFECTIF", "VOTE_REEL", "VOTE_POUR", "VOTE_CONTRE",
    "VOTE_ABSTENTION", "DELIB_URL",
)  # fmt: skip
# What the platform writes itself: never a formula.
COMPUTED = ("DELIB_URL",)
OPEN = (Act.Kind.DELIBERATION, Act.Kind.UNQUALIFIED)
AT_ONCE = 2000


# --- Which acts ------------------------------------------------------------------------------------------------------
def told(acts: ActQuerySet, *, on: date, year: int | None = None) -> ActQuerySet:
    """Those that the public file may tell on this day: deliberations that the public reads, adopted in this year."""
    found = acts.shown_on(on).filter(kind=Act.Kind.DELIBERATION)
    return found if year is None else found.filter(adopted_on__year=year)


def published(acts: ActQuerySet, *, on: date, year: int | None = None) -> ActQuerySet:
    """The same, those whose matter is said: the schema takes no other."""
    return told(acts, on=on, year=year).exclude(matter="")


def why_left_out(acts: ActQuerySet, *, on: date) -> str | None:
    """Say in French how many deliberations the public file leaves out, and the remedy; None when it has all."""
    count = told(acts, on=on).filter(matter="").count()
    if not count:
        return None
    several = count > 1
    return (
        f"{counted(count, 'délibération publiée')} {'manquent' if several else 'manque'} au fichier de données "
        f"ouvertes, faute de matière\u00a0: dites celle de {'chacune' if several else 'cette délibération'}."
    )


# --- Its lines -------------------------------------------------------------------------------------------------------
def line_of(act: Act, *, root: str = "") -> dict[str, Cell]:
    """Return what is known of a deliberation, by the name of its column. `root` is the address of its site."""
    body = act.beneficiary or act.operator
    department = act.beneficiary.department.code if act.beneficiary else ""
    line: dict[str, Cell] = {
        "COLL_NOM": body.name if body else "",
        "COLL_SIRET": body.siret if body else "",
        "DELIB_ID": act.number,
        "DELIB_DATE": act.adopted_on.isoformat(),
        "DELIB_MATIERE_CODE": two_levels_of(act.matter),
        "DELIB_MATIERE_NOM": open_name_of(act.matter),
        "DELIB_OBJET": f"{act.subject} (acte fictif)" if act.is_fictitious else act.subject,
        "PREF_ID": f"PREF{department:0>3}" if act.received_on and department else "",
        "PREF_DATE": act.received_on.isoformat() if act.received_on else "",
        "DELIB_URL": f"{root}{publisher().path_of(act)}" if root and act.document_id else "",
    }
    if vote := act.vote:
        line |= {
            "VOTE_EFFECTIF": vote.members,
            "VOTE_REEL": vote.total,
            "VOTE_POUR": vote.in_favour,
            "VOTE_CONTRE": vote.against,
            "VOTE_ABSTENTION": vote.abstentions,
        }
    return line


def rows_of(acts: Iterable[Act], *, root: str = "") -> list[list[Cell]]:
    """Return the lines of the file that a body takes along, one a deliberation, in their order."""
    return list(_lines(line_of(act, root=root) for act in acts if act.kind in OPEN))


def written(known: Iterable[Mapping[str, Cell]]) -> bytes:
    """Return the bytes of the file from what is known of each deliberation, by the name of its column."""
    return as_open_csv(HEADERS, _lines(known), computed=COMPUTED)


def as_csv(acts: Iterable[Act], *, root: str = "") -> bytes:
    """Return the bytes of the file: UTF-8, commas, nothing that a spreadsheet would compute."""
    return as_open_csv(HEADERS, rows_of(acts, root=root), computed=COMPUTED)


def files(acts: ActQuerySet, *, on: date) -> list[tuple[str, str, int]]:
    """Return the public files that sites give of these acts: whose, at which address, of which year."""
    found = published(acts, on=on).filter(beneficiary__isnull=False).order_by()
    rows = found.values_list(
        "beneficiary_id", "beneficiary__name", "beneficiary__siret", ExtractYear("adopted_on")
    ).distinct()
    roots = publisher().roots(found.values_list("beneficiary_id", flat=True).distinct())
    return sorted(
        (name, f"{roots[pk]}/deliberations-{year}.csv", year)
        for pk, name, siret, year in rows
        if pk in roots and why_not_siret(siret) is None
    )


def pieces(acts: ActQuerySet, *, on: date, year: int | None = None) -> Iterator[bytes]:
    """Write the public file of these acts piece by piece, whatever their number: those of one body after another."""
    found = published(acts, on=on, year=year).filter(beneficiary__isnull=False)
    roots = publisher().roots(found.order_by().values_list("beneficiary_id", flat=True).distinct())
    ordered = found.select_related("beneficiary__department", "operator", "document").order_by(
        F("beneficiary__siret"), "beneficiary_id", "-adopted_on", "number"
    )
    known: dict[str, bool] = {}

    def has_siret(body: Beneficiary) -> bool:
        if body.siret not in known:
            known[body.siret] = why_not_siret(body.siret) is None
        return known[body.siret]

    lines = (
        line_of(act, root=roots.get(act.beneficiary.pk, ""))
        for act in ordered.iterator(chunk_size=AT_ONCE)
        if act.beneficiary and has_siret(act.beneficiary)
    )
    return open_csv_pieces(HEADERS, _lines(lines), computed=COMPUTED)


def _lines(known: Iterable[Mapping[str, Cell]]) -> Iterator[list[Cell]]:
    return ([one.get(name, "") for name in HEADERS] for one in known)


def what_is_missing(body: Beneficiary, acts: Iterable[Act]) -> str:
    """Say what is to be filled in before the file is one that the national schema takes."""
    lacking = sum(1 for act in acts if act.kind in OPEN and not act.matter)
    missing = [
        "" if body.siret else "le SIRET (COLL_SIRET)",
        f"la matière de {counted(lacking, 'acte')} (DELIB_MATIERE_CODE et DELIB_MATIERE_NOM)" if lacking else "",
    ]
    wanted = " et ".join(one for one in missing if one)
    return " ".join(
        (
            "N’y sont que les délibérations, et les actes qui restent à qualifier\u00a0: qualifiez-les d’abord.",
            f"Avant de publier «\u00a0deliberations.csv\u00a0» en données ouvertes, complétez {wanted}\u00a0: le "
            "schéma national les demande."
            if wanted
            else "",
            "Les votes qui n’ont pas été dits et l’exercice du budget sont vides.",
        )
    ).replace("  ", " ")
