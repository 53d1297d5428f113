"""Whoever serves several communes: for which one they act, and how they change."""

import pytest

from socle.people.models import Role
from tests import factories as f
from tests.mairie.test_doors import address

pytestmark = pytest.mark.django_db


@pytest.fixture
def of_both(client, world):
    """The secretary of the first commune also serves the second one, and signs in nowhere else."""
    f.member(Role.SECRETARY, world.there.place, email=world.here.secretary.email)
    client.force_login(world.here.secretary)
    return client


def choose(client, mairie, **more):
    return client.post("/mairie/organismes/choisir/", {"organisme": mairie.place.pk, **more})


@pytest.mark.slow
def test_every_page_says_for_whom_one_acts_and_how_to_change(of_both, world):
    for name in ("home", "agreements", "acts", "services", "journal", "identity", "bodies"):
        page = of_both.get(address(name, world.here), follow=True).content.decode()
        assert "Vous agissez pour" in page
        assert "/mairie/organismes/" in page
        assert "Commune de Prisches" in page


def test_a_person_who_serves_one_commune_is_offered_no_change(secretary):
    page = secretary.get("/mairie/").content.decode()
    assert "Vous agissez pour" in page
    assert "/mairie/organismes/" not in page


@pytest.mark.slow
def test_rights_follow_the_commune_that_is_active(of_both, world):
    assert of_both.get(address("agreement", world.here)).status_code == 200
    assert of_both.get(address("act", world.there)).status_code == 404
    response = choose(of_both, world.there)
    assert response.status_code == 302
    assert of_both.get(address("agreement", world.there)).status_code == 200
    assert of_both.get(address("act", world.here)).status_code == 404
    page = of_both.get("/mairie/").content.decode()
    assert "<h1>Commune de Taisnières</h1>" in page


def test_a_link_about_the_other_commune_says_which_and_stays_a_404(of_both, world):
    response = of_both.get(address("agreement", world.there))
    assert response.status_code == 404
    assert "Cette page concerne Commune de Taisnières" in response.content.decode()
    assert choose(of_both, world.there, suite=address("agreement", world.there))["Location"] == address(
        "agreement", world.there
    )


@pytest.mark.parametrize("after", ["https://ailleurs.example/", "//ailleurs.example/mairie/", "/console/", "mairie/"])
def test_changing_never_leads_out_of_the_door(of_both, world, after):
    assert choose(of_both, world.there, suite=after)["Location"] == "/mairie/"


@pytest.mark.parametrize("asked", ["", "0", "abc", "-1", "9" * 30, "'; --"])
def test_a_body_one_does_not_serve_is_not_chosen(secretary, world, asked):
    before = secretary.session.get("active_beneficiary")
    assert secretary.post("/mairie/organismes/choisir/", {"organisme": asked}).status_code == 404
    assert choose(secretary, world.there).status_code == 404
    assert secretary.session.get("active_beneficiary") == before


@pytest.mark.slow
def test_a_person_who_signs_for_one_and_serves_another_signs_only_where_they_are_mayor(client, world):
    """Rights follow the active commune: mayor here, secretary there."""
    f.member(Role.SECRETARY, world.there.place, email=world.here.mayor.email)
    world.ready(world.there)
    client.force_login(world.here.mayor)
    choose(client, world.there)
    page = client.get(address("sign", world.there)).content.decode()
    assert "Vous n’êtes pas signataire de cette convention" in page
    assert "disabled" in page
