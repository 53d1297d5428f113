"""The folder of a commune, its people, a neighbour's, and files given in a line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django_scopes import scope

from socle.files import queries
from socle.files.actions import entries, spaces
from socle.files.contents import Incoming
from socle.files.models import Entry, Space
from socle.files.queries import Place
from socle.people.models import Beneficiary, Role, User
from tests import factories as f

Put = Callable[..., Entry]


@pytest.fixture(autouse=True)
def a_disk_of_its_own(settings: Any, tmp_path: Path) -> Path:
    """Where the bytes of this test are, and nobody else's."""
    from django.core.files.storage import storages

    settings.FILES_ROOT = tmp_path / "files"
    storages._storages.pop("files", None)  # type: ignore[attr-defined]
    return tmp_path / "files"


@pytest.fixture
def place(db: None) -> Beneficiary:
    return f.beneficiary(f.commune("59474", "Prisches", 1000))


@pytest.fixture
def secretary(place: Beneficiary) -> User:
    return f.member(Role.SECRETARY, place)


@pytest.fixture
def mayor(place: Beneficiary) -> User:
    return f.member(Role.MAYOR, place)


@pytest.fixture
def space(place: Beneficiary, time_machine: Any) -> Iterator[Space]:
    """Open, empty but for its first folders, and in scope."""
    time_machine.move_to(f.NOW, tick=False)
    made = spaces.open_space(place, by=User.objects.system(), at=f.NOW)
    with scope(beneficiary=place):
        yield made


@pytest.fixture
def root(space: Space) -> Place:
    return Place(queries.root_of(space), ())


@pytest.fixture
def put(space: Space, secretary: User) -> Put:
    """`put("Secrétariat/lettre.txt", b"…")`: keep a file at this road, whose folders are there."""

    def keep(road: str, content: bytes = b"bonjour", *, by: User | None = None, at: Any = f.NOW, **more: Any) -> Entry:
        *above, name = road.split("/")
        folder = queries.find(space, above)
        assert folder is not None, above
        incoming = Incoming(free_in(space))
        try:
            incoming.write(content)
        except Exception:
            incoming.discard()
            raise
        return entries.keep_file(folder, name, incoming, by=by or secretary, at=at, **more)

    return keep


def free_in(space: Space) -> int:
    space.refresh_from_db()
    return space.free_bytes


def at(space: Space, road: str) -> Place:
    """What is at this road."""
    found = queries.find(space, road.split("/"))
    assert found is not None, road
    return found
