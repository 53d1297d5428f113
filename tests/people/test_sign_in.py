"""Signing in: one answer whether the account exists or not, slowed attempts, a second factor for operators."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.conf import settings as configured
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import get_resolver, reverse

from socle.journal.models import Entry
from socle.people.devices import entrance
from socle.people.models import Role, User
from socle.people.sign_in.adapters import SecondFactorAdapter
from tests import factories

pytestmark = pytest.mark.django_db

PASSWORD = "chaudron-mistral-avesnes"
LOGIN = "/compte/connexion/"


@pytest.fixture
def officer() -> User:
    factories.programme()
    person = factories.member(Role.PROGRAMME_OFFICER, factories.operator("npdcn", "Syndicat", 1))
    person.set_password(PASSWORD)
    person.save()
    return person


@pytest.fixture
def secretary() -> User:
    person = factories.member(Role.SECRETARY, factories.beneficiary())
    person.set_password(PASSWORD)
    person.save()
    return person


def sign(client: Client, email: str, password: str = PASSWORD, **more: Any) -> Any:
    return client.post(LOGIN, {"login": email, "password": password}, **more)


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def code_of(secret: str) -> str:
    """The code an application would show now (RFC 6238)."""
    return str(totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30)))


def set_up_second_factor(person: User) -> str:
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(person, secret)
    return secret


def test_a_secretary_signs_in_by_address_and_password_and_reaches_her_mairie(client: Client, secretary: User) -> None:
    response = sign(client, secretary.email.upper(), follow=True)
    assert response.redirect_chain[-1][0] == "/mairie/"
    assert response.status_code == 200


def test_signing_in_leads_back_to_the_page_asked_for_and_never_elsewhere(client: Client, secretary: User) -> None:
    response = client.get("/mairie/")
    assert response.status_code == 302
    assert response["Location"] == "/compte/connexion/?next=/mairie/"
    response = client.post(LOGIN, {"login": secretary.email, "password": PASSWORD, "next": "https://ailleurs.example/"})
    assert "ailleurs" not in response["Location"]


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(client: Client, secretary: User) -> None:
    wrong = sign(client, secretary.email, "pas-le-bon-mot").content.decode()
    unknown = sign(client, "inconnue@exemple.invalid", "pas-le-bon-mot").content.decode()

    def told(page: str) -> str:
        return re.sub(r'value="[^"]*"', "", page)

    assert told(wrong) == told(unknown)
    assert "ne correspond pas" in wrong
    assert not is_in(client)


def test_a_closed_account_does_not_sign_in(client: Client, secretary: User) -> None:
    secretary.is_active = False
    secretary.save()
    sign(client, secretary.email)
    assert not is_in(client)


@pytest.mark.slow
@pytest.mark.both
def test_failed_attempts_from_elsewhere_never_lock_the_owner_out(secretary: User) -> None:
    for attempt in range(12):
        thief = Client(REMOTE_ADDR=f"127.0.1.{attempt % 2}")
        page = sign(thief, secretary.email, "pas-le-bon-mot").content.decode()
    assert "Attendez cinq minutes" in page
    # From there, even the right one waits; from anywhere else it is let in.
    assert not is_in_after(thief, secretary)
    assert is_in_after(Client(REMOTE_ADDR="127.0.1.99"), secretary)


def is_in_after(client: Client, person: User) -> bool:
    sign(client, person.email)
    return is_in(client)


@pytest.mark.slow
@pytest.mark.both
def test_a_password_tried_from_many_places_leaves_one_line_in_the_journal(secretary: User) -> None:
    for attempt in range(entrance.BY_LOGIN + 5):
        sign(Client(REMOTE_ADDR=f"127.0.1.{attempt}"), secretary.email, "pas-le-bon-mot")
    line = Entry.objects.get(verb="person.guessing_seen")
    assert (line.object_id, line.facts) == (str(secretary.pk), {"counted": "login"})
    assert is_in_after(Client(REMOTE_ADDR="127.0.2.1"), secretary)


@pytest.mark.slow
def test_attempts_on_many_accounts_from_one_place_are_slowed_with_a_page_of_ours() -> None:
    client = Client()
    answers = [sign(client, f"personne{number}@exemple.invalid", "x") for number in range(31)]
    assert answers[-1].status_code == 429
    assert "Attendez cinq minutes" in answers[-1].content.decode()


@pytest.mark.slow
@pytest.mark.both
def test_what_counts_attempts_is_shared_by_every_worker() -> None:
    cache.set("counted", 4, 60)
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import django; django.setup(); from django.core.cache import cache; print(cache.get('counted'))",
        ],
        env={
            "DJANGO_SETTINGS_MODULE": "socle.config.settings",
            "SOCLE_DATA_DIR": str(configured.DATA_DIR),
            "PYTHONPATH": str(configured.ROOT),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == "4"


def test_nobody_opens_their_own_account(client: Client) -> None:
    page = client.get(reverse("account_signup")).content.decode()
    assert "pas d’inscription libre" in page
    client.post(
        reverse("account_signup"), {"email": "intrus@exemple.invalid", "password1": PASSWORD, "password2": PASSWORD}
    )
    assert not User.objects.filter(email="intrus@exemple.invalid").exists()


def test_a_new_password_is_chosen_by_a_link_that_serves_once(
    client: Client, secretary: User, mailoutbox: list[Any]
) -> None:
    client.post(reverse("account_reset_password"), {"email": secretary.email})
    (message,) = mailoutbox
    link = re.search(r"https?://\S+", message.body)
    assert link is not None
    path = link[0].removeprefix(configured.PLATFORM_URL)
    form = client.get(path, follow=True)
    chosen = "une-autre-suite-de-mots"
    done = client.post(form.redirect_chain[-1][0], {"password1": chosen, "password2": chosen}, follow=True)
    assert "Votre mot de passe est enregistré" in done.content.decode()
    assert "Ce lien ne sert plus" in Client().get(path, follow=True).content.decode()
    sign(client, secretary.email, chosen)
    assert is_in(client)


def test_the_link_of_a_new_password_never_follows_a_forged_host(secretary: User, mailoutbox: list[Any]) -> None:
    Client().post(
        reverse("account_reset_password"), {"email": secretary.email}, headers={"X-Forwarded-Host": "pirate.example"}
    )
    assert f"{configured.PLATFORM_URL}/compte/nouveau-mot-de-passe/" in mailoutbox[0].body
    assert "pirate" not in mailoutbox[0].body


def test_asking_for_a_new_password_says_the_same_of_an_unknown_address(
    client: Client, secretary: User, mailoutbox: list[Any]
) -> None:
    known = client.post(reverse("account_reset_password"), {"email": secretary.email}, follow=True)
    unknown = client.post(reverse("account_reset_password"), {"email": "inconnue@exemple.invalid"}, follow=True)
    assert known.redirect_chain == unknown.redirect_chain
    assert len(mailoutbox) == 1


@pytest.mark.parametrize(
    "chosen",
    ["court", "123456789012", "password1234", "Mairie-Prisches-2026", "prisches.prisches", "MairiePrischesSocle!", ""],
)
def test_a_weak_password_is_refused(client: Client, secretary: User, chosen: str) -> None:
    client.force_login(secretary)
    page = client.post(
        reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": chosen, "password2": chosen}
    )
    assert "Le formulaire n’a pas été enregistré" in page.content.decode()
    secretary.refresh_from_db()
    assert secretary.check_password(PASSWORD)


def test_a_password_may_hold_the_name_of_the_commune_among_other_words(client: Client, secretary: User) -> None:
    client.force_login(secretary)
    chosen = "prisches-sous-la-bruine"
    client.post(reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": chosen, "password2": chosen})
    secretary.refresh_from_db()
    assert secretary.check_password(chosen)


# --- The second factor ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/console/", "/console/boite-denvoi/", "/console/nimporte/quoi/"])
def test_an_operator_without_second_factor_is_led_to_its_set_up(client: Client, officer: User, path: str) -> None:
    client.force_login(officer)
    response = client.get(path)
    assert (response.status_code, response["Location"]) == (302, reverse("mfa_index"))


@pytest.mark.slow
@pytest.mark.both
def test_an_operator_sets_up_the_second_factor_then_enters(client: Client, officer: User) -> None:
    sign(client, officer.email)
    page = client.get(reverse("mfa_activate_totp"), follow=True)
    if page.redirect_chain:  # The password is asked for again when the sign-in is not fresh enough.
        page = client.post(page.redirect_chain[-1][0], {"password": PASSWORD}, follow=True)
    secret = re.search(r'class="secret">([A-Z2-7]+)<', page.content.decode())
    assert secret is not None
    wrong = client.post(reverse("mfa_activate_totp"), {"code": "000000"})
    assert "Ce code n’est pas le bon" in wrong.content.decode()
    done = client.post(reverse("mfa_activate_totp"), {"code": code_of(secret[1])}, follow=True)
    assert "Codes de secours" in done.content.decode()
    assert client.get("/console/").status_code == 200


@pytest.mark.slow
def test_an_operator_signs_in_with_the_code_and_not_without(client: Client, officer: User) -> None:
    secret = set_up_second_factor(officer)
    response = sign(client, officer.email)
    assert response["Location"] == reverse("mfa_authenticate")
    assert not is_in(client)
    assert client.get("/console/").status_code == 302
    client.post(reverse("mfa_authenticate"), {"code": "123456"})
    assert not is_in(client)
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    assert is_in(client)
    assert client.get("/console/").status_code == 200


@pytest.mark.parametrize("later", [0, 29, 31, 59])
def test_a_code_seen_over_a_shoulder_serves_once_for_as_long_as_it_is_good(
    officer: User, time_machine: Any, later: int
) -> None:
    time_machine.move_to(factories.NOW, tick=False)
    code = code_of(set_up_second_factor(officer))
    first, thief = Client(), Client()
    for browser in (first, thief):
        sign(browser, officer.email)
    first.post(reverse("mfa_authenticate"), {"code": code})
    assert is_in(first)
    time_machine.move_to(factories.NOW + timedelta(seconds=later), tick=False)
    thief.post(reverse("mfa_authenticate"), {"code": f"{code[:3]} {code[3:]}"})
    assert not is_in(thief)


@pytest.mark.slow
def test_an_operator_cannot_remove_the_second_factor_a_secretary_can(
    client: Client, officer: User, secretary: User
) -> None:
    for person, remains in ((officer, True), (secretary, False)):
        client.logout()
        secret = set_up_second_factor(person)
        sign(client, person.email)
        client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
        assert is_in(client)
        client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
        client.post(reverse("mfa_deactivate_totp"))
        assert Authenticator.objects.filter(user=person, type="totp").exists() is remains


def test_the_fictitious_people_of_a_demonstration_are_exempt_and_only_there(
    client: Client, officer: User, settings: Any
) -> None:
    officer.is_fictitious = True
    officer.save()
    client.force_login(officer)
    settings.DEMO = True
    assert client.get("/console/").status_code == 200
    assert "dispense de démonstration" in client.get(reverse("account")).content.decode()
    settings.DEMO = False
    assert client.get("/console/")["Location"] == reverse("mfa_index")


def test_the_secret_of_the_second_factor_is_encrypted_where_it_rests(officer: User, settings: Any) -> None:
    secret = set_up_second_factor(officer)
    kept = Authenticator.objects.get(user=officer).data["secret"]
    assert secret not in kept
    adapter = SecondFactorAdapter()
    assert adapter.decrypt(kept) == secret
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another key"
    with pytest.raises(ImproperlyConfigured):
        adapter.decrypt(kept)
    settings.SECRET_KEY_FALLBACKS = [old]
    assert adapter.decrypt(kept) == secret


# --- The addresses ----------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_every_page_of_the_account_is_in_our_words(client: Client, secretary: User) -> None:
    """No page of allauth shows through: each carries our stylesheet and none of its English."""
    client.force_login(secretary)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    seen = 0
    for name in sorted(name for name in get_resolver().reverse_dict if isinstance(name, str)):
        # Those that want a number are read by the tests of what they change.
        if not name.startswith(("account", "mfa_", "address_change")) or get_resolver().reverse_dict[name][0][0][1]:
            continue
        response = client.get(reverse(name), follow=True)
        if response["Content-Type"].startswith("text/html") and response.status_code == 200:
            page = response.content.decode()
            assert "ui/socle.css" in page, name
            assert not re.search(r"\b(Sign|Password|Email|Two-Factor|Menu:|Confirm)\b", page), name
            seen += 1
    assert seen > 12
