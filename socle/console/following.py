"""Progress of a beneficiary as its page says it, whether it is a commune or another public body."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope

from socle.agreements import priorities, rules
from socle.agreements.models import Agreement, Party, Status
from socle.agreements.queries import with_next_party
from socle.console.stages import STATES, STATUSES, TURNS
from socle.joining.models import JoinRequest
from socle.joining.presenters import JOINING
from socle.joining.queries import named_by, seen_by
from socle.lib import dates
from socle.lib.text import number
from socle.people.acting import helped_by
from socle.people.models import HELPER_ROLES, Beneficiary, HelpAccess
from socle.provisioning import rules as provisioning
from socle.provisioning.desk.access import Access
from socle.provisioning.models import Installation, State
from socle.provisioning.stages import Stage
from socle.ui.shapes import JOURNEY, Look, Step, road

SITE = "site-internet"
_REACHED = {Stage.ELIGIBLE: 1, Stage.DRAFT: 1, Stage.READY: 2, Stage.SIGNED: 4, Stage.LIVE: 5}


@dataclass(frozen=True)
class Shown:
    """An installation as every screen shows it, with each gesture's refusal."""

    installation: Installation
    look: Look
    proof_url: str
    why_pending: str | None
    why_not_try: str | None
    why_not_suspend: str | None
    why_not_resume: str | None


def show_installations(installations: list[Installation], access: Access) -> list[Shown]:
    """Dress installations for a screen: who one is is asked once, whatever their number."""
    if not installations:
        return []
    on = dates.day_of(timezone.now())
    refusal = provisioning.why_not_operate(installations[0], by=access.user, on=on)
    return [
        Shown(
            installation=one,
            look=STATES[one.state],
            proof_url=one.proof if one.proof.startswith(("http://", "https://")) else "",
            why_pending=provisioning.why_pending(one),
            why_not_try=refusal or provisioning.why_no_try(one),
            why_not_suspend=refusal or provisioning.why_no_suspension(one),
            why_not_resume=refusal or provisioning.why_no_resumption(one),
        )
        for one in installations
    ]


def follow(access: Access, beneficiary: Beneficiary, *, stage: Stage, rank: int | None) -> dict[str, Any]:
    """Return what the first page of a record says: journey, agreement, who may help.

    A commune that nobody has registered yet is handed as an unsaved beneficiary: it has nothing of these. The scope of
    the console, a list of every beneficiary of the territory, is narrowed to this one when it is of them: the database
    finds its rows at once instead of comparing each with nine hundred identifiers.
    """
    is_mine = beneficiary.pk is not None and beneficiary.department_id in {one.pk for one in access.departments}
    with scope(beneficiary=beneficiary) if is_mine else nullcontext():
        return _follow(access, beneficiary, stage=stage, rank=rank)


def _follow(access: Access, beneficiary: Beneficiary, *, stage: Stage, rank: int | None) -> dict[str, Any]:
    on = dates.day_of(timezone.now())
    known = beneficiary.pk is not None
    agreements = _agreements(access, beneficiary) if known else []
    running = next((one for one in agreements if one.status != Status.CANCELLED), None)
    installations = (
        list(
            access.installations()
            .filter(beneficiary=beneficiary)
            .select_related("service", "beneficiary__commune")
            .order_by("service__order")
        )
        if known
        else []
    )
    site = next((one for one in installations if one.service.code == SITE), None)
    return {
        "access": access,
        "beneficiary": beneficiary,
        "journey": _journey(stage, running, installations, site, rank),
        "agreement": running,
        "agreement_look": STATUSES[running.status] if running else None,
        "turn": TURNS.get(getattr(running, "next_party", None) or "", ""),
        "priority_changes": list(priorities.to_look_at(access.agreements().filter(pk=running.pk))) if running else [],
        "why_not_see": priorities.why_not_see(running, by=access.user, on=on) if running else None,
        "given_up": [one for one in agreements if one.status == Status.CANCELLED],
        "why_not_draft": rules.why_not_draft(beneficiary, access.programme, by=access.user, on=on),
        "site_url": site.proof if site and site.state == State.LIVE and site.proof.startswith("http") else "",
        "help_accesses": list(
            HelpAccess.objects.in_force_on(on).filter(beneficiary=beneficiary).select_related("operator")
        )
        if known
        else [],
        "my_help": [one.pk for one in helped_by(access.user, on=on)] if known and access.holds(*HELPER_ROLES) else [],
    }


def asked_by(access: Access, beneficiary: Beneficiary) -> list[tuple[JoinRequest, Look]]:
    """The requests to join made in the name of this body that this person may read, the latest first; one query."""
    found = seen_by(access).filter(named_by(beneficiary)).select_related("officer")
    return [(one, JOINING[one.status]) for one in found]


def _agreements(access: Access, beneficiary: Beneficiary) -> list[Agreement]:
    mine = (
        access.agreements()
        .filter(beneficiary=beneficiary)
        .select_related("assessment__vintage", "programme", "beneficiary__department")
    )
    parties = Party.objects.select_related("act")
    return list(with_next_party(mine).prefetch_related(Prefetch("parties", parties)).order_by("-drafted_at"))


def _journey(
    stage: Stage,
    agreement: Agreement | None,
    installations: list[Installation],
    site: Installation | None,
    rank: int | None,
) -> list[Step]:
    reached = _REACHED[stage]
    live = sum(one.state == State.LIVE for one in installations)
    site_is_live = site is not None and site.state == State.LIVE
    if stage is Stage.LIVE and site_is_live:
        reached = len(JOURNEY)
    details = [
        f"{number(rank)}{'er' if rank == 1 else 'e'} rang" if rank else "",
        f"rédigé le {dates.in_words(dates.day_of(agreement.drafted_at))}" if agreement else "à rédiger",
        TURNS.get(getattr(agreement, "next_party", None) or "", ""),
        dates.in_words(dates.day_of(agreement.signed_at)) if agreement and agreement.signed_at else "",
        f"{live} sur {len(installations)} services" if installations else "",
        "en ligne" if site_is_live else "",
    ]
    steps = road(JOURNEY, reached, details)
    has_failed = any(one.state == State.FAILED for one in installations)
    if has_failed and stage is Stage.SIGNED:
        step = steps[4]
        steps[4] = Step(step.label, "failed", step.detail, f"{reverse('console:installations')}?etat=failed")
    return steps
