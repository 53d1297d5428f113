"""People come, help and leave, in a real browser: invited by e-mail and protected; let in for a time, then out."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.utils import timezone
from playwright.sync_api import Page, expect

from socle.outbox.models import Message
from socle.people import personas
from socle.people.models import HelpAccess, Membership, Role, User
from tests import factories as f
from tests.journeys.conftest import path_in

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

Address = Callable[..., str]
Look = Callable[[Page], None]
HERE = "59062"
EMAIL, PASSWORD = "lou@mairie.invalid", "chaudron-mistral-avesnes"


@pytest.fixture(autouse=True)
def demo(settings: Any) -> None:
    """The demonstration's people in four communes, and the outbox that keeps what is written to them."""
    settings.DEMO = True
    settings.EMAIL_BACKEND = "socle.outbox.backend.OutboxBackend"
    cache.clear()
    f.programme()
    names = ("Beaurieux", "Eccles", "Solrinnes", "Audresselles")
    for insee_code, name in zip((*personas.SHARED_COMMUNES, personas.LONE_COMMUNE), names, strict=True):
        f.commune(insee_code, name, 169)
    personas.ensure_personas(by=User.objects.system(), at=timezone.now())


def mayor() -> str:
    return Membership.objects.get(role=Role.MAYOR, beneficiary__commune__insee_code=HERE).user.name


def code_of(secret: str) -> str:
    """The code that the application shows now (RFC 6238)."""
    return str(totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30)))


def test_a_secretary_is_invited_protects_her_account_and_sees_her_mairie_only(
    as_person: Any, page: Page, address: Address, look: Look
) -> None:
    with as_person(mayor()) as window:
        window.goto(address("/mairie/personnes/"))
        look(window)
        window.get_by_role("link", name="Inviter quelqu’un").click()
        window.get_by_label("Nom et prénom").fill("Lou Exemple")
        window.get_by_label("Adresse électronique").fill(EMAIL)
        window.get_by_label("Fonction").select_option("secretary")
        look(window)
        window.get_by_role("button", name="Envoyer l’invitation").click()
        expect(window.locator("li", has_text=EMAIL)).to_contain_text("Envoyée")
        look(window)
    letter = Message.objects.get(to=EMAIL)
    assert "vous invite" in letter.subject

    page.goto(address(path_in(letter.body, "/invitation/")))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Beaurieux vous invite")
    look(page)
    page.locator("[name=password1]").fill(PASSWORD)
    page.locator("[name=password2]").fill(PASSWORD)
    page.get_by_role("button", name="Accepter et entrer").click()
    page.wait_for_url("**/mairie/")
    look(page)

    page.goto(address("/compte/second-controle/"))
    page.get_by_role("link", name="Mettre en place l’application").click()
    secret = page.locator("code.secret").inner_text()
    look(page)
    page.get_by_label("Code").fill(code_of(secret))
    page.get_by_role("button", name="Activer").click()
    page.wait_for_url("**/codes-de-secours/")
    look(page)

    # Another day: the password alone does not open any more.
    page.context.clear_cookies()
    cache.clear()
    page.goto(address("/compte/connexion/"))
    page.get_by_label("Adresse électronique").fill(EMAIL)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter", exact=True).click()
    page.wait_for_url("**/second-controle/code/")
    look(page)
    page.get_by_label("Code").fill(code_of(secret))
    page.get_by_role("button", name="Se connecter", exact=True).click()
    page.wait_for_url("**/mairie/")
    expect(page.get_by_text("Commune de Beaurieux").first).to_be_visible()
    for name in ("Eccles", "Solrinnes", "Audresselles"):
        expect(page.get_by_text(name)).to_have_count(0)
    for path, status in (("/mairie/personnes/", 200), ("/mairie/organismes/choisir/", 200), ("/console/", 403)):
        answer = page.goto(address(path))
        assert answer is not None
        assert answer.status == status, path
        expect(page.get_by_text("Eccles")).to_have_count(0)
    # The link has served: whoever finds the message later opens nothing.
    answer = page.goto(address(path_in(letter.body, "/invitation/")))
    assert answer is not None
    assert answer.status == 410
    look(page)


def test_a_centre_de_gestion_helps_for_a_time_is_out_at_its_end_and_the_mairie_reads_what_it_saw(
    as_person: Any, address: Address, look: Look
) -> None:
    today = timezone.localdate()
    with as_person("Camille Exemple") as secretary:
        secretary.goto(address("/mairie/personnes/"))
        secretary.get_by_role("link", name="Ouvrir un accès").click()
        look(secretary)
        secretary.get_by_label("Pourquoi").fill("Préparer la délibération pendant un congé")
        secretary.get_by_label("Dernier jour").fill((today + timedelta(days=5)).isoformat())
        secretary.get_by_role("button", name="Ouvrir l’accès").click()
        expect(secretary.get_by_role("button", name="Fermer l’accès")).to_be_visible()
        look(secretary)

    with as_person("Alix Exemple") as helper:
        helper.goto(address(f"/console/communes/{HERE}/"))
        helper.get_by_role("button", name="Agir au nom de la mairie").click()
        helper.wait_for_url("**/mairie/")
        expect(helper.get_by_text("Vous agissez en assistance")).to_be_visible()
        look(helper)
        helper.goto(address("/mairie/deliberations/enregistrer/"))
        helper.get_by_label("Nature", exact=False).select_option("deliberation")
        helper.get_by_label("Numéro", exact=False).fill("2026-31")
        helper.get_by_label("Objet", exact=False).fill("Adhésion au programme")
        helper.locator("input[type=date]").first.fill((today - timedelta(days=7)).isoformat())
        helper.get_by_role("button", name="Enregistrer l’acte").click()
        expect(helper.get_by_text("2026-31").first).to_be_visible()
        look(helper)
        # The days go by: the access ends by itself, nobody closes it.
        yesterday = today - timedelta(days=1)
        opened = HelpAccess.objects.filter(beneficiary__commune__insee_code=HERE)
        assert opened.update(starts_on=yesterday - timedelta(days=5), ends_on=yesterday) == 1
        helper.goto(address("/mairie/deliberations/"))
        helper.wait_for_url("**/console/")
        expect(helper.get_by_text("L’accès d’assistance est fermé")).to_be_visible()
        look(helper)
        helper.goto(address(f"/console/communes/{HERE}/"))
        expect(helper.get_by_role("button", name="Agir au nom de la mairie")).to_have_count(0)

    with as_person(mayor()) as window:
        window.goto(address("/mairie/qui-a-vu/"))
        look(window)
        lines = {"Acte enregistré": "fait", "Dossier de l’organisme": "vu", "Délibération à enregistrer": "vu"}
        for what, seen in lines.items():
            row = window.get_by_role("row").filter(has_text="Alix Exemple").filter(has_text=what)
            expect(row.first).to_contain_text(seen)
        window.goto(address("/mairie/personnes/"))
        window.get_by_text("Les accès fermés").click()
        expect(window.get_by_text("Préparer la délibération pendant un congé")).to_be_visible()
        look(window)
