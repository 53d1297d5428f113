"""How the stages of the journey look on every screen of the console: the same words, colour and sign everywhere."""

from __future__ import annotations

from socle.agreements.models import Status
from socle.provisioning.models import State
from socle.provisioning.stages import Stage
from socle.ui.shapes import looks

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

TURNS = {
    "beneficiary": "attend le bénéficiaire",
    "cdg": "attend le centre de gestion",
    "lead": "attend le syndicat",
}
