"""« Mes appareils »: list, make with the secret shown once, end; and what it says to type."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope

from socle.journal.models import Entry
from socle.people.devices import actions, queries
from socle.people.devices.models import DevicePassword, Use
from socle.people.models import Beneficiary, Role, User
from socle.provisioning.guides import Guide, Way
from socle.provisioning.models import Installation, Right, State
from socle.ui.shapes import Fact, Link
from tests import factories as f
from tests.client import DemandingClient
from tests.people.test_sign_in import PASSWORD, sign

pytestmark = pytest.mark.django_db


@pytest.fixture
def place() -> Beneficiary:
    return f.beneficiary()


@pytest.fixture
def secretary(place: Beneficiary) -> User:
    return f.member(Role.SECRETARY, place)


@pytest.fixture
def entered(client: DemandingClient, secretary: User) -> DemandingClient:
    client.force_login(secretary)
    return client


def made(user: User, name: str = "mon téléphone") -> DevicePassword:
    return actions.make(user, name=name, uses=[Use.MAIL], by=user, at=timezone.now())[0]


def text(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_nobody_comes_without_signing_in(client: DemandingClient, secretary: User) -> None:
    device = made(secretary)
    for url in (
        reverse("devices"), reverse("device_new"), reverse("devices_end"), reverse("device_end", args=[device.pk]),
    ):  # fmt: skip
        response = client.post(url) if "arreter" in url else client.get(url)
        assert response.status_code == 302
        assert response["Location"].startswith("/compte/connexion/")
    device.refresh_from_db()
    assert device.ended_at is None


def test_an_empty_page_says_what_it_is_for(entered: DemandingClient) -> None:
    page = text(entered.get(reverse("devices")))
    assert "Aucun appareil relié" in page
    assert "Relier un appareil" in page
    assert "Aucun appareil n’est relié" in text(entered.get(reverse("account")))


def test_a_device_is_made_and_its_secret_shown_once(entered: DemandingClient, secretary: User) -> None:
    assert entered.get(reverse("device_new")).status_code == 200
    response = entered.post(reverse("device_new"), {"name": " mon téléphone ", "uses": ["agenda", "files"]})
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    found = re.search(r'id="mot-de-passe"[^>]* value="([0-9a-z-]{32})"', response.content.decode())
    assert found is not None
    device = queries.open_device(found[1], use=Use.FILES, at=timezone.now())
    assert device is not None
    assert (device.name, device.user) == ("mon téléphone", secretary)
    assert secretary.email in response.content.decode()
    assert 'data-copy="mot-de-passe" hidden' in response.content.decode(), (
        "without JavaScript, no button that does nothing"
    )
    for url in (reverse("devices"), reverse("account")):
        page = entered.get(url).content.decode()
        assert "mon téléphone" in page
        assert found[1][9:] not in page
    [message] = mail.outbox
    assert message.to == [secretary.email]
    assert found[1][9:] not in message.body


def test_the_same_form_sent_twice_makes_one_device(entered: DemandingClient) -> None:
    form = {"name": "mon téléphone", "uses": ["mail"]}
    assert entered.post(reverse("device_new"), form).status_code == 200
    response = entered.post(reverse("device_new"), form)
    assert response.status_code == 422
    assert "s’appelle déjà" in text(response)
    assert DevicePassword.objects.count() == 1


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"name": "x"},
        {"name": "", "uses": ["mail"]},
        {"name": "x", "uses": ["root"]},
        {"name": "x" * 61, "uses": ["mail"]},
    ],
)
def test_a_wrong_form_makes_nothing_and_says_why(entered: DemandingClient, form: dict[str, Any]) -> None:
    response = entered.post(reverse("device_new"), form)
    assert response.status_code == 422
    assert not DevicePassword.objects.exists()


def test_making_one_asks_who_has_a_password_to_confirm(client: DemandingClient, secretary: User) -> None:
    secretary.set_password(PASSWORD)
    secretary.save()
    sign(client, secretary.email)
    response = client.post(reverse("device_new"), {"name": "x", "uses": ["mail"]})
    assert response.status_code == 302
    assert "/confirmation/" in response["Location"]
    assert not DevicePassword.objects.exists()
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert client.post(reverse("device_new"), {"name": "y", "uses": ["mail"]}).status_code == 200


def test_one_ends_one_s_own_devices_and_no_other(entered: DemandingClient, secretary: User, place: Beneficiary) -> None:
    mayor = f.member(Role.MAYOR, place)
    f.second_factor(mayor)
    mine, theirs = made(secretary), made(mayor)
    assert entered.post(reverse("device_end", args=[theirs.pk])).status_code == 404
    assert entered.get(reverse("device_end", args=[mine.pk])).status_code == 405
    page = text(entered.post(reverse("device_end", args=[mine.pk]), follow=True))
    assert "n’ouvre plus rien" in page
    assert "ne se rétablit pas" in page
    assert "déjà arrêté" in text(entered.post(reverse("device_end", args=[mine.pk]), follow=True))
    theirs.refresh_from_db()
    assert theirs.ended_at is None
    assert Entry.objects.filter(verb="device_password.ended").count() == 1


def test_all_end_at_once(entered: DemandingClient, secretary: User) -> None:
    for name in ("un", "deux"):
        made(secretary, name)
    assert "Tout arrêter" in text(entered.get(reverse("devices")))
    assert "n’ouvrent plus rien" in text(entered.post(reverse("devices_end"), follow=True))
    assert not secretary.device_passwords.live().exists()
    assert "Aucun appareil n’était relié" in text(entered.post(reverse("devices_end"), follow=True))


@pytest.mark.parametrize("ticked", [True, False])
def test_signing_out_everywhere_ends_devices_when_they_are_ticked(
    entered: DemandingClient, secretary: User, ticked: bool
) -> None:
    device = made(secretary)
    assert "Arrêter aussi mon appareil" in text(entered.get(reverse("account")))
    entered.post(reverse("sessions_end_others"), {"appareils": "oui"} if ticked else {})
    device.refresh_from_db()
    assert (device.ended_at is not None) is ticked


def test_a_name_is_shown_as_text(entered: DemandingClient, secretary: User) -> None:
    made(secretary, "<script>alert(1)</script>")
    for url in (reverse("devices"), reverse("account")):
        assert "<script>alert" not in entered.get(url).content.decode()


def give(beneficiary: Beneficiary, *, by: User, at: Any) -> Guide:
    return Guide(
        ways=(
            Way(
                "Sur un téléphone",
                ("Ouvrez les réglages.",),
                "phone",
                (Fact("Serveur", f"https://exemple.invalid/dav/agenda/{beneficiary.pk}/"),),
                (Link("Profil", "https://exemple.invalid/profil"),),
            ),
        )
    )


def live(place: Beneficiary, code: str, *, is_simulated: bool = False) -> None:
    pack = f.programme()
    service = pack.services.filter(code=code).first() or pack.services.create(
        code=code, name=code, order=9, provided_by="lead", is_provisioned=True
    )
    with scope(beneficiary=place):
        agreement = place.agreements.first() or f.signed_agreement(place)
        right = Right.objects.create(beneficiary=place, service=service, agreement=agreement, opened_at=f.NOW)
        Installation.objects.create(
            beneficiary=place, service=service, right=right, state=State.LIVE, is_simulated=is_simulated
        )


def test_what_to_type_is_said_for_each_commune_that_one_serves_and_no_other(
    entered: DemandingClient, secretary: User, place: Beneficiary, settings: Any
) -> None:
    settings.SOCLE_SERVICE_GUIDES = {"agendas": f"{__name__}.give"}
    second = f.beneficiary(f.commune("59057", "Bermeries"))
    foreign = f.beneficiary(f.commune("59001", "Abancourt"))
    f.member(Role.SECRETARY, second, email=secretary.email)
    for one in (place, second, foreign):
        live(one, "agendas")
    page = text(entered.post(reverse("device_new"), {"name": "x", "uses": ["agenda", "mail"]}))
    assert place.name in page
    assert second.name in page
    assert foreign.name not in page
    assert "Ouvrez les réglages." in page
    assert "Messagerie : ce que l’appareil doit appeler" in page.replace("\u00a0", " ")


def test_a_simulated_service_gives_nothing_to_type(entered: DemandingClient, place: Beneficiary, settings: Any) -> None:
    settings.SOCLE_SERVICE_GUIDES = {"agendas": f"{__name__}.give"}
    live(place, "agendas", is_simulated=True)
    page = text(entered.post(reverse("device_new"), {"name": "x", "uses": ["agenda"]}))
    assert "Pas encore en service" in page
    assert "exemple.invalid/dav" not in page


@pytest.mark.slow
def test_every_page_is_valid_html(entered: DemandingClient, secretary: User, valid_html: Any) -> None:
    for name in ("un", "deux"):
        actions.end(made(secretary, name), by=secretary, at=timezone.now())
        made(secretary, name)
    pages = [entered.get(reverse(name)) for name in ("devices", "device_new", "account")]
    pages.append(entered.post(reverse("device_new"), {"name": "trois", "uses": ["mail"]}))
    pages.append(entered.post(reverse("device_new"), {}))
    for page in pages:
        assert valid_html(page.content) == []
