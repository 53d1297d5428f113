"""Record, correct and withdraw the result of an accessibility audit; keep the multi-year plan of a site."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from socle.journal import actions as journal
from socle.lib.dates import day_of
from socle.lib.refusals import refuse
from socle.people.models import User
from socle.quality.accessibility.rules import why_not_audit, why_not_declare, why_not_plan
from socle.quality.models.accessibility import AccessibilityPlan, Audit
from socle.sites.models.sites import WebSite
from socle.sites.publishing.actions import changed


@dataclass(frozen=True)
class AuditResult:
    """The result of an audit, as its report gives it; every field is published in the accessibility statement."""

    made_on: date
    auditor: str
    rate: Decimal
    pages: str
    failing: str = ""
    derogated: str = ""
    tools: str = ""


@transaction.atomic
def declare_audit(
    website: WebSite, result: AuditResult, *, audit: Audit | None = None, by: User, at: datetime
) -> Audit:
    """Record the result of an audit, or correct `audit` with it; the statement of the site follows. Raises Refused."""
    on = day_of(at)
    said = {"made_on": result.made_on, "rate": result.rate, "failing": result.failing, "derogated": result.derogated}
    refuse(why_not_audit(by=by, on=on) or why_not_declare(**said, on=on))  # type: ignore[arg-type]
    values = {**asdict(result), "declared_at": at}
    if audit is None:
        audit = Audit.objects.create(website=website, **values)
    else:
        for name, value in values.items():
            setattr(audit, name, value)
        audit.save(update_fields=list(values))
    changed(website.pk, "accessibility", at=at)
    journal.record("accessibility.audit_declared", website, by=by, at=at, audit=audit.pk, rate=str(audit.rate))
    return audit


@transaction.atomic
def withdraw_audit(audit: Audit, *, by: User, at: datetime) -> None:
    """Delete the result of an audit recorded by mistake: the statement is that of the audit before. Raises Refused."""
    refuse(why_not_audit(by=by, on=day_of(at)))
    changed(audit.website_id, "accessibility", at=at)
    journal.record("accessibility.audit_withdrawn", audit.website, by=by, at=at, audit=audit.pk)
    audit.delete()


@transaction.atomic
def keep_plan(
    website: WebSite,
    *,
    first_year: int,
    last_year: int,
    referent: str,
    policy: str,
    actions: str,
    by: User,
    at: datetime,
) -> AccessibilityPlan:
    """Keep the multi-year plan of a site. Raises Refused (its years)."""
    refuse(why_not_plan(first_year, last_year))
    said = {"referent": referent.strip(), "policy": policy.strip(), "actions": actions.strip(), "updated_at": at}
    plan, _ = AccessibilityPlan.objects.update_or_create(
        website=website, defaults={"first_year": first_year, "last_year": last_year, **said}
    )
    changed(website.pk, "accessibility", at=at)
    journal.record("accessibility.plan_kept", website, by=by, at=at)
    return plan
