"""What every engine owes, run against each twin and against each real engine by its own test module.

A subclass gives `engine` and `service_code` as fixtures or attributes; everything else is said here once.
"""

from __future__ import annotations

import pytest

from socle.people.models import Beneficiary
from socle.provisioning.contract import Engine, Wanted
from tests import factories as f


class EngineContract:
    """Subclass it, name it Test…, and give `make_engine`."""

    service_code: str

    def make_engine(self) -> Engine:
        raise NotImplementedError

    @pytest.fixture
    def engine(self) -> Engine:
        return self.make_engine()

    @pytest.fixture
    def place(self) -> Beneficiary:
        return f.beneficiary(f.commune("59474", "Prisches", 1000))

    @pytest.fixture
    def neighbour(self) -> Beneficiary:
        return f.beneficiary(f.commune("62001", "Ablain-Saint-Nazaire", 1800))

    def make_so(self, engine: Engine, place: Beneficiary, *, is_present: bool = True) -> int:
        """Observe, plan, apply; return how many steps were needed."""
        plan = engine.plan(Wanted(place, self.service_code, is_present), engine.observe(place))
        for change in plan.changes:
            engine.apply(change)
        return len(plan.changes)

    def test_its_check_changes_nothing(self, engine, place):
        engine.check()
        assert not engine.observe(place).is_present

    def test_what_is_missing_is_planned_in_french_and_made(self, engine, place):
        plan = engine.plan(Wanted(place, self.service_code), engine.observe(place))
        assert plan
        assert all(change.says and change.key and change.beneficiary == place for change in plan.changes)
        self.make_so(engine, place)
        found = engine.observe(place)
        assert found.is_present
        assert found.proof
        assert found.says

    def test_once_made_nothing_is_left_to_do(self, engine, place):
        self.make_so(engine, place)
        assert self.make_so(engine, place) == 0

    def test_planning_changes_nothing(self, engine, place):
        engine.plan(Wanted(place, self.service_code), engine.observe(place))
        assert not engine.observe(place).is_present

    def test_a_step_done_twice_changes_nothing_more(self, engine, place):
        plan = engine.plan(Wanted(place, self.service_code), engine.observe(place))
        for change in plan.changes:
            engine.apply(change)
            engine.apply(change)
        found = engine.observe(place)
        assert found.is_present
        assert engine.observe(place) == found

    def test_the_keys_of_steps_are_stable_and_distinct(self, engine, place):
        def keys() -> list[str]:
            plan = engine.plan(Wanted(place, self.service_code), engine.observe(place))
            return [change.key for change in plan.changes]

        assert keys() == keys()
        assert len(set(keys())) == len(keys())

    def test_suspending_then_resuming_gives_back_what_was_there(self, engine, place):
        self.make_so(engine, place)
        before = engine.observe(place)
        assert self.make_so(engine, place, is_present=False) > 0
        assert not engine.observe(place).is_present
        assert self.make_so(engine, place, is_present=False) == 0
        self.make_so(engine, place)
        assert engine.observe(place) == before

    def test_one_beneficiary_never_touches_another(self, engine, place, neighbour):
        self.make_so(engine, neighbour)
        before = engine.observe(neighbour)
        self.make_so(engine, place)
        self.make_so(engine, place, is_present=False)
        assert engine.observe(neighbour) == before
        assert before.proof != engine.observe(place).proof
