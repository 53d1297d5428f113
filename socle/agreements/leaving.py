"""What a person who leaves holds here: the agreements they are to sign."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import Q
from django_scopes import scopes_disabled

from socle.agreements import actions, rules
from socle.agreements.models import Agreement, Party, Status
from socle.people.models import Membership, User


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
    signed = Agreement.objects.filter(
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
