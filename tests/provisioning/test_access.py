"""The scope of a person of an operator: one programme, though the same operator leads another."""

from __future__ import annotations

import pytest
from django_scopes import scopes_disabled

from socle.people.models import Role
from socle.programme.models import AgreementType, Programme
from socle.provisioning.access import Access
from socle.provisioning.models import Installation, Right
from tests import factories as f


@pytest.mark.django_db
def test_what_is_of_another_programme_of_the_same_operator_is_not_read():
    pack = f.programme()
    place = f.beneficiary()
    lead = pack.lead()
    other = Programme.objects.get(pk=pack.pk)
    other.pk, other.code, other._state.adding = None, "autre", True
    other.save(force_insert=True)
    kind = AgreementType.objects.get(pk=pack.tripartite().pk)
    kind.pk, kind.programme, kind._state.adding = None, other, True
    kind.save(force_insert=True)
    access = Access(
        f.member(Role.PROGRAMME_OFFICER, lead), lead, pack, pack.partners.get(operator=lead),
        tuple(pack.partners.get(operator=lead).departments.all()), frozenset({Role.PROGRAMME_OFFICER}), True,
    )  # fmt: skip
    with scopes_disabled():
        ours, theirs = (
            f.signed_agreement(place, number=f"N-{programme.code}", programme=programme, type=programme.tripartite())
            for programme in (pack, other)
        )
        for agreement, service in zip((ours, theirs), pack.services.order_by("order"), strict=False):
            right = Right.objects.create(agreement=agreement, beneficiary=place, service=service, opened_at=f.NOW)
            Installation.objects.create(right=right, beneficiary=place, service=service)
        seen = [access.agreements(), access.every_agreement(), access.readable_agreements()]
        assert [list(one) for one in seen] == [[ours]] * 3
        assert [one.agreement for one in access.rights()] == [ours]
        assert [one.right.agreement for one in access.installations()] == [ours]
