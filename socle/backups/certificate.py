"""The papers of a rehearsal: the sheet of what was restored and compared, and its attestation by a person."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from socle.backups.models import Drill, Machine
from socle.backups.rules import KEEPERS, why_not_keep
from socle.documents import actions as documents
from socle.documents import correspondence, typst
from socle.documents.models import Document
from socle.journal import actions as journal
from socle.lib import dates
from socle.lib.refusals import refuse
from socle.lib.text import bytes_in_french, in_sentence, number, slug, town_of
from socle.people.models import Role, User

TEXT = "attestation-restauration"
LAYOUT = Path(__file__).parent / "certificate.typ"


@dataclass(frozen=True)
class CertificateFacts:
    """Everything the sheet states, in the words it uses."""

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
        title="Relevé d’exercice de restauration",
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
    """Compose and keep the sheet. Raises Refused."""
    facts = facts_of(drill, machine, at=at)
    return documents.keep(
        render(facts, at=at),
        title=f"Relevé d’exercice de restauration, {facts.machine}, {facts.quarter}",
        filename=f"releve-{slug(facts.machine)}-{drill.quarter.lower()}.pdf",
        by=by,
        at=at,
        beneficiary=drill.repository.beneficiary,
    )


def why_not_attest(drill: Drill, *, by: User, on: date) -> str | None:
    """Say in French why this person does not attest this rehearsal, or None: a person of the operator, once."""
    if by.is_system:
        return "Une attestation est donnée par une personne, à son nom."
    if reason := why_not_keep(by=by, on=on):
        return reason
    if drill.document is None:
        return "Cet exercice n’a pas réussi\u00a0: il n’y a rien à attester."
    return "Cet exercice est déjà attesté." if drill.attestation_id is not None else None


@transaction.atomic
def attest(drill: Drill, *, by: User, at: datetime) -> Drill:
    """Attest, in the name of this person, the sheet of a rehearsal: a document of its own. Raises Refused."""
    Drill.objects.select_for_update(of=("self",)).get(pk=drill.pk)
    drill = Drill.objects.select_related("repository__beneficiary", "document", "snapshot").get(pk=drill.pk)
    on = dates.day_of(at)
    refuse(why_not_attest(drill, by=by, on=on))
    assert drill.document is not None  # why_not_attest has refused a rehearsal without its sheet.
    facts = facts_of(drill, Machine.objects.filter(repository=drill.repository).first(), at=drill.began_at)
    place = by.memberships.active_on(on).filter(role__in=KEEPERS, operator__isnull=False).order_by("pk").first()
    # As above: it takes an office of an operator to keep the saves.
    assert place is not None
    assert place.operator is not None
    quality = place.quality or Role(place.role).label
    heading = correspondence.Heading(
        sender=place.operator.name,
        sender_seat=place.operator.seat,
        place=town_of(place.operator.seat),
        signed_for=f"Pour {in_sentence(place.operator.name)},",
        signatory=by.name,
        quality=quality,
    )
    values = {
        "attested_by": by.name,
        "quality": quality[:1].lower() + quality[1:],
        "drilled_at": facts.drilled_at,
        "machine": facts.machine,
        "body": in_sentence(facts.body),
        "drawn": number(drill.drawn),
        "compared": number(drill.compared),
        "snapshot_at": facts.snapshot_at,
        "sheet_sha256": drill.document.sha256,
    }
    drill.attestation = documents.keep(
        correspondence.render(heading, correspondence.text_of(TEXT, on=on), values, at=at),
        title=f"Attestation de restauration, {facts.machine}, {facts.quarter}",
        filename=f"attestation-{slug(facts.machine)}-{drill.quarter.lower()}.pdf",
        beneficiary=drill.repository.beneficiary,
        by=by,
        at=at,
    )
    drill.attested_by, drill.attested_at = by, at
    drill.save(update_fields=["attestation", "attested_by", "attested_at"])
    journal.record("backup.drill_attested", drill.repository, by=by, at=at, drill=drill.pk)
    return drill
