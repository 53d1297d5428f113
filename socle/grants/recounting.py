"""The total of a claim, counted again from its archive of evidence alone: no base is read, and no other file.

It proves that the lines of the archive make the total that the claim asks for, partner by partner; that no line asks
for more than the share of its invoice that it bears; and that each piece a line names is in the archive, byte for byte.
It does not say that an expense is eligible: whoever controls reads the pieces.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from socle.grants.exports import ACCEPTED, CLAIMED, FRENCH_LINES, PIECES
from socle.lib import archives
from socle.lib.money import CENT, euros, to_cents
from socle.lib.refusals import Refused

# Unfolded: the lines of two hundred thousand expenses take half of it.
MOST = 256 * 1024 * 1024
_PLACE = f"dossier/{FRENCH_LINES}"


@dataclass
class Recount:
    """Sums of the lines of an archive, and in French what does not agree."""

    lines: int = 0
    claimed: Decimal = Decimal(0)
    accepted: Decimal | None = None
    partners: dict[str, Decimal] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def recount(path: Path) -> Recount:
    """Count a claim again from its archive. Raises Refused when this is none, OSError when it is not there."""
    path.stat()
    found = Recount(faults=archives.check(path).faults)
    try:
        with zipfile.ZipFile(path) as archive:
            about = json.loads(_read(archive, archives.LIST))
            pieces = {line[:64] for line in _read(archive, archives.SUMS).splitlines()}
            rows = csv.DictReader(io.StringIO(_read(archive, _PLACE)), delimiter=";")
            for row in rows:
                _count(found, row, pieces)
            stored = {name: about[name] for name in ("eligible", "accepted")}
    except (zipfile.BadZipFile, OSError, KeyError, TypeError, ValueError, csv.Error) as error:
        raise Refused(
            "Ce fichier n’est pas l’archive des pièces d’une demande, ou il est abîmé\u00a0: téléchargez-la de "
            "nouveau, depuis la page de la demande."
        ) from error
    for said, counted in ((stored["eligible"], found.claimed), (stored["accepted"], found.accepted)):
        if said != (None if counted is None else f"{counted:f}"):
            total = "aucune somme" if counted is None else euros(counted)
            found.faults.append(f"Les lignes font {total}, et la demande dit {said or 'aucune'}.")
    return found


def _read(archive: zipfile.ZipFile, name: str) -> str:
    if archive.getinfo(name).file_size > MOST:
        raise ValueError(name)
    return archive.read(name).decode("utf-8-sig")


def _count(found: Recount, row: Mapping[str, Any], pieces: set[str]) -> None:
    found.lines += 1
    claimed, accepted = _amount(row[CLAIMED]), _amount(row[ACCEPTED])
    if claimed is None:
        raise ValueError(row[CLAIMED])
    found.claimed += claimed
    partner = row["Partenaire"]
    found.partners[partner] = found.partners.get(partner, Decimal(0)) + claimed
    if accepted is not None:
        found.accepted = (found.accepted or Decimal(0)) + accepted
    place = f"Ligne {row['N°']}\u00a0: "
    gross, share = _amount(row["TTC, ou coût chargé"]), _number(row["Part imputée (%)"])
    if gross is not None and share is not None and claimed > (most := to_cents(gross * share / 100)):
        found.faults.append(f"{place}{euros(claimed)} demandés, et sa part de la facture fait {euros(most)}.")
    if missing := [one for one in row[PIECES].split() if one not in pieces]:
        found.faults.append(f"{place}la pièce {missing[0][:12]}… n’est pas dans l’archive.")


def _number(words: str) -> Decimal | None:
    try:
        return Decimal(words.replace(",", ".")) if words else None
    except InvalidOperation as error:
        raise ValueError(words) from error


def _amount(words: str) -> Decimal | None:
    """An amount as it is written here: a decimal comma, two digits after it. Raises ValueError."""
    found = _number(words)
    if found is not None and ("." in words or not found.is_finite() or found.as_tuple().exponent != -2):
        raise ValueError(words)
    return found if found is None else found.quantize(CENT)
