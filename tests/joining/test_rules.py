"""Why a request to join cannot be said receivable: by where it is, and by what proves who asks."""

from __future__ import annotations

from datetime import timedelta

import pytest

from socle.joining import rules
from socle.joining.models import JoinRequest, Status
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
