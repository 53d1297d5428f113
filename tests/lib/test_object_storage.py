"""Files in an object storage that several machines share: a real one (SeaweedFS), which checks its keys."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.http import Http404

from socle.documents import actions as documents
from socle.documents.models import Document
from socle.lib.findings import Severity
from socle.lib.object_storage import Objects, Unreachable
from socle.lib.ports import free_port
from socle.lib.refusals import Refused
from socle.operations import file_storage
from socle.operations.doctor import data
from socle.operations.safekeeping import databases
from socle.people.models import User
from socle.sites.public import send_file
from tools.object_storage import ObjectStorage

AT = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
PDF = b"%PDF-1.7\nfor a test"


@pytest.mark.parametrize(
    ("target", "access"),
    [
        ("/srv/files", {"key": "x"}),
        ("s3://", {"key": "x"}),
        ("s3://Bucket", {"key": "x"}),
        ("s3://bucket", {"key": ""}),
    ],
)
def test_a_target_that_cannot_be_one_stops_the_platform_with_a_sentence(target: str, access: dict[str, str]) -> None:
    with pytest.raises(ImproperlyConfigured, match="SOCLE_FILES_TARGET"):
        file_storage.storages(target, access)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStorage]:
    made = ObjectStorage(tmp_path_factory.mktemp("storage")).start()
    try:
        options = file_storage.storages("s3://socle-essai", made.access)["default"]["OPTIONS"]
        assert Objects(**options).create_bucket()
        assert not Objects(**options).create_bucket()
        yield made
    finally:
        made.stop()


@pytest.fixture
def shared(server: ObjectStorage, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The platform's files in the bucket, under a prefix of this test."""
    target = f"s3://socle-essai/{tmp_path.name.replace('_', '-')}"
    return point(settings, monkeypatch, target, server.access, tmp_path)


def move(settings: Any, folder: Path) -> None:
    """The platform's three folders under this one: what other tests wrote is not what this one pushes."""
    settings.MEDIA_ROOT, settings.DOCUMENTS_ROOT = folder / "media", folder / "kept"
    settings.FILES_ROOT = folder / "files"


def point(settings: Any, monkeypatch: pytest.MonkeyPatch, target: str, access: dict[str, str], folder: Path) -> Any:
    settings.FILES_TARGET = target
    move(settings, folder)
    settings.STORAGES = {**settings.STORAGES, **file_storage.storages(target, access)}
    # The column took its storage when the model was read.
    monkeypatch.setattr(Document._meta.get_field("file"), "storage", storages["kept"])
    return settings


@pytest.mark.slow
@pytest.mark.django_db
def test_a_document_kept_there_is_written_once_and_read_as_it_was(shared: Any) -> None:
    by = User.objects.system()
    document = documents.keep(PDF, title="Convention", filename="c.pdf", by=by, at=AT)
    document = Document.objects.get(pk=document.pk)
    assert documents.read(document) == PDF
    kept, name = document.file.storage, str(document.file.name)
    assert documents.address_of(document) == f"{shared.FILES_TARGET}/kept/{name}"
    # Never replaced, even by eight machines at once; never deleted.
    with pytest.raises(FileExistsError):
        kept.save(name, ContentFile(b"%PDF-another"))

    def write(number: int) -> bool:
        try:
            kept.save("raced/one.pdf", ContentFile(f"%PDF-{number}".encode()))
        except FileExistsError:
            return False
        return True

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(write, range(16))) == 1
    with pytest.raises(TypeError):
        kept.delete(name)
    assert documents.read(document) == PDF
    # Someone who holds the key may still alter a file: it is not shown.
    kept.client.put_object(Bucket=kept.bucket_name, Key=kept.key_of(name), Body=b"%PDF-altered")
    with pytest.raises(documents.Altered, match="a été modifié"):
        documents.read(Document.objects.get(pk=document.pk))
    kept.discard(name)
    with pytest.raises(documents.Altered, match="introuvable"):
        documents.read(Document.objects.get(pk=document.pk))


