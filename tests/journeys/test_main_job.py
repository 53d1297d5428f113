"""The main job, in a real browser, without a line of code: from an eligible commune to a website kept alive."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.core.cache import cache
from django.utils import timezone
from django_scopes import scopes_disabled
from playwright.sync_api import Page, expect

from socle.agreements.models import Agreement, Status
from socle.documents import actions as documents
from socle.documents.texts import publish_seeds
from socle.people import personas
from socle.people.models import Membership, Role, User
from socle.programme import actions as programmes
from socle.provisioning.models import Installation, State
from socle.signing.verification import verify
from socle.territory.models import OpeningHours, TownHall
from tests import factories as f

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

INSEE_CODE = "59062"
As = Callable[[str], Any]


@pytest.fixture
def demo(settings: Any, tmp_path: Path, live_server: Any) -> None:
    """The real programme over a handful of communes, and the demonstration's people."""
    settings.DEMO = True
    settings.PKI_DIR = tmp_path / "pki"
    settings.SITES_PORT = live_server.thread.port
    cache.clear()
    names = dict(zip(personas.SHARED_COMMUNES, ("Beaurieux", "Eccles", "Solrinnes"), strict=True))
    for insee_code, name in {**names, personas.LONE_COMMUNE: "Audresselles"}.items():
        commune = f.commune(insee_code, name, 169)
    hall = TownHall.objects.create(
        commune=f.commune(INSEE_CODE), address="1 Grand’Place", postal_code="59740", city="Beaurieux"
    )
    OpeningHours.objects.create(town_hall=hall, first_day=1, last_day=2, opens="09:00", closes="12:00")
    assert commune
    system = User.objects.system()
    publish_seeds(by=system, at=f.NOW)
    programmes.load(
        Path(project.ROOT) / "programmes" / "pack-mairies-connectees.toml", by=system, at=f.NOW, demonstration=True
    )
    personas.ensure_personas(by=system, at=f.NOW)


def person_of(role: Role) -> str:
    membership = Membership.objects.select_related("user").get(role=role, beneficiary__commune__insee_code=INSEE_CODE)
    return membership.user.name


@pytest.mark.usefixtures("demo")
def test_a_commune_is_equipped_from_end_to_end(
    as_person: As, address: Callable[..., str], page: Page, axe: Any, valid_html: Any
) -> None:
    today = timezone.localdate()

    with as_person("Claude Exemple") as officer:
        officer.goto(address(f"/console/communes/{INSEE_CODE}/"))
        expect(officer.get_by_text("Prioritaire", exact=False).first).to_be_visible()
        officer.get_by_role("button", name="Rédiger la convention").click()
        with scopes_disabled():
            number = Agreement.objects.get().number
        officer.goto(address(f"/console/conventions/{number}/"))
        expect(officer.get_by_text("à confirmer", exact=False).first).to_be_visible()

    with as_person("Camille Exemple") as secretary:
        secretary.goto(address("/mairie/identite/"))
        secretary.get_by_role("button", name="Confirmer ce SIRET").click()
        secretary.goto(address("/mairie/deliberations/enregistrer/"))
        secretary.get_by_label("Numéro", exact=False).fill("2026-31")
        secretary.get_by_label("Objet", exact=False).fill("Adhésion au Pack Mairies Connectées")
        for label, days in (("Adopté", 7), ("Reçu", 6), ("Publi", 5)):
            field = secretary.locator("input[type=date]").nth(("Adopté", "Reçu", "Publi").index(label))
            field.fill((today - timedelta(days=days)).isoformat())
        secretary.get_by_role("button", name="Enregistrer l’acte").click()
        expect(secretary.get_by_text("2026-31").first).to_be_visible()

    with as_person("Claude Exemple") as officer:
        officer.goto(address(f"/console/conventions/{number}/"))
        officer.get_by_role("button", name="Envoyer à la signature").click()
        expect(officer.get_by_text("à la signature").first).to_be_visible()

    with as_person("Dominique Exemple") as too_early:
        too_early.goto(address(f"/console/conventions/{number}/signer/"))
        expect(too_early.get_by_role("button", name="Signer la convention")).to_have_count(0)

    for who, door in (
        (person_of(Role.MAYOR), "mairie/convention"),
        ("Gabriel Exemple", "console/conventions"),
        ("Dominique Exemple", "console/conventions"),
    ):
        with as_person(who) as signatory:
            signatory.goto(address(f"/{door}/{number}/signer/"))
            signatory.get_by_role("checkbox").check()
            signatory.get_by_role("button", name="Signer la convention").click()
            signatory.wait_for_load_state()

    with scopes_disabled():
        agreement = Agreement.objects.select_related("round__current").get()
        assert agreement.status == Status.SIGNED
        # In a thread of its own: the browser's driver holds this one's event loop, and pyHanko wants one.
        content = documents.read(agreement.round.current)  # type: ignore[union-attr]
        with ThreadPoolExecutor() as apart:
            assert apart.submit(verify, content).result().is_sound
        states = list(Installation.objects.values_list("service__code", "state", "last_error"))
        assert {state for _, state, _ in states} == {State.LIVE}, states
        site = Installation.objects.get(service__code="site-internet").proof

    answer = page.goto(site)
    assert answer is not None
    served = answer.text()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Beaurieux")
    expect(page.get_by_text("1 Grand’Place").first).to_be_visible()
    assert page.context.cookies() == []
    assert axe(page) == []
    assert valid_html(served) == []

    with as_person("Camille Exemple") as secretary:
        secretary.goto(address("/mairie/site/"))
        secretary.get_by_role("link", name="Publier une actualité").first.click()
        secretary.locator("[name=title]").fill("Fête de la Saint-Martin")
        secretary.locator("[name=summary]").fill("Rendez-vous samedi à 15 h.")
        secretary.get_by_role("button", name="Publier").first.click()
        secretary.wait_for_load_state()

    page.goto(site)
    expect(page.get_by_text("Fête de la Saint-Martin").first).to_be_visible()
