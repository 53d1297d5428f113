"""Screens of the operators' door that a room brings itself: their addresses, lists, and what reading them is called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True)
class Desk:
    """The screens of one room. Views are named by dotted strings, read when they are first asked for.

    `urls` names the list of its addresses; `lists` its lists (`listing.Listing`), or the filters alone, which may be
    saved, of those that are not written so. `readings` says in French what each kind of page shows that is personal;
    `of_several`, the same of pages that show several bodies at once.
    """

    urls: str = ""
    lists: tuple[str, ...] = ()
    readings: Mapping[str, str] = field(default_factory=dict)
    of_several: Mapping[str, str] = field(default_factory=dict)

    @property
    def paths(self) -> list[Any]:
        """Its addresses, for the door."""
        return list(import_string(self.urls)) if self.urls else []


@cache
def desks() -> tuple[Desk, ...]:
    """Return the desks that settings name, in order."""
    return tuple(import_string(name) for name in settings.SOCLE_DESKS)
