"""Two thousand sessions of a council, drawn anew each time: the seed is printed, and given back it draws the same."""

from __future__ import annotations

import os
import random
import time

import pytest
from django_scopes import scope

from socle.people.models import Role
from tests import factories as f
from tests.assemblies.sequences import played
from tests.assemblies.test_sequences import of_four

pytestmark = [pytest.mark.drill, pytest.mark.django_db]

SEQUENCES, TOLD_EVERY = 2_000, 200


def test_the_acts_of_two_thousand_sessions_agree_with_their_last_states(capsys: pytest.CaptureFixture[str]) -> None:
    first = int(os.environ.get("SEED") or random.SystemRandom().randrange(1_000_000_000))
    with capsys.disabled():
        print(f"\n{SEQUENCES} séances, graine {first} (SEED={first} pour les mêmes)")
    place = f.beneficiary()
    with scope(beneficiary=place):
        secretary = f.member(Role.SECRETARY, place)
        meeting = of_four(place, secretary)
        acts = 0
        for rank in range(SEQUENCES):
            acts += played(meeting, secretary, first + rank)
            if (rank + 1) % TOLD_EVERY == 0:
                with capsys.disabled():
                    print(f"{rank + 1} séances, {acts} actes, {time.process_time():.0f} s de processeur", flush=True)
        assert acts > SEQUENCES
