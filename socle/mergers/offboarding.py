"""Holdings of a person who leaves: the plans of mergers and splits that they see through."""

from __future__ import annotations

from datetime import date, datetime

from django_scopes import scopes_disabled

from socle.lib import dates
from socle.mergers import actions, presenters, rules
from socle.mergers.models import MergerPlan, Status
from socle.people.models import Membership, Role, User
from socle.people.offboarding import Kind

HOLDINGS: tuple[Kind, ...] = (
    Kind(
        "fusions",
        "Plans de fusion et de scission suivis",
        "socle.mergers.offboarding.plans",
        "Plus personne ne les suit : ils restent dans la liste, où on les confie.",
        "socle.mergers.offboarding.pass_plans",
        {"console": "console:mergers"},
    ),
)


def _followed(membership: Membership) -> list[MergerPlan]:
    """Those that this person follows and that wait; a role at a mairie follows none."""
    if membership.role not in (Role.PROGRAMME_OFFICER, Role.CDG_ADVISOR):
        return []
    waiting = MergerPlan.objects.filter(followed_by=membership.user_id).exclude(status=Status.APPLIED)
    return list(waiting.select_related("beneficiary__commune", "beneficiary__department", "other").order_by("pk"))


def plans(membership: Membership, on: date) -> list[str]:
    """The plans that this role sees through, as screens call them."""
    with scopes_disabled():  # Across every beneficiary of an operator; only what this very role follows.
        return [presenters.title_of(plan) for plan in _followed(membership)]


def pass_plans(membership: Membership, *, to: User | None, by: User, at: datetime) -> int:
    """They pass to the successor where they may follow the commune, or to nobody: they then wait in the list."""
    on = dates.day_of(at)
    with scopes_disabled():  # As above.
        mine = _followed(membership)
        for plan in mine:
            may = to is not None and rules.why_not_entrust(plan, to, by=by, on=on) is None
            actions.entrust(plan, to=to if may else None, by=by, at=at)
    return len(mine)
