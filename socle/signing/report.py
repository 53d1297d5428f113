"""Reports of a verification: the verdict on a file, its signatures, the stamps of the time over it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """Verdicts on a file. Only `SOUND` is worth relying on."""

    SOUND = "sound"
    INCOMPLETE = "incomplete"
    UNTRUSTED = "untrusted"
    SOMEBODY_ELSE = "somebody_else"
    UNASKED = "unasked"
    PAPER = "paper"
    PAPER_WAITING = "paper_waiting"
    PAPER_CONTESTED = "paper_contested"
    PRINTED = "printed"
    ALTERED = "altered"
    UNSIGNED = "unsigned"
    UNREADABLE = "unreadable"


SENTENCES = {
    Verdict.SOUND: "Toutes les signatures sont valides, et pas un octet n’a changé depuis la dernière.",
    Verdict.INCOMPLETE: "Les signatures apposées sont valides, mais il en manque\u00a0: l’acte n’est pas conclu.",
    Verdict.UNTRUSTED: "Le fichier n’a pas changé, mais l’autorité qui certifie un signataire n’est pas connue ici.",
    Verdict.SOMEBODY_ELSE: (
        "Une place est signée par quelqu’un d’autre que la personne attendue\u00a0: ne vous fiez pas à ce fichier."
    ),
    Verdict.UNASKED: (
        "Le fichier n’a pas changé, mais ces signatures n’ont pas été demandées ici\u00a0: rien ne dit qui devait "
        "signer à chaque place."
    ),
    Verdict.PAPER: (
        "C’est la numérisation d’un original signé sur papier, attestée ici\u00a0: l’original seul fait foi."
    ),
    Verdict.PAPER_WAITING: (
        "C’est la numérisation d’un papier enregistré ici comme signé, que sa partie n’a pas encore confirmé."
    ),
    Verdict.PAPER_CONTESTED: (
        "C’est la numérisation d’un papier que sa partie a contesté\u00a0: elle ne vaut pas signature."
    ),
    Verdict.PRINTED: (
        "Ce PDF est celui qui a été imprimé, puis signé sur papier\u00a0: l’original de papier seul fait foi, et sa "
        "numérisation est gardée ici."
    ),
    Verdict.ALTERED: "Ce fichier a été modifié, ou une de ses signatures n’est pas valide\u00a0: ne vous y fiez pas.",
    Verdict.UNSIGNED: "Ce PDF ne porte aucune signature.",
    Verdict.UNREADABLE: "Ce fichier n’a pas pu être lu\u00a0: ce n’est pas un PDF entier et lisible.",
}


@dataclass(frozen=True)
class SignatureReport:
    """One signature. `problems` are French sentences; there is none when the signature is worth relying on.

    Of a seal that is known here, `signer` and `organisation` are those that it states in the bytes it signs, and
    `sealed_by` names its certificate; `evidence` is the SHA-256 of what was kept of the gesture. Of any other, they are
    those of `certificate`, its subject in words, and `claim` says what it states without anything to prove it.

    `declared_at` is only what the signature says of itself; `proven_at` is the first trusted proof that it existed: its
    own token of time, or the stamp of the document after it. `level` is the PAdES level found, and `qualification` what
    the trusted lists said of the certificate the day it was taken here, if anything.
    """

    field: str
    signer: str
    organisation: str
    issuer: str
    declared_at: datetime | None
    proven_at: datetime | None
    reason: str
    place: str
    certificate_sha256: str
    is_intact: bool
    is_valid: bool
    is_trusted: bool
    covers_whole_file: bool
    covers: str
    changes_after: str
    problems: tuple[str, ...]
    certificate: str = ""
    claim: str = ""
    is_of_its_place: bool = True
    sealed_by: str = ""
    evidence: str = ""
    stamped_at: datetime | None = None
    level: str = "B-B"
    qualification: str = ""


@dataclass(frozen=True)
class StampReport:
    """A stamp of the time over the whole document, put after its signatures."""

    field: str
    stamped_at: datetime | None
    authority: str
    is_valid: bool
    is_trusted: bool
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Report:
    """Result of the check of a file. `is_sound` is the only « yes »."""

    verdict: Verdict
    sentence: str
    signatures: tuple[SignatureReport, ...]
    stamps: tuple[StampReport, ...]
    empty_fields: tuple[str, ...]
    sha256: str
    size: int
    is_kept: bool
    kept: str
    problems: tuple[str, ...]

    @property
    def is_sound(self) -> bool:
        return self.verdict is Verdict.SOUND

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON values; instants in ISO 8601."""
        facts = asdict(self) | {"verdict": self.verdict.value, "is_sound": self.is_sound}
        for found in (*facts["signatures"], *facts["stamps"]):
            for key in {"declared_at", "proven_at", "stamped_at"} & set(found):
                found[key] = found[key].isoformat() if found[key] else None
        return facts
