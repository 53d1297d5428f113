"""A vintage brought to the console is written by the worker, whole or not at all, and only the list that was read."""

from __future__ import annotations

from typing import Any

import pytest

from socle.lib.refusals import Refused
from socle.mergers import vintages
from socle.mergers.models import ImportStatus, MergerPlan, VintageImport
from socle.people.models import Role
from socle.programme.models import Assessment
from socle.territory.models import Commune, Vintage
from tests import factories as f
from tests.mergers.conftest import Merger
from tests.territory.conftest import COMMUNES

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("all_beneficiaries")]
CHANGES = b"insee_code,kind,heir,gone_in\n59070,merged,59006,2027\n"


@pytest.fixture
def brought(merger: Merger, settings: Any) -> VintageImport:
    settings.SOCLE_IMPORT_CEILING = 1
    content = f"{COMMUNES}59006,L'Orée de Mormal,59,{merger.heir.siren},,600,59144\n".encode()
    return vintages.bring(
        year=None, name="communes-2027.csv", content=content, changes=CHANGES, by=merger.officer, at=f.NOW
    )


def ask(brought: VintageImport, merger: Merger, **fields: Any) -> VintageImport:
    expected = fields.get("expected") or vintages.difference_of(brought).fingerprint
    return vintages.ask(brought, expected=expected, forced_share=None, by=merger.officer, at=f.NOW)


def again(brought: VintageImport) -> VintageImport:
    return VintageImport.objects.get(pk=brought.pk)


def test_what_was_confirmed_is_written_once_with_its_plans_and_its_ranks(brought: Any, merger: Merger) -> None:
    assert not Vintage.objects.filter(year=2027).exists()
    assert vintages.carry_due() == 0  # Nothing was confirmed.
    ask(brought, merger)
    assert vintages.carry_due() == 1
    done = again(brought)
    assert (done.status, done.plans, bytes(done.content)) == (ImportStatus.DONE, 1, b"")
    assert vintages.progress_of(done)[0] == "Comparaison avec ce qui est connu…"
    assert Commune.objects.get(insee_code="59070").merged_into == merger.heir
    assert MergerPlan.objects.get().beneficiary == merger.gone
    assert Assessment.objects.in_force().filter(commune=merger.heir).exists()
    assert vintages.carry_due() == 0
    with pytest.raises(Refused, match="rechargez la page"):
        vintages.drop(done, by=merger.officer, at=f.NOW)


def test_a_list_that_changed_since_it_was_read_writes_nothing_and_is_to_be_read_again(
    brought: Any, merger: Merger
) -> None:
    ask(brought, merger, expected="0" * 64)
    assert vintages.carry_due() == 0
    back = again(brought)
    assert back.status == ImportStatus.READ
    assert "relisez-la" in back.hitch
    assert not Vintage.objects.filter(year=2027).exists()


def test_an_import_that_breaks_or_kills_its_workers_is_given_back_and_one_cut_short_is_begun_again(
    brought: Any, merger: Merger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any, **options: Any) -> None:
        raise RuntimeError

    ask(brought, merger)
    with monkeypatch.context() as patch:
        patch.setattr(vintages, "bring_vintage", broken)
        assert vintages.carry_due() == 0
    assert (again(brought).status, again(brought).hitch) == (ImportStatus.READ, vintages.UNFORESEEN)
    ask(brought, merger)
    VintageImport.objects.update(status=ImportStatus.RUNNING, starts=vintages.MOST_STARTS)
    assert vintages.carry_due() == 0
    assert again(brought).hitch == vintages.STOPPED
    ask(brought, merger)
    VintageImport.objects.update(status=ImportStatus.RUNNING, starts=1)  # Its worker was killed.
    assert vintages.carry_due() == 1


def test_only_officers_of_the_lead_bring_a_vintage_and_a_wrong_file_leaves_nothing(merger: Merger) -> None:
    cdg = f.member(Role.CDG_ADVISOR, f.operator("cdg59", "", 2))
    with pytest.raises(Refused, match="au syndicat chef de file"):
        vintages.bring(year=2026, by=cdg, at=f.NOW)
    for name, content in (("communes-2027.csv", b"\x00\xff"), ("communes.csv", b"a;b"), ("communes-2027.csv", b"")):
        with pytest.raises(Refused):
            vintages.bring(year=None, name=name, content=content, by=merger.officer, at=f.NOW)
    assert not VintageImport.objects.exists()
