"""A moment that no rule would have written is due: the clock had gone ahead. Tried on sessions, which have a date."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session

from socle.lib.due import has_come, long_ago
from tests import factories as f

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("moment", "comes", "is_old"),
    [
        (-2 * HOUR, True, True),
        (-HOUR, True, True),
        (-HOUR + MINUTE, True, False),
        (0 * HOUR, True, False),
        (MINUTE, False, False),
        (5 * MINUTE, False, False),
        (6 * MINUTE, False, True),
        (HOUR, False, True),
        (HOUR + 5 * MINUTE, False, True),
        (HOUR + 6 * MINUTE, True, True),
    ],
)
def test_what_is_further_than_the_longest_wait_is_due(moment: timedelta, comes: bool, is_old: bool) -> None:
    Session.objects.create(session_key="a", session_data="", expire_date=f.NOW + moment)
    assert Session.objects.filter(has_come("expire_date", f.NOW, within=HOUR)).exists() == comes
    assert Session.objects.filter(long_ago("expire_date", f.NOW, every=HOUR)).exists() == is_old
