"""The accessibility statement of a site, computed from its last valid audit and its plan: nobody types its state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from socle.lib.dates import add_months
from socle.quality.models.accessibility import AccessibilityPlan, Audit, Conformity
from socle.sites.models.sites import WebSite
from socle.sites.parameters import value_of
from socle.sites.publishing.reads import depend_on

# The version of the référentiel général d’amélioration de l’accessibilité that the statement names.
RGAA = "4.1.2"


@dataclass(frozen=True)
class Statement:
    """Everything that the statement of a site says."""

    conformity: Conformity
    # The audit that counts; or the last one, when it is over.
    audit: Audit | None = None
    is_over: bool = False
    valid_until: date | None = None
    plan: AccessibilityPlan | None = None
    version: str = RGAA


def last_audit(website: WebSite) -> Audit | None:
    """Return the last audit recorded, whether it still counts or not."""
    return Audit.objects.filter(website=website).order_by("-made_on", "-pk").first()


def end_of(audit: Audit) -> date:
    """Return the last day on which an audit counts."""
    return add_months(audit.made_on, value_of("audit-months"))


def conformity_of(website: WebSite, *, on: date) -> Conformity:
    """Say the state that every page of the site shows: without a valid audit, « non conforme »."""
    depend_on("accessibility")
    return _conformity(last_audit(website), on=on)


def _conformity(audit: Audit | None, *, on: date) -> Conformity:
    if audit is None:
        return Conformity.NONE
    depend_on("day")
    return audit.conformity if on <= end_of(audit) else Conformity.NONE


def statement_of(website: WebSite, *, on: date) -> Statement:
    """Gather the statement of a site as of this day."""
    depend_on("accessibility", "day")
    audit = last_audit(website)
    end = end_of(audit) if audit is not None else None
    return Statement(
        conformity=_conformity(audit, on=on),
        audit=audit,
        is_over=end is not None and on > end,
        valid_until=end,
        plan=AccessibilityPlan.objects.filter(website=website).first(),
    )
