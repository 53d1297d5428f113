"""Contract of what keeps a promise by itself: a room above proves it, settings plug it under the name a file gives."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from socle.documents.models import Document


@dataclass(frozen=True)
class Proof:
    """One thing done for a beneficiary, which keeps what is promised to it: when, and what shows it."""

    beneficiary_id: int
    on: date
    reference: str
    document: Document | None = None


class Keeper(Protocol):
    def __call__(self, since: date) -> Iterable[Proof]:
        """Everything of its kind done since that day, for any beneficiary, the oldest first."""


def proofs(kept_by: str, *, since: date) -> Iterable[Proof]:
    """Return the proofs of the keeper of this name since that day; nothing where no keeper is plugged."""
    dotted = settings.SOCLE_PROMISE_KEEPERS.get(kept_by)
    if dotted is None:
        return ()
    keeper: Keeper = import_string(dotted)
    return keeper(since)
