"""Whoever signs is invited at an address of their own: which are shared, for whom, and what an old invitation opens."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from socle.lib.refusals import Refused
from socle.people import invitations, rules
from socle.people.invitation_rules import Check
from socle.people.models import Beneficiary, Checked, Invitation, InvitationStatus, Role, User
from socle.people.own_address import SHARED, box_of, is_shared, why_not_own
from socle.territory.models import TownHall
from tests import factories as f
from tests.factories import NOW

pytestmark = pytest.mark.django_db

CALL = Check(Checked.CALL, "La secrétaire, le 24 novembre")
OWN = "lou.exemple@orange.invalid"


@pytest.fixture
def here() -> Beneficiary:
    made = f.beneficiary(email="commune59@orange.invalid")
    TownHall.objects.create(commune=made.commune, email="lamairie@prisches.invalid")
    return made


@pytest.fixture
def officer() -> User:
    return f.member(Role.PROGRAMME_OFFICER, f.programme().lead())


def invite(here: Beneficiary, by: User, email: str = OWN, **more: Any) -> Invitation:
    given = {"name": "Lou Exemple", "role": Role.MAYOR, "beneficiary": here, "by": by, "at": NOW, **more}
    return invitations.invite(email, **given)


@pytest.mark.parametrize(
    ("email", "expected"),
    [
        ("mairie@prisches.invalid", True),
        ("mairie.prisches@orange.invalid", True),
        ("mairiedeprisches@orange.invalid", True),
        ("Mairie59@orange.invalid", True),
        ("la-mairie@prisches.invalid", True),
        ("contact@prisches.invalid", True),
        ("contact.prisches@prisches.invalid", True),
        ("accueil@prisches.invalid", True),
        ("secretariat@prisches.invalid", True),
        ("secretaire.mairie@prisches.invalid", True),
        ("sécrétariat@prisches.invalid", True),
        ("commune-de-prisches@orange.invalid", True),
        ("etat-civil@prisches.invalid", True),
        ("info@prisches.invalid", True),
        ("mairie+signature@prisches.invalid", True),
        ("maire@prisches.invalid", False),
        ("maire.prisches@orange.invalid", False),
        ("lou.exemple@orange.invalid", False),
        ("jean.ville@orange.invalid", False),
        ("lou.information@orange.invalid", False),
        ("l.communeau@orange.invalid", False),
        ("mairesse.anne@orange.invalid", False),
    ],
)
def test_an_address_is_shared_by_its_name(email: str, expected: bool) -> None:
    assert is_shared(email) is expected


@pytest.mark.parametrize(
    ("email", "role", "refused"),
    [
        ("mairie@prisches.invalid", Role.MAYOR, True),
        ("mairie@prisches.invalid", Role.SECRETARY, False),
        ("commune59@orange.invalid", Role.MAYOR, True),
        ("LAMAIRIE@prisches.invalid", Role.MAYOR, True),
        ("commune59@orange.invalid", Role.DEPUTY, False),
        (OWN, Role.MAYOR, False),
    ],
)
def test_only_whoever_signs_wants_an_address_of_their_own(
    here: Beneficiary, email: str, role: Role, refused: bool
) -> None:
    assert (why_not_own(email, role=role, beneficiary=here, operator=None) == SHARED) is refused


def test_the_directory_s_address_is_the_one_of_today(here: Beneficiary) -> None:
    assert box_of(here) == "lamairie@prisches.invalid"
    TownHall.objects.update(email="")
    assert box_of(Beneficiary.objects.get()) == "commune59@orange.invalid"


def test_the_presidents_of_operators_sign_at_theirs_too() -> None:
    cdg = f.programme().centre_de_gestion_of(f.department("59"))
    assert cdg is not None
    cdg.email = "cdg59@orange.invalid"
    place: Any = {"beneficiary": None, "operator": cdg}
    assert why_not_own("cdg59@orange.invalid", role=Role.CDG_PRESIDENT, **place) == SHARED
    assert why_not_own("contact@cdg59.invalid", role=Role.CDG_PRESIDENT, **place) == SHARED
    assert why_not_own("cdg59@orange.invalid", role=Role.CDG_ADVISOR, **place) is None
    assert why_not_own(OWN, role=Role.CDG_PRESIDENT, **place) is None


def test_the_address_of_whoever_helps_the_mayor_is_not_the_mayor_s(here: Beneficiary) -> None:
    f.member(Role.SECRETARY, here, email=OWN)
    reason = why_not_own(OWN, role=Role.MAYOR, beneficiary=here, operator=None)
    assert reason is not None
    assert "qui travaille à la mairie" in reason
    there = f.beneficiary(f.commune("59001", "Abancourt"))
    assert why_not_own(OWN, role=Role.MAYOR, beneficiary=there, operator=None) is None


def test_whoever_signs_does_not_move_their_account_to_a_shared_box(here: Beneficiary) -> None:
    mayor, secretary = f.member(Role.MAYOR, here), f.member(Role.SECRETARY, here)
    assert rules.why_not_change_address(mayor, "mairie@prisches.invalid", by=mayor) == SHARED
    assert rules.why_not_change_address(mayor, OWN, by=mayor) is None
    assert rules.why_not_change_address(secretary, "mairie@prisches.invalid", by=secretary) is None


# --- Checked before it leaves -----------------------------------------------------------------------------------------
def test_an_invitation_to_sign_waits_for_the_call_and_keeps_who_noted_it(here: Beneficiary, officer: User) -> None:
    invitation = invite(here, officer)
    assert invitation.status == InvitationStatus.PROPOSED
    assert invitations.send_due(at=NOW) == 0
    for check in (None, Check(Checked.CALL, "  "), Check(Checked.CALL, "ok")):
        with pytest.raises(Refused, match="appelez la mairie"):
            invitations.confirm(invitation, check=check, by=officer, at=NOW)
    invitation = invitations.confirm(invitation, check=CALL, by=officer, at=NOW)
    assert (invitation.status, invitation.checked_by, invitation.checked_at) == (InvitationStatus.SENT, officer, NOW)
    assert (invitation.checked, invitation.checked_note) == (Checked.CALL, CALL.note)
    assert invitations.send_due(at=NOW) == 1


def test_a_call_that_is_noted_at_once_lets_it_leave_at_once(here: Beneficiary, officer: User) -> None:
    assert invite(here, officer, check=CALL).status == InvitationStatus.SENT
    with pytest.raises(Refused, match="200 caractères"):
        invite(here, officer, "noa@orange.invalid", check=Check(Checked.CALL, "x" * 201))


def test_the_platform_itself_sends_no_invitation_to_sign_unchecked(here: Beneficiary) -> None:
    assert invite(here, User.objects.system()).status == InvitationStatus.PROPOSED


def test_a_mayor_who_names_the_next_one_calls_nobody(here: Beneficiary) -> None:
    assert invite(here, f.member(Role.MAYOR, here)).status == InvitationStatus.SENT


def test_other_roles_leave_as_before(here: Beneficiary, officer: User) -> None:
    assert invite(here, officer, "mairie@prisches.invalid", role=Role.SECRETARY).status == InvitationStatus.SENT


def test_one_that_left_for_a_shared_box_before_is_not_sent_again_and_opens_nothing(
    client: Any, here: Beneficiary, officer: User, mailoutbox: list[Any], time_machine: Any
) -> None:
    time_machine.move_to(NOW, tick=False)
    invitation = invite(here, officer, check=CALL)
    Invitation.objects.update(email="mairie@prisches.invalid")
    invitations.send_due(at=NOW)
    link = next(word for word in mailoutbox[-1].body.split() if "/invitation/" in word)
    response = client.get(link)
    assert response.status_code == 410
    assert "boîte commune" in response.content.decode()
    with pytest.raises(Refused, match="boîte commune"):
        invitations.resend(invitation, by=officer, at=NOW + timedelta(days=1))
    assert invitations.waiting_for("mairie@prisches.invalid", at=NOW) == []


def test_a_proposal_whose_address_became_the_mairie_s_does_not_leave(here: Beneficiary, officer: User) -> None:
    invitation = invite(here, officer)
    TownHall.objects.update(email=OWN)
    with pytest.raises(Refused, match="boîte commune"):
        invitations.confirm(invitation, check=CALL, by=officer, at=NOW)
