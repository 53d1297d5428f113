"""The proof of an agreement: one PDF/A-3 with everything attached; and the list of those concluded by delegation."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
from datetime import timedelta

import pikepdf
import pytest
from django.core.management import CommandError, call_command
from django_scopes import scopes_disabled

from socle.agreements import actions, proof, queries
from socle.deliberations.models import Approval
from socle.documents import actions as documents
from socle.lib import dates
from socle.signing.verification import verify
from tests import factories as f
from tests.agreements.test_papers import on_paper, signed_scan
from tests.signing.test_structure import PROFILES, second_opinion

pytestmark = [pytest.mark.django_db, pytest.mark.seals]
LATER = f.NOW + timedelta(days=3)


def _attached(content: bytes) -> dict[str, bytes]:
    with pikepdf.open(io.BytesIO(content)) as read:
        assert read.open_metadata(set_pikepdf_as_editor=False).pdfa_status == "3A"
        return {name: spec.get_file().read_bytes() for name, spec in read.attachments.items()}


def _words(content: bytes) -> str:
    told = subprocess.run(["pdftotext", "-layout", "-", "-"], input=content, capture_output=True, check=True)
    return " ".join(told.stdout.decode().split())


def _plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.slow
@pytest.mark.both
def test_the_proof_holds_the_agreement_the_evidence_the_journal_and_prints_each_hash(ground):
    agreement = ground.signed()
    content = proof.compose(agreement, at=LATER)
    found = _attached(content)
    assert [second_opinion(content, profile) for profile in PROFILES] == [set(), set()]
    agreement.round.refresh_from_db()
    name = f"convention-{agreement.number.lower()}.pdf"
    assert set(found) == {
        name, "preuve-beneficiary.json", "preuve-cdg.json", "preuve-lead.json", "modele.md", "verification.json",
        "journal.json",
    }  # fmt: skip
    assert found[name] == documents.read(agreement.round.current)
    assert verify(found[name]).is_sound
    words = _words(content).replace(" ", "")
    for one in found.values():
        assert hashlib.sha256(one).hexdigest() in words
    assert json.loads(found["preuve-cdg.json"])["person"] == ground.cdg_president.name
    verbs = [line["verb"] for line in json.loads(found["journal.json"])]
    assert verbs.count("slot.signed") == 3
    assert verbs[-1] == "agreement.signed"
    assert json.loads(found["verification.json"])["is_sound"] is True
    told = _words(content)
    assert "sans valeur juridique" in told
    assert "PAdES B-LT, valide" in told
    assert ground.mayor.name in told


@pytest.mark.slow
def test_the_proof_of_a_draft_and_of_a_paper_says_what_it_is(ground):
    draft = ground.draft()
    assert "rien n’est signé" in _words(proof.compose(draft, at=LATER))
    ready = actions.make_ready(ground.complete(draft), by=ground.officer, at=f.NOW)
    scan = signed_scan(ready)
    for _ in range(2):
        on_paper(ready, ground, content=scan)
    content = proof.compose(ready, at=LATER)
    found = _attached(content)
    assert {"papier-1-1.pdf", "papier-1-1.json", "papier-2-2.json"} <= set(found)
    assert json.loads(found["papier-2-2.json"])["attested_by"] == ground.officer.name
    assert _words(content).count("sur papier, à confirmer par la partie") == 2


@pytest.mark.slow
@pytest.mark.both
def test_a_proof_is_refused_when_a_document_is_no_longer_what_was_kept(ground):
    agreement = ground.signed()
    agreement.round.refresh_from_db()
    with open(agreement.round.current.file.path, "r+b") as file:
        file.write(b"%PDF-0")
    with pytest.raises(documents.Altered):
        proof.compose(agreement, at=LATER)


@pytest.mark.slow
@pytest.mark.both
def test_the_command_writes_the_proof_or_says_why_not(ground, tmp_path):
    agreement = ground.signed()
    call_command("agreements", "proof", agreement.number, "--out", str(tmp_path / "new"))
    assert (tmp_path / "new" / "proof.pdf").read_bytes().startswith(b"%PDF-")
    with pytest.raises(CommandError, match="Aucune convention ne porte"):
        call_command("agreements", "proof", "PMC-0", "--out", str(tmp_path))
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError, match="ne se laisse pas écrire"):
        call_command("agreements", "proof", agreement.number, "--out", str(tmp_path / "file"))


@pytest.mark.parametrize(("since", "until", "count"), [(0, None, 1), (1, None, 0), (-1, 0, 1), (-2, -1, 0)])
@pytest.mark.slow
@pytest.mark.both
def test_rule_12_a_committee_is_told_what_was_concluded_by_delegation_since_the_last(ground, since, until, count):
    ground.signed()
    day = dates.day_of(f.NOW)
    found = queries.concluded_since(
        day + timedelta(days=since), until=None if until is None else day + timedelta(days=until)
    )
    assert found.count() == count


@pytest.mark.slow
@pytest.mark.both
def test_rule_12_what_a_committee_approved_by_itself_is_not_told(ground, capsys):
    agreement = ground.signed()
    with scopes_disabled():
        call_command("agreements", "concluded", "--since", "2026-11-25", "--json")
        (told,) = json.loads(capsys.readouterr().out)
        assert (told["number"], told["concluded_on"], told["annual_price"]) == (
            agreement.number,
            "2026-11-25",
            "240.00",
        )
        call_command("agreements", "concluded", "--since", "2026-11-25")
        line = f"{agreement.number}, Commune de Prisches, conclue le 25 novembre 2026, 240,00 € par an"
        assert line in _plain(capsys.readouterr().out)
        Approval.objects.update(subject=Approval.Subject.AGREEMENT, sha256=agreement.round.original.sha256)
        call_command("agreements", "concluded", "--since", "2026-11-25")
        assert "Conventions conclues par délégation : 0." in _plain(capsys.readouterr().out)
    with pytest.raises(CommandError, match="AAAA-MM-JJ"):
        call_command("agreements", "concluded", "--since", "hier")
