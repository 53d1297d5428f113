"""Why a request to join cannot be said receivable: by where it is, and by what proves who asks."""

from __future__ import annotations

from datetime import timedelta

import pytest

from socle.agreements.models import Status as AgreementStatus
from socle.joining import rules
from socle.joining.models import JoinRequest, Status
from socle.people.models import Role
from tests import factories as f

BEFORE, AFTER = f.NOW - timedelta(hours=1), f.NOW + timedelta(hours=1)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (Status.RECEIVED, "n’est pas confirmée"),
        (Status.CONFIRMED, None),
        (Status.QUALIFIED, "ce geste n’est plus possible"),
        (Status.PLANNED, "déjà étudiée, et planifiée"),
        (Status.DRAFTING, "ce geste n’est plus possible"),
        (Status.REFUSED, "ce geste n’est plus possible"),
        (Status.WITHDRAWN, "ce geste n’est plus possible"),
    ],
)
def test_a_request_is_said_receivable_where_it_may_be(status: Status, said: str | None) -> None:
    found = rules.why_no_qualification(JoinRequest(status=status, verified_at=f.NOW))
    assert found is None if said is None else said in (found or "")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "Rien ne prouve encore"),
        ({"has_published_address": True}, None),
        ({"has_published_address": True, "objected_at": f.NOW}, "s’est opposée"),
        ({"verified_at": f.NOW}, None),
        ({"verified_at": f.NOW, "objected_at": BEFORE}, None),
        ({"verified_at": f.NOW, "objected_at": f.NOW}, None),
        ({"verified_at": f.NOW, "objected_at": AFTER}, "s’est opposée"),
    ],
)
def test_a_request_is_receivable_once_the_mairie_itself_is_known_to_ask(given: dict, said: str | None) -> None:
    found = rules.why_no_qualification(JoinRequest(status=Status.CONFIRMED, **given))
    assert found is None if said is None else said in (found or "")


@pytest.mark.django_db
@pytest.mark.parametrize("status", [None, *AgreementStatus.values])
def test_who_has_an_agreement_that_stands_does_not_ask_to_join(status: str | None) -> None:
    programme, place = f.programme(), f.beneficiary()
    if status is not None:
        f.signed_agreement(place, status=status)
    said = rules.why_not_ask_for_commune(programme, place.commune)
    assert (said is None) == (status in (None, AgreementStatus.CANCELLED))


@pytest.mark.django_db
@pytest.mark.parametrize("status", list(Status))
def test_an_identity_is_vouched_for_once_while_the_request_is_open(status: Status) -> None:
    request = f.join_request(f.commune(), status=status)
    officer = f.member(Role.PROGRAMME_OFFICER, request.programme.lead())
    said = rules.why_not_verify(request, by=officer, on=f.TODAY)
    assert (said is None) == (status in (Status.CONFIRMED, Status.QUALIFIED, Status.PLANNED))
    request.verified_at = f.NOW
    assert rules.why_not_verify(request, by=officer, on=f.TODAY) is not None
