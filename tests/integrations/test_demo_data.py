"""What a demonstration shows of the programs of others."""

from __future__ import annotations

import pytest

from socle.integrations import deliveries, demo_data
from socle.integrations.models import Delivery, Token, Webhook
from socle.journal import actions as journal
from socle.people.models import Role
from tests import factories as f

pytestmark = pytest.mark.django_db


def test_the_fictitious_programs_are_made_once_and_send_nothing():
    lead = f.programme().lead()
    officer = f.member(Role.PROGRAMME_OFFICER, lead)
    for code, name in (("59474", "Prisches"), ("59001", "Abancourt"), ("62004", "Achicourt")):
        journal.record("beneficiary.registered", f.beneficiary(f.commune(code, name)), by=officer, at=f.NOW)
    journal.seal()
    assert demo_data.ensure_programs(lead, by=officer, at=f.NOW)
    assert not demo_data.ensure_programs(lead, by=officer, at=f.NOW)
    assert sorted(token.is_over(f.NOW) for token in Token.objects.all()) == [False, True]
    assert all(one.is_fictitious for model in (Token, Webhook) for one in model.objects.all())
    assert sorted(Delivery.objects.values_list("status", flat=True)) == ["delivered", "given_up", "pending"]
    assert deliveries.send_due(clock=lambda: f.NOW) == 0
