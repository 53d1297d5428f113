"""Contract of what each room gives to the archive of a beneficiary: one part, in its own folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from socle.lib.archives import Shelf
from socle.people.models import Beneficiary


class Writer(Protocol):
    """Write all that a beneficiary has of one kind, in open formats, within its scope.

    Reads piece by piece: a part may weigh gigabytes. May be called again from the beginning after a kill: the archive
    keeps nothing of a part that was not finished. What cannot be given is said by `shelf.note`, never passed over.
    """

    def __call__(self, beneficiary: Beneficiary, shelf: Shelf) -> None: ...


@dataclass(frozen=True)
class Part:
    """One part: `code` is its folder, `title` and `says` what the index writes, `write` the function that fills it."""

    code: str
    title: str
    says: str
    write: str

    @property
    def writer(self) -> Writer:
        """Return what fills it."""
        writer: Writer = import_string(self.write)
        return writer


def parts() -> tuple[Part, ...]:
    """The parts, as the assembly declares them (socle.config.handovers), in the order of the archive."""
    declared: tuple[Part, ...] = import_string(settings.SOCLE_HANDOVERS)
    return declared
