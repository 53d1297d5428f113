"""A mairie with its place on the store, played by the twin."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django_scopes import scope

from socle.backups import actions
from socle.backups.models import Account, Machine, Repository
from socle.engines.simulated.store import SimulatedStore
from socle.people.models import Beneficiary, Role, User
from tests import factories as f
from tests.worlds import once

FILES = {f"/papiers/{number}.txt": f"papier {number}".encode() * number for number in range(1, 60)}


@pytest.fixture(autouse=True)
def twin(settings):
    settings.SOCLE_MACHINE_STORE = "socle.engines.simulated.store.SimulatedStore"
    SimulatedStore.clear()
    yield SimulatedStore()
    SimulatedStore.clear()


def made() -> Beneficiary:
    f.programme()
    return f.beneficiary(f.commune("59474", "Prisches", 1000))


one_place = once(made)


@pytest.fixture
def place(one_place, db) -> Beneficiary:
    return one_place.get()


@pytest.fixture
def secretary(place) -> User:
    return f.member(Role.SECRETARY, place)


@pytest.fixture
def account(place, secretary) -> Account:
    with scope(beneficiary=place):
        yield actions.open_account(place, by=secretary, at=f.NOW)


def added(account: Account, by: User, *, name: str = "Accueil", system: str = "linux", **given) -> tuple[Machine, str]:
    chosen = {"folders": "/papiers", "every_days": 1, **given}
    return actions.add_machine(account, name=name, system=system, by=by, at=f.NOW, **chosen)


def enrolled(account: Account, by: User, *, name: str = "Accueil") -> Repository:
    """A machine that has run its script."""
    _, code = added(account, by, name=name)
    given = actions.claim(code, by=by, at=f.NOW)
    repository = Repository.objects.get(user=given.user)
    SimulatedStore().save(given.user, "cle", given.operator_key, files={}, at=f.NOW)
    SimulatedStore.repositories[given.user].saves.clear()
    return actions.confirm(given.user, given.confirmation, by=by, at=f.NOW) and repository


def witnesses(repository: Repository) -> dict[str, bytes]:
    """The witness files as the script writes them."""
    return {
        f"/etc/socle-sauvegarde/temoins/temoin-{number}.txt": f"socle {repository.canary} {number}\n".encode() * lines
        for number, lines in enumerate(actions.CANARY_LINES, start=1)
    }


def saves(repository: Repository, *, at, files=None, host: str = "poste"):
    """The machine saves."""
    content = {**FILES, **witnesses(repository)} if files is None else files
    return SimulatedStore().save(repository.user, files=content, at=at, host=host)


DAY = timedelta(days=1)
