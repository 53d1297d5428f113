"""The people of a beneficiary and of an operator, from the console."""

import pytest

from socle.people import invitations
from socle.people.models import Beneficiary, Invitation, InvitationStatus, Role
from tests import factories as f

pytestmark = pytest.mark.django_db

FORM = {"name": "Lou Exemple", "email": "lou@exemple.invalid", "role": "mayor", "quality": "Maire", "last_day": ""}


def test_inviting_the_mayor_of_a_commune_registers_it(world, enter):
    """Étrœungt is nobody's yet: whoever follows it names its first person."""
    officer = enter("officer")
    page = officer.get("/console/communes/59218/personnes/").content.decode()
    assert "Personne n’est en fonction ici" in page
    assert not Beneficiary.objects.filter(commune__insee_code="59218").exists()
    noted = {**FORM, "note": "La secrétaire, le 24 novembre"}
    response = officer.post("/console/communes/59218/personnes/inviter/", noted)
    assert response["Location"] == "/console/communes/59218/personnes/"
    invitation = Invitation.objects.get()
    assert invitation.status == InvitationStatus.SENT
    assert invitation.beneficiary.commune.insee_code == "59218"
    assert "Lou Exemple" in officer.get("/console/communes/59218/personnes/").content.decode()


@pytest.mark.slow
def test_the_invitation_of_a_mayor_waits_until_the_call_to_the_mairie_is_noted(world, enter):
    officer, page = enter("officer"), "/console/communes/59218/personnes/"
    answer = officer.post(f"{page}inviter/", {**FORM, "email": "mairie@etroeungt.invalid"})
    assert (answer.status_code, Invitation.objects.count()) == (422, 0)
    assert "boîte commune" in answer.content.decode()
    answer = officer.post(f"{page}inviter/", FORM, follow=True)
    assert "appelez la mairie" in answer.content.decode()
    invitation = Invitation.objects.get()
    confirm = f"/console/personnes/confirmer-{invitation.pk}/"
    assert "appelez la mairie" in officer.post(confirm, {"retour": page}, follow=True).content.decode()
    assert Invitation.objects.get().status == InvitationStatus.PROPOSED
    # The row of the inbox leads to the page where the call is noted.
    assert "/console/conventions/signataires/" in officer.get("/console/").content.decode()
    officer.post(confirm, {"retour": page, "note": "La secrétaire, le 24 novembre"})
    invitation.refresh_from_db()
    assert (invitation.status, invitation.checked_by) == (InvitationStatus.SENT, world.people["officer"])
    assert "La secrétaire, le 24 novembre" in officer.get(page).content.decode()


@pytest.mark.slow
def test_a_refused_invitation_registers_nothing(world, enter):
    response = enter("officer").post("/console/communes/59218/personnes/inviter/", {**FORM, "last_day": "2020-01-01"})
    assert response.status_code == 422
    assert not Beneficiary.objects.filter(commune__insee_code="59218").exists()


def test_where_a_mayor_is_in_place_the_operator_proposes(world, enter):
    response = enter("cdg59").post(
        "/console/communes/59474/personnes/inviter/", {**FORM, "role": "secretary"}, follow=True
    )
    assert "est proposée" in response.content.decode()
    assert Invitation.objects.get().status == InvitationStatus.PROPOSED


@pytest.mark.slow
def test_gestures_on_people_of_another_department_find_nothing(world, enter):
    mairie = Beneficiary.objects.get(commune__insee_code="62002")
    invitation = invitations.invite(
        "x@exemple.invalid", name="X", role=Role.SECRETARY, beneficiary=mairie, by=world.people["mayor62002"], at=f.NOW
    )
    held = world.people["mayor62002"].memberships.get()
    client = enter("cdg59")
    for gesture in (f"confirmer-{invitation.pk}", f"renvoyer-{invitation.pk}", f"retirer-{invitation.pk}",
                    f"fin-{held.pk}", f"maintenir-{held.pk}"):  # fmt: skip
        response = client.post(f"/console/personnes/{gesture}/", {"last_day": "2026-12-01"})
        assert response.status_code == 404, gesture
    # Of the territory, but not one who follows it.
    for who in ("technician", "somme"):
        assert enter(who).post(f"/console/personnes/retirer-{invitation.pk}/").status_code == 403
    invitation.refresh_from_db()
    held.refresh_from_db()
    assert (invitation.status, held.ends_on) == (InvitationStatus.SENT, None)


@pytest.mark.slow
def test_an_operator_names_its_own_people(world, enter):
    form = {**FORM, "role": "technician"}
    client = enter("president")
    client.post("/console/personnes/operateur/npdcn/inviter/", form)
    invitation = Invitation.objects.get()
    assert (invitation.status, invitation.operator) == (InvitationStatus.SENT, world.programme.lead())
    response = client.post("/console/personnes/operateur/npdcn/inviter/", {**form, "role": "cdg_advisor"})
    assert response.status_code == 422
    assert enter("technician").get("/console/personnes/operateur/npdcn/inviter/").status_code == 403
    page = enter("technician").get("/console/personnes/").content.decode()
    assert "Lou Exemple" in page
    assert "lou@exemple.invalid" not in page


def test_an_address_is_shown_to_those_who_may_write_to_it(world, enter):
    address = "/console/communes/59474/personnes/"
    mayor = world.people["mayor59474"]
    assert mayor.email in enter("officer").get(address).content.decode()
    page = enter("somme").get(address).content.decode()
    assert mayor.name in page
    assert mayor.email not in page
