"""What many tests of a file start from, made once a file: each goes back to it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Generic, TypeVar

from django.db import transaction
from django.test import override_settings

Made = TypeVar("Made")


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
            self._made = self._make()
            self._around = made.pop_all()

    def get(self) -> Made:
        """As it was made: a test may do what it wants of it."""
        return copy.deepcopy(self._made) if self._around else self._make()

    def let_go(self) -> None:
        """Nothing of it remains."""
        if self._around is not None:
            with self._blocker.unblock(), self._around:
                transaction.set_rollback(True)
            self._around = None


def is_served(test: Any) -> bool:
    """Whether a test commits what it does, for a server's threads to see it: then nothing may stay open around it."""
    marker = test.get_closest_marker("django_db")
    return bool(marker and marker.kwargs.get("transaction")) or not {"live_server", "transactional_db"}.isdisjoint(
        test.fixturenames
    )
