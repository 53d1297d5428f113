"""The receipt of what an inhabitant sends: made by a room that knows what the law wants of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from socle.inbox.models import ContactMessage
    from socle.sites.models.sites import WebSite


@dataclass(frozen=True)
class ReceiptService:
    """The service in charge of what was sent, and how it is reached (CRPA, R. 112-11-1)."""

    name: str
    address: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True)
class Receipt:
    """The receipt given to whoever wrote: the number is theirs to quote, and opens nothing."""

    title: str
    number: str
    received_at: datetime
    service: ReceiptService
    follows: tuple[str, ...] = ()


class Receipts(Protocol):
    """Whoever makes the receipts (`SOCLE_RECEIPTS`): called once, in the transaction that keeps the message."""

    def __call__(self, message: ContactMessage, website: WebSite) -> Receipt: ...
