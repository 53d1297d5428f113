"""A provider of identities that lies on demand, and the secretary who enters by it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from socle.people.models import Role, User
from tests import factories
from tests.people.liar import Liar, Running
from tests.people.provider import EMAIL, configure, siret_of


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    running = Running()
    yield running
    running.stop()


@pytest.fixture
def liar(running: Running, settings: Any, tmp_path: Path, secretary: User) -> Liar:
    configure(settings, running.issuer, tmp_path / "secret")
    liar = running.new()
    liar.person = {"email": EMAIL, "siret": siret_of(secretary)}
    return liar


@pytest.fixture
def secretary() -> User:
    return factories.member(Role.SECRETARY, factories.beneficiary(), email=EMAIL)
