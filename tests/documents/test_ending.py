"""A document kept under a rule of retention goes after its last day, and its row says what was there."""

from __future__ import annotations

import os
import shutil
from datetime import date, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.db import IntegrityError, models, transaction
from django.test import RequestFactory
from django_scopes import scopes_disabled

from socle.agreements import handover
from socle.documents import actions, erasure, serving
from socle.documents.models import Document
from socle.documents.storage import KeptFiles
from socle.journal.models import Entry
from socle.lib.archives import Archive
from socle.lib.dates import PARIS
from socle.lib.declared import Ending, Fate, Rule
from socle.lib.findings import Severity
from socle.lib.refusals import Refused
from socle.mairie import access
from socle.operations.doctor import data
from socle.operations.safekeeping import restoring, saving
from socle.people.models import Role, User
from socle.retention.actions import due, sweep
from socle.retention.models import Sweep
from socle.signing import verification
from tests import factories as f

pytestmark = pytest.mark.django_db
LAST = date(2036, 12, 31)
NEW_YEAR = datetime(2037, 1, 1, tzinfo=PARIS)
PDF = b"%PDF-1.7\na payslip"
WHOSE = "Bulletin de paie de Camille Exemple, mars 2026"
NEUTRAL = "Bulletin de paie, mars 2026"


def end_slips(before: datetime, *, by: models.Model, at: datetime, is_dry: bool) -> int:
    return erasure.end_due("bulletins", before, by=by, at=at, is_dry=is_dry)


RULES = (
    Rule("bulletins", "Bulletins", "agents", "après le terme", 0, "Essai", Fate.ERASED, f"{__name__}.end_slips",
         ends=Ending.MACHINE, because="Essai"),
    Rule("conserves", "Autres", "agents", "", None, "Essai", Fate.KEPT, ends=Ending.MACHINE, because="Essai"),
)  # fmt: skip


@pytest.fixture(autouse=True)
def _a_room_that_keeps_payslips(settings):
    settings.SOCLE_RETENTION = [*django_settings.SOCLE_RETENTION, f"{__name__}.RULES"]


@pytest.fixture
def system() -> User:
    return User.objects.system()


@pytest.fixture
def passing(system, django_capture_on_commit_callbacks):
    """One passage of the rules at an instant: what that of payslips says."""

    def passes(at: datetime = NEW_YEAR) -> Sweep:
        with django_capture_on_commit_callbacks(execute=True):
            return next(one for one in sweep(by=system, at=at, even_if_recent=True) if one.rule == "bulletins")

    return passes


def slip(*, until: date | None = LAST, rule: str = "bulletins", **changes) -> Document:
    system = User.objects.system()
    facts = {"title": WHOSE, "filename": "camille.pdf", "by": system, "at": f.NOW, "neutral_title": NEUTRAL}
    document = actions.keep(PDF, **(facts | {"rule": rule} | changes))
    return actions.set_term(document, until, because="dix ans après la clôture des comptes", by=system, at=f.NOW)


def path_of(document: Document) -> Path:
    return Path(document.file.storage.path(document.file.name))


@pytest.mark.parametrize(
    ("until", "days", "at", "goes"),
    [
        (LAST, 0, NEW_YEAR - timedelta(seconds=1), False),
        (LAST, 0, NEW_YEAR, True),
        (LAST, 1, NEW_YEAR, False),
        (LAST, 1, NEW_YEAR + timedelta(days=1), True),
        (None, 0, NEW_YEAR + timedelta(days=36500), False),
    ],
)
def test_a_document_is_kept_until_its_last_day_included_and_always_while_it_is_unknown(
    until, days, at, goes, passing, settings, system
):
    if days:
        settings.SOCLE_RETENTION_DAYS = {"bulletins": str(days)}
    document = slip(until=until)
    [foreseen] = [one.count for one in due(by=system, at=at) if one.rule.code == "bulletins"]
    assert foreseen == passing(at).treated == int(goes)
    document.refresh_from_db()
    assert (document.ended_at == at) is goes


