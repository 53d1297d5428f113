"""Contract of what each room says of its engine to the operator who runs it. SOCLE_WATCHES names one class for each.

A watch is asked three things: to try its engine all the way (every few minutes, by a tick), what it sees now (at each
page, in a few queries whatever the number of mairies), what one mairie has there. It says what it does not measure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.utils.module_loading import import_string

from socle.people.models import Beneficiary
from socle.provisioning.engines import engine_for, why_not_served
from socle.provisioning.guides import Figure
from socle.ui.shapes import Fact, Link, Tone


@dataclass(frozen=True)
class Trouble:
    """Something that failed, or is about to: in one French sentence, with where it is mended."""

    says: str
    url: str = ""
    tone: Tone = "danger"


@dataclass(frozen=True)
class Seen:
    """State of an engine now. `unmeasured`: what one would like to know and that nothing here measures."""

    facts: tuple[Fact, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    unmeasured: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()


@dataclass(frozen=True)
class Own:
    """Usage of an engine by one beneficiary. `links` are the gestures that exist for it."""

    facts: tuple[Fact, ...] = ()
    figure: Figure | None = None
    troubles: tuple[Trouble, ...] = ()
    links: tuple[Link, ...] = ()


@dataclass(frozen=True)
class Hour:
    """The trials of one hour: how many, how many failed, how long the slowest of the others took."""

    at: datetime
    times: int
    failed: int
    slowest: float | None = None


class Watch:
    """Monitoring of an engine, given by its room. `code` is that of the service of the offer, when it is one's.

    `tasks` are the beginnings of the names of its deferred work: a task that failed is told under the watch of its own.
    """

    code: ClassVar[str]
    label: ClassVar[str]
    icon: ClassVar[str]
    tasks: ClassVar[tuple[str, ...]] = ()
    # How a technician wires the engine where there is none: the gesture, the setting, the page of the guide.
    wiring: ClassVar[str] = ""
    # What a trial does, for whoever reads its history.
    trial: str = "Toutes les cinq minutes, la plateforme demande au moteur s’il répond."

    def why_none(self) -> str | None:
        """Say why there is nothing to watch (no engine), or None."""
        return why_not_served(self.code)

    @property
    def is_simulated(self) -> bool:
        """Whether a twin stands for the engine."""
        return engine_for(self.code).is_simulated

    def try_it(self) -> None:
        """Try the engine all the way, leaving nothing behind. Raises `EngineError`."""
        engine_for(self.code).check()

    def see(self, *, at: datetime) -> Seen:
        """Return the state of the engine for the beneficiaries of the scope; its queries do not grow with them."""
        return Seen()

    def see_own(self, beneficiary: Beneficiary, *, at: datetime) -> Own:
        """Return the usage of one beneficiary, within its scope."""
        return Own()

    def taken(self) -> Mapping[int, int] | None:
        """The bytes each beneficiary of the scope in force takes; None when it keeps nothing worth weighing."""
        return None

    def hours(self, *, since: datetime) -> list[Hour] | None:
        """The history of a trial of its own, which says more than `try_it`; None when there is none."""
        return None

    def numbers(self) -> Mapping[str, float]:
        """Return the numbers that /-/metrics adds: a number for each short English name (« queue_waiting »)."""
        return {}


def watches() -> list[Watch]:
    """The watches, as settings name them, in the order of the page."""
    return [_made(dotted) for dotted in settings.SOCLE_WATCHES]


def _made(dotted: str) -> Watch:
    made: Any = import_string(dotted)
    watch: Watch = made()
    return watch
