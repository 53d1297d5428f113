"""The page of a person: someone locked out is set free, an account that must stop is closed, by whom reaches them."""

import pytest
from allauth.mfa.models import Authenticator

from socle.journal.models import Entry, Reading
from socle.people.models import Role
from tests import factories as f

pytestmark = pytest.mark.django_db


def page_of(person, gesture=""):
    return f"/console/personnes/{person.pk}/{gesture}"


@pytest.mark.slow
def test_a_second_factor_is_erased_by_somebody_who_says_how_they_recognised_the_person(world, enter, mailoutbox):
    mayor, client = world.people["mayor59474"], enter("technician")
    assert "n’a mis en place aucun" in client.get(page_of(mayor)).content.decode()
    Authenticator.objects.create(user=mayor, type="webauthn", data={})
    page = client.get(page_of(mayor)).content.decode()
    assert "clé d’accès" in page
    assert mayor.email in page
    assert client.post(page_of(mayor), {}).status_code == 422
    assert client.post(page_of(mayor), {"recognised": "email", "reason": "lost"}).status_code == 422
    assert client.post(page_of(mayor), {"recognised": "phone"}).status_code == 422
    assert Authenticator.objects.exists()
    said = client.post(page_of(mayor), {"recognised": "phone", "reason": "lost"}, follow=True).content.decode()
    assert "est effacé" in said
    assert not Authenticator.objects.exists()
    assert mailoutbox[-1].to == [mayor.email]
    assert Entry.objects.get(verb="person.factor_reset").facts == {"recognised": "phone", "reason": "lost"}
    # The mairie sees that its mayor's page was read, without a row for each.
    assert (
        Reading.objects.filter(kind="person", beneficiary_ref=str(mayor.memberships.get().beneficiary_id)).count() == 1
    )


@pytest.mark.slow
def test_an_account_is_closed_and_opened_again_as_it_was(world, enter):
    secretary, client = world.people["secretary"], enter("officer")
    for gesture in ("fermer-compte/", "rouvrir-compte/"):
        assert client.post(page_of(secretary, gesture)).status_code == 422
    closing = {"reason": "left"}
    assert "est fermé" in client.post(page_of(secretary, "fermer-compte/"), closing, follow=True).content.decode()
    secretary.refresh_from_db()
    assert not secretary.is_active
    assert "Rouvrir le compte" in client.get(page_of(secretary)).content.decode()
    client.post(page_of(secretary, "rouvrir-compte/"), {"reason": "back"})
    secretary.refresh_from_db()
    assert secretary.is_active
    assert "sont closes" in client.post(page_of(secretary, "clore-sessions/"), follow=True).content.decode()
    assert client.get(page_of(secretary, "fermer-compte/"))["Location"] == page_of(secretary)


@pytest.mark.slow
def test_an_agent_asks_and_another_approves_for_somebody_of_an_operator(world, enter):
    finance = world.people["finance"]
    Authenticator.objects.create(user=finance, type="webauthn", data={})
    officer, technician = enter("officer"), enter("technician")
    assert "devra donner son accord" in officer.get(page_of(finance)).content.decode()
    said = officer.post(page_of(finance), {"recognised": "in_person", "reason": "lost"}, follow=True).content.decode()
    assert "Rien n’est effacé avant l’accord" in said
    assert "appareil perdu ou cassé" in said
    assert "l’accord d’une autre personne" in officer.post(page_of(finance, "approuver/"), follow=True).content.decode()
    assert Authenticator.objects.exists()
    assert enter("cdg59").post(page_of(finance, "approuver/")).status_code == 404
    assert "est effacé" in technician.post(page_of(finance, "approuver/"), follow=True).content.decode()
    assert not Authenticator.objects.exists()
    assert "Plus rien n’attend" in technician.post(page_of(finance, "decliner/"), follow=True).content.decode()


@pytest.mark.slow
def test_nobody_touches_the_account_of_someone_they_do_not_reach_whole(world, enter):
    people = world.people
    # A role in a department of another: the account opens what its own operator does not follow.
    both = people["secretary"]
    for who, person, status in (
        ("officer", people["officer"], 302),  # One's own: refused with a sentence.
        ("finance", people["mayor59474"], 403),
        ("cdg59", people["mayor59474"], 403),
        ("somme", people["mayor59474"], 403),
        ("somme", people["officer"], 404),
        ("officer", people["somme"], 302),
        ("cdg62", people["mayor59474"], 404),
    ):
        response = enter(who).post(page_of(person, "fermer-compte/"), {"reason": "left"})
        assert response.status_code == status, (who, person)
    people["officer"].refresh_from_db()
    assert people["officer"].is_active
    f.member(Role.SECRETARY, f.beneficiary(f.commune("80001", "Abbeville")), email=both.email)
    assert enter("officer").post(page_of(both, "fermer-compte/")).status_code == 403
    assert "exerce aussi là où vous n’agissez pas" in enter("officer").get(page_of(both)).content.decode()
