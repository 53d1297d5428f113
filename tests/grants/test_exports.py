"""The archive of evidence: resumed after a kill with nothing twice, made in the background when it is heavy."""

from __future__ import annotations

import zipfile
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage

from socle.documents import actions as documents
from socle.grants import archives, exports
from socle.grants.actions import claims
from socle.lib.archives import check
from socle.lib.refusals import Refused
from tests.grants.situations import AT, Kind, expense, grant, prove


@pytest.fixture
def claim(operation, partner, cdg, finance):
    grant(operation, finance)
    one = expense(partner, finance)
    prove(one, Kind.PAYMENT, finance)
    other = cdg.operator.memberships.get(role="finance_officer").user
    expense(cdg, other, "F-2")
    return claims.prepare(operation, by=finance, at=AT)


def broken_after(monkeypatch, times: int) -> None:
    """The disk gives out after so many pieces were read."""
    real, left = documents.open_stream, [times]

    def stream(document):
        left[0] -= 1
        if left[0] < 0:
            raise OSError("gone")
        return real(document)

    monkeypatch.setattr(documents, "open_stream", stream)


@pytest.mark.slow
@pytest.mark.parametrize("times", [0, 1, 3, 4, 6])
def test_an_archive_that_was_cut_is_resumed_with_nothing_twice(claim, tmp_path, monkeypatch, times):
    path = tmp_path / "evidence.zip"
    with monkeypatch.context() as cut:
        broken_after(cut, times)
        with pytest.raises(OSError, match="gone"):
            exports.write_evidence(claim, path, at=AT)
    exports.write_evidence(claim, path, at=AT)
    found = check(path)
    assert not found.faults
    with zipfile.ZipFile(path) as made:
        names = made.namelist()
        listed = made.read("npdcn/pieces.csv").decode("utf-8-sig")
    assert len(names) == len(set(names))
    assert sum(name.endswith(".pdf") and not name.startswith("dossier") for name in names) == 5
    assert listed.count("\n") == 4


@pytest.mark.slow
def test_a_heavy_archive_is_made_in_the_background_and_kept_a_week(claim, finance, monkeypatch):
    assert archives.weight_of(claim) > 0
    archives.ask(claim, by=finance, at=AT)
    with monkeypatch.context() as cut:
        broken_after(cut, 1)
        assert archives.make_due(at=AT) == 0
    claim.refresh_from_db()
    assert (claim.archive, claim.archive_made_at) == ("", None)
    assert archives.make_due(at=AT) == 0, "its maker may be alive"
    later = claim.archive_claimed_until + timedelta(seconds=1)
    assert archives.make_due(at=later) == 1
    claim.refresh_from_db()
    assert default_storage.exists(claim.archive)
    made = claim.archive_made_at
    assert archives.remove_old(at=made + archives.KEPT) == 0
    assert archives.remove_old(at=made + archives.KEPT + timedelta(seconds=1)) == 1
    assert not default_storage.exists(claim.archive)


@pytest.mark.slow
def test_the_lead_alone_asks_for_it(claim, cdg):
    other = cdg.operator.memberships.get(role="finance_officer").user
    with pytest.raises(Refused, match="chef de file"):
        archives.ask(claim, by=other, at=AT)
