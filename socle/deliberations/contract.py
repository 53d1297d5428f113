"""Contracts: a transmission device that takes our acts, and whoever serves them to the public."""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from socle.deliberations.models import Act
from socle.deliberations.transmission import Sender, Sending, answer_name
from socle.lib.refusals import Failure


# --- Sending to the prefecture (`SOCLE_TRANSMITTERS` names the classes that answer) ---------------------------------
class TransmitterError(Failure):
    """The device did not do what it was asked. `sentence` is French and holds no secret."""


class Unavailable(TransmitterError):
    """It did not answer, or not yet: asking again may do."""


class Declined(TransmitterError):
    """It does not take this act as it is: asking again would change nothing."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, is_lasting=True)


class NumberTaken(Declined):
    """It already has an act of this body under this number: it takes none twice, whatever became of the first."""


class NotConfigured(Declined):
    """It does not know us: a certificate, an address, a right is wanting."""


@dataclass(frozen=True)
class Access:
    """By what a body reaches its device: its address, the certificate and key in PEM, the login where it has one."""

    siren: str
    address: str = ""
    certificate: bytes = field(default=b"", repr=False)
    login: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True)
class Parcel:
    """An act as it leaves: what it says, who sends it, its archive on the disk, and each file with its kind."""

    sending: Sending
    sender: Sender
    archive: Path
    archive_name: str
    archive_sha256: str
    kinds: Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """The answer to a letter as it leaves: which message, about which act, to which letter (the device's reference).

    Its file is on the disk; `kind` is that of a file of this act, `message` what we say, in XML.
    """

    flow: str
    identifier: str
    letter: str
    kind: str
    document: Path
    message: bytes

    @property
    def name(self) -> str:
        """Under which its file travels."""
        return answer_name(self.kind, self.identifier, self.flow)


class Stage(enum.Enum):
    """How far an act handed over is."""

    HELD = "held"
    SENT = "sent"
    RECEIVED = "received"
    REFUSED = "refused"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Progress:
    """Answer of the device about an act: its stage, the message of the prefecture if there is one, its own words."""

    stage: Stage
    message: bytes = b""
    says: str = ""


@dataclass(frozen=True)
class Arrival:
    """Mail that waits for a body at its device, under the device's reference: a message, or an archive (`.tar.gz`)."""

    reference: str
    content: bytes


class Transmitter(Protocol):
    """One kind of transmission device. Every method raises `TransmitterError`. A twin says that it is one."""

    is_simulated: bool

    def check(self, access: Access) -> None:
        """Say that it answers and knows this body; changes nothing."""
        ...

    def find(
        self, access: Access, number: str, *, since: date, kind: str = "1", besides: Collection[str] = ()
    ) -> str | None:
        """The reference of what was handed over under the number of this act from this day on, or None.

        `kind` is "1" for the act itself, the figure of the letter for an answer; `besides` are known already.
        """
        ...

    def send(self, access: Access, parcel: Parcel) -> str:
        """Hand an act over, once; return its reference."""
        ...

    def reply(self, access: Access, answer: Answer) -> str:
        """Hand the answer to a letter over; return its reference."""
        ...

    def status(self, access: Access, reference: str) -> Progress:
        """Say how far it is."""
        ...

    def cancel(self, access: Access, reference: str) -> None:
        """Ask the prefecture to cancel a sending that it received."""
        ...

    def stamped_copy(self, access: Access, reference: str) -> bytes | None:
        """The act as the device stamped it, a PDF; None as long as there is none."""
        ...

    def incoming(self, access: Access) -> Sequence[Arrival]:
        """The letters of the prefecture that were not said to be taken."""
        ...

    def take(self, access: Access, reference: str) -> None:
        """Say that a letter is kept here: it is no longer among those that wait."""
        ...

    def classification(self, access: Access) -> bytes:
        """The message that brings the nomenclature of the prefecture (7-2)."""
        ...


def transmitter(code: str) -> Transmitter:
    """The device of this code; `NotConfigured` when the installation knows none."""
    name = settings.SOCLE_TRANSMITTERS.get(code)
    if not name:
        raise NotConfigured(
            f"Le dispositif de transmission «\u00a0{code}\u00a0» n’est pas de ceux de cette installation\u00a0: "
            "choisissez-en un autre."
        )
    made: Transmitter = import_string(name)()
    return made


def is_simulated(code: str) -> bool:
    """Whether the device of this code is a twin, which sends nothing."""
    return code in settings.SOCLE_TRANSMITTERS and transmitter(code).is_simulated


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
