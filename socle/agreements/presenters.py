"""Presentation at both doors of agreements, on their screens and in the files of their lists."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from socle.agreements.models import Agreement, Party
from socle.lib.spreadsheet import Cell, Field, Kind

# In the order of signature.
KINDS = (Party.Kind.BENEFICIARY, Party.Kind.CDG, Party.Kind.LEAD)


def signed_on(agreement: Agreement) -> list[datetime | None]:
    """The instants at which each party signed, in the order of signature; None where it has not. Slots prefetched."""
    slots = {slot.rank: slot.signed_at for slot in agreement.round.slots.all()} if agreement.round else {}
    return [slots.get(rank) for rank in range(1, len(KINDS) + 1)]


def _signed_by(rank: int) -> Callable[[Agreement], Cell]:
    def at(agreement: Agreement) -> Cell:
        return signed_on(agreement)[rank]

    return at


# Where an agreement stands and since when: the end of a line of any register.
STANDING_FIELDS: tuple[Field[Agreement], ...] = (
    Field("État", lambda one: one.get_status_display()),
    Field("Rédigée le", lambda one: one.drafted_at, Kind.INSTANT),
    Field("Signée par le bénéficiaire le", _signed_by(0), Kind.INSTANT),
    Field("Signée par le centre de gestion le", _signed_by(1), Kind.INSTANT),
    Field("Signée par le syndicat le", _signed_by(2), Kind.INSTANT),
    Field("Prend effet le", lambda one: one.starts_on, Kind.DAY),
    Field("Prend fin le", lambda one: one.ends_on, Kind.DAY),
)
# Annotated: suspensions.with_suspension.
SUSPENDED_FIELD: Field[Agreement] = Field("Suspendue depuis le", lambda one: one.suspended_on, Kind.DAY)  # type: ignore[attr-defined]
AMOUNT_FIELD: Field[Agreement] = Field("Contribution annuelle (€)", lambda one: one.annual_price, Kind.AMOUNT)
