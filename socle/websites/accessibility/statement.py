"""The accessibility statement of a site, computed from its last valid audit and its plan: nobody types a rate."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from socle.lib.dates import add_months
from socle.websites.accessibility.criteria import Criterion, criteria, rank
from socle.websites.models.accessibility import AccessibilityPlan, Audit, Conformity, Judgement, PlanAction
from socle.websites.models.sites import WebSite
from socle.websites.parameters import value_of
from socle.websites.publishing.reads import reads


@dataclass(frozen=True)
class Said:
    """What the statement says of one criterion."""

    criterion: Criterion
    judgement: Judgement


@dataclass(frozen=True)
class Year:
    """The actions of one year of the plan."""

    year: int
    actions: list[PlanAction]


@dataclass(frozen=True)
class Statement:
    """Everything that the statement of a site says."""

    conformity: Conformity
    # The audit that counts; or the last one, when it is over.
    audit: Audit | None = None
    is_over: bool = False
    valid_until: date | None = None
    failing: list[Said] = field(default_factory=list)
    derogated: list[Said] = field(default_factory=list)
    plan: AccessibilityPlan | None = None
    years: list[Year] = field(default_factory=list)


def last_audit(website: WebSite) -> Audit | None:
    """Return the last audit concluded, whether it still counts or not."""
    return Audit.objects.filter(website=website, concluded_at__isnull=False).order_by("-made_on", "-pk").first()


def end_of(audit: Audit) -> date | None:
    """Return the last day on which an audit counts."""
    return add_months(audit.made_on, value_of("audit-months")) if audit.made_on else None


def is_valid(audit: Audit | None, *, on: date) -> bool:
    """Say whether this audit counts on this day."""
    end = end_of(audit) if audit is not None else None
    return end is not None and on <= end


def conformity_of(website: WebSite, *, on: date) -> Conformity:
    """Say the state that every page of the site shows: without a valid audit, « non conforme »."""
    reads("accessibility")
    audit = last_audit(website)
    if audit is not None:
        reads("day")
    return audit.conformity if audit is not None and is_valid(audit, on=on) else Conformity.NONE


def statement_of(website: WebSite, *, on: date) -> Statement:
    """Gather the statement of a site as of this day."""
    reads("accessibility", "day")
    audit = last_audit(website)
    counts = is_valid(audit, on=on)
    failing: list[Said] = []
    derogated: list[Said] = []
    if audit is not None and counts:
        known = criteria()
        rows = audit.judgements.filter(state__in=[Judgement.State.FAILING, Judgement.State.DEROGATED])
        for row in sorted(rows, key=lambda row: rank(row.criterion)):
            if row.criterion in known:
                found = failing if row.state == Judgement.State.FAILING else derogated
                found.append(Said(known[row.criterion], row))
    plan = AccessibilityPlan.objects.filter(website=website).first()
    years: dict[int, list[PlanAction]] = {}
    if plan is not None:
        for action in plan.actions.all():
            years.setdefault(action.year, []).append(action)
    return Statement(
        conformity=audit.conformity if audit is not None and counts else Conformity.NONE,
        audit=audit,
        is_over=audit is not None and not counts,
        valid_until=end_of(audit) if audit is not None else None,
        failing=failing,
        derogated=derogated,
        plan=plan,
        years=[Year(year, actions) for year, actions in sorted(years.items())],
    )
