"""Small drills, with real processes and a real database; `make drills` runs them at full size."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools import cluster
from tools.drills import __main__ as drills
from tools.drills import batches, restore
from tools.installation import Installation, installation

pytestmark = pytest.mark.drill

COUNT = 8


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """Each drill runs once per database, whichever one the other tests use."""
    kind: str = request.param
    if kind == "postgresql" and cluster.binaries() is None:
        if os.environ.get("SOCLE_TEST_EVERYTHING"):
            pytest.fail("PostgreSQL is not on this machine")
        pytest.skip("PostgreSQL is not on this machine")
    return kind


@pytest.fixture
def ours(database: str, tmp_path: Path) -> Iterator[Installation]:
    with installation(database) as ready:
        yield ready


def test_workers_killed_equip_all_and_none_twice(ours: Installation) -> None:
    seen = batches.killed_workers(ours, count=COUNT, kills=2, workers=2)
    assert seen["wrong"] == []
    assert seen["killed"] > 0
    assert seen["equipped"] == COUNT


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_database_that_restarts_loses_nothing(ours: Installation) -> None:
    seen = batches.restarted_database(ours, count=COUNT, restarts=1)
    assert seen["wrong"] == []
    assert seen["restarted"] == 1
    assert seen["equipped"] == COUNT


def test_a_full_disk_is_waited_for(database: str) -> None:
    if os.getuid() != 0:
        pytest.skip("only root can mount a disk to fill")
    with drills.small_disk() as disk, installation(database, where=disk) as ours:
        seen = batches.full_disk(ours, count=COUNT, fill=lambda: drills.fill(disk))
    assert seen["wrong"] == []
    assert seen["database_stopped"] or seen["stood_at"] < COUNT
    assert seen["equipped"] == COUNT


def test_what_is_saved_and_destroyed_comes_back_from_a_folder_and_from_a_storage(tmp_path: Path) -> None:
    if cluster.binaries() is None and not os.environ.get("SOCLE_TEST_EVERYTHING"):
        pytest.skip("PostgreSQL is not on this machine")
    for folder in (tmp_path, *tmp_path.parents[:2]):
        # PostgreSQL, which is not root, goes through them.
        folder.chmod(0o711)
    seen = restore.lost_and_restored(count=2, where=tmp_path)
    assert seen["wrong"] == []
    assert seen["S3"]["signed as they were"] == seen["a folder"]["signed as they were"] >= 2
    assert len(seen["S3"]["refused"]) == len(seen["a folder"]["refused"]) + 1 == 4
