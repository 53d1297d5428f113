"""How the stages of the journey look on every screen of the console: the same words, colour and sign everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from socle.agreements.models import Status
from socle.joining.models import Status as Joining
from socle.provisioning.models import State
from socle.provisioning.stages import Stage
from socle.ui.shapes import Tone


@dataclass(frozen=True)
class Look:
    """A state in words, with the tone and the icon of its badge."""

    code: str
    label: str
    tone: Tone
    icon: str


def looks(signs: Mapping[Any, tuple[Tone, str]]) -> dict[str, Look]:
    """How each state of a table looks, by its code; `signs`: the tone and the icon of each, in the order of filters."""
    return {state.value: Look(state.value, state.label, tone, icon) for state, (tone, icon) in signs.items()}


STAGES = looks(
    {
        Stage.ELIGIBLE: ("neutral", "pin"),
        Stage.DRAFT: ("wait", "edit"),
        Stage.READY: ("info", "sign"),
        Stage.SIGNED: ("ok", "wait"),
        Stage.LIVE: ("ok", "check"),
    }
)

STATUSES = looks(
    {
        Status.DRAFT: ("wait", "edit"),
        Status.READY: ("info", "sign"),
        Status.SIGNED: ("ok", "check"),
        Status.ENDED: ("neutral", "stop"),
        Status.CANCELLED: ("neutral", "cross"),
    }
)

STATES = looks(
    {
        State.PENDING: ("wait", "wait"),
        State.LIVE: ("ok", "check"),
        State.FAILED: ("danger", "alert"),
        State.SUSPENDED: ("neutral", "stop"),
    }
)

JOINING = looks(
    {
        Joining.CONFIRMED: ("alert", "search"),
        Joining.QUALIFIED: ("info", "check"),
        Joining.PLANNED: ("wait", "calendar"),
        Joining.DRAFTING: ("ok", "agreement"),
        Joining.REFUSED: ("neutral", "cross"),
        Joining.WITHDRAWN: ("neutral", "back"),
    }
)

TURNS = {
    "beneficiary": "attend le bénéficiaire",
    "cdg": "attend le centre de gestion",
    "lead": "attend le syndicat",
}
