"""What many tests of a file start from, made once a file: each goes back to it."""

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


class Once(Generic[Made]):
    """What `make` makes under these settings, in a transaction that the tests' own are nested in.

    `blocker` is pytest-django's: out of the making, a test that asked for no database has none.
    """

    def __init__(self, blocker: Any, make: Callable[[], Made], **settings: Any) -> None:
        self._blocker, self._make, self._settings = blocker, make, settings
        self._around: ExitStack | None = None

    def make(self) -> None:
        """Before the first test that wants it begins its own transaction."""
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
        """Nothing of it remains."""
        if self._around is not None:
            with self._blocker.unblock(), self._around:
                transaction.set_rollback(True)
            self._around = None
            _standing.remove(self)


def once(make: Callable[[], Any], *, autouse: bool = False, **settings: Any) -> Any:
    """A fixture: what `make` makes under these settings, once a file; `autouse`: whether a test asks or not."""

    @pytest.fixture(scope="module", autouse=autouse)
    def standing(django_db_setup: None, django_db_blocker: Any) -> Iterator[Once[Any]]:
        made = Once(django_db_blocker, make, **settings)
        made.make()
        yield made
        made.let_go()

    return standing


def let_all_go() -> None:
    """Before a test that `is_served`: those of its file make anew what they ask for, from here on."""
    for one in reversed(_standing.copy()):
        one.let_go()


def is_served(test: Any) -> bool:
    """Whether a test commits what it does, for a server's threads to see it: then nothing may stay open around it."""
    marker = test.get_closest_marker("django_db")
    return bool(marker and marker.kwargs.get("transaction")) or not {"live_server", "transactional_db"}.isdisjoint(
        test.fixturenames
    )
