"""What is done to an audit: begun with what the platform knows, judged as one goes, concluded, corrected, abandoned."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from wagtail.models import Page

from socle.journal import actions as journal
from socle.lib.dates import day_of
from socle.lib.refusals import Refused, refuse
from socle.lib.rows import write
from socle.people.models import User
from socle.websites.accessibility import known, reading
from socle.websites.accessibility.criteria import criteria
from socle.websites.accessibility.rules import (
    why_not_audit,
    why_not_change,
    why_not_conclude,
    why_not_judge,
    why_not_plan,
    why_not_reopen,
)
from socle.websites.models.accessibility import AccessibilityPlan, Audit, Judgement, PlanAction, SampledPage
from socle.websites.models.pages import CommunePage, NewsPage, StandardPage, site_path_of
from socle.websites.models.sites import WebSite
from socle.websites.publishing.actions import addresses_of, changed
from socle.websites.publishing.freezing import CannotFreeze, freeze

# Beyond, a site is read in part, and the proposals say so: one is made while somebody waits.
MOST_PAGES = 150
# Of the ordinary pages and news, how many join the sample beside those the method names.
ORDINARY = 3
MOST_SAMPLED = 60


def read_pages(website: WebSite) -> tuple[list[reading.PageRead], int]:
    """Read the pages of a site as a reader would get them now, and say how many were left."""
    addresses = [address for address in addresses_of(website) if address.endswith("/")]
    found = []
    for address in addresses[:MOST_PAGES]:
        try:
            answer = freeze(website, address)
        except CannotFreeze:
            continue
        found.append(reading.read(answer.content.decode(errors="replace"), path=address))
    return found, len(addresses) - len(found)


def sample_of(website: WebSite) -> list[tuple[str, str]]:
    """Propose the pages to read: those that the method names, then some ordinary ones (RGAA, « Échantillon »)."""
    pages = Page.objects.descendant_of(website.root_page, inclusive=True).live().order_by("path").specific()
    named, ordinary = [], []
    for page in pages:
        if isinstance(page, NewsPage | StandardPage):
            ordinary.append(page)
        elif isinstance(page, CommunePage):
            named.append(page)
    return [(site_path_of(page), page.title) for page in [*named, *ordinary[:ORDINARY]]]


@transaction.atomic
def begin(website: WebSite, *, by: User, at: datetime) -> Audit:
    """Begin an audit, with what the platform knows of the site as a first evaluation; return the one under way if any.

    The last audit's own words are not carried: what was wrong may have been mended.
    """
    refuse(why_not_audit(website, by=by, on=day_of(at)))
    running = Audit.objects.filter(website=website, concluded_at=None).first()
    if running is not None:
        return running
    audit = Audit.objects.create(website=website, begun_at=at)
    SampledPage.objects.bulk_create(
        SampledPage(audit=audit, address=address, title=title) for address, title in sample_of(website)
    )
    proposed = _propose(audit, at=at)
    journal.record("accessibility.audit_begun", website, by=by, at=at, audit=audit.pk, proposed=proposed)
    return audit


def _propose(audit: Audit, *, at: datetime) -> int:
    """Write what the platform knows where nobody judged; return how many criteria."""
    pages, unread = read_pages(audit.website)
    judged = set(audit.judgements.filter(is_proposed=False).values_list("criterion", flat=True))
    audit.judgements.filter(is_proposed=True).delete()
    made = Judgement.objects.bulk_create(
        Judgement(
            audit=audit,
            criterion=one.criterion,
            state=one.state,
            note=one.note,
            is_proposed=True,
            judged_at=at,
        )
        for one in known.propose(pages, unread=unread)
        if one.criterion not in judged
    )
    return len(made)


@transaction.atomic
def propose_again(audit: Audit, *, by: User, at: datetime) -> int:
    """Read the site again, and renew what the platform had proposed; what a person judged stays."""
    refuse(why_not_audit(audit.website, by=by, on=day_of(at)) or why_not_change(audit))
    count = _propose(audit, at=at)
    journal.record("accessibility.criteria_proposed", audit.website, by=by, at=at, audit=audit.pk, proposed=count)
    return count


@dataclass(frozen=True)
class Judged:
    """What a person says of a criterion; without a state, that it is to be judged again."""

    criterion: str
    state: str = ""
    note: str = ""
    reason: str = ""
    alternative: str = ""


@transaction.atomic
def judge(audit: Audit, given: Iterable[Judged], *, by: User, at: datetime) -> int:
    """Keep what was judged, whole or not at all; return how many criteria changed. Raises Refused."""
    refuse(why_not_audit(audit.website, by=by, on=day_of(at)) or why_not_change(audit))
    present = {one.criterion: one for one in audit.judgements.all()}
    count = 0
    for one in given:
        before = present.get(one.criterion)
        if not one.state:
            if before is not None:
                before.delete()
                count += 1
            continue
        refuse(why_not_judge(one.criterion, one.state, reason=one.reason))
        is_derogated = one.state == Judgement.State.DEROGATED
        wanted = {
            "state": one.state,
            "note": one.note.strip()[:2000],
            "reason": one.reason.strip()[:1000] if is_derogated else "",
            "alternative": one.alternative.strip()[:1000] if is_derogated else "",
        }
        # Sent back as it was proposed, it stays a proposal: nobody has judged it.
        if before is not None and all(getattr(before, name) == value for name, value in wanted.items()):
            continue
        row = before or Judgement(audit=audit, criterion=one.criterion)
        for name, value in {**wanted, "is_proposed": False, "judged_at": at}.items():
            setattr(row, name, value)
        write(row, [*wanted, "is_proposed", "judged_at"])
        present[one.criterion] = row
        count += 1
    if count:
        journal.record("accessibility.criteria_judged", audit.website, by=by, at=at, audit=audit.pk, criteria=count)
    return count


@transaction.atomic
def describe(
    audit: Audit,
    *,
    auditor: str,
    made_on: date | None,
    tools: str,
    pages: Sequence[tuple[str, str]],
    by: User,
    at: datetime,
) -> Audit:
    """Say who made the audit, when, with what, on which pages. Raises Refused on what is no place of the site."""
    refuse(why_not_audit(audit.website, by=by, on=day_of(at)) or why_not_change(audit))
    if len(pages) > MOST_SAMPLED:
        raise Refused(f"Un échantillon a {MOST_SAMPLED} pages au plus : retirez-en {len(pages) - MOST_SAMPLED}.")
    for address, _ in pages:
        if not address.startswith("/") or len(address) > 500 or any(sign.isspace() for sign in address):
            raise Refused(f"« {address[:60]} » n’est pas une adresse du site : elle commence par « / ».")
    audit.auditor, audit.made_on, audit.tools = auditor.strip(), made_on, tools.strip()
    audit.save(update_fields=["auditor", "made_on", "tools"])
    audit.pages.all().delete()
    SampledPage.objects.bulk_create(
        SampledPage(audit=audit, address=address, title=title[:255]) for address, title in dict(pages).items()
    )
    return audit


def counted(judgements: Iterable[Judgement]) -> tuple[int, int]:
    """Return how many criteria are respected, and how many apply."""
    applicable = [one for one in judgements if one.is_applicable]
    return sum(one.state == Judgement.State.CONFORMING for one in applicable), len(applicable)


@transaction.atomic
def conclude(audit: Audit, *, by: User, at: datetime) -> Audit:
    """Close an audit whose criteria are all judged: its rate is computed, and the statement of the site follows."""
    refuse(why_not_audit(audit.website, by=by, on=day_of(at)) or why_not_conclude(audit, on=day_of(at)))
    audit.conforming, audit.applicable = counted(audit.judgements.all())
    audit.concluded_at = at
    audit.save(update_fields=["conforming", "applicable", "concluded_at"])
    changed(audit.website_id, "accessibility", at=at)
    facts = {"audit": audit.pk, "conforming": audit.conforming, "applicable": audit.applicable}
    journal.record("accessibility.audit_concluded", audit.website, by=by, at=at, **facts)
    return audit


@transaction.atomic
def reopen(audit: Audit, *, by: User, at: datetime) -> Audit:
    """Take back the conclusion of an audit, to correct it: meanwhile the statement is that of the audit before."""
    refuse(why_not_audit(audit.website, by=by, on=day_of(at)) or why_not_reopen(audit))
    audit.conforming = audit.applicable = audit.concluded_at = None
    audit.save(update_fields=["conforming", "applicable", "concluded_at"])
    changed(audit.website_id, "accessibility", at=at)
    journal.record("accessibility.audit_reopened", audit.website, by=by, at=at, audit=audit.pk)
    return audit


@transaction.atomic
def abandon(audit: Audit, *, by: User, at: datetime) -> None:
    """Let go of an audit that was never concluded, and of what it says."""
    refuse(why_not_audit(audit.website, by=by, on=day_of(at)) or why_not_change(audit))
    journal.record("accessibility.audit_abandoned", audit.website, by=by, at=at, audit=audit.pk)
    audit.delete()


@dataclass(frozen=True)
class Planned:
    """One action of the plan, as it is written in the form."""

    year: int
    what: str
    is_done: bool = False


@transaction.atomic
def keep_plan(
    website: WebSite,
    *,
    first_year: int,
    last_year: int,
    referent: str,
    policy: str,
    actions: Sequence[Planned],
    by: User,
    at: datetime,
) -> AccessibilityPlan:
    """Keep the multi-year plan of a site and its actions, whole. Raises Refused."""
    refuse(why_not_plan(first_year, last_year, [one.year for one in actions]))
    plan, _ = AccessibilityPlan.objects.update_or_create(
        website=website,
        defaults={
            "first_year": first_year,
            "last_year": last_year,
            "referent": referent.strip(),
            "policy": policy.strip(),
            "updated_at": at,
        },
    )
    plan.actions.all().delete()
    PlanAction.objects.bulk_create(
        PlanAction(plan=plan, year=one.year, what=one.what.strip()[:300], is_done=one.is_done) for one in actions
    )
    changed(website.pk, "accessibility", at=at)
    journal.record("accessibility.plan_kept", website, by=by, at=at, actions=len(actions))
    return plan


def left_to_judge(audit: Audit) -> int:
    """How many criteria nobody, nor the platform, has judged yet."""
    return len(criteria()) - audit.judgements.count()
