"""A folder that leaves as one ZIP: what it costs, and how one that was cut is known."""

from pathlib import Path

import pytest

from socle.files import bundles
from socle.files.actions import entries
from socle.lib.refusals import Refused
from tests import factories as f
from tests.files.conftest import at

pytestmark = pytest.mark.django_db


def test_it_costs_one_query_a_level_and_is_read_while_it_leaves(space, put, secretary, django_assert_num_queries):
    entries.make_folder(at(space, "Secrétariat"), "2026", by=secretary, at=f.NOW)
    for rank in range(12):
        put(f"Secrétariat/2026/{rank}.txt", b"x" * 3 * bundles.CHUNK)
    top = at(space, "Secrétariat").entry
    with django_assert_num_queries(2):
        pieces = bundles.gather([top])
    assert len(pieces) == 14
    with django_assert_num_queries(0):
        sizes = [len(piece) for piece in bundles.stream(pieces)]
    assert sum(sizes) == bundles.length_of(pieces)
    assert max(sizes) < bundles.CHUNK + 4096, "never more than a piece is held"


def test_a_file_that_cannot_be_read_whole_cuts_it_short(space, put, a_disk_of_its_own: Path):
    put("Secrétariat/a.txt", b"x" * 1000)
    pieces = bundles.gather([at(space, "Secrétariat").entry])
    [kept] = [path for path in a_disk_of_its_own.rglob("*") if path.is_file()]
    kept.chmod(0o600)
    kept.write_bytes(b"x" * 10)
    with pytest.raises(OSError, match="shorter"):
        list(bundles.stream(pieces))


def test_too_many_things_are_refused_before_all_of_them_are_read(space, put, monkeypatch):
    for name in "abc":
        put(f"Secrétariat/{name}.txt")
    monkeypatch.setattr("socle.files.rules.MOST_BUNDLED", 3)
    with pytest.raises(Refused, match="3 fichiers"):
        bundles.gather([at(space, "Secrétariat").entry])
