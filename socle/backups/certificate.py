"""The certificate of a rehearsal: what was restored, compared and found, as a PDF that the mayor can show."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from socle.backups.models import Drill, Machine
from socle.documents import actions as documents
from socle.documents import typst
from socle.documents.models import Document
from socle.lib import dates
from socle.lib.text import bytes_in_french, number, slug
from socle.people.models import User

LAYOUT = Path(__file__).parent / "certificate.typ"


@dataclass(frozen=True)
class CertificateFacts:
    """Everything the certificate states, in the words it uses."""

    title: str
    body: str
    machine: str
    quarter: str
    made_on: str
    drilled_at: str
    snapshot: str
    snapshot_at: str
    rows: list[list[str]]
    seed: str
    sha256: str
    is_demonstration: bool


def facts_of(drill: Drill, machine: Machine | None, *, at: datetime) -> CertificateFacts:
    """Gather the facts of a rehearsal that went well."""
    assert drill.snapshot is not None
    return CertificateFacts(
        title="Attestation de restauration",
        body=drill.repository.beneficiary.name,
        machine=machine.name if machine else drill.repository.name,
        quarter=quarter_in_words(drill.quarter),
        made_on=dates.in_words(dates.day_of(at)),
        drilled_at=dates.at_in_words(drill.began_at),
        snapshot=drill.snapshot.identifier[:16],
        snapshot_at=dates.at_in_words(drill.snapshot.dated_at),
        rows=[
            ["Fichiers dans la sauvegarde", number(drill.found)],
            ["Fichiers tirés au hasard et restaurés", number(drill.drawn)],
            ["Dont identiques à l’empreinte que la sauvegarde annonce", number(drill.compared)],
            ["Dont fichiers témoins, connus d’avance", number(drill.canaries)],
            ["Volume restauré", bytes_in_french(drill.size)],
        ],
        seed=drill.seed,
        sha256=drill.sha256,
        is_demonstration=settings.DEMO,
    )


def quarter_in_words(quarter: str) -> str:
    """« 2026-T4 » → « 4e trimestre 2026 »."""
    year, _, rank = quarter.partition("-T")
    return f"{rank}{'er' if rank == '1' else 'e'}\u00a0trimestre\u00a0{year}"


def render(facts: CertificateFacts, *, at: datetime) -> bytes:
    """Compose the PDF: PDF/A-3a and PDF/UA-1, as Typst checks them. Raises Unrenderable."""
    return typst.render(LAYOUT, {"doc": asdict(facts)}, at=at)


def keep(drill: Drill, machine: Machine | None, *, by: User, at: datetime) -> Document:
    """Compose and keep the certificate. Raises Refused."""
    facts = facts_of(drill, machine, at=at)
    return documents.keep(
        render(facts, at=at),
        title=f"Attestation de restauration, {facts.machine}, {facts.quarter}",
        filename=f"attestation-{slug(facts.machine)}-{drill.quarter.lower()}.pdf",
        by=by,
        at=at,
        beneficiary=drill.repository.beneficiary,
    )
