"""One's account: sessions seen and ended, a second factor by role, codes shown once, an address that changes."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.conf import settings as configured
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.people import rules
from socle.people.models import BENEFICIARY_ROLES, Beneficiary, Role, User
from socle.people.sign_in import email_change, rescue
from socle.people.sign_in.rescue import Closing, Lost, Recognised, Reopening
from tests import factories
from tests.client import DemandingClient
from tests.people.test_sign_in import LOGIN, PASSWORD, code_of, is_in, set_up_second_factor, sign

pytestmark = pytest.mark.django_db

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"


def with_password(person: User) -> User:
    person.set_password(PASSWORD)
    person.save()
    return person


@pytest.fixture
def place() -> Beneficiary:
    return factories.beneficiary()


@pytest.fixture
def secretary(place: Beneficiary) -> User:
    return with_password(factories.member(Role.SECRETARY, place))


@pytest.fixture
def mayor(place: Beneficiary) -> User:
    return with_password(factories.member(Role.MAYOR, place))


@pytest.fixture
def officer() -> User:
    factories.programme()
    return with_password(factories.member(Role.PROGRAMME_OFFICER, factories.operator("npdcn", "Syndicat", 1)))


def signed_in(person: User, agent: str = FIREFOX) -> DemandingClient:
    client = DemandingClient(HTTP_USER_AGENT=agent)
    sign(client, person.email)
    assert is_in(client)
    return client


# --- A second factor by role ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", list(Role))
def test_the_roles_that_must_are_those_of_the_operators_and_the_mayors(role: Role) -> None:
    factories.programme()
    of_a_mairie = role in BENEFICIARY_ROLES
    where = factories.beneficiary() if of_a_mairie else factories.operator("npdcn", "Syndicat", 1)
    person = factories.member(role, where)
    assert rules.must_have_second_factor(person, on=factories.TODAY) is (not of_a_mairie or role == Role.MAYOR)


def test_the_roles_that_must_are_a_parameter(secretary: User, mayor: User, settings: Any) -> None:
    settings.SECOND_FACTOR_ROLES = ["secretary"]
    assert rules.must_have_second_factor(secretary, on=factories.TODAY)
    assert not rules.must_have_second_factor(mayor, on=factories.TODAY)
    settings.SECOND_FACTOR_ROLES = []
    assert not rules.must_have_second_factor(secretary, on=factories.TODAY)


CLOSED = ["/mairie/", "/mairie/site/", "/console/", "/documents/1/x.pdf", "/a/venir/"]


@pytest.mark.parametrize("path", CLOSED)
def test_a_mayor_without_second_factor_enters_no_door(mayor: User, path: str) -> None:
    client = signed_in(mayor)
    response = client.get(path)
    assert (response.status_code, response["Location"]) == (302, reverse("mfa_index"))


@pytest.mark.parametrize("path", ["/", "/accessibilite/", "/compte/", "/compte/second-controle/"])
def test_what_is_everybody_s_stays_open_to_them(mayor: User, path: str) -> None:
    assert signed_in(mayor).get(path).status_code == 200


def test_a_mayor_with_a_second_factor_enters(mayor: User) -> None:
    secret = set_up_second_factor(mayor)
    client = DemandingClient()
    sign(client, mayor.email)
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    assert client.get("/mairie/").status_code == 200


# --- Recovery codes ---------------------------------------------------------------------------------------------------
def test_the_codes_are_shown_once_and_in_a_file_then_only_counted(mayor: User) -> None:
    secret = set_up_second_factor(mayor)
    codes = RecoveryCodes.activate(mayor).get_unused_codes()
    client = DemandingClient()
    sign(client, mayor.email)
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    page = client.get(reverse("mfa_view_recovery_codes")).content.decode()
    assert all(code in page for code in codes)
    assert f"data:text/plain;charset=utf-8,Codes%20de%20secours%20Socle%0A{codes[0]}" in page
    again = client.get(reverse("mfa_view_recovery_codes")).content.decode()
    assert not any(code in again for code in codes)
    assert "Il vous reste 10" in again
    assert client.get(reverse("mfa_download_recovery_codes")).status_code == 403
    assert "10 codes inutilisés" in client.get("/compte/").content.decode()


def test_a_code_serves_once_and_the_person_is_told(mayor: User, mailoutbox: list[Any]) -> None:
    set_up_second_factor(mayor)
    code = RecoveryCodes.activate(mayor).get_unused_codes()[0]
    client = DemandingClient()
    sign(client, mayor.email)
    page = client.post(reverse("mfa_authenticate"), {"code": code}, follow=True).content.decode()
    assert is_in(client)
    assert "Il vous en reste 9" in page
    (message,) = mailoutbox
    assert message.to == [mayor.email]
    assert "Il vous en reste 9" in message.body
    assert Entry.objects.filter(verb="person.code_used", object_id=str(mayor.pk)).count() == 1
    client.logout()
    sign(client, mayor.email)
    client.post(reverse("mfa_authenticate"), {"code": code})
    assert not is_in(client)


def test_what_changes_in_how_one_signs_in_is_in_the_journal(
    secretary: User, mailoutbox: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    # A test never commits: what the library does on commit is done at once, while there is a request.
    monkeypatch.setattr("django.db.transaction.on_commit", lambda call, **_: call())
    client = signed_in(secretary)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    page = client.get(reverse("mfa_activate_totp")).content.decode()
    secret = re.search(r'class="secret">([A-Z2-7]+)<', page)
    assert secret is not None
    client.post(reverse("mfa_activate_totp"), {"code": code_of(secret[1])})
    client.post(reverse("mfa_deactivate_totp"))
    written = Entry.objects.filter(object_id=str(secretary.pk)).order_by("pk").values_list("verb", flat=True)
    assert list(written) == ["person.factor_added", "person.factor_removed"]
    assert [message.subject for message in mailoutbox] == ["Second contrôle activé", "Second contrôle retiré"]


# --- Passkeys: what needs no browser ----------------------------------------------------------------------------------
GARBAGE = [
    "",
    "x",
    "{}",
    "[]",
    "null",
    '{"response": 3}',
    '{"response": {"clientDataJSON": "!!"}}',
    json.dumps({"response": {"clientDataJSON": "eyJvcmlnaW4iOiAiaHR0cDovL2xvY2FsaG9zdDo4MDAwIn0"}}),
    json.dumps(
        {
            "id": "AA",
            "rawId": "AA",
            "type": "public-key",
            "response": {
                "clientDataJSON": "eyJvcmlnaW4iOiAiaHR0cDovL2xvY2FsaG9zdDo4MDAwIn0",
                "attestationObject": "AAAA",
                "authenticatorData": "AAAA",
                "signature": "AAAA",
                "userHandle": "AAAA",
            },
        }
    ),
]


@pytest.mark.parametrize("credential", GARBAGE)
def test_what_is_not_a_passkey_is_refused_in_french(client: Client, secretary: User, credential: str) -> None:
    client.get(reverse("mfa_login_webauthn"), headers={"Accept": "application/json"})
    response = client.post(reverse("mfa_login_webauthn"), {"credential": credential})
    assert response["Location"] == LOGIN
    client.force_login(secretary)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    client.get(reverse("mfa_add_webauthn"))
    page = client.post(reverse("mfa_add_webauthn"), {"name": "x", "credential": credential})
    assert page.status_code == 200
    assert not Authenticator.objects.exists()


def test_a_passkey_that_the_site_of_a_commune_would_have_asked_for_is_refused() -> None:
    from fido2.utils import websafe_encode

    from socle.people.sign_in.forms import _is_from_here

    def said(origin: str) -> dict[str, Any]:
        return {"response": {"clientDataJSON": websafe_encode(json.dumps({"origin": origin}).encode())}}

    assert _is_from_here(said("http://localhost:8000"))
    assert not _is_from_here(said("http://prisches.localhost:8000"))
    assert not _is_from_here(said("https://ailleurs.example"))


def passkey(person: User, name: str = "mairie") -> Authenticator:
    return Authenticator.objects.create(user=person, type="webauthn", data={"name": name, "credential": {}})


def test_the_last_second_factor_of_a_mayor_stays_and_one_of_two_may_go(mayor: User) -> None:
    secret = set_up_second_factor(mayor)
    client = DemandingClient()
    sign(client, mayor.email)
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert "c’est le seul que vous ayez" in client.get(reverse("mfa_deactivate_totp")).content.decode()
    key = passkey(mayor)
    client.post(reverse("mfa_deactivate_totp"))
    assert list(Authenticator.objects.filter(user=mayor, type__in=rules.FACTORS)) == [key]
    page = client.get(reverse("mfa_remove_webauthn", args=[key.pk])).content.decode()
    assert "c’est le seul que vous ayez" in page
    client.post(reverse("mfa_remove_webauthn", args=[key.pk]))
    assert Authenticator.objects.filter(pk=key.pk).exists()


def test_a_passkey_is_named_renamed_and_removed_by_its_owner_only(secretary: User, mayor: User) -> None:
    key, theirs = passkey(secretary), passkey(mayor)
    client = DemandingClient()
    client.force_login(secretary, backend=configured.AUTHENTICATION_BACKENDS[0])
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    client.post(reverse("mfa_edit_webauthn", args=[key.pk]), {"name": "Ordinateur de la mairie"})
    page = client.get(reverse("mfa_index")).content.decode()
    assert "Ordinateur de la mairie" in page
    for name in ("mfa_edit_webauthn", "mfa_remove_webauthn"):
        assert client.get(reverse(name, args=[theirs.pk])).status_code == 404
    client.post(reverse("mfa_remove_webauthn", args=[key.pk]))
    assert list(Authenticator.objects.all()) == [theirs]


# --- The address ------------------------------------------------------------------------------------------------------
def ask(client: DemandingClient, email: str) -> Any:
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client.post(reverse("address_change"), {"email": email}, follow=True)


def link_in(message: Any) -> str:
    found = re.search(r"https?://\S+", message.body)
    assert found is not None
    return found[0].removeprefix(configured.PLATFORM_URL)


@pytest.mark.slow
def test_an_address_is_confirmed_at_the_new_one_and_told_to_the_old_one(secretary: User, mailoutbox: list[Any]) -> None:
    client, former, new = signed_in(secretary), secretary.email, "nouvelle@exemple.invalid"
    assert "Nous venons d’écrire" in ask(client, new.upper()).content.decode()
    (message,) = mailoutbox
    assert message.to == [new]
    link = link_in(message)
    # Programs that read messages open links: that changes nothing.
    assert new in DemandingClient().get(link).content.decode()
    secretary.refresh_from_db()
    assert secretary.email == former
    DemandingClient().post(link)
    secretary.refresh_from_db()
    assert secretary.email == new
    assert [message.to for message in mailoutbox] == [[new], [former]]
    assert "a changé" in mailoutbox[1].subject
    lines = Entry.objects.filter(object_id=str(secretary.pk), verb__startswith="person.address").order_by("pk")
    assert [entry.verb for entry in lines] == ["person.address_asked", "person.address_changed"]
    assert new not in json.dumps([entry.facts for entry in lines])
    # The link has served; the former address signs nobody in.
    assert DemandingClient().post(link).status_code == 409
    sign(other := DemandingClient(), former)
    assert not is_in(other)
    sign(other, new)
    assert is_in(other)


@pytest.mark.slow
def test_the_address_of_somebody_else_is_not_given_away_nor_taken(
    secretary: User, mayor: User, mailoutbox: list[Any]
) -> None:
    client = signed_in(secretary)
    free = ask(client, "libre@exemple.invalid").content.decode()
    taken = ask(client, mayor.email).content.decode()
    assert "Nous venons d’écrire" in free
    assert "Nous venons d’écrire" in taken
    assert mailoutbox[1].to == [mayor.email]
    assert "http" not in mailoutbox[1].body
    # Taken meanwhile.
    User.objects.filter(pk=mayor.pk).update(email="libre@exemple.invalid")
    response = DemandingClient().post(link_in(mailoutbox[0]))
    assert response.status_code == 409
    assert "désormais celle d’un autre compte" in response.content.decode()


@pytest.mark.parametrize("token", ["x", "W10:1:x", "%00", "é"])
def test_a_forged_link_changes_nothing(client: DemandingClient, token: str) -> None:
    assert client.post(reverse("address_confirm", args=[token])).status_code == 409


def test_a_link_dies_in_a_day(secretary: User, mailoutbox: list[Any]) -> None:
    with time_machine.travel(factories.NOW, tick=False) as clock:
        email_change.ask(secretary, "nouvelle@exemple.invalid", by=secretary, at=timezone.now())
        clock.shift(timedelta(days=1, seconds=1))
        assert DemandingClient().post(link_in(mailoutbox[0])).status_code == 409


def test_nobody_changes_the_address_of_another(secretary: User, officer: User) -> None:
    with pytest.raises(Refused, match="sa propre adresse"):
        email_change.ask(secretary, "nouvelle@exemple.invalid", by=officer, at=factories.NOW)


@pytest.mark.parametrize("email", ["", "pas une adresse", "secretary"])
def test_a_wrong_address_is_said_where_it_was_typed(secretary: User, email: str) -> None:
    page = ask(signed_in(secretary), secretary.email if email == "secretary" else email).content.decode()
    assert "has-error" in page
    assert mail.outbox == []


# --- Somebody is locked out -------------------------------------------------------------------------------------------
def test_a_second_factor_is_erased_by_somebody_else_who_recognised_the_person(
    officer: User, mayor: User, mailoutbox: list[Any]
) -> None:
    set_up_second_factor(mayor)
    RecoveryCodes.activate(mayor)
    client = DemandingClient()
    client.force_login(mayor, backend=configured.AUTHENTICATION_BACKENDS[0])
    rescue.reset_second_factor(mayor, recognised=Recognised.PHONE, reason=Lost.LOST, by=officer, at=timezone.now())
    assert not Authenticator.objects.exists()
    # Not to where a factor is set up: whoever was there has to sign in again.
    assert client.get("/mairie/")["Location"].startswith(reverse("account_login"))
    (message,) = mailoutbox
    assert message.to == [mayor.email]
    entry = Entry.objects.get(verb="person.factor_reset")
    assert (entry.by_ref, entry.facts) == (f"people.user:{officer.pk}", {"recognised": "phone", "reason": "lost"})


def test_who_may_not_erase_a_second_factor(officer: User, mayor: User, secretary: User) -> None:
    set_up_second_factor(officer)
    for person, by, words in (
        (officer, officer, "Votre propre second contrôle"),
        (officer, mayor, "C’est l’affaire"),
        (secretary, officer, "n’a mis en place aucun"),
        (User.objects.system(), officer, "celui de la plateforme"),
    ):
        with pytest.raises(Refused, match=words):
            rescue.reset_second_factor(person, recognised=Recognised.PHONE, reason=Lost.LOST, by=by, at=timezone.now())
    assert Authenticator.objects.count() == 1


def test_two_agents_erase_the_second_factor_of_whoever_opens_many_mairies(
    officer: User, settings: Any, mailoutbox: list[Any]
) -> None:
    place, at = officer.memberships.get().operator, timezone.now()
    target = factories.member(Role.FINANCE_OFFICER, place)
    set_up_second_factor(target)
    said = {"recognised": Recognised.VIDEO, "reason": Lost.STOLEN}
    # Alone, nobody could approve.
    with pytest.raises(Refused, match="nul autre que vous"):
        rescue.reset_second_factor(target, **said, by=officer, at=at)
    colleague = factories.member(Role.TECHNICIAN, place)
    asked = rescue.reset_second_factor(target, **said, by=officer, at=at)
    assert asked is not None
    assert Authenticator.objects.filter(user=target).exists()
    assert [message.to for message in mailoutbox] == [[target.email], [colleague.email]]
    with pytest.raises(Refused, match="déjà demandé"):
        rescue.reset_second_factor(target, **said, by=colleague, at=at)
    for by, when, words in (
        (officer, at, "une autre personne"),
        (target, at, "C’est l’affaire"),
        (colleague, asked.expires_at, "trop ancienne"),
    ):
        with pytest.raises(Refused, match=words):
            rescue.approve(asked, by=by, at=when)
    rescue.decline(asked, by=officer, at=at)
    with pytest.raises(Refused, match="déjà décidée"):
        rescue.approve(asked, by=colleague, at=at)
    again = rescue.reset_second_factor(target, **said, by=officer, at=at)
    assert again is not None
    rescue.approve(again, by=colleague, at=at)
    assert not Authenticator.objects.filter(user=target).exists()
    assert mailoutbox[-1].to == [target.email]
    facts = Entry.objects.about(target).get(verb="person.factor_reset").facts
    assert facts == {"recognised": "video", "reason": "stolen", "asked_by": officer.pk}
    assert Entry.objects.about(target).filter(verb="person.factor_reset_asked").count() == 2
    # A secretary of many mairies is in the same case, from one more than the parameter says.
    settings.SOCLE_FOUR_EYES_ABOVE = 1
    many = factories.member(Role.SECRETARY, factories.beneficiary(factories.commune("59001", "Abancourt")))
    assert not rules.opens_many(many, on=factories.TODAY)
    factories.member(Role.SECRETARY, factories.beneficiary(factories.commune("59006", "Amfroipret")), email=many.email)
    assert rules.opens_many(many, on=factories.TODAY)


def test_a_closed_account_loses_its_sessions_and_is_opened_again_as_it_was(
    officer: User, secretary: User, mailoutbox: list[Any]
) -> None:
    client = signed_in(secretary)
    rescue.close(secretary, reason=Closing.LEFT, by=officer, at=timezone.now())
    assert client.get("/mairie/").status_code == 302
    assert mailoutbox[-1].to == [secretary.email]
    with pytest.raises(Refused, match="déjà fermé"):
        rescue.close(secretary, reason=Closing.LEFT, by=officer, at=timezone.now())
    with pytest.raises(Refused, match="par la main"):
        rescue.close(officer, reason=Closing.LEFT, by=officer, at=timezone.now())
    rescue.reopen(secretary, reason=Reopening.BACK, by=officer, at=timezone.now())
    assert "Motif\u00a0: retour de la personne" in mailoutbox[-1].body
    assert mailoutbox[-1].to == [secretary.email]
    reasons = Entry.objects.about(secretary).filter(verb__in=("person.closed", "person.reopened"))
    assert {entry.facts["reason"] for entry in reasons} == {"left", "back"}
    assert client.get("/mairie/").status_code == 302
    signed_in(secretary)


# --- What the technical log tells of it -------------------------------------------------------------------------------
def test_each_sign_in_is_a_line_that_names_an_account_and_nobody(
    secretary: User, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    client = DemandingClient()
    before = client.get(LOGIN).wsgi_request.session.session_key
    client.post(LOGIN, {"login": secretary.email, "password": "pas le bon mot de passe"})
    client.post(LOGIN, {"login": "inconnue@exemple.invalid", "password": PASSWORD})
    client.post(LOGIN, {"login": secretary.email.upper(), "password": PASSWORD})
    said = [record.getMessage() for record in caplog.records if record.name == "socle.sign_in"]
    assert said == [
        f"sign-in refused account={secretary.pk}",
        "sign-in refused account=unknown",
        f"signed in account={secretary.pk}",
    ]
    assert "inconnue" not in caplog.text
    assert secretary.email not in caplog.text
    # A key that was known before opens nothing after.
    assert client.session.session_key != before


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("address_change", {"email": "autre@exemple.invalid"}),
        ("mfa_activate_totp", {"code": "123456"}),
        ("mfa_deactivate_totp", {}),
        ("mfa_add_webauthn", {"name": "Clé", "credential": "{}"}),
        ("mfa_remove_webauthn", {}),
        ("mfa_generate_recovery_codes", {}),
    ],
)
def test_what_changes_how_one_signs_in_asks_first_who_one_is(secretary: User, name: str, sent: dict[str, str]) -> None:
    """A session left open on a shared computer does not let its finder stay."""
    key = passkey(secretary)
    if name != "mfa_activate_totp":
        set_up_second_factor(secretary)
    before = list(Authenticator.objects.order_by("pk").values())
    client = DemandingClient()
    client.force_login(secretary, backend=configured.AUTHENTICATION_BACKENDS[0])
    answer = client.post(reverse(name, args=[key.pk] if name == "mfa_remove_webauthn" else []), sent)
    assert answer.status_code == 302
    assert "confirmation" in answer["Location"]
    assert list(Authenticator.objects.order_by("pk").values()) == before
    assert not mail.outbox
