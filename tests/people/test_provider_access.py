"""Whom the identity provider lets in, how strongly, and how one leaves: it opens only what was already open."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings as configured
from django.urls import reverse
from django.utils import timezone

from socle.journal.models import Entry
from socle.lib import siret
from socle.people import invitations
from socle.people.models import LinkedIdentity, Role, User
from tests import factories
from tests.client import DemandingClient
from tests.people.liar import Liar
from tests.people.provider import EMAIL, enter, said, siret_of
from tests.people.test_sign_in import PASSWORD, code_of, is_in, set_up_second_factor

pytestmark = pytest.mark.django_db


# --- Whom it opens ----------------------------------------------------------------------------------------------------
def test_an_invitation_of_the_organisation_is_accepted_by_entering(
    client: DemandingClient, liar: Liar, secretary: User, settings: Any
) -> None:
    place = secretary.memberships.get().beneficiary
    assert place is not None
    mayor = factories.member(Role.MAYOR, place)
    elsewhere = factories.beneficiary(factories.commune("59001", "Abancourt", 400))
    for where in (place, elsewhere):
        invitations.invite(
            "nouvelle@exemple.invalid", name="Andrea Exemple", role=Role.SECRETARY, beneficiary=where,
            by=mayor if where == place else User.objects.system(), at=timezone.now(),
        )  # fmt: skip
    liar.person["email"] = "nouvelle@exemple.invalid"
    response = enter(client, liar)
    assert is_in(client), said(response)
    entered = User.objects.get(email="nouvelle@exemple.invalid")
    assert [membership.beneficiary for membership in entered.memberships.all()] == [place]
    # The other mairie is another organisation: its invitation waits.
    assert [one.place for one in invitations.waiting_for(entered.email, at=timezone.now())] == [elsewhere]


def test_nobody_opens_their_own_account(client: DemandingClient, liar: Liar) -> None:
    liar.person["email"] = "inconnue@exemple.invalid"
    response = enter(client, liar)
    assert "Aucun compte n’est ouvert" in said(response)
    assert not User.objects.filter(email="inconnue@exemple.invalid").exists()


@pytest.mark.parametrize("told", [{"email": None}, {"email_verified": False}], ids=["none", "not verified"])
def test_an_address_that_is_not_told_or_not_verified_opens_nothing(
    client: DemandingClient, liar: Liar, told: dict[str, Any]
) -> None:
    liar.person |= told
    response = enter(client, liar)
    assert "Aucun compte n’est ouvert" in said(response)
    assert not is_in(client)


def test_a_closed_account_stays_closed(client: DemandingClient, liar: Liar, secretary: User) -> None:
    User.objects.filter(pk=secretary.pk).update(is_active=False)
    assert "Ce compte est fermé" in said(enter(client, liar))
    assert not is_in(client)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (siret.complete(factories.siren(42)), "aucune fonction"),
        (None, "n’a pas dit pour quelle organisation"),
        ("123", "n’a pas dit pour quelle organisation"),
    ],
    ids=["another", "none", "wrong"],
)
def test_another_organisation_opens_nothing(
    client: DemandingClient, liar: Liar, number: str | None, words: str
) -> None:
    liar.person["siret"] = number
    response = enter(client, liar)
    assert words in said(response)
    assert not is_in(client)
    assert not LinkedIdentity.objects.exists()


def test_another_building_of_the_same_commune_is_the_same_commune(
    client: DemandingClient, liar: Liar, secretary: User
) -> None:
    liar.person["siret"] = siret.complete(siret_of(secretary)[:9], "0002")
    enter(client, liar)
    assert is_in(client)


def test_a_role_that_ended_opens_nothing_even_to_whom_was_linked(
    client: DemandingClient, liar: Liar, secretary: User
) -> None:
    enter(client, liar)
    client.logout()
    secretary.memberships.update(ends_on=factories.TODAY.replace(year=2020))
    assert "aucune fonction" in said(enter(client, liar))
    assert not is_in(client)


def test_an_address_given_to_somebody_else_does_not_open_the_account_of_the_first(
    client: DemandingClient, liar: Liar, secretary: User
) -> None:
    enter(client, liar)
    client.logout()
    liar.id_token, liar.person["sub"] = {"sub": "sub-2"}, "sub-2"
    assert "déjà relié" in said(enter(client, liar))
    assert not is_in(client)


def test_whoever_is_signed_in_ties_an_identity_whose_address_is_another_then_unties_it(
    client: DemandingClient, liar: Liar, secretary: User
) -> None:
    secretary.set_password(PASSWORD)
    secretary.save()
    client.post("/compte/connexion/", {"login": EMAIL, "password": PASSWORD})
    liar.person["email"] = "camille@mairie.invalid"
    response = enter(client, liar)
    assert response["Location"] == "/compte/"
    linked = LinkedIdentity.objects.get()
    assert linked.user == secretary
    page = client.get("/compte/").content.decode()
    assert "Délier" in page
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    client.post(reverse("identity_unlink", args=[linked.pk]))
    assert not LinkedIdentity.objects.exists()
    assert Entry.objects.filter(verb="person.identity_unlinked").count() == 1


def test_the_only_way_in_is_not_untied(client: DemandingClient, liar: Liar, secretary: User) -> None:
    enter(client, liar)
    client.post(reverse("identity_unlink", args=[LinkedIdentity.objects.get().pk]))
    assert LinkedIdentity.objects.exists()
    assert "choisissez d’abord un mot de passe" in client.get("/compte/").content.decode()


# --- How strongly -----------------------------------------------------------------------------------------------------
def test_a_level_too_low_is_refused_with_the_remedy(client: DemandingClient, liar: Liar, settings: Any) -> None:
    settings.OIDC_ACR = ["eidas2", "eidas3"]
    assert "Activez-y" in said(enter(client, liar))
    assert not is_in(client)
    liar.id_token = {"acr": "eidas2"}
    enter(client, liar)
    assert is_in(client)


@pytest.mark.parametrize(
    ("acr", "amr", "stands"), [("eidas1", ["pwd"], False), ("eidas2", [], True), ("eidas1", ["pwd", "mfa"], True)]
)
def test_two_factors_at_the_provider_stand_for_ours_where_the_setting_says_so(
    client: DemandingClient, liar: Liar, settings: Any, acr: str, amr: list[str], stands: bool
) -> None:
    mayor = factories.member(Role.MAYOR, User.objects.get(email=EMAIL).memberships.get().beneficiary)
    liar.person["email"] = mayor.email
    liar.id_token = {"acr": acr, "amr": amr}
    enter(client, liar)
    assert client.get("/mairie/")["Location"] == "/compte/second-controle/"
    client.logout()
    settings.OIDC_TWO_FACTORS_ACR, settings.OIDC_TWO_FACTORS_AMR = ["eidas2"], ["mfa"]
    enter(client, liar)
    assert (client.get("/mairie/").status_code == 200) is stands


def test_whoever_has_a_second_factor_here_is_asked_for_it_unless_the_provider_asked_for_two(
    client: DemandingClient, liar: Liar, settings: Any, secretary: User
) -> None:
    secret = set_up_second_factor(secretary)
    assert enter(client, liar)["Location"] == reverse("mfa_authenticate")
    assert not is_in(client)
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    assert is_in(client)
    client.logout()
    settings.OIDC_TWO_FACTORS_AMR = ["mfa"]
    liar.id_token = {"amr": ["mfa"]}
    enter(client, liar)
    assert is_in(client)


# --- Out --------------------------------------------------------------------------------------------------------------
def test_leaving_ends_the_session_here_then_at_the_provider(client: DemandingClient, liar: Liar) -> None:
    enter(client, liar)
    token = client.session["provider_token"]
    response = client.post("/compte/deconnexion/")
    assert response["Location"] == "/compte/fournisseur/sortie/"
    assert not is_in(client)
    page = client.get(response["Location"]).content.decode().replace("&amp;", "&")
    found = re.search(r'url=([^"]+)"', page)
    assert found is not None
    address = urlsplit(found[1])
    asked = parse_qs(address.query)
    assert f"{address.scheme}://{address.netloc}{address.path}" == f"{liar.issuer}/end"
    assert asked["id_token_hint"] == [token]
    assert asked["post_logout_redirect_uri"] == [f"{configured.PLATFORM_URL}/compte/fournisseur/sorti/"]
    # The page serves once, and whoever comes to it by chance is led home.
    assert client.get("/compte/fournisseur/sortie/")["Location"] == "/"


def test_leaving_after_a_password_asks_nothing_of_the_provider(
    client: DemandingClient, liar: Liar, secretary: User
) -> None:
    client.force_login(secretary)
    assert client.post("/compte/deconnexion/")["Location"] == "/"
