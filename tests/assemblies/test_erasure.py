"""Let go of what is known of former members besides their seat."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from socle.assemblies.erasure import forget_contacts
from socle.assemblies.models import Member
from socle.people.models import User
from tests import factories as f
from tests.assemblies.conftest import prepared

BORN = date(1960, 5, 4)


@pytest.mark.parametrize(
    ("left", "is_gone"),
    [(None, False), (f.TODAY, False), (f.TODAY - timedelta(days=1), True)],
    ids=["in office", "left that day", "left before"],
)
def test_addresses_and_birth_dates_of_those_who_left_go_and_their_seat_stays(beneficiary, secretary, left, is_gone):
    members = prepared(beneficiary, secretary).assembly.members
    for name, said in (("Anne Un", {"email": "anne@exemple.invalid"}), ("Brice Deux", {"born_on": BORN})):
        members.filter(name=name).update(left_on=left, **said)
    said = {"by": User.objects.system(), "at": f.NOW}
    assert forget_contacts(f.NOW, is_dry=True, **said) == (2 if is_gone else 0)
    assert Member.objects.exclude(email="", born_on=None).count() == 2
    assert forget_contacts(f.NOW, is_dry=False, **said) == (2 if is_gone else 0)
    assert Member.objects.exclude(email="", born_on=None).count() == (0 if is_gone else 2)
    assert members.count() == 11
