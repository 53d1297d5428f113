"""An audit as a file: given to whoever audits with a spreadsheet, taken back criterion by criterion, or not at all."""

from __future__ import annotations

from socle.lib.refusals import Refused
from socle.lib.spreadsheet import Field, Kind, Sheet, read_csv
from socle.lib.text import folded
from socle.websites.accessibility.audits import Judged
from socle.websites.accessibility.criteria import Criterion, criteria
from socle.websites.models.accessibility import Audit, Judgement

State = Judgement.State
MOST_BYTES = 1_000_000
Row = tuple[Criterion, Judgement | None]
HEADERS = ("critere", "etat", "constat", "motif de la derogation", "alternative accessible")
# What auditors' grids write for the four states, beside our own words.
STATES = {
    "c": State.CONFORMING,
    "nc": State.FAILING,
    "na": State.NOT_APPLICABLE,
    "d": State.DEROGATED,
    "nt": "",
    "a evaluer": "",
    "": "",
    **{folded(label): value for value, label in State.choices},
}

SHEET: Sheet[Row] = Sheet(
    "accessibility_audit",
    "audit-accessibilite",
    "Audit d’accessibilité",
    (
        Field("Critère", lambda row: row[0].number, Kind.CODE),
        Field("Thème", lambda row: row[0].theme),
        Field("Intitulé", lambda row: row[0].title),
        Field("État", lambda row: row[1].get_state_display() if row[1] else "à évaluer"),
        Field("Constat", lambda row: row[1].note if row[1] else ""),
        Field("Motif de la dérogation", lambda row: row[1].reason if row[1] else ""),
        Field("Alternative accessible", lambda row: row[1].alternative if row[1] else ""),
        Field("Proposé par la plateforme", lambda row: row[1].is_proposed if row[1] else False, Kind.YES_NO),
    ),
)


def rows_of(audit: Audit) -> list[Row]:
    """Return every criterion, in order, with what the audit says of it."""
    judged = {one.criterion: one for one in audit.judgements.all()}
    return [(criterion, judged.get(number)) for number, criterion in criteria().items()]


def read(content: bytes) -> list[Judged]:
    """Read the judgements of a CSV file. Raises Refused with the line at fault; nothing is then kept."""
    lines = read_csv(content, most_bytes=MOST_BYTES)
    places = {folded(name): place for place, name in enumerate(lines[0])}
    if "critere" not in places or "etat" not in places:
        raise Refused("La première ligne doit nommer les colonnes « Critère » et « État » : partez du fichier exporté.")
    found: dict[str, Judged] = {}
    for number, line in enumerate(lines[1:], start=2):
        if not any(line):
            continue
        cells = {name: line[places[name]] for name in HEADERS if places.get(name, 999) < len(line)}
        criterion = cells.get("critere", "")
        if criterion not in criteria():
            raise Refused(f"Ligne {number} : le critère « {criterion[:20]} » n’existe pas dans le RGAA 4.1.2.")
        if criterion in found:
            raise Refused(
                f"Ligne {number} : le critère {criterion} est déjà dit plus haut. Gardez une ligne par critère."
            )
        state = STATES.get(folded(cells.get("etat", "")))
        if state is None:
            raise Refused(
                f"Ligne {number} : l’état « {cells['etat'][:40]} » n’existe pas. "
                "Écrivez conforme, non conforme, non applicable, dérogation, ou à évaluer."
            )
        found[criterion] = Judged(
            criterion,
            str(state),
            note=cells.get("constat", ""),
            reason=cells.get("motif de la derogation", ""),
            alternative=cells.get("alternative accessible", ""),
        )
    if not found:
        raise Refused("Ce fichier ne dit l’état d’aucun critère.")
    return list(found.values())
