"""How far a commune has come, read from its own rows."""

import pytest
from django_scopes import scope, scopes_disabled

from socle.agreements import amendments
from socle.agreements.models import Agreement, Status
from socle.people.models import User
from socle.programme.models import Programme
from socle.provisioning.models import Installation, State
from socle.provisioning.stages import ORDER, Stage, eligible, stage_of, stage_of_beneficiary, with_stage
from socle.territory.models import Commune
from tests import factories as f

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("status", "states", "stage"),
    [
        (None, (), Stage.ELIGIBLE),
        (Status.CANCELLED, (), Stage.ELIGIBLE),
        (Status.ENDED, (), Stage.ELIGIBLE),
        (Status.DRAFT, (), Stage.DRAFT),
        (Status.READY, (), Stage.READY),
        (Status.SIGNED, (), Stage.SIGNED),
        (Status.SIGNED, (State.LIVE, State.PENDING), Stage.SIGNED),
        (Status.SIGNED, (State.LIVE, State.FAILED), Stage.SIGNED),
        (Status.SIGNED, (State.LIVE, State.SUSPENDED), Stage.SIGNED),
        (Status.SIGNED, (State.LIVE, State.LIVE), Stage.LIVE),
    ],
)
def test_a_stage_follows_the_agreement_and_what_is_installed(status, states, stage):
    programme, place = f.programme(), f.beneficiary()
    if status is not None:
        agreement = f.signed_agreement(place)
        for code, state in zip(("site-internet", "messagerie"), states, strict=False):
            f.installation(place, code, state=state)
        with scopes_disabled():
            Agreement.objects.filter(pk=agreement.pk).update(status=status)
    with scope(beneficiary=place):
        assert stage_of(place.commune, programme) == stage
        assert stage_of_beneficiary(place, programme) == stage
    with scopes_disabled():
        (listed,) = with_stage(Commune.objects.filter(pk=place.commune_id), programme)
    assert (listed.stage, listed.stage_rank) == (stage, ORDER.index(stage))
    assert eligible(Commune.objects.filter(pk=place.commune_id), programme).exists() == (stage == Stage.ELIGIBLE)


def test_an_agreement_that_is_over_or_of_another_programme_lists_no_commune_twice():
    place = f.beneficiary()
    agreement = f.signed_agreement(place)
    other = Programme.objects.get(pk=agreement.programme_id)
    other.pk, other.code = None, "autre"
    other.save(force_insert=True)
    with scopes_disabled():
        for fields in ({"status": Status.CANCELLED, "number": "A"}, {"programme": other, "number": "B"}):
            beside = Agreement.objects.get(pk=agreement.pk)
            beside.pk = None
            for name, value in fields.items():
                setattr(beside, name, value)
            beside.save(force_insert=True)
        (listed,) = with_stage(Commune.objects.filter(pk=place.commune_id), agreement.programme)
    assert (listed.stage, listed.agreement_number) == (Stage.SIGNED, agreement.number)


@pytest.mark.parametrize("status", [Status.DRAFT, Status.READY, Status.SIGNED])
def test_an_amendment_is_no_stage_and_lists_no_commune_twice(status):
    programme, place = f.programme(), f.beneficiary()
    agreement = f.signed_agreement(place)
    f.amendments(programme)
    with scope(beneficiary=place):
        amendment = amendments.draft(agreement, by=User.objects.system(), at=f.NOW)
        Agreement.every.filter(pk=amendment.pk).update(status=status)
        assert stage_of_beneficiary(place, programme) == Stage.SIGNED
    with scopes_disabled():
        (listed,) = with_stage(Commune.objects.filter(pk=place.commune_id), programme)
    assert (listed.stage, listed.agreement_number) == (Stage.SIGNED, agreement.number)


def test_the_stage_of_a_commune_does_not_depend_on_whose_rows_are_in_scope():
    programme, place = f.programme(), f.beneficiary()
    f.installation(place, "messagerie", state=State.LIVE)
    other = f.beneficiary(f.commune("62002", "Ablainzevelle", 208))
    with scope(beneficiary=other):
        assert not Installation.objects.exists()
        assert stage_of(place.commune, programme) == Stage.LIVE
        assert stage_of(other.commune, programme) == Stage.ELIGIBLE


def test_the_stage_in_a_programme_is_not_that_in_another():
    programme, place = f.programme(), f.beneficiary()
    f.installation(place, "messagerie", state=State.LIVE)
    other = Programme.objects.get(pk=programme.pk)
    other.pk, other.code = None, "autre"
    other.save(force_insert=True)
    with scope(beneficiary=place):
        assert stage_of_beneficiary(place, programme) == Stage.LIVE
        assert stage_of_beneficiary(place, other) == Stage.ELIGIBLE
