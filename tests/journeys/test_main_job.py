"""The main job, in a real browser, without a line of code: from the words of a model to an agreement, a website kept
alive, an amendment and the end.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings as project
from django.core.cache import cache
from django.utils import timezone
from django_scopes import scopes_disabled
from playwright.sync_api import Locator, Page, expect

from socle.agreements import endings
from socle.agreements.models import Agreement, Status
from socle.documents import actions as documents
from socle.documents.texts import publish_seeds
from socle.lib import dates
from socle.people import personas
from socle.people.models import Membership, Role, User
from socle.programme import actions as programmes
from socle.provisioning.models import Installation, State
from socle.signing.verification import verify
from socle.territory.models import OpeningHours, TownHall
from tests import factories as f

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

INSEE_CODE = "59062"
# What the jurist adds to a sentence of the model.
WRITTEN = ", chacune pour ce qui la concerne"
As = Callable[[str], AbstractContextManager[Page]]
Look = Callable[[Page], None]


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


def press(page: Page, wanted: Locator, key: str) -> None:
    """Tab until this control has the focus, as somebody without a mouse does, then press a key."""
    for _ in range(150):
        page.keyboard.press("Tab")
        if wanted.evaluate("one => one === document.activeElement"):
            page.keyboard.press(key)
            return
    raise AssertionError(f"{wanted} is not reached by the keyboard")


def go_to(page: Page, wanted: Locator) -> None:
    """Press Enter on a link or a button, wait for the page where it leads, and skip its menu."""
    with page.expect_navigation():
        press(page, wanted, "Enter")
    press(page, page.get_by_role("link", name="Aller au contenu"), "Enter")


@pytest.mark.usefixtures("demo")
def test_an_agreement_goes_from_the_words_of_its_model_to_its_end(
    as_person: As, address: Callable[..., str], page: Page, look: Look, axe: Any, valid_html: Any
) -> None:
    version = a_jurist_publishes_a_model(as_person, look)
    number, site = a_commune_is_equipped(as_person, address, version)

    answer = page.goto(site)
    assert answer is not None
    served = answer.text()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Beaurieux")
    expect(page.get_by_text("1 Grand’Place").first).to_be_visible()
    assert page.context.cookies() == []
    assert axe(page) == []
    assert valid_html(served) == []

    with as_person("Camille Exemple") as secretary:
        secretary.goto(address("/mairie/publier/actualite/"))
        secretary.get_by_label("Titre", exact=True).fill("Fête de la Saint-Martin")
        secretary.get_by_label("Texte", exact=True).fill("Rendez-vous samedi à 15 h.")
        secretary.get_by_role("button", name="Publier", exact=True).click()
        expect(secretary.get_by_text("C’est publié")).to_be_visible()

    page.goto(site)
    expect(page.get_by_text("Fête de la Saint-Martin").first).to_be_visible()

    its_parties_amend_it(as_person, address, look, number)
    an_operator_ends_it(as_person, address, look, number)


def a_jurist_publishes_a_model(as_person: As, look: Look) -> str:
    """By the keyboard alone, write, read, publish, choose and note as approved a version; return its date."""
    with as_person("Claude Exemple") as jurist:
        go_to(jurist, jurist.get_by_role("link", name="Actes et conventions", exact=True).first)
        go_to(jurist, jurist.get_by_role("link", name="Offre et acte fondateur"))
        go_to(jurist, jurist.get_by_role("link", name="convention-tripartite, 2026-12-02"))
        area = jurist.get_by_label("Texte du modèle")
        lines = area.input_value().split("\n")
        # The lines before are short: each is one of the screen.
        press(jurist, area, "Control+Home")
        for _ in range(lines.index("ci-après dénommées ensemble « les parties ».")):
            jurist.keyboard.press("ArrowDown")
        jurist.keyboard.press("End")
        jurist.keyboard.press("Backspace")
        jurist.keyboard.type(f"{WRITTEN}.")
        go_to(jurist, jurist.get_by_role("button", name="Enregistrer le projet"))
        expect(jurist.locator(".text-change ins")).to_contain_text(WRITTEN)
        expect(jurist.locator(".act-text")).to_contain_text(f"« les parties »{WRITTEN}.")
        points = jurist.get_by_role("table", name="Points cherchés dans le texte").get_by_role("row")
        expect(points.filter(has_text="2. Parties").get_by_text("vu", exact=True)).to_be_visible()
        expect(points).to_have_count(1 + 19)
        look(jurist)
        with jurist.expect_download() as download:
            press(jurist, jurist.get_by_role("link", name="Voir le PDF de l’exemple"), "Enter")
        assert download.value.path().read_bytes().startswith(b"%PDF-")

        press(jurist, jurist.locator("summary", has_text="Publier cette version"), "Enter")
        go_to(jurist, jurist.get_by_role("button", name="Publier", exact=True))
        expect(jurist.get_by_text("La version est publiée")).to_be_visible()
        expect(jurist.get_by_text("Aucun acte exécutoire n’approuve ces mots")).to_be_visible()
        go_to(jurist, jurist.get_by_role("button", name="Utiliser ce modèle"))
        expect(jurist.get_by_text("seront rédigées sur cette version")).to_be_visible()
        noted = jurist.get_by_role("button", name="Noter l’approbation")
        go_to(jurist, jurist.get_by_role("link", name="Noter l’acte qui approuve"))
        with jurist.expect_navigation():
            press(jurist, noted, "Enter")
        # No act was chosen: it is what the focus starts on, though the menu was skipped before.
        expect(jurist.get_by_role("alert")).to_be_focused()
        press(jurist, jurist.get_by_label("Acte du comité syndical"), "ArrowDown")
        press(jurist, jurist.get_by_label("Article qui approuve"), "5")
        look(jurist)
        go_to(jurist, noted)
        expect(jurist.get_by_text("approuvé", exact=True)).to_be_visible()
        look(jurist)
        return urlsplit(jurist.url).path.split("/")[-2]


def a_commune_is_equipped(as_person: As, address: Callable[..., str], version: str) -> tuple[str, str]:
    """From an eligible commune to three signatures; return the number of the agreement and the address of the site."""
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
        officer.get_by_role("link", name="Lire le texte").click()
        expect(officer.get_by_text(WRITTEN)).to_be_visible()
        officer.go_back()
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
            press(signatory, signatory.get_by_role("checkbox"), "Space")
            go_to(signatory, signatory.get_by_role("button", name="Signer la convention"))

    with scopes_disabled():
        agreement = Agreement.objects.select_related("round__current", "text").get()
        assert (agreement.status, agreement.text.version) == (Status.SIGNED, version)
        # In a thread of its own: the browser's driver holds this one's event loop, and pyHanko wants one.
        content = documents.read(agreement.round.current)  # type: ignore[union-attr]
        with ThreadPoolExecutor() as apart:
            assert apart.submit(verify, content).result().is_sound
        states = list(Installation.objects.values_list("service__code", "state", "last_error"))
        assert {state for _, state, _ in states} == {State.LIVE}, states
        site = Installation.objects.get(service__code="site-internet").proof
    return number, site


def its_parties_amend_it(as_person: As, address: Callable[..., str], look: Look, number: str) -> None:
    """Rule 10: another contribution and a service given back, by the three parties."""
    today = timezone.localdate()
    amendment = f"{number}-A1"

    with as_person("Claude Exemple") as officer:
        officer.goto(address(f"/console/conventions/{number}/"))
        officer.get_by_role("button", name="Rédiger un avenant").click()
        officer.get_by_role("link", name="L’objet de l’avenant est à écrire").click()
        officer.get_by_label("Objet").fill("Baisser la contribution et rendre un service.")
        officer.get_by_label("Contribution annuelle").fill("120")
        look(officer)
        officer.get_by_role("button", name="Enregistrer").click()
        officer.get_by_label("Sauvegarde", exact=False).first.uncheck()
        officer.get_by_role("button", name="Enregistrer les services").click()
        expect(officer.get_by_text("240,00").first).to_be_visible()
        look(officer)

    with as_person("Camille Exemple") as secretary:
        secretary.goto(address("/mairie/"))
        secretary.get_by_role("link", name="Préparer la délibération").click()
        secretary.goto(address("/mairie/deliberations/enregistrer/"))
        secretary.get_by_label("Numéro", exact=False).fill("2026-77")
        secretary.get_by_label("Objet", exact=False).fill("Avenant à la convention")
        for rank in range(3):
            secretary.locator("input[type=date]").nth(rank).fill((today - timedelta(days=3 - rank)).isoformat())
        secretary.get_by_role("button", name="Enregistrer l’acte").click()

    with as_person("Claude Exemple") as officer:
        officer.goto(address(f"/console/conventions/{amendment}/"))
        officer.get_by_role("button", name="Imprimer pour le comité syndical").click()
        officer.goto(address(f"/console/conventions/{amendment}/comite/acte/"))
        officer.get_by_label("Numéro", exact=False).fill("2026-C9")
        for rank in range(3):
            officer.locator("input[type=date]").nth(rank).fill((today - timedelta(days=3 - rank)).isoformat())
        officer.get_by_role("button", name="Enregistrer").click()
        officer.get_by_label("Acte du comité syndical").select_option(index=1)
        officer.get_by_label("Texte de cet article").fill("Approuve l’avenant.")
        officer.get_by_role("button", name="Rattacher").click()
        expect(officer.get_by_text("approuve ce document", exact=False)).to_be_visible()

    for who, door in (
        (person_of(Role.MAYOR), "mairie/convention"),
        ("Gabriel Exemple", "console/conventions"),
        ("Dominique Exemple", "console/conventions"),
    ):
        with as_person(who) as signatory:
            signatory.goto(address(f"/{door}/{amendment}/"))
            look(signatory)
            signatory.goto(address(f"/{door}/{amendment}/signer/"))
            signatory.get_by_role("checkbox").check()
            signatory.get_by_role("button", name="Signer l’avenant").click()
            signatory.wait_for_load_state()

    with scopes_disabled():
        agreement = Agreement.objects.get()
        assert (agreement.annual_price, agreement.choices.filter(service__code="sauvegardes").exists()) == (120, False)
        content = documents.read(Agreement.every.get(number=amendment).round.current)  # type: ignore[union-attr]
        with ThreadPoolExecutor() as apart:
            assert apart.submit(verify, content).result().is_sound


def an_operator_ends_it(as_person: As, address: Callable[..., str], look: Look, number: str) -> None:
    """Rule 11: the notice is given, and the agreement ends on its last day."""
    today = timezone.localdate()
    with as_person("Claude Exemple") as officer:
        officer.goto(address(f"/console/conventions/{number}/"))
        look(officer)
        officer.get_by_role("link", name="Mettre fin…").click()
        officer.get_by_label("Motif").select_option(label="motif d’intérêt général, par un opérateur")
        last_day = dates.add_months(today, 7)
        officer.get_by_label("Notifiée le").fill(today.isoformat())
        officer.get_by_label("Prend effet le").fill(last_day.isoformat())
        officer.get_by_role("button", name="Enregistrer").click()
        expect(officer.get_by_text("Résiliation notifiée")).to_be_visible()

    later = timezone.now() + (last_day - today) + timedelta(days=1)
    assert endings.end_due(by=User.objects.system(), at=later) == 1
    with as_person(person_of(Role.MAYOR)) as mayor:
        mayor.goto(address(f"/mairie/convention/{number}/"))
        expect(mayor.get_by_text("Terminée").first).to_be_visible()


@pytest.mark.usefixtures("demo")
def test_operators_bind_themselves_by_an_article_of_the_founding_act(
    as_person: As, address: Callable[..., str], look: Look
) -> None:
    name = "Partenariat avec le Centre de gestion du Nord"
    with as_person("Claude Exemple") as officer:
        officer.goto(address("/console/conventions/"))
        look(officer)
        officer.get_by_role("listitem").filter(has_text=name).get_by_role("button", name="Rédiger").click()
        expect(officer.get_by_text("Base de remboursement")).to_be_visible()
        look(officer)
        officer.get_by_role("button", name="Imprimer pour le comité syndical").click()
        officer.get_by_role("link", name="Rattacher l’acte du comité syndical").click()
        officer.get_by_label("Acte du comité syndical").select_option(index=1)
        officer.get_by_label("Article qui approuve").fill("3")
        officer.get_by_role("button", name="Rattacher").click()
        expect(officer.get_by_text("L’article 3 de l’acte")).to_be_visible()

    for who in ("Gabriel Exemple", "Dominique Exemple"):
        with as_person(who) as signatory:
            signatory.goto(address("/console/a-signer/"))
            look(signatory)
            signatory.get_by_role("rowheader").get_by_role("link").first.click()
            signatory.get_by_role("checkbox").check()
            signatory.get_by_role("button", name="Signer la convention").click()
            expect(signatory.get_by_text("Vous avez signé la convention", exact=False)).to_be_visible()

    with scopes_disabled():
        agreement = Agreement.every.get()
        assert (agreement.status, agreement.beneficiary) == (Status.SIGNED, None)
        content = documents.read(agreement.round.current)  # type: ignore[union-attr]
        with ThreadPoolExecutor() as apart:
            assert apart.submit(verify, content).result().is_sound
