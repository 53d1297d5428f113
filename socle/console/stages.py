"""How the stages of the journey look on every screen of the console: the same words, colour and sign everywhere."""

from __future__ import annotations

from dataclasses import dataclass

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


STAGES: dict[str, Look] = {
    look.code: look
    for look in (
        Look(Stage.ELIGIBLE.value, Stage.ELIGIBLE.label, "neutral", "pin"),
        Look(Stage.DRAFT.value, Stage.DRAFT.label, "wait", "edit"),
        Look(Stage.READY.value, Stage.READY.label, "info", "sign"),
        Look(Stage.SIGNED.value, Stage.SIGNED.label, "ok", "wait"),
        Look(Stage.LIVE.value, Stage.LIVE.label, "ok", "check"),
    )
}

STATUSES: dict[str, Look] = {
    look.code: look
    for look in (
        Look(Status.DRAFT.value, Status.DRAFT.label, "wait", "edit"),
        Look(Status.READY.value, Status.READY.label, "info", "sign"),
        Look(Status.SIGNED.value, Status.SIGNED.label, "ok", "check"),
        Look(Status.CANCELLED.value, Status.CANCELLED.label, "neutral", "cross"),
    )
}

STATES: dict[str, Look] = {
    look.code: look
    for look in (
        Look(State.PENDING.value, State.PENDING.label, "wait", "wait"),
        Look(State.LIVE.value, State.LIVE.label, "ok", "check"),
        Look(State.FAILED.value, State.FAILED.label, "danger", "alert"),
        Look(State.SUSPENDED.value, State.SUSPENDED.label, "neutral", "stop"),
    )
}

JOINING: dict[str, Look] = {
    look.code: look
    for look in (
        Look(Joining.CONFIRMED.value, Joining.CONFIRMED.label, "alert", "search"),
        Look(Joining.QUALIFIED.value, Joining.QUALIFIED.label, "info", "check"),
        Look(Joining.PLANNED.value, Joining.PLANNED.label, "wait", "calendar"),
        Look(Joining.DRAFTING.value, Joining.DRAFTING.label, "ok", "agreement"),
        Look(Joining.REFUSED.value, Joining.REFUSED.label, "neutral", "cross"),
        Look(Joining.WITHDRAWN.value, Joining.WITHDRAWN.label, "neutral", "back"),
    )
}

TURNS = {
    "beneficiary": "attend le bénéficiaire",
    "cdg": "attend le centre de gestion",
    "lead": "attend le syndicat",
}
