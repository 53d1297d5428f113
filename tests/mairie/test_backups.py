"""The machines at the mairie's door: added, installed, followed, stopped."""

from __future__ import annotations

import re

import pytest
from django_scopes import scope

from socle.backups import actions
from socle.backups.models import Machine, Status
from tests import factories as f
from tests.backups.situations import drill_of, machine_of
from tests.mairie.conftest import pdf

FORM = {"name": "Accueil", "system": "windows", "folders": "C:\\Logiciels\\Donnees", "every_days": "1"}


@pytest.fixture
def account(world):
    with scope(beneficiary=world.here.place):
        return actions.open_account(world.here.place, by=world.here.secretary, at=f.NOW)


def test_without_the_service_the_page_says_how_it_opens(secretary):
    page = secretary.get("/mairie/sauvegardes/").content.decode()
    assert "s’ouvre avec la convention" in page
    assert "Demander l’installation" not in page
    for url in ("/mairie/sauvegardes/ajouter/", "/mairie/sauvegardes/demander/"):
        assert secretary.post(url, FORM).status_code == 302
    assert not Machine._base_manager.exists()


def test_an_empty_page_says_where_to_begin(secretary, account):
    page = secretary.get("/mairie/sauvegardes/").content.decode()
    assert "Aucune machine pour l’instant" in page
    assert "/mairie/sauvegardes/ajouter/" in page
    # First, by whoever helps: one field, and no folder to name.
    assert page.index("/mairie/sauvegardes/demander/") < page.index("/mairie/sauvegardes/ajouter/")
    asked = secretary.post("/mairie/sauvegardes/demander/", {"name": "Accueil"}, follow=True)
    assert "C’est demandé" in asked.content.decode()
    machine = Machine._base_manager.get()
    assert (machine.install_asked_at is not None, machine.folders, machine.system) == (True, "", "windows")
    twice = secretary.post("/mairie/sauvegardes/demander/", {"name": "accueil"})
    assert (twice.status_code, "s’appelle déjà" in twice.content.decode()) == (422, True)


@pytest.mark.slow
def test_a_machine_is_added_and_its_script_taken_once_shown(secretary, account):
    response = secretary.post("/mairie/sauvegardes/ajouter/", FORM)
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    page = response.content.decode()
    code = re.search(r'name="code" value="([a-z0-9-]{23})"', page)
    assert code is not None
    machine = Machine._base_manager.get()
    script = secretary.post(f"/mairie/sauvegardes/{machine.pk}/script/", {"code": code[1]})
    assert script["Content-Disposition"] == 'attachment; filename="installer-la-sauvegarde.cmd"'
    assert code[1] in script.content.decode()
    # Nothing to type: two clicks open it.
    assert "PowerShell" not in page
    # Nobody is shown it again.
    for url in ("/mairie/sauvegardes/", f"/mairie/sauvegardes/{machine.pk}/"):
        assert code[1] not in secretary.get(url).content.decode()
    refused = secretary.post(f"/mairie/sauvegardes/{machine.pk}/script/", {"code": "x"}, follow=True)
    assert "demandez-en un autre" in refused.content.decode()


def test_a_machine_announced_is_asked_of_the_operator_from_its_page_which_then_says_so(secretary, account):
    secretary.post("/mairie/sauvegardes/ajouter/", FORM)
    base = f"/mairie/sauvegardes/{Machine._base_manager.get().pk}/"
    before = secretary.get(base).content.decode()
    assert before.index("Demander l’installation") < before.index("Prendre un autre fichier")
    assert secretary.post(f"{base}demander/")["Location"] == base
    for page in (secretary.get(one).content.decode() for one in (base, "/mairie/sauvegardes/")):
        assert "Installation demandée" in page
        assert "Demandée le" in page
        assert "À installer" not in page


@pytest.mark.parametrize(
    ("change", "said"),
    [({"folders": "/home"}, "n’est pas un chemin complet"), ({"name": ""}, "id_name_error"), ({"system": "x"}, "x"),
     ({"system": "nas", "folders": ""}, "id_folders_error"), ({"every_days": "9"}, "9")],
)  # fmt: skip
def test_what_is_wrong_is_said_in_place(secretary, account, change, said):
    response = secretary.post("/mairie/sauvegardes/ajouter/", {**FORM, **change})
    assert response.status_code == 422
    assert said in response.content.decode()
    assert not Machine._base_manager.exists()


@pytest.mark.slow
def test_a_machine_is_followed_changed_stopped_and_taken_back(secretary, world):
    machine = machine_of(world.here.place, by=world.here.secretary)
    base = f"/mairie/sauvegardes/{machine.pk}/"
    page = secretary.get(base).content.decode()
    assert "/papiers" in page
    assert "aujourd’hui" in page or "à l’instant" in page
    secretary.post(f"{base}modifier/", {"name": "Accueil", "folders": "/b", "every_days": "7"})
    secretary.post(f"{base}arreter/")
    machine.refresh_from_db()
    assert (machine.name, machine.folders, machine.every_days) == ("Accueil", "/b", 7)
    assert machine.status == Status.RETIRED
    wrong = secretary.post(f"{base}modifier/", {"name": "Accueil", "folders": "relatif", "every_days": "7"})
    assert (wrong.status_code, "chemin complet" in wrong.content.decode()) == (422, True)
    secretary.post(f"{base}reprendre/")
    machine.refresh_from_db()
    assert machine.status == Status.ENROLLED


@pytest.mark.slow
def test_the_certificate_is_the_mairie_s_and_the_home_says_what_is_late(secretary, world, time_machine):
    machine = machine_of(world.here.place, by=world.here.secretary)
    drill = drill_of(world.here.place, pdf(), by=world.here.secretary)
    response = secretary.get(f"/mairie/sauvegardes/attestations/{drill.pk}.pdf")
    assert response["Content-Type"] == "application/pdf"
    assert "Relevé (PDF)" in secretary.get("/mairie/sauvegardes/").content.decode()
    assert "Sauvegardes, «" not in secretary.get("/mairie/").content.decode()
    time_machine.move_to(f.NOW.replace(month=12))
    secretary.force_login(world.here.secretary)
    page = secretary.get("/mairie/").content.decode()
    assert f"/mairie/sauvegardes/{machine.pk}/" in page
    assert "en retard" in page
