"""Whatever the gestures of a session, its acts say one thing: figures, names and table agree, with the last state."""

from __future__ import annotations

import pytest

from socle.assemblies.models import Item
from tests.assemblies.conftest import opened
from tests.assemblies.sequences import played

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
# As many again, and other ones each time, are drawn by the drills.
SEQUENCES = 60


def of_four(place, by):
    meeting = opened(place, by, ("Budget", "Désignation d’un délégué", "Vente du presbytère", "Vœu"))
    meeting.items.filter(rank=2).update(kind=Item.Kind.APPOINTMENT)
    return meeting


def test_the_acts_of_any_session_agree_with_its_last_state(beneficiary, secretary) -> None:
    meeting = of_four(beneficiary, secretary)
    acts = sum(played(meeting, secretary, seed) for seed in range(SEQUENCES))
    assert acts > SEQUENCES
