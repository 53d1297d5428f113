"""Handover of its agreements: what each says, its documents and letters as they were kept, and any other one."""

from __future__ import annotations

from typing import Any

from socle.agreements.models import Agreement, Notification, Succession
from socle.agreements.notifications import delivered
from socle.agreements.promises import kept_of
from socle.documents import actions as documents
from socle.documents.actions import Altered, safe_filename
from socle.documents.models import Document
from socle.lib.archives import Shelf
from socle.people.models import Beneficiary


def write(beneficiary: Beneficiary, shelf: Shelf) -> None:
    """Write each agreement in a folder of its own, then the documents kept that are neither of them nor of an act."""
    given: set[int] = set()
    agreements = Agreement.every.filter(beneficiary=beneficiary).select_related(
        "programme", "text", "amends", "round__original", "round__current"
    )
    for agreement in agreements.order_by("drafted_at", "pk"):
        folder = shelf.folder(agreement.number)
        folder.json("convention.json", _facts(agreement))
        for letter in delivered(agreement):
            stem = f"courrier-{letter.received_on}-{letter.kind}-{letter.pk}".replace("_", "-")
            _copy(folder, stem, letter.document, part=shelf)
        if agreement.round is None:
            continue
        versions = [agreement.round.original, *_signed(agreement), agreement.round.current]
        for document in {one.pk: one for one in versions}.values():
            given.add(document.pk)
            _copy(folder, _stem(agreement, document), document, part=shelf)
    # A letter that it did not receive is not its own; those received are with their agreement.
    letters = Notification.objects.filter(agreement__beneficiary=beneficiary).values("document")
    others = Document.objects.filter(beneficiary=beneficiary, acts__isnull=True)
    others = others.exclude(pk__in=given).exclude(pk__in=letters)
    folder = shelf.folder("autres-documents")
    for document in others.order_by("kept_at", "pk"):
        _copy(folder, f"{document.kept_at.date().isoformat()}-{document.title}", document, part=shelf)
    if not given and not agreements.exists():
        shelf.note("Aucune convention n’est enregistrée.")


def _signed(agreement: Agreement) -> list[Document]:
    assert agreement.round is not None
    slots = agreement.round.slots.select_related("result").order_by("rank")
    return [slot.result for slot in slots if slot.result is not None]


def _stem(agreement: Agreement, document: Document) -> str:
    """How a version is named: a scan is never called the agreement."""
    assert agreement.round is not None
    if agreement.round.is_on_paper:
        is_printed = document.pk == agreement.round.original_id
        return "document-imprime" if is_printed else f"papier-signe-numerise-{document.pk}"
    return "convention" if document.pk == agreement.round.current_id else f"version-{document.pk}"


def _copy(folder: Shelf, stem: str, document: Document, *, part: Shelf) -> None:
    try:
        content = documents.read(document)
    except Altered as altered:
        part.note(altered.sentence)
        return
    folder.add(safe_filename(f"{stem}.x", document.content_type), content, at=document.kept_at)


def _facts(agreement: Agreement) -> dict[str, Any]:
    slots = agreement.round.slots.order_by("rank") if agreement.round is not None else []
    successions = Succession.objects.filter(agreement=agreement).select_related("predecessor", "successor")
    return {
        "number": agreement.number,
        "programme": agreement.programme.name,
        "status": agreement.get_status_display(),
        "drafted_at": agreement.drafted_at,
        "signed_at": agreement.signed_at,
        "starts_on": agreement.starts_on,
        "ends_on": agreement.ends_on,
        "amends": agreement.amends.number if agreement.amends else None,
        "purpose": agreement.purpose,
        "changes": [
            {"clause": clause, "before": before, "after": after} for clause, before, after in agreement.changes
        ],
        "term_months": agreement.term_months,
        "annual_price": str(agreement.annual_price),
        "vat_regime": agreement.vat_regime,
        "model": f"{agreement.text.name}, {agreement.text.version}",
        "model_sha256": agreement.text.sha256,
        "services": [choice.service.name for choice in agreement.choices.select_related("service")],
        "parties": [
            {
                "kind": party.get_kind_display(),
                "name": party.name,
                "siret": party.siret,
                "seat": party.seat,
                "representative": party.representative,
                "quality": party.quality,
            }
            for party in agreement.parties.all()
        ],
        "signatures": [{"for": slot.label, "signed_at": slot.signed_at} for slot in slots],
        "promises_kept": [
            {"promise": one.promise.name, "due_on": one.due_on, "kept_on": one.kept_on, "reference": one.reference}
            for one in kept_of(agreement)
        ],
        "suspensions": [
            {
                "ground": one.get_ground_display(),
                "reason": one.reason,
                "conditions": one.conditions,
                "notified_on": one.notified_on,
                "effective_on": one.effective_on,
                "lifted_on": one.lifted_on,
            }
            for one in agreement.suspensions.order_by("effective_on", "pk")
        ],
        "letters": [
            {
                "kind": one.get_kind_display(),
                "written_at": one.written_at,
                "received_on": one.received_on,
                "way": one.get_way_display(),
                "reference": one.reference,
                "reason": one.reason,
                "effective_on": one.effective_on,
            }
            for one in delivered(agreement)
        ],
        "successions": [
            {
                "from": one.predecessor.name,
                "to": one.successor.name,
                "amendment": one.amendment,
                "effect_on": one.effect_on,
                "is_withdrawn": one.withdrawn_at is not None,
            }
            for one in successions
        ],
    }
