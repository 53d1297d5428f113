"""What many tests of a file start from, made once a file: each goes back to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import transaction
from django.test import override_settings

Made = TypeVar("Made")


@contextmanager
def made_once(blocker: Any, make: Callable[[], Made], **settings: Any) -> Iterator[Made]:
    """What `make` made under these settings, in a transaction that the tests' own are nested in: nothing of it remains.

    `blocker` is pytest-django's: out of the making, a test that asked for no database has none.
    """
    around = transaction.atomic()
    with blocker.unblock():
        around.__enter__()
    try:
        with blocker.unblock(), override_settings(**settings):
            made = make()
        yield made
    finally:
        with blocker.unblock():
            transaction.set_rollback(True)
            around.__exit__(None, None, None)
