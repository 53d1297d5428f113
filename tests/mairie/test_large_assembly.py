"""A session of the largest assembly there may be: all that its page shows is sent at each press, and is read."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django_scopes import scope

from socle.assemblies import rules
from socle.assemblies.models import Attendance, Member
from socle.people.models import Role
from tests import factories as f
from tests.assemblies.conftest import SESSION, opened
from tests.sites.two_communes import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
NAMES = re.compile(r"<(?:input|select|textarea)\b[^>]*?\bname=\"([^\"]+)\"")


def test_the_largest_session_is_noted_by_one_press(time_machine) -> None:
    place = f.beneficiary()
    with scope(beneficiary=place):
        secretary = f.member(Role.SECRETARY, place)
        meeting = opened(place, secretary)
        time_machine.move_to(SESSION + timedelta(minutes=5), tick=False)
        client = signed_in(secretary)
        address = f"/mairie/seances/{meeting.pk}/tenir/"
        shown = set(NAMES.findall(client.get(address).content.decode().partition('name="retraits"')[2]))
        # Of a member and of an item, by how their fields begin; some are shown only where they serve.
        member, item = meeting.attendances.first().member_id, meeting.items.last().pk
        of_member = {name.removesuffix(str(member)) for name in shown if re.fullmatch(rf"[a-z]+-{member}", name)}
        assert of_member >= {"etat-", "pouvoir-", "arrivee-", "depart-"}
        # An item may bear the number of a member.
        of_member = of_member - {"decision-"} | {"papier-"}
        of_item = [name for name in shown if str(item) in re.split("-", name)]
        assert len(of_item) >= 5
        extra = [
            Member(assembly=meeting.assembly, name=f"Nom {n}", position=n) for n in range(12, rules.MOST_MEMBERS + 1)
        ]
        Attendance.objects.bulk_create(
            Attendance(meeting=meeting, member=one) for one in Member.objects.bulk_create(extra)
        )
        told = {
            f"{name}{pk}": "" for name in of_member for pk in meeting.attendances.values_list("member_id", flat=True)
        }
        told |= {name: "present" for name in told if name.startswith("etat-")} | {f"etat-{member + 1}": "excused"}
        told |= {f"{rank}-{name}": "" for name in of_item for rank in range(rules.MOST_ITEMS)}
        assert 1_000 < len(told) < settings.DATA_UPLOAD_MAX_NUMBER_FIELDS - rules.MOST_MEMBERS
        assert client.post(f"{address}presences/", told).status_code == 302
        assert meeting.attendances.exclude(state="present").get().member_id == member + 1
