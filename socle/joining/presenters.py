"""How a request to join looks on every screen: the same words, colour and sign."""

from __future__ import annotations

from socle.joining.models import Status
from socle.ui.shapes import looks

JOINING = looks(
    {
        Status.CONFIRMED: ("alert", "search"),
        Status.QUALIFIED: ("info", "check"),
        Status.PLANNED: ("wait", "calendar"),
        Status.DRAFTING: ("ok", "agreement"),
        Status.REFUSED: ("neutral", "cross"),
        Status.WITHDRAWN: ("neutral", "back"),
    }
)
