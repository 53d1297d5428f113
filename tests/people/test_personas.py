"""Fictitious people exist in a demonstration only, once, and say what they are."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from socle.lib.refusals import Refused
from socle.people import personas
from socle.people.models import Beneficiary, Membership, Role, User
from tests import factories
from tests.factories import NOW, TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(settings: Any) -> None:
    settings.DEMO = True


@pytest.fixture
def system() -> User:
    return User.objects.system()


@pytest.fixture
def territory() -> None:
    factories.programme()
    for insee_code in (*personas.SHARED_COMMUNES, personas.LONE_COMMUNE):
        factories.commune(insee_code, f"Commune {insee_code}", 100)


OTHERS = {Role.DEPUTY, Role.COUNCILLOR, Role.AGENT}


@pytest.mark.usefixtures("demo")
def test_a_mairie_has_others_once_who_may_all_be_played(system: User) -> None:
    place = factories.beneficiary()
    made = personas.ensure_others_of(place, by=system, at=NOW)
    assert personas.ensure_others_of(place, by=system, at=NOW) == made
    assert {one.role for one in place.memberships.all()} == OTHERS
    (mairies,) = personas.cast(on=TODAY, furnished=frozenset({place.pk}))
    assert [one.user for one in mairies.players] == made
    for (role, *_), one in zip(personas.OTHERS, mairies.players, strict=True):
        assert one.story.startswith(personas.ROLE_STORIES[role])


@pytest.mark.usefixtures("demo", "territory")
@pytest.mark.slow
def test_the_cast_is_complete_and_made_once(system: User) -> None:
    made = personas.ensure_personas(by=system, at=NOW)
    counts = (User.objects.count(), Membership.objects.count(), Beneficiary.objects.count())
    assert personas.ensure_personas(by=system, at=NOW) == made
    assert (User.objects.count(), Membership.objects.count(), Beneficiary.objects.count()) == counts
    assert {membership.role for membership in Membership.objects.all()} == set(Role) - OTHERS - {Role.CONTROLLER}
    assert all(user.is_fictitious and user.email.endswith(".invalid") and "Exemple" in user.name for user in made)
    secretary = User.objects.get(email="secretariat@exemple.invalid")
    assert secretary.memberships.count() == 3


@pytest.mark.usefixtures("demo", "territory")
@pytest.mark.slow
@pytest.mark.both
def test_everyone_can_be_played_whatever_their_number(system: User, django_assert_num_queries: Any) -> None:
    personas.ensure_personas(by=system, at=NOW)
    for number in range(30):
        place = factories.beneficiary(factories.commune(f"591{number:02d}", f"Voisine {number}"))
        personas.ensure_people_of(place, by=system, at=NOW)
    with django_assert_num_queries(2):
        mairies, operators = personas.cast(on=TODAY)
    assert len(operators.players) == 10
    assert mairies.players[0].user.name == "Camille Exemple"
    assert len(mairies.more) == personas.OTHERS_SHOWN


@pytest.mark.usefixtures("demo")
def test_a_beneficiary_keeps_the_people_it_has(system: User) -> None:
    place = factories.beneficiary()
    mayor = factories.member(Role.MAYOR, place)
    secretary, same = personas.ensure_people_of(place, by=system, at=NOW)
    assert same == mayor
    assert secretary.memberships.get().role == Role.SECRETARY


@pytest.mark.usefixtures("territory")
def test_no_fiction_outside_a_demonstration(system: User) -> None:
    with pytest.raises(Refused, match="démonstration"):
        personas.ensure_personas(by=system, at=NOW)
    with pytest.raises(Refused, match="démonstration"):
        personas.ensure_people_of(factories.beneficiary(), by=system, at=NOW)
    assert User.objects.count() == 1


@pytest.mark.usefixtures("demo")
def test_the_programme_and_the_territory_come_first(system: User) -> None:
    with pytest.raises(Refused, match="chargez le programme"):
        personas.ensure_personas(by=system, at=NOW)
    factories.programme()
    with pytest.raises(Refused, match="chargez le territoire"):
        personas.ensure_personas(by=system, at=NOW)
    assert User.objects.count() == 1


@pytest.mark.usefixtures("demo", "territory")
@pytest.mark.slow
@pytest.mark.both
def test_one_click_leads_to_the_right_door(system: User, client: Any) -> None:
    personas.ensure_personas(by=system, at=NOW)
    for email, door in (("officer@exemple.invalid", "/console/"), ("secretariat@exemple.invalid", "/mairie/")):
        page = client.get(reverse("personas"))
        user = User.objects.get(email=email)
        assert f'value="{user.pk}"' in page.content.decode()
        response = client.post(reverse("play_persona"), {"person": user.pk}, follow=True)
        assert response.redirect_chain[-1][0] == door
        assert response.status_code == 200


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("person", ["", "abc", "999999", "9" * 40, "-1", "²"])
def test_nobody_is_played_by_a_made_up_number(client: Any, person: str) -> None:
    assert client.post(reverse("play_persona"), {"person": person}).status_code == 404


@pytest.mark.usefixtures("demo")
def test_a_real_or_closed_account_is_never_played(client: Any, system: User) -> None:
    real = factories.user()
    closed = factories.user("close@exemple.invalid", is_fictitious=True, is_active=False)
    for user in (real, closed, system):
        client.post(reverse("play_persona"), {"person": user.pk})
        assert "_auth_user_id" not in client.session


def test_outside_a_demonstration_nobody_is_played(client: Any, settings: Any) -> None:
    settings.DEMO = False
    fiction = factories.user(is_fictitious=True)
    assert client.get(reverse("personas")).status_code == 404
    assert client.post(reverse("play_persona"), {"person": fiction.pk}).status_code == 404
    assert "_auth_user_id" not in client.session
    assert reverse("personas") not in client.get("/").content.decode()


@pytest.mark.usefixtures("demo")
def test_playing_wants_a_form(client: Any) -> None:
    assert client.get(reverse("play_persona")).status_code == 405


@pytest.mark.usefixtures("demo", "territory")
@pytest.mark.slow
def test_the_mairie_whose_site_is_furnished_is_seen_before_the_others(system: User) -> None:
    personas.ensure_personas(by=system, at=NOW)
    place = factories.beneficiary(factories.commune("59070", "Bermeries"))
    personas.ensure_people_of(place, by=system, at=NOW)
    mairies, _ = personas.cast(on=TODAY, furnished=frozenset({place.pk}))
    assert [player.places for player in mairies.players[:2]] == [("Commune de Bermeries",)] * 2
    assert mairies.players[0].story.endswith(personas.FURNISHED)
    assert not mairies.more
