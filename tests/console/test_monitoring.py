"""« Exploitation », and all the services of one beneficiary on one page."""

from __future__ import annotations

import re

import pytest
from bs4 import BeautifulSoup
from django_scopes import scope, scopes_disabled

from socle.backups.demo_data import ensure_saves
from socle.files.demo_data import ensure_folder
from socle.files.models import Version
from socle.journal.models import Reading
from socle.mail.defaults import ensure_defaults
from socle.mail.demo_data import ensure_uses
from socle.mail.models import Mailbox
from socle.operations import processes
from socle.people import actions as people
from socle.people.models import Beneficiary, User
from socle.provisioning.monitoring import actions
from socle.provisioning.monitoring.demo_data import ensure_readings
from socle.provisioning.monitoring.models import UsageReading
from tests import factories as f

pytestmark = pytest.mark.django_db
PAGE = "/console/exploitation/"


@pytest.fixture(autouse=True)
def engines(settings, tmp_path):
    from django.core.files.storage import storages

    settings.SOCLE_ENGINES |= {
        "fichiers": "socle.engines.own_files.engine.OwnFiles",
        "sauvegardes": "socle.engines.simulated.engine.SimulatedBackups",
    }
    settings.HAS_MACHINE_BACKUPS = False
    settings.SOCLE_MAIL_DOMAIN = "courriel.exemple.fr"
    settings.FILES_ROOT = tmp_path / "files"
    storages._storages.pop("files", None)


def place_of(code):
    with scopes_disabled():
        return Beneficiary.objects.get(commune__insee_code=code)


def lived_in(place):
    """What a demonstration gives a mairie."""
    system = User.objects.system()
    with scopes_disabled():
        ensure_defaults(place, by=system, at=f.NOW)
    made = (ensure_folder(place, by=system, at=f.NOW), ensure_saves(place, by=system, at=f.NOW))
    ensure_uses(place, by=system, at=f.NOW)
    return made


def current(response):
    """The place of the menu that is marked, then where the trail begins."""
    soup = BeautifulSoup(response.content, "html.parser")
    assert soup.select_one(".door-open [aria-current]").get_text(strip=True) == "Communes"
    return soup.select_one(".crumbs a").get_text(strip=True)


def words(response):
    assert response.status_code == 200
    shown = re.sub(r"<[^>]+>", " ", response.content.decode())
    return " ".join(shown.replace("\u00a0", " ").replace("\u202f", " ").split())


@pytest.mark.slow
def test_the_board_tells_state_load_failures_and_space(world, enter):
    place = place_of("62002")
    assert lived_in(place) == (True, True)
    assert lived_in(place) == (False, False)  # Once, and no more.
    assert ensure_readings(at=f.NOW) > 0
    assert ensure_readings(at=f.NOW) == 0
    actions.try_engines(at=f.NOW)
    shown = words(enter("technician").get(PAGE))
    for said in (
        "Une installation est en échec",  # Of the mail, in this world.
        "aucun message ne circule",
        "Exercices réussis depuis un trimestre 1 sur 1",
        "de plus que le 26 octobre 2026",
        "Ablainzevelle 2,4 Go",
        "n’est pas mesuré ici",
        "Aucun moteur n’est branché ici",  # The calendars have none here.
        "1 essai réussi",
    ):
        assert said in shown, said
    lines = enter("officer").get("/console/exploitation.csv").getvalue().decode("utf-8-sig").splitlines()
    assert any(line.startswith("Commune de Ablainzevelle;62002;Sauvegardes des machines;2400000000;") for line in lines)


def test_a_process_that_cannot_be_kept_alive_is_told_on_the_board(world, enter, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    processes.note_failing(processes.Failing("worker", "L’exécuteur de tâches", times=6, exit_code=1))
    shown = words(enter("technician").get(PAGE))
    assert "L’exécuteur de tâches s’arrête dès qu’il est lancé : 6 fois de suite (code 1)." in shown
    # One cause, one sentence.
    assert "L’exécuteur de tâches ne donne plus signe de vie" not in shown


@pytest.mark.slow
def test_the_board_asks_as_much_of_the_database_for_one_mairie_as_for_many(world, enter, django_assert_num_queries):
    client = enter("technician")
    actions.try_engines(at=f.NOW)
    lived_in(place_of("62002"))
    actions.read_usage(at=f.NOW)
    client.get(PAGE)
    with django_assert_num_queries(47, exact=False) as few:
        client.get(PAGE)
    for number in range(12):
        place = f.beneficiary(f.commune(f"59{100 + number}", f"Essai-{number}", 300))
        with scopes_disabled():
            UsageReading.objects.create(code="fichiers", beneficiary=place, read_on=f.NOW.date(), used_bytes=number + 1)
    with django_assert_num_queries(len(few)):
        client.get(PAGE)


@pytest.mark.slow
def test_one_page_tells_all_the_services_of_a_mairie_with_their_gestures(world, enter):
    place = place_of("62002")
    lived_in(place)
    address = f"/console/beneficiaires/{place.pk}/services/"
    response = enter("technician").get(address)
    shown = words(response)
    for said in ("en échec", "Le serveur ne répond pas.", "Domaine principal", "En cours d’installation",
                 "Poste du secrétariat (fictif)", "Rendre ses données", "Suspendre"):  # fmt: skip
        assert said in shown, said
    # A gesture comes back to this page.
    assert f'name="retour" value="{address}"' in response.content.decode()
    assert Reading.objects.filter(by_ref=f"people.user:{world.people['technician'].pk}").exists()
    with scope(beneficiary=place):
        assert Version.objects.count() == 1
    # The menu says where one is, whatever the address.
    assert current(response) == "Communes"
    assert enter("cdg59").get(address).status_code == 404


@pytest.mark.slow
def test_another_body_has_its_mail_and_its_services_like_a_commune(world, enter):
    system = User.objects.system()
    body = people.register_public_body(
        "Syndicat des eaux (fictif)",
        legal_form="syndicat intercommunal",
        siret_number="20003938600038",
        seat="1 rue des Eaux, 59550 Prisches",
        department=f.department("59"),
        by=system,
        at=f.NOW,
    )
    with scopes_disabled():
        ensure_defaults(body, by=system, at=f.NOW)
        box = Mailbox.objects.filter(beneficiary=body).first()
    client, here = enter("technician"), f"/console/beneficiaires/{body.pk}/messagerie/"
    assert box.address in words(client.get(here))
    assert client.post(f"{here}fermer-boite-{box.pk}/")["Location"] == here
    with scopes_disabled():
        assert Mailbox.objects.get(pk=box.pk).status == "suspended"
    services = f"/console/beneficiaires/{body.pk}/services/"
    assert re.search(r"dont 1 suspendue\b", words(client.get(services)))
    assert current(client.get(services)) == "Autres établissements"
    assert here in client.get(services).content.decode()
    # By its own road only, and never from another department.
    assert client.get(f"/console/beneficiaires/{place_of('59474').pk}/messagerie/").status_code == 404
    assert enter("cdg62").get(here).status_code == 404
    assert enter("cdg62").post(f"{here}rouvrir-boite-{box.pk}/").status_code == 404
