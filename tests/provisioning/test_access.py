"""The scope of a person of an operator: one programme, though the same operator leads another."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django_scopes import scopes_disabled

from socle.people.models import Role
from socle.programme.models import AgreementType, Programme
from socle.provisioning.access import Access, access_of, own_access_of
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
        own = own_access_of(f.member(Role.MAYOR, place), on=f.TODAY, beneficiary=place)
        assert own is not None
        assert [one.right.agreement for one in own.installations()] == [ours]


@pytest.mark.django_db
def test_an_operator_is_acted_for_until_the_last_day_of_a_role_and_in_that_role():
    pack = f.programme()
    cdg = pack.centre_de_gestion_of(f.department("62"))
    person = f.member(Role.CDG_ADVISOR, cdg, ends_on=f.TODAY)
    f.member(Role.PROGRAMME_OFFICER, pack.lead())
    access = access_of(person, on=f.TODAY)
    assert access is not None
    assert (access.operator, access.programme, access.roles) == (cdg, pack, {Role.CDG_ADVISOR})
    assert [department.code for department in access.departments] == ["62"]
    assert access_of(person, on=f.TODAY, operator=pack.lead()) is None
    assert access_of(person, on=f.TODAY + timedelta(days=1)) is None
