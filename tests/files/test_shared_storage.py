"""The folders in an object storage that several machines share: a real one (SeaweedFS), which checks its keys."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from django.utils import timezone
from django_scopes import scope

from socle.files import contents, queries
from socle.files.actions import bin, entries, spaces
from socle.files.models import Content, Entry, Space, Version
from socle.lib.object_storage import Objects, Unreachable
from socle.lib.ports import free_port
from socle.operations import file_storage
from socle.people.models import Beneficiary, User
from tests import factories as f
from tests.files.conftest import Put, at
from tools.object_storage import ObjectStorage

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
BUCKET = "socle-dossiers"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStorage]:
    made = ObjectStorage(tmp_path_factory.mktemp("storage")).start()
    try:
        assert Objects(**file_storage.storages(f"s3://{BUCKET}", made.access)["default"]["OPTIONS"]).create_bucket()
        yield made
    finally:
        made.stop()


def point(settings: Any, folder: Path, access: dict[str, str]) -> None:
    """The folders in the bucket, under a prefix of this test."""
    settings.FILES_TARGET = f"s3://{BUCKET}/{folder.name.replace('_', '-')}"
    settings.STORAGES = {**settings.STORAGES, **file_storage.storages(settings.FILES_TARGET, access)}


@pytest.fixture
def space(server: ObjectStorage, settings: Any, tmp_path: Path, place: Beneficiary) -> Iterator[Space]:
    """As on a disk; the clock is the true one, which signatures are checked by."""
    point(settings, tmp_path, server.access)
    made = spaces.open_space(place, by=User.objects.system(), at=f.NOW)
    with scope(beneficiary=place):
        yield made


def held(space: Space) -> list[str]:
    """The digests that lie in the storage for this space."""
    return sorted(name.rpartition("/")[2] for name, _ in contents.contents().stored(space.pk))


def kept(entry: Entry) -> bytes:
    assert entry.content is not None
    with contents.contents().reader(entry.content.stored_name) as file:
        return file.read()


def test_a_file_goes_to_the_bucket_and_comes_back_whole_or_in_part(
    space: Space, put: Put, a_disk_of_its_own: Path
) -> None:
    body = os.urandom(3 * 1024 * 1024 + 17)
    entry = put("Secrétariat/plan n° 1.bin", body)
    assert kept(entry) == body
    assert entry.content is not None
    with contents.contents().reader(entry.content.stored_name) as file:
        assert file.seek(2_000_000) == 2_000_000
        assert file.read(1000) == body[2_000_000:2_001_000]
        assert file.seek(5) == 5
        assert file.read(10) == body[5:15]
        assert file.seek(-7, os.SEEK_END) == len(body) - 7
        assert file.read() == body[-7:]
    # Nothing of it stays on the machine that received it.
    assert [one for one in a_disk_of_its_own.rglob("*") if one.is_file()] == []
    assert kept(put("vide.txt", b"")) == b""


def test_the_same_bytes_lie_there_once_and_each_version_is_read(space: Space, put: Put) -> None:
    put("a.txt", b"un")
    put("b.txt", b"un")
    assert len(held(space)) == 1
    entry = put("a.txt", b"deux")
    version = Version.objects.get()
    with contents.contents().reader(version.content.stored_name) as file:
        assert file.read() == b"un"
    assert kept(entry) == b"deux"
    assert held(space) == sorted(Content.objects.values_list("sha256", flat=True))


def test_what_no_row_names_is_swept_a_day_later_and_nothing_else(space: Space, put: Put, secretary: User) -> None:
    put("garde.txt", b"garde")
    put("efface.txt", b"efface")
    bin.trash(at(space, "efface.txt"), by=secretary, at=f.NOW)
    thrown = queries.by_id(space, Entry.objects.get(name="efface.txt").pk)
    assert thrown is not None
    bin.erase(thrown, by=secretary, at=f.NOW)
    storage = contents.contents()
    # A file on its way: sent to the bucket, its row not written yet.
    coming = contents.Incoming(100)
    coming.write(b"en route")
    coming.close()
    storage.prepare(coming, f"{space.pk}/{coming.sha256[:2]}/{coming.sha256}")
    now = timezone.now()
    spaces.sweep(at=now)
    assert coming.sha256 in held(space)
    # Taken away meanwhile, it is sent again when its row is written.
    storage.remove(f"{space.pk}/{coming.sha256[:2]}/{coming.sha256}")
    entry = entries.keep_file(at(space, "Secrétariat"), "route.txt", coming, by=secretary, at=f.NOW)
    spaces.sweep(at=now + timedelta(days=2))
    assert held(space) == sorted(Content.objects.values_list("sha256", flat=True))
    assert kept(entry) == b"en route"
    assert kept(at(space, "garde.txt").entry) == b"garde"


def test_two_mairies_never_share_bytes(space: Space, put: Put) -> None:
    put("a.txt", b"les memes")
    there = f.beneficiary(f.commune("62001", "Ablain", 1800))
    other = spaces.open_space(there, by=User.objects.system(), at=f.NOW)
    with scope(beneficiary=there):
        incoming = contents.Incoming(100)
        incoming.write(b"les memes")
        entries.keep_file(queries.find(other, []), "a.txt", incoming, by=User.objects.system(), at=f.NOW)
        assert len(held(other)) == 1
    assert held(space) == held(other)


def test_a_storage_that_is_gone_or_refuses_keeps_nothing_by_halves(
    space: Space, put: Put, server: ObjectStorage, settings: Any, tmp_path: Path, a_disk_of_its_own: Path
) -> None:
    entry = put("a.txt", b"entier")
    nowhere = {**server.access, "endpoint_url": f"http://127.0.0.1:{free_port()}"}
    for access in (nowhere, {**server.access, "secret_key": "une-autre"}):
        point(settings, tmp_path, access)
        with pytest.raises(Unreachable):
            put("a.txt", b"perdu")
        with pytest.raises(Unreachable):
            kept(entry)
    point(settings, tmp_path, server.access)
    storages._storages.pop("files", None)  # type: ignore[attr-defined]
    assert kept(at(space, "a.txt").entry) == b"entier"
    assert not Version.objects.exists()
    assert [one for one in a_disk_of_its_own.rglob("*") if one.is_file()] == []
    space.refresh_from_db()
    assert space.used_bytes == queries.counted(space) == 6