@pytest.mark.slow
def test_what_stays_is_a_row_that_names_nobody_and_what_goes_is_the_file(passing):
    document = slip()
    path = path_of(document)
    passing()
    row = Document.objects.get()
    assert not path.parent.exists()
    assert (row.title, row.file.name, row.sha256, row.size) == (NEUTRAL, "", document.sha256, len(PDF))
    line = Entry.objects.get(verb="document.ended")
    assert line.facts == {"rule": "bulletins", "sha256": row.sha256}
    # Read as it is now, or as it was before.
    for one in (row, document):
        with pytest.raises(actions.Ended) as raised:
            actions.read(one)
        assert raised.value.sentence == (
            "Le document «\u00a0Bulletin de paie, mars 2026\u00a0» a été détruit le 1er\u00a0janvier\u00a02037, au "
            "terme de sa conservation, le 31\u00a0décembre\u00a02036\u00a0: dix ans après la clôture des comptes. Son "
            "empreinte et sa taille restent."
        )
    with pytest.raises(actions.Ended):
        actions.address_of(row)
    assert passing().treated == 0
    assert Entry.objects.filter(verb="document.ended").count() == 1


@pytest.mark.slow
def test_of_two_documents_with_the_same_bytes_each_has_its_own_time(passing):
    first, second = slip(), slip(until=LAST + timedelta(days=1))
    for_ever = actions.keep(PDF, title="Acte", filename="a.pdf", by=User.objects.system(), at=f.NOW)
    assert passing().treated == 1
    with pytest.raises(actions.Ended):
        actions.read(Document.objects.get(pk=first.pk))
    assert actions.read(second) == PDF
    assert passing(NEW_YEAR + timedelta(days=1)).treated == 1
    assert actions.read(for_ever) == PDF


