"""Holdings of a person who leaves: the agreements they are to sign, and those they see through."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import Q
from django_scopes import scopes_disabled

from socle.agreements import actions, rules
from socle.agreements.models import IN_PREPARATION, Agreement, Party, Status
from socle.lib import dates
from socle.people.models import Membership, Role, User
from socle.people.offboarding import Kind

HOLDINGS: tuple[Kind, ...] = (
    Kind(
        "signatures",
        "Conventions à signer, ou qui le seront",
        "socle.agreements.offboarding.signatures",
        "Une convention déjà à la signature attend qui exercera la fonction ; sur un projet, le nom sera à indiquer.",
        "socle.agreements.offboarding.pass_signatures",
        {"mairie": "mairie:agreements", "console": "console:agreements"},
    ),
    Kind(
        "conventions",
        "Conventions en préparation suivies",
        "socle.agreements.offboarding.followed",
        "Plus personne ne les suit : elles restent dans la liste, où on les confie.",
        "socle.agreements.offboarding.pass_followed",
        {"console": "console:agreements"},
    ),
)


def _to_sign(membership: Membership) -> list[Party]:
    """The parties this person signs for by this role, where nobody has signed yet."""
    kinds = [kind for kind, role in rules.SIGNING_ROLE.items() if role == membership.role]
    place = (
        Q(operator__isnull=True, agreement__beneficiary=membership.beneficiary_id)
        if membership.beneficiary_id is not None
        else Q(operator=membership.operator_id)
    )
    parties = Party.objects.filter(
        place, kind__in=kinds, signatory=membership.user_id, agreement__status__in=[Status.DRAFT, Status.READY]
    ).select_related("agreement__round", "agreement__beneficiary", "operator")
    signed = Agreement.every.filter(
        pk__in=[party.agreement_id for party in parties],
        round__slots__signed_by=membership.user_id,
    )
    done = set(signed.values_list("pk", flat=True))
    return [party for party in parties.order_by("agreement__number") if party.agreement_id not in done]


def signatures(membership: Membership, on: date) -> list[str]:
    """The agreements this person is to sign by this role, by their numbers."""
    with scopes_disabled():  # Across every beneficiary of an operator; only what this very role signs.
        return [f"n°\u00a0{party.agreement.number}" for party in _to_sign(membership)]


def pass_signatures(membership: Membership, *, to: User | None, by: User, at: datetime) -> int:
    """Whoever takes over signs them, if they hold the same office; without anybody, a draft names nobody any more."""
    with scopes_disabled():  # As above.
        return sum(
            actions.change_signatory(party, to=to, role=membership.role, by=by, at=at) for party in _to_sign(membership)
        )


# --- Seeing through --------------------------------------------------------------------------------------------------
def _followed(membership: Membership) -> list[Agreement]:
    """Those in preparation that this person follows; a role at a mairie follows none."""
    if membership.role not in (Role.PROGRAMME_OFFICER, Role.CDG_ADVISOR):
        return []
    followed = Agreement.every.filter(followed_by=membership.user_id, status__in=IN_PREPARATION)
    return list(followed.select_related("programme", "beneficiary__department").order_by("number"))


def followed(membership: Membership, on: date) -> list[str]:
    """The agreements in preparation that this role sees through, by their numbers."""
    with scopes_disabled():  # Across every beneficiary of an operator; only what this very role follows.
        return [f"n°\u00a0{agreement.number}" for agreement in _followed(membership)]


def pass_followed(membership: Membership, *, to: User | None, by: User, at: datetime) -> int:
    """They pass to the successor where they may follow the beneficiary, or to nobody: they then wait in the list."""
    on = dates.day_of(at)
    with scopes_disabled():  # As above.
        mine = _followed(membership)
        for agreement in mine:
            may = to is not None and rules.why_not_entrust(agreement, to, by=by, on=on) is None
            actions.entrust(agreement, to=to if may else None, by=by, at=at)
    return len(mine)
