"""The contributions as files: what the finance package takes in, the list of a year, and what that package gives back.

Each line of the first says what it is: a list to call by, no title and no invoice.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import IO, Any

from socle.lib import dates
from socle.lib.spreadsheet import Field, Kind, Sheet
from socle.lib.tables import Bounds, Line, Table
from socle.revenue import contributions
from socle.revenue.models import Contribution
from socle.revenue.rules import faults_of_title

NO_TITLE = "Liste à titrer\u00a0: Socle n’émet ni titre ni facture."
TAXED = "Facture taxée à un assujetti\u00a0: par Chorus Pro, depuis le logiciel de finances."
FICTITIOUS = "Montant fictif de démonstration."
BOUNDS = Bounds(size=10 * 1024 * 1024, rows=50_000)


def _mention(one: Contribution) -> str:
    words = (NO_TITLE, TAXED if one.vat else "", FICTITIOUS if one.is_fictitious else "")
    return " ".join(filter(None, words))


EXPORT: Sheet[Contribution] = Sheet(
    "contributions_export",
    "contributions-a-titrer",
    "Contributions à titrer",
    (
        Field("Exercice", lambda one: str(one.year), Kind.CODE),
        Field("Budget", lambda one: one.budget, Kind.CODE),
        Field("SIRET du tiers", lambda one: one.debtor_siret, Kind.CODE),
        Field("Nom du tiers", lambda one: one.debtor_name),
        Field("Code service", lambda one: one.service_code, Kind.CODE),
        Field("Numéro d’engagement", lambda one: one.engagement, Kind.CODE),
        Field("Objet", lambda one: one.subject),
        Field("Montant HT", lambda one: one.net, Kind.AMOUNT),
        Field("Régime de TVA", lambda one: one.vat_regime),
        Field("Taux de TVA (%)", lambda one: str(one.vat_rate).replace(".", ","), Kind.CODE),
        Field("TVA", lambda one: one.vat, Kind.AMOUNT),
        Field("Montant TTC", lambda one: one.total, Kind.AMOUNT),
        Field("Article", lambda one: one.account, Kind.CODE),
        Field("Fonction", lambda one: one.function, Kind.CODE),
        Field("Date d’émission", lambda one: dates.day_of(one.exported_at), Kind.DAY),
        Field("Échéance", lambda one: one.due_on, Kind.DAY),
        Field("Référence de la convention", lambda one: one.agreement.number, Kind.CODE),
        Field("Période", lambda one: f"{one.first_on.isoformat()}/{one.last_on.isoformat()}", Kind.CODE),
        Field("Pièce jointe", lambda one: f"convention-{one.agreement.number.lower()}.pdf"),
        Field("Référence", lambda one: one.reference, Kind.CODE),
        Field("Calcul", lambda one: one.made),
        Field("Mention", _mention),
    ),
)

REFERENCE, BORDEREAU, TITLE, TITLE_ON = "Référence", "Bordereau", "Titre", "Date du titre"
COLLECTED, OUTSTANDING = "Encaissé", "Reste à recouvrer"
# What the finance package says, and the field where it is written.
ANSWERS: Mapping[str, str] = {
    "bordereau": BORDEREAU, "title": TITLE, "title_on": TITLE_ON, "collected": COLLECTED, "outstanding": OUTSTANDING,
}  # fmt: skip


def _of_call(header: str, name: str, kind: Kind = Kind.CODE) -> Field[contributions.Line]:
    return Field(header, lambda line: getattr(line.called, name) if line.called else None, kind)


# Filled in by hand or by a program, this list is read back as it is.
LINES: Sheet[contributions.Line] = Sheet(
    "contributions",
    "contributions",
    "Contributions d’un exercice",
    (
        _of_call(REFERENCE, "reference"),
        Field("État", lambda line: line.state.label),
        Field("Convention", lambda line: line.agreement.number, Kind.CODE),
        Field("Bénéficiaire", lambda line: line.agreement.bound.name),
        Field("SIRET du débiteur", lambda line: line.called.debtor_siret if line.called else line.siret, Kind.CODE),
        Field("Montant HT", lambda line: line.called.net if line.called else line.net, Kind.AMOUNT),
        Field("TVA", lambda line: line.called.vat if line.called else line.vat, Kind.AMOUNT),
        Field("Montant TTC", lambda line: line.called.total if line.called else line.total, Kind.AMOUNT),
        Field("Calcul", lambda line: line.called.made if line.called else line.made),
        Field("Ce qui manque", lambda line: " ".join(one.says for one in line.missing)),
        Field("Qui peut l’apporter", lambda line: ", ".join(dict.fromkeys(one.who for one in line.missing))),
        Field("Écart", lambda line: line.drift),
        _of_call("Exporté le", "exported_at", Kind.INSTANT),
        *(
            _of_call(
                header,
                name,
                {TITLE_ON: Kind.DAY, COLLECTED: Kind.AMOUNT, OUTSTANDING: Kind.AMOUNT}.get(header, Kind.CODE),
            )
            for name, header in ANSWERS.items()
        ),
    ),
)


def read(known: Mapping[str, Contribution], file: IO[bytes], *, on: date) -> list[tuple[Contribution, dict[str, Any]]]:
    """Read what the finance package says of these references; lines that say nothing are passed over.

    Raises `tables.Faulty` with each line at fault: a reference unknown or told twice, an amount that cannot be.
    """
    table = Table(file, BOUNDS)
    table.require(REFERENCE, *ANSWERS.values())
    found: dict[str, int] = {}
    answers = []
    for line in table:
        if not any(line.text(header, is_wanted=False) for header in ANSWERS.values()):
            continue
        reference = line.text(REFERENCE) or ""
        one = known.get(reference)
        if not reference:
            continue
        if one is None:
            line.note(f"«\u00a0{reference[:40]}\u00a0» n’est la référence d’aucune contribution appelée.", REFERENCE)
        elif (first := found.setdefault(reference, line.number)) != line.number:
            line.note(f"cette référence est déjà à la ligne {first}.", REFERENCE)
        answer = _answer(line, one.total if one else None, on=on)
        if one is not None:
            answers.append((one, answer))
    return answers


def _answer(line: Line, total: Decimal | None, *, on: date) -> dict[str, Any]:
    """Read the cells of a line, each fault of it noted."""
    answer: dict[str, Any] = {
        "bordereau": line.text(BORDEREAU) or "",
        "title": line.text(TITLE) or "",
        "title_on": line.day(TITLE_ON),
        "collected": line.amount(COLLECTED),
        "outstanding": line.amount(OUTSTANDING),
    }
    for name, says in faults_of_title(total=total, on=on, **answer):
        line.note(says, ANSWERS[name])
    return answer