def test_nothing_but_its_own_rule_ends_a_document(passing, system):
    for_ever = actions.keep(PDF, title="Acte", filename="a.pdf", by=system, at=f.NOW)
    other = slip(rule="autres")
    with pytest.raises(Refused, match="conservé sans terme"):
        actions.set_term(for_ever, LAST, because="Essai", by=system, at=f.NOW)
    for code in ("autres", "conserves", ""):
        with pytest.raises(ValueError, match="no rule"):
            erasure.end_due(code, NEW_YEAR, by=system, at=NEW_YEAR, is_dry=False)
    assert passing().treated == 0
    for fields in ({"ended_at": NEW_YEAR}, {"ended_at": NEW_YEAR, "kept_until": LAST}, {"file": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Document.objects.filter(pk=for_ever.pk).update(**fields)
    assert actions.read(other) == PDF
    for changes in ({"rule": "bulletins"}, {"neutral_title": NEUTRAL}):
        with pytest.raises(ValueError, match="names nobody"):
            actions.keep(PDF, title=WHOSE, filename="c.pdf", by=system, at=f.NOW, **changes)


@pytest.mark.slow
def test_a_last_day_is_put_off_or_unsaid_until_the_end_and_not_after(passing, system):
    document = slip()
    actions.set_term(document, None, because="", by=system, at=f.NOW)
    assert passing().treated == 0
    actions.set_term(document, LAST, because="Essai", by=system, at=f.NOW)
    assert [line.facts for line in Entry.objects.filter(verb="document.term_set").order_by("pk")] == [
        {"until": "2036-12-31"}, {"until": ""}, {"until": "2036-12-31"},
    ]  # fmt: skip
    stale = Document.objects.get()
    assert passing().treated == 1
    with pytest.raises(Refused, match="a été détruit"):
        actions.set_term(stale, LAST, because="Essai", by=system, at=NEW_YEAR)


@pytest.mark.slow
def test_a_passage_killed_before_its_files_went_is_taken_up_again(passing, monkeypatch):
    document, other = slip(), slip()
    discard, killed = KeptFiles.discard, []

    def dies(storage, name):
        killed.append(name)
        raise KeyboardInterrupt

    monkeypatch.setattr(KeptFiles, "discard", dies)
    with pytest.raises(KeyboardInterrupt):
        passing()
    assert len(killed) == 1
    # Whatever is left on the disk, nobody reads it any more.
    assert path_of(document).exists()
    with pytest.raises(actions.Ended):
        actions.read(Document.objects.get(pk=document.pk))
    monkeypatch.setattr(KeptFiles, "discard", discard)
    assert passing(NEW_YEAR + timedelta(days=1)).treated == 0
    assert not path_of(document).exists()
    assert not path_of(other).exists()
    assert set(Document.objects.values_list("file", flat=True)) == {""}


def test_a_storage_that_does_not_answer_is_asked_again_and_holds_back_no_other(passing, monkeypatch):
    first, second = slip(), slip()
    discard = KeptFiles.discard

    def silent(storage, name):
        if name == first.file.name:
            raise OSError("silent")
        discard(storage, name)

    monkeypatch.setattr(KeptFiles, "discard", silent)
    assert passing().treated == 2
    assert (path_of(first).exists(), path_of(second).exists()) == (True, False)
    monkeypatch.undo()
    passing()
    assert not path_of(first).exists()


def test_a_passage_rolled_back_ends_nothing(system):
    document = slip()
    with transaction.atomic():
        assert end_slips(NEW_YEAR, by=system, at=NEW_YEAR, is_dry=False) == 1
        transaction.set_rollback(True)
    assert actions.read(Document.objects.get(pk=document.pk)) == PDF


def test_who_asks_for_it_reads_what_became_of_it_at_each_door(passing, monkeypatch, tmp_path):
    body = f.beneficiary()
    slip(beneficiary=body)
    passing()
    document = Document.objects.get()
    page = access.mairie_view(lambda request, beneficiary: serving.served(document, name="bulletin.pdf"))
    client_request = RequestFactory().get("/mairie/essai/")
    client_request.user = f.member(Role.SECRETARY, body)
    client_request.session = {}
    monkeypatch.setattr(access, "is_open", lambda request, path: True)
    answer = page(client_request)
    assert answer.status_code == 409
    assert "a été détruit le 1er\u00a0janvier\u00a02037" in answer.content.decode()
    assert "n’est plus celui qui a été conservé" not in answer.content.decode()
    # What is taken along says so too, and goes on.
    archive = Archive(tmp_path / "a.zip", at=NEW_YEAR)
    with archive.part("conventions", "Conventions", "…") as shelf, scopes_disabled():
        handover.write(body, shelf)
    archive.close()
    assert any("a été détruit le" in note for note in archive.done[0].notes)


def test_a_file_recognised_elsewhere_is_no_longer_said_to_be_kept_here(passing):
    document = slip()
    assert verification._kept(document.sha256) == document
    passing()
    assert verification._kept(document.sha256) is None


def test_neither_the_doctor_nor_a_restoration_looks_for_a_file_that_went(passing, monkeypatch):
    ended, kept = slip(), slip(until=None)
    passing()
    assert [finding.severity for finding in data.kept_documents()] == [Severity.OK]
    assert [one.pk for one in restoring.documents_to_check()] == [kept.pk]
    os.unlink(path_of(kept))
    assert [finding.severity for finding in data.kept_documents()] == [Severity.ERROR]
    # What a former backup brought here from a storage that is shared goes with the next one.
    copy = Path(django_settings.DOCUMENTS_ROOT) / ended.public_id.hex[:2] / ended.public_id.hex
    copy.mkdir(parents=True)
    (copy / "camille.pdf").write_bytes(PDF)
    monkeypatch.setattr(saving.file_storage, "pull", lambda **given: None)
    saving._pull(print)
    assert not copy.exists()


def test_what_a_backup_brings_back_goes_again(passing, system):
    """The row and the file of an earlier day come back together: the rule finds the same last day."""
    document = slip()
    path, aside = path_of(document), path_of(document).parent.with_name("aside")
    shutil.copytree(path.parent, aside)
    before = Document.objects.filter(pk=document.pk).values().get()
    passing()
    Document.objects.filter(pk=document.pk).update(**before)
    aside.rename(path.parent)
    assert actions.read(Document.objects.get()) == PDF
    assert passing(NEW_YEAR + timedelta(days=2)).treated == 1
    assert not path.exists()


def test_the_command_says_what_would_go(system):
    slip(until=date(2020, 1, 1))
    said = StringIO()
    call_command("retention", stdout=said)
    assert "bulletins\u00a0: " in said.getvalue().replace(" : ", "\u00a0: ")
    assert "1 à traiter" in said.getvalue()
