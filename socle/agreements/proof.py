"""Proof of an agreement: one PDF/A-3 that tells it, with everything that shows it attached, each hash printed."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from socle.agreements.models import Agreement, Party
from socle.deliberations.models import Act
from socle.documents import actions as documents
from socle.documents import typst
from socle.documents.models import Document
from socle.journal.models import Entry
from socle.journal.verbs import words
from socle.lib import dates
from socle.signing.models import Evidence, PaperSignature, Round, Slot, Way
from socle.signing.report import Report

LAYOUT = Path(__file__).with_name("proof.typ")
FICTITIOUS = "Démonstration\u00a0: personnes, actes et montants fictifs, sans valeur juridique."


@dataclass(frozen=True)
class Piece:
    """One file attached: its name there, what it is, its type and its bytes."""

    name: str
    description: str
    kind: str
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def compose(agreement: Agreement, *, at: datetime) -> bytes:
    """Return the proof as it stands at this instant. Raises `Altered` when a kept document is not what was kept."""
    from socle.signing.verification import verify

    if agreement.round_id is not None:
        # As it is now: a signature may have come since this agreement was read.
        agreement.round = Round.objects.select_related("current").get(pk=agreement.round_id)
    parties = list(agreement.parties.select_related("act__document", "operator").order_by("rank"))
    found = agreement.round.slots.select_related("signed_by", "evidence") if agreement.round else []
    slots = {slot.rank: slot for slot in found}
    entries = _entries(agreement)
    report = verify(documents.read(agreement.round.current), at=at) if agreement.round else None
    pieces = list(_pieces(agreement, parties, entries, report, at))
    facts = {
        "title": f"Preuve de {agreement.the}",
        "platform": settings.PLATFORM_URL,
        "day": dates.day_of(at).isoformat(),
        "notices": [FICTITIOUS] if settings.DEMO or agreement.text.is_demonstration else [],
        "facts": _facts(agreement, at),
        "verdict": report.sentence if report else "La convention est un projet\u00a0: rien n’est signé.",
        "parties": [_party(party, slots.get(party.rank), report) for party in parties],
        "journal": [_line(entry) for entry in entries],
    }
    with tempfile.TemporaryDirectory() as folder:
        # The layout reads what it attaches in its own folder, and nowhere else.
        shutil.copy(LAYOUT, folder)
        for rank, piece in enumerate(pieces):
            Path(folder, f"piece-{rank}").write_bytes(piece.content)
        attached = [
            {
                "name": piece.name,
                "file": f"piece-{rank}",
                "kind": piece.kind,
                "description": piece.description,
                "sha256": piece.sha256,
            }
            for rank, piece in enumerate(pieces)
        ]
        return typst.render(Path(folder, LAYOUT.name), {**facts, "pieces": attached}, at=at)


def _facts(agreement: Agreement, at: datetime) -> list[tuple[str, str]]:
    return [
        ("Programme", agreement.programme.name),
        ("État", str(agreement.get_status_display())),
        ("Modèle", f"{agreement.text.name}, version du {_version_of(agreement)}, SHA-256 {agreement.text.sha256}"),
        *([("Conclue le", dates.at_in_words(agreement.signed_at))] if agreement.signed_at else []),
        *([("Prend effet le", dates.in_words(agreement.starts_on))] if agreement.starts_on else []),
        *([("Prend fin le", dates.in_words(agreement.ends_on))] if agreement.ends_on else []),
        *(("Suspendue", one.in_words) for one in agreement.suspensions.order_by("effective_on", "pk")),
        ("Preuve établie le", dates.at_in_words(at)),
    ]


def _version_of(agreement: Agreement) -> str:
    return dates.in_words(date.fromisoformat(agreement.text.version))


def _party(party: Party, slot: Slot | None, report: Report | None) -> dict[str, Any]:
    lines = [("SIRET", party.siret), ("Représentée par", f"{party.representative}, {party.quality}")]
    if party.act is not None:
        lines.append(("Acte habilitant", act_in_words(party.act)))
    if slot is None or slot.signed_at is None:
        awaited = "sur papier, à confirmer par la partie" if slot is not None and slot.recorded_at else "attendue"
        return {"name": party.name, "lines": [*lines, ("Signature", awaited)]}
    signer = slot.signed_by.name if slot.signed_by else ""
    lines.append(("Signée", f"par {signer}, le {dates.at_in_words(slot.signed_at)}, {slot.get_way_display()}"))
    found = next((one for one in report.signatures if one.field == slot.field_name), None) if report else None
    if found is not None:
        lines += [
            ("Niveau", f"PAdES {found.level}, {'valide' if not found.problems else ' '.join(found.problems)}"),
            ("Certificat", f"{found.certificate}, émis par {found.issuer}"),
            ("Empreinte du certificat, SHA-256", slot.certificate_sha256),
        ]
        if found.qualification:
            lines.append(("Qualification", found.qualification))
        if found.claim:
            lines.append(("Mention non prouvée", found.claim))
        if found.proven_at:
            lines.append(("Signée au plus tard le (RFC\u00a03161)", dates.at_in_words(found.proven_at)))
        if found.declared_at:
            lines.append(("Date déclarée", dates.at_in_words(found.declared_at)))
    evidence: Evidence | None = getattr(slot, "evidence", None)
    if evidence is not None:
        lines.append(("Preuve du geste, SHA-256", evidence.recomputed))
    return {"name": party.name, "lines": lines}


def act_in_words(act: Act) -> str:
    """An act and its road, as a proof tells them: « reçue en préfecture le…, publiée le…, exécutoire le… »."""
    road = [f"{act.name}, {act.body}, du {dates.in_words(act.adopted_on)}"]
    e = "e" if act.is_feminine else ""
    if act.received_on:
        road.append(f"reçu{e} en préfecture le {dates.in_words(act.received_on)}")
    if act.not_transmissible_because:
        road.append(f"non transmissible ({act.not_transmissible_because})")
    if act.published_on and not act.is_publication_fictitious:
        road.append(f"publié{e} le {dates.in_words(act.published_on)}")
    if act.is_publication_fictitious:
        road.append("publication fictive de démonstration")
    elif act.executory_on:
        road.append(f"exécutoire le {dates.in_words(act.executory_on)}")
    else:
        road.append("pas encore exécutoire")
    return ", ".join(road) + (" (acte fictif)" if act.is_fictitious else "")


def _entries(agreement: Agreement) -> list[Entry]:
    about = Entry.objects.about(agreement)
    if agreement.round is not None:
        about = about | Entry.objects.about(agreement.round)
        slots = [str(pk) for pk in agreement.round.slots.values_list("pk", flat=True)]
        about = about | Entry.objects.filter(object_type=Slot._meta.label_lower, object_id__in=slots)
        papers = [
            str(pk) for pk in PaperSignature.objects.filter(slot__round=agreement.round).values_list("pk", flat=True)
        ]
        about = about | Entry.objects.filter(object_type=PaperSignature._meta.label_lower, object_id__in=papers)
    return list(about.order_by("id"))


def _line(entry: Entry) -> tuple[str, str, str]:
    seal = f"{entry.position}, sceau {entry.seal[:16]}…" if entry.seal else ""
    return dates.at_in_words(entry.at), words().get(entry.verb, entry.verb), seal


def _pieces(
    agreement: Agreement, parties: list[Party], entries: list[Entry], report: Report | None, at: datetime
) -> Iterator[Piece]:
    if agreement.round is not None:
        current, slots = agreement.round.current, agreement.round.slots.select_related("result", "evidence")
        papers = PaperSignature.objects.filter(slot__round=agreement.round).select_related("slot", "scan")
        is_printed = current.pk == agreement.round.original_id or slots.filter(way=Way.PAPER).exists()
        name = f"{agreement}.pdf".replace(" ", "-").lower()
        if is_printed:
            yield _document_piece(name, "document imprimé, sans signature", agreement.round.original)
        else:
            yield _document_piece(name, "dernière version signée", current)
        # Those recorded before papers were confirmed have no line of their own.
        for slot in slots.filter(way=Way.PAPER, result__isnull=False, papers=None):
            assert slot.result is not None
            yield _document_piece(f"papier-{slot.rank}.pdf", f"papier signé, numérisé, pour {slot.label}", slot.result)
        for rank, paper in enumerate(papers, 1):
            what = f"papier signé, numérisé, pour {paper.slot.label}, {paper.get_status_display()}"
            yield _document_piece(f"papier-{paper.slot.rank}-{rank}.pdf", what, paper.scan)
            yield _json_piece(f"papier-{paper.slot.rank}-{rank}.json", "preuve de l’enregistrement", paper.body)
            if paper.answer:
                answer = paper.answer.encode()
                name = f"papier-{paper.slot.rank}-{rank}-reponses.jsonl"
                yield Piece(name, "preuve de ce qui en est dit", "application/json", answer)
        for slot in slots.filter(evidence__isnull=False):
            yield _json_piece(f"preuve-{slot.field_name}.json", f"preuve du geste, {slot.label}", slot.evidence.body)
    if agreement.committee_article is not None and agreement.committee_print is not None:
        yield _document_piece(
            "imprime-pour-l-assemblee.pdf", "document que l’assemblée a lu", agreement.committee_print
        )
        if (document := agreement.committee_article.act.document) is not None:
            yield _document_piece("acte-qui-approuve.pdf", "acte qui approuve la convention", document)
    for party in parties:
        if party.act is not None and party.act.document is not None:
            yield _document_piece(f"acte-{party.kind}.pdf", f"acte habilitant, {party.name}", party.act.document)
    yield Piece("modele.md", "le texte du modèle", "text/markdown", agreement.text.body.encode())
    if report is not None:
        verdict = json.dumps(report.as_dict(), ensure_ascii=False, indent=1)
        yield _json_piece("verification.json", f"vérification du {dates.at_in_words(at)}", verdict)
    lines = [
        {
            "verb": one.verb, "object": f"{one.object_type}:{one.object_id}", "by": one.by_ref,
            "at": one.at.isoformat(), "facts": one.facts, "position": one.position, "seal": one.seal,
        }
        for one in entries
    ]  # fmt: skip
    yield _json_piece("journal.json", "les lignes du journal", json.dumps(lines, ensure_ascii=False, indent=1))


def _document_piece(name: str, description: str, document: Document) -> Piece:
    return Piece(name, description, document.content_type, documents.read(document))


def _json_piece(name: str, description: str, body: str) -> Piece:
    return Piece(name, description, "application/json", body.encode())
