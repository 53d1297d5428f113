"""Two people who sign the same place at the same instant: one succeeds."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from socle.documents.models import Document
from socle.lib.refusals import Refused
from socle.signing import actions
from tests.signing.conftest import AT

pytestmark = pytest.mark.seals


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
@pytest.mark.both
def test_of_two_simultaneous_signatures_one_is_refused(round_, people):
    slot = round_.slots.first()
    start = threading.Barrier(2)
    outcomes = []

    def attempt(user):
        try:
            copy = type(slot).objects.get(pk=slot.pk)
            start.wait(timeout=60)
            outcomes.append(actions.sign(copy, by=user, at=AT, quality="maire", place="Prisches").pk)
        except Refused as refusal:
            outcomes.append(refusal.sentence)
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt, args=(user,)) for user in people[:2]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert len(outcomes) == 2
    assert sum(isinstance(outcome, int) for outcome in outcomes) == 1, outcomes
    assert sum("déjà signée" in outcome for outcome in outcomes if isinstance(outcome, str)) == 1, outcomes
    # The original and one signed version: the attempt refused left nothing.
    assert Document.objects.count() == 2