@pytest.mark.slow
@pytest.mark.django_db
def test_a_row_that_cannot_be_written_leaves_no_file_there(shared: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Document, "save", lambda self, **how: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        documents.keep(PDF, title="Convention", filename="c.pdf", by=User.objects.system(), at=AT)
    assert storages["kept"].names() == []  # type: ignore[attr-defined]


@pytest.mark.slow
@pytest.mark.django_db
def test_a_media_file_is_served_by_the_platform_and_never_by_the_storage(shared: Any) -> None:
    name = storages["default"].save("sites/prisches/images/é.png", ContentFile(b"PNG"))
    assert storages["default"].save("sites/prisches/images/é.png", ContentFile(b"GNP")) != name
    assert storages["default"].url(name).startswith("/media/sites/prisches/images/")
    response = send_file(name)
    assert b"".join(response) == b"PNG"  # type: ignore[call-overload]
    assert response["Content-Type"] == "image/png"
    assert response["Content-Length"] == "3"
    assert "Last-Modified" in response
    response.close()
    for hostile in ("sites/none.png", "../kept/x.pdf", "/etc/passwd", "sites", "sites/\0.png", "."):
        with pytest.raises(Http404):
            send_file(hostile)


@pytest.mark.slow
@pytest.mark.django_db
def test_files_pass_from_one_machine_to_several_and_come_back_to_be_saved(shared: Any, tmp_path: Path) -> None:
    (tmp_path / "media/a").mkdir(parents=True)
    (tmp_path / "kept/b").mkdir(parents=True)
    (tmp_path / "media/a/image.png").write_bytes(b"PNG")
    (tmp_path / "kept/b/act.pdf").write_bytes(PDF)
    (tmp_path / "kept/b/.en-cours-x").write_bytes(b"%P")
    (tmp_path / "files/c").mkdir(parents=True)
    (tmp_path / "files/c/plan.odt").write_bytes(b"ODT")
    said = StringIO()
    call_command("files", "push", stdout=said)
    assert said.getvalue().startswith("3 fichiers à copier")
    assert storages["kept"].names() == []  # type: ignore[attr-defined]
    call_command("files", "push", "--yes", stdout=said)
    assert storages["kept"].names() == [("b/act.pdf", len(PDF))]  # type: ignore[attr-defined]
    moved = file_storage.push(acts=True, say=said.write)
    assert (moved.copied, moved.present, moved.different) == (0, 3, ())
    # Another machine, or the one that saves.
    move(shared, tmp_path / "other")
    call_command("files", "pull", "--yes", stdout=said)
    assert (tmp_path / "other/kept/b/act.pdf").read_bytes() == PDF
    assert (tmp_path / "other/media/a/image.png").read_bytes() == b"PNG"
    assert (tmp_path / "other/files/c/plan.odt").read_bytes() == b"ODT"
    # What rows name is looked for in the folder that is saved.
    column = next(column for model, column in databases.file_columns() if model is Document)
    assert databases.folder_of(column) == (tmp_path / "other/kept").resolve()
    # What differs under one name is told, and touched nowhere.
    (tmp_path / "other/kept/b/act.pdf").chmod(0o600)
    (tmp_path / "other/kept/b/act.pdf").write_bytes(b"%PDF-")
    with pytest.raises(CommandError, match=r"diffèrent sous le même nom.*kept/b/act\.pdf"):
        call_command("files", "push", "--yes", stdout=said)
    assert storages["kept"].open("b/act.pdf").read() == PDF


@pytest.mark.slow
@pytest.mark.django_db
def test_a_storage_that_is_gone_or_refuses_is_said_and_loses_nothing(
    server: ObjectStorage, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = documents.keep(PDF, title="Convention", filename="c.pdf", by=User.objects.system(), at=AT)
    nowhere = {**server.access, "endpoint_url": f"http://127.0.0.1:{free_port()}"}
    for access in (nowhere, {**server.access, "secret_key": "une-autre"}):
        point(settings, monkeypatch, "s3://socle-essai/gone", access, tmp_path)
        with pytest.raises(Refused, match="rien n’en est perdu") as refused:
            documents.read(Document.objects.get(pk=document.pk))
        assert not isinstance(refused.value, documents.Altered)
        with pytest.raises(Unreachable) as told:
            documents.keep(PDF, title="Autre", filename="c.pdf", by=User.objects.system(), at=AT)
        assert "notre" not in str(told.value)
        assert send_file("sites/a.png").status_code == 503
        (finding,) = data.shared_files()
        assert finding.severity is Severity.ERROR
        # Stopped, and a key that is wrong: each with its own remedy.
        assert ("ne répond pas" in finding.says) is (access is nowhere)
        assert ("SOCLE_FILES_S3_SECRET" in finding.remedy) is (access is not nowhere)
        with pytest.raises(CommandError, match="s’est arrêtée"):
            call_command("files", "pull", "--yes")
    assert Document.objects.count() == 1


@pytest.mark.slow
def test_the_doctor_tries_whether_the_storage_would_replace(shared: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2):
        (finding,) = data.shared_files()
        assert finding.severity is Severity.OK
    monkeypatch.setattr(type(storages["kept"]), "_save", lambda self, name, content: name)
    (finding,) = data.shared_files()
    assert "remplace un document" in finding.says
