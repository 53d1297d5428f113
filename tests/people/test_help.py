"""Who closes an access of help, and until when."""

from __future__ import annotations

from datetime import timedelta

import pytest

from socle.people import help as helping
from socle.people import rules
from socle.people.models import HelpAccess, Role
from tests import factories as f

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("all_beneficiaries")]


@pytest.mark.parametrize(
    ("days_left", "is_closed", "is_refused"),
    [(1, False, False), (0, False, False), (-1, False, True), (1, True, True), (-1, True, True)],
)
@pytest.mark.parametrize("who", ["secretary", "helper"])
def test_an_access_is_closed_once_and_not_after_its_last_day(
    days_left: int, is_closed: bool, is_refused: bool, who: str
) -> None:
    place, operator = f.beneficiary(), f.operator("cdg59", "Centre de gestion du Nord", 2)
    people = {"secretary": f.member(Role.SECRETARY, place), "helper": f.member(Role.CDG_ADVISOR, operator)}
    access = HelpAccess(
        beneficiary=place,
        operator=operator,
        ends_on=f.TODAY + timedelta(days=days_left),
        closed_at=f.NOW if is_closed else None,
    )
    said = rules.why_not_close_help(access, by=people[who], on=f.TODAY)
    assert said == ("Cet accès est déjà fermé." if is_refused else None)


def test_an_access_opened_closes_what_its_own_operator_left_open_at_this_mairie_alone() -> None:
    place, operator = f.beneficiary(), f.operator("cdg59", "Centre de gestion du Nord", 2)
    beside, other = f.beneficiary(f.commune("59057", "Bermeries")), f.operator("cdg62", "Autre centre de gestion", 3)
    f.member(Role.CDG_ADVISOR, operator)
    secretary, yesterday = f.member(Role.SECRETARY, place), f.TODAY - timedelta(days=1)
    over = {"motive": "Aide", "starts_on": yesterday, "ends_on": yesterday, "opened_by": secretary, "opened_at": f.NOW}
    pairs = ((place, operator), (place, other), (beside, operator))
    ended = [HelpAccess.objects.create(beneficiary=one, operator=its, **over) for one, its in pairs]
    helping.open_access(place, operator, motive="Aide", last_day=f.TODAY, by=secretary, at=f.NOW)
    assert [HelpAccess.objects.get(pk=one.pk).closed_at for one in ended] == [f.NOW, None, None]
