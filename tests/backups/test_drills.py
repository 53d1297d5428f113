"""The rehearsal: what is drawn, compared, certified, and every way in which it fails."""

from __future__ import annotations

import random
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from socle.agreements import promises
from socle.agreements.models import PromiseKept
from socle.backups import certificate, drills, inspection
from socle.backups.contract import SeenFile
from socle.backups.models import Drill, EscrowUse, Purpose
from socle.documents import actions as documents
from socle.engines.simulated.store import SimulatedStore
from socle.lib import dates
from socle.lib.refusals import Refused
from socle.people.models import Role, User
from socle.programme.models import Promise
from tests import factories as f
from tests.backups.conftest import FILES, enrolled, saves, witnesses


@pytest.fixture
def repository(account, secretary, settings, tmp_path):
    settings.DOCUMENTS_ROOT = tmp_path
    return enrolled(account, secretary)


def rehearse(repository, by, **given) -> Drill:
    made = drills.rehearse(repository, by=by, at=f.NOW + timedelta(hours=1), **given)
    assert made is not None
    return made


def test_a_good_one_gives_a_certificate_that_can_be_shown(repository, secretary):
    saves(repository, at=f.NOW)
    drill = rehearse(repository, secretary)
    assert drill.is_sound, drill.says
    assert (drill.found, drill.drawn, drill.compared, drill.canaries) == (len(FILES) + 3, 28, 28, 3)
    content = documents.read(drill.document)
    assert content.startswith(b"%PDF-1.7")
    assert b"pdfaid" in content or b"PDF/A" in content or b"pdfa" in content.lower()
    assert EscrowUse.objects.get().purpose == Purpose.DRILL


def test_the_same_seed_draws_the_same_again(repository, secretary):
    saves(repository, at=f.NOW)
    first, second = (rehearse(repository, secretary, seed="graine") for _ in range(2))
    other = rehearse(repository, secretary, seed="autre")
    assert first.sha256 == second.sha256
    assert len({first.sha256, other.sha256}) == 2


def test_a_flipped_byte_fails_it_and_gives_no_certificate(repository, secretary):
    saves(repository, at=f.NOW)
    SimulatedStore.repositories[repository.user].damaged |= set(FILES)
    drill = rehearse(repository, secretary)
    assert not drill.is_sound
    assert drill.document is None
    assert "empreinte" in drill.says


def test_files_encrypted_on_the_machine_show_in_the_witnesses(repository, secretary):
    held = {path: random.Random(1).randbytes(100) for path in witnesses(repository)}
    saves(repository, at=f.NOW, files={**FILES, **held})
    drill = rehearse(repository, secretary)
    assert not drill.is_sound
    assert "chiffrés" in drill.says


@pytest.mark.parametrize("files", [FILES, {}])
def test_a_save_without_its_witnesses_fails(repository, secretary, files):
    saves(repository, at=f.NOW, files=files)
    drill = rehearse(repository, secretary)
    assert not drill.is_sound
    assert "témoins" in drill.says


def test_an_empty_repository_fails_and_a_silent_store_proves_nothing(repository, secretary, monkeypatch):
    assert not rehearse(repository, secretary).is_sound
    saves(repository, at=f.NOW)
    inspection.look(repository, by=secretary, at=f.NOW)

    def silent(*arguments, **given):
        raise OSError("le disque ne répond pas")

    monkeypatch.setattr(SimulatedStore, "files", silent)
    assert drills.rehearse(repository, by=secretary, at=f.NOW) is None
    assert Drill.objects.count() == 1


def test_each_file_has_the_same_chance_and_none_is_drawn_twice():
    files = [SeenFile(f"/{number}", 1) for number in range(40)]
    counts = dict.fromkeys((one.path for one in files), 0)
    for seed in range(400):
        drawn = drills.draw(files, seed=str(seed), size=10)
        assert len(set(drawn)) == 10
        for path in drawn:
            counts[path] += 1
    assert min(counts.values()) > 60
    assert max(counts.values()) < 145
    assert drills.draw(files[:3], seed="x", size=10) == ["/0", "/1", "/2"]


def test_it_is_made_once_a_quarter(repository, secretary):
    saves(repository, at=f.NOW)
    inspection.look(repository, by=secretary, at=f.NOW)
    at = datetime(2026, 12, 20, tzinfo=UTC)
    assert drills.rehearse_due(by=secretary, at=at) == 1
    assert drills.rehearse_due(by=secretary, at=at + timedelta(days=5)) == 0
    assert drills.rehearse_due(by=secretary, at=datetime(2027, 3, 20, tzinfo=UTC)) == 1
    assert sorted(Drill.objects.values_list("quarter", flat=True)) == ["2026-T4", "2027-T1"]


def test_a_name_no_font_knows_spoils_no_drill(repository, secretary, monkeypatch):
    saves(repository, at=f.NOW)

    def fails(*arguments, **given):
        raise Refused("Le document n’a pas pu être composé.")

    monkeypatch.setattr(certificate, "render", fails)
    drill = rehearse(repository, secretary)
    assert drill.is_sound
    assert drill.document is None


def test_a_rehearsal_that_went_well_keeps_what_the_agreement_promises_of_one(repository, secretary):
    made = f.signed_agreement(repository.beneficiary)
    Promise.objects.create(
        type=made.type, code="restauration", name="Essai", clause="article 10", owed_by="le syndicat",
        every_months=12, kept_by="restauration", order=0,
    )  # fmt: skip
    system, at = User.objects.system(), f.NOW + timedelta(days=1)
    assert not rehearse(repository, secretary).is_sound
    assert promises.keep_proved(by=system, at=at) == 0
    saves(repository, at=f.NOW)
    drill = rehearse(repository, secretary)
    assert promises.keep_proved(by=system, at=at) == 1
    kept = PromiseKept.objects.get()
    assert (kept.agreement, kept.document, kept.reference) == (made, drill.document, str(drill))
    assert kept.kept_on == dates.day_of(drill.began_at)


@pytest.mark.slow
def test_paper_20_a_rehearsal_is_attested_by_a_person_of_the_operator_once(repository, secretary):
    saves(repository, at=f.NOW)
    drill = rehearse(repository, secretary)
    f.letter_texts()
    assert drill.paper_label == "Relevé (PDF)"
    sheet = drill.document.sha256
    technician = f.member(Role.TECHNICIAN, f.programme().lead(), quality="Technicien des sauvegardes")
    for by, words in ((secretary, "techniciens"), (User.objects.system(), "donnée par une personne")):
        with pytest.raises(Refused, match=words):
            certificate.attest(drill, by=by, at=f.NOW)
    drill = certificate.attest(drill, by=technician, at=f.NOW)
    told = subprocess.run(
        ["pdftotext", "-", "-"], input=documents.read(drill.attestation), capture_output=True, check=True
    )
    words = " ".join(told.stdout.decode().replace("\u00a0", " ").split())
    assert f"Je, {technician.name}, technicien des sauvegardes, atteste avoir pris connaissance" in words
    assert sheet in words.replace(" ", "")
    assert (drill.attested_by, drill.document.sha256, drill.paper_label) == (technician, sheet, "Attestation (PDF)")
    with pytest.raises(Refused, match="déjà attesté"):
        certificate.attest(drill, by=technician, at=f.NOW)
    # What went wrong is attested by nobody.
    type(drill).objects.filter(pk=drill.pk).update(document=None, attestation=None)
    drill.refresh_from_db()
    assert "rien à attester" in (certificate.why_not_attest(drill, by=technician, on=f.TODAY) or "")
