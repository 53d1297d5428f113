"""How one uses each service: what a room says of its own, to whoever stands at the mairie's door.

SOCLE_SERVICE_GUIDES names one function for each service of the offer. It is called for a service that is live and real,
within the scope of the beneficiary, and tells where to go, what to do on each device, what is used. It says nothing of
the state: that is the installation's.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from socle.people.models import Beneficiary, User
from socle.ui.shapes import Fact, Link

log = logging.getLogger("socle.provisioning")


@dataclass(frozen=True)
class Way:
    """One way of using a service: « Sur votre téléphone ».

    `drawing` is one of `socle/ui/drawings/`; `steps` are short sentences, in the order of the gestures; `to_type` is
    what a program asks for, each value ready to be copied.
    """

    title: str
    steps: tuple[str, ...]
    drawing: str = ""
    to_type: tuple[Fact, ...] = ()
    links: tuple[Link, ...] = ()


@dataclass(frozen=True)
class Figure:
    """Usage: `shown` as people read it (« 1,2 Go sur 10 Go ») ; a share between 0 and 1 draws a bar."""

    label: str
    shown: str
    share: float | None = None


@dataclass(frozen=True)
class Guide:
    """How to use one service of one beneficiary, today.

    `links` come first, the most frequent gesture before the others. `says` is what must be known today, if anything.
    `asks_device_password` adds the way to « Mes appareils », where the password of a program is made.
    """

    links: tuple[Link, ...] = ()
    ways: tuple[Way, ...] = ()
    figures: tuple[Figure, ...] = ()
    says: str = ""
    asks_device_password: bool = False


class ServiceGuide(Protocol):
    """Function given by a room: how its service is used. Nothing in it grows with the beneficiary: a page draws all."""

    def __call__(self, beneficiary: Beneficiary, *, by: User, at: datetime) -> Guide: ...


def guide_of(service_code: str, beneficiary: Beneficiary, *, by: User, at: datetime) -> Guide:
    """Return the guide of a service; an empty one when no room gives any, or when the room fails (it is logged): one
    service that cannot be told must not hide the others.
    """
    dotted = settings.SOCLE_SERVICE_GUIDES.get(service_code)
    if dotted is None:
        return Guide()
    give: ServiceGuide = import_string(dotted)
    try:
        return give(beneficiary, by=by, at=at)
    except OSError:
        log.exception("the guide of %s could not be read", service_code)
        return Guide(says="Ces explications ne peuvent pas être lues en ce moment\u00a0: réessayez dans un instant.")
