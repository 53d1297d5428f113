"""Contracts: who serves acts to the public."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from socle.deliberations.models import Act


# --- Putting online --------------------------------------------------------------------------------------------------
class Publisher(Protocol):
    """Serves the acts of a body on its own site (`SOCLE_ACTS_PUBLISHER`).

    It shows what `Act.objects.shown_on` says, and calls `actions.note_online` with the digest of what it serves.
    """

    def roots(self, beneficiaries: Iterable[int]) -> dict[int, str]:
        """Return the address at which the site of each begins, without a slash; those without a site are left out."""
        ...

    def path_of(self, act: Act) -> str:
        """Return where, on that site, the file of this act is read."""
        ...

    def served(self, beneficiary: int) -> dict[str, str]:
        """Return the SHA-256 of each file of an act that the site of this body serves now, by its path."""
        ...


def publisher() -> Publisher:
    """Return what serves acts here."""
    made: Publisher = import_string(settings.SOCLE_ACTS_PUBLISHER)()
    return made
