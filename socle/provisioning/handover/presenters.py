"""Presentation of the archives, at both doors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django import forms

from socle.lib import dates
from socle.people.models import Beneficiary, User
from socle.provisioning.handover import rules
from socle.provisioning.handover.contract import Part, parts
from socle.provisioning.handover.models import UNFINISHED, Handover, HandoverStatus
from socle.retention import table as retention
from socle.ui.shapes import Tone

LOOKS: dict[str, tuple[str, Tone]] = {
    HandoverStatus.ASKED: ("Demandée", "wait"),
    HandoverStatus.MAKING: ("En préparation", "wait"),
    HandoverStatus.FAILED: ("Retardée", "alert"),
    HandoverStatus.READY: ("Prête", "ok"),
    HandoverStatus.REMOVED: ("Retirée", "neutral"),
}
MOST = 20
RULE = "archives-a-emporter"


class ReasonForm(forms.Form):
    """Why everything is taken along."""

    reason = forms.CharField(
        label="Motif",
        max_length=rules.LONGEST_REASON,
        help_text="Il reste écrit. Par exemple «\u00a0fin de la convention\u00a0», «\u00a0copie de l’année\u00a0».",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


@dataclass(frozen=True)
class ShownHandover:
    """One archive, as both doors show it."""

    handover: Handover
    label: str
    tone: Tone
    why_not_take: str | None
    why_not_remove: str | None
    kept_until: datetime | None

    @property
    def asked_on(self) -> str:
        return dates.in_words(dates.day_of(self.handover.asked_at))

    @property
    def is_moving(self) -> bool:
        return self.handover.status in UNFINISHED

    @property
    def is_there(self) -> bool:
        return self.handover.status == HandoverStatus.READY


@dataclass(frozen=True)
class Page:
    """The archives of a beneficiary, and what one would hold."""

    parts: tuple[Part, ...]
    rows: list[ShownHandover]
    why_not_ask: str | None
    days: int

    @property
    def is_moving(self) -> bool:
        return any(row.is_moving for row in self.rows)


def page_of(beneficiary: Beneficiary, *, by: User, at: datetime) -> Page:
    """Read the page, within the scope in force; a constant number of queries."""
    on, days = dates.day_of(at), days_kept()
    found = list(Handover.objects.filter(beneficiary=beneficiary).select_related("asked_by", "beneficiary")[:MOST])
    why_not_see = rules.why_not_see(beneficiary, by=by, on=on)
    rows = [
        ShownHandover(
            one,
            *LOOKS[one.status],
            rules.why_not_take(one, by=by, on=on),
            rules.why_not_remove(one, by=by, on=on),
            one.ready_at + timedelta(days=days) if one.ready_at else None,
        )
        for one in found
    ]
    why_not_ask = why_not_see
    if why_not_ask is None and any(row.is_moving for row in rows):
        why_not_ask = "Une archive est déjà en préparation\u00a0: elle sera prête sans rien faire de plus."
    return Page(parts(), rows, why_not_ask, days)


def days_kept() -> int:
    """For how many days an archive can be taken, as the rule of retention says."""
    return next((rule.days for rule in retention.rules() if rule.code == RULE and rule.days), 30)
