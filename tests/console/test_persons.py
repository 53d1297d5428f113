"""The page of a person: someone locked out is set free, an account that must stop is closed, by whom reaches them."""

import pytest
from allauth.mfa.models import Authenticator

from socle.journal.models import Entry, Reading
from socle.people.models import Role
from tests import factories as f

pytestmark = pytest.mark.django_db


def page_of(person, gesture=""):
    return f"/console/personnes/{person.pk}/{gesture}"


def test_a_second_factor_is_erased_by_somebody_who_says_how_they_recognised_the_person(world, enter, mailoutbox):
    mayor, client = world.people["mayor59474"], enter("technician")
    assert "n’a mis en place aucun" in client.get(page_of(mayor)).content.decode()
    Authenticator.objects.create(user=mayor, type="webauthn", data={})
    page = client.get(page_of(mayor)).content.decode()
    assert "clé d’accès" in page
    assert mayor.email in page
    assert client.post(page_of(mayor), {}).status_code == 422
    assert client.post(page_of(mayor), {"recognised": "email"}).status_code == 422
    assert Authenticator.objects.exists()
    said = client.post(page_of(mayor), {"recognised": "phone"}, follow=True).content.decode()
    assert "est effacé" in said
    assert not Authenticator.objects.exists()
    assert mailoutbox[-1].to == [mayor.email]
    assert Entry.objects.get(verb="person.factor_reset").facts == {"recognised": "phone"}
    # The mairie sees that its mayor's page was read, without a row for each.
    assert (
        Reading.objects.filter(kind="person", beneficiary_ref=str(mayor.memberships.get().beneficiary_id)).count() == 1
    )


def test_an_account_is_closed_and_opened_again_as_it_was(world, enter):
    secretary, client = world.people["secretary"], enter("officer")
    assert "est fermé" in client.post(page_of(secretary, "fermer-compte/"), follow=True).content.decode()
    secretary.refresh_from_db()
    assert not secretary.is_active
    assert "Rouvrir le compte" in client.get(page_of(secretary)).content.decode()
    client.post(page_of(secretary, "rouvrir-compte/"))
    secretary.refresh_from_db()
    assert secretary.is_active
    assert "sont closes" in client.post(page_of(secretary, "clore-sessions/"), follow=True).content.decode()
    assert client.get(page_of(secretary, "fermer-compte/"))["Location"] == page_of(secretary)


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
        response = enter(who).post(page_of(person, "fermer-compte/"))
        assert response.status_code == status, (who, person)
    people["officer"].refresh_from_db()
    assert people["officer"].is_active
    f.member(Role.SECRETARY, f.beneficiary(f.commune("80001", "Abbeville")), email=both.email)
    assert enter("officer").post(page_of(both, "fermer-compte/")).status_code == 403
    assert "exerce aussi là où vous n’agissez pas" in enter("officer").get(page_of(both)).content.decode()
