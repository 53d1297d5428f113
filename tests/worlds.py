"""What many tests of a room start from, made once a room or a file: each goes back to it."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, Generic, TypeVar

import pytest
from django.db import transaction
from django.test import override_settings

Made = TypeVar("Made")
# What stands, each in the transaction of those before it.
_standing: list[Once[Any]] = []
_may_stand = True


class Once(Generic[Made]):
    """What `make` makes under these settings, in a transaction that the tests' own are nested in.

    `blocker` is pytest-django's: out of the making, a test that asked for no database has none.
    """

    def __init__(self, blocker: Any, make: Callable[[], Made], **settings: Any) -> None:
        self._blocker, self._make, self._settings = blocker, make, settings
        self._around: ExitStack | None = None

    def make(self, *, is_alone: bool = False) -> None:
        """Before the first test that wants it begins its own transaction; `is_alone` lets go what stands in its way."""
        if not _may_stand:
            return
        if is_alone and _standing:
            _standing[0].let_go()
        with self._blocker.unblock(), override_settings(**self._settings), ExitStack() as made:
            made.enter_context(transaction.atomic())
            # Read again from there at each test: five times as fast as a deep copy.
            self._made = pickle.dumps(self._make())
            self._around = made.pop_all()
            _standing.append(self)

    @property
    def stands(self) -> bool:
        """Whether it was made, and not let go since."""
        return self._around is not None

    def get(self) -> Made:
        """As it was made: a test may do what it wants of it."""
        return pickle.loads(self._made) if self.stands else self._make()

    def let_go(self) -> None:
        """Nothing of it remains, nor of what was made after it."""
        while self in _standing:
            last = _standing.pop()
            assert last._around is not None
            with last._blocker.unblock(), last._around:
                transaction.set_rollback(True)
            last._around = None


def once(make: Callable[[], Any], **settings: Any) -> Any:
    """A fixture, to be called `one_…`: what `make` makes under these settings, once a room."""

    @pytest.fixture(scope="package")
    def standing(django_db_setup: None, django_db_blocker: Any) -> Iterator[Once[Any]]:
        made = Once(django_db_blocker, make, **settings)
        made.make()
        yield made
        made.let_go()

    return standing


def is_apart(test: Any) -> bool:
    """Whether a test makes all that it starts from: one that is served, or that seals, where others have a stand-in."""
    return is_served(test) or test.get_closest_marker("seals") is not None


def before(test: Any) -> None:
    """Before its fixtures: around a test that `is_apart`, nothing stands, and nothing is made that would."""
    global _may_stand
    _may_stand = not is_apart(test)
    if not _may_stand and _standing:
        _standing[0].let_go()


def together(tests: list[Any]) -> None:
    """Sort these, as drawn, by room: those that want nothing made for several come first, and never see any of it.

    Those that are apart come last of all.
    """
    rooms: dict[Any, int] = {}
    tests.sort(
        key=lambda test: (
            is_apart(test),
            rooms.setdefault(test.path.parent, len(rooms)),
            sum(name.startswith("one_") for name in test.fixturenames),
        )
    )


def is_served(test: Any) -> bool:
    """Whether a test commits what it does, for a server's threads to see it: then nothing may stay open around it."""
    marker = test.get_closest_marker("django_db")
    return bool(marker and marker.kwargs.get("transaction")) or not {"live_server", "transactional_db"}.isdisjoint(
        test.fixturenames
    )
