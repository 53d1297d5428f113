"""The machines' saves in the console: sorted, filtered, exported; the gestures, by role and by department."""

from __future__ import annotations

import re

import pytest
from django_scopes import scope

from socle.backups import actions
from socle.backups.models import Account, Check, Drill, EscrowUse, Machine, UseStatus
from socle.engines.simulated.store import SimulatedStore
from tests import factories as f
from tests.backups.situations import machine_of, use_of


@pytest.fixture
def machine(world):
    return machine_of(world.people["mayor59474"].memberships.get().beneficiary, by=world.people["officer"])


@pytest.fixture
def use(world, machine):
    return use_of(machine.beneficiary, by=world.people["technician"])


def test_the_list_says_how_each_machine_is(enter, machine):
    page = enter("officer").get("/console/sauvegardes/").content.decode()
    assert "Poste de Commune de Prisches" in page
    assert "En service" in page


@pytest.mark.parametrize("asked", ["?etat=en-retard", "?etat=anomalie", "?etat=retired", "?q=Abancourt", "?etat=x"])
@pytest.mark.parametrize("order", ["place", "-place", "status", "last", "-room", "-drill_at"])
def test_it_is_filtered_and_sorted(enter, machine, asked, order):
    page = enter("officer").get(f"/console/sauvegardes/{asked}&tri={order}").content.decode()
    assert ("Poste de Commune de Prisches" in page) == (asked == "?etat=x")


def test_what_is_late_or_wrong_is_found(enter, machine, time_machine):
    Check._base_manager.create(
        repository=machine.repository, began_at=f.NOW, ended_at=f.NOW, is_sound=False, says="Abîmé."
    )
    assert "Poste de" in enter("officer").get("/console/sauvegardes/?etat=anomalie").content.decode()
    time_machine.move_to(f.NOW.replace(month=12), tick=False)
    assert "Poste de" in enter("officer").get("/console/sauvegardes/?etat=en-retard").content.decode()


@pytest.mark.slow
def test_the_list_asks_the_same_whatever_its_length(enter, world, machine, django_assert_max_num_queries):
    client = enter("officer")
    client.get("/console/sauvegardes/")
    with django_assert_max_num_queries(40) as few:
        client.get("/console/sauvegardes/")
    for number in range(12):
        Machine._base_manager.create(
            beneficiary=machine.beneficiary, name=f"Poste {number}", system="nas", folders="/a", made_at=f.NOW
        )
    with django_assert_max_num_queries(len(few.captured_queries)):
        client.get("/console/sauvegardes/")


def test_the_file_holds_what_the_list_shows(enter, machine):
    said = enter("officer").get("/console/sauvegardes.csv").getvalue().decode()
    assert "Poste de Commune de Prisches" in said
    assert machine.repository.user not in said


@pytest.mark.slow
def test_gestures_are_those_in_charge_s(enter, world, machine, use):
    base = f"/console/sauvegardes/{machine.pk}/"
    gestures = [
        "controler/", "exercice/", "demander-cle/", f"approuver-{use.pk}/", f"decliner-{use.pk}/",
        f"effacer-{use.pk}/", "place/",
    ]  # fmt: skip
    for gesture in gestures:
        response = enter("finance").post(base + gesture, {"gigabytes": 5})
        assert response.status_code == 403, gesture
        assert "techniciens" in response.content.decode()
        assert enter("cdg62").post(base + gesture).status_code == 404, gesture
    assert not Check._base_manager.exists()
    assert EscrowUse._base_manager.get().status == UseStatus.ASKED


def test_checking_rehearsing_and_quota(enter, machine):
    base, client = f"/console/sauvegardes/{machine.pk}/", enter("officer")
    for gesture in ("controler/", "exercice/"):
        assert client.post(base + gesture).status_code == 302
    client.post(base + "place/", {"gigabytes": 5})
    assert Check._base_manager.get().is_sound
    # Its witness files are missing: it shows.
    assert not Drill._base_manager.get().is_sound
    assert Account._base_manager.get().quota == 5 * 10**9
    page = client.get(base).content.decode()
    assert "manqué" in page
    assert "témoins" in page


@pytest.mark.slow
def test_the_key_takes_two_people(enter, machine, use):
    base = f"/console/sauvegardes/{machine.pk}/"
    page = enter("technician").get(base).content.decode()
    assert "vous l’avez demandé vous-même" in page
    assert "Accords demandés" in enter("officer").get("/console/sauvegardes/").content.decode()
    enter("technician").post(f"{base}approuver-{use.pk}/")
    assert EscrowUse._base_manager.get().status == UseStatus.ASKED
    enter("officer").post(f"{base}approuver-{use.pk}/")
    assert EscrowUse._base_manager.get().status == UseStatus.APPROVED
    assert f"socle restore-machine {use.pk}" in enter("officer").get(base).content.decode()


def test_a_use_of_another_machine_is_not_found(enter, world, machine, use):
    other = machine_of(world.people["mayor62002"].memberships.get().beneficiary, by=world.people["officer"])
    response = enter("officer").post(f"/console/sauvegardes/{other.pk}/approuver-{use.pk}/")
    assert response.status_code == 404
    SimulatedStore.clear()


def test_a_motive_that_says_nothing_is_refused_in_place(enter, machine):
    response = enter("officer").post(
        f"/console/sauvegardes/{machine.pk}/demander-cle/", {"purpose": "restore", "reason": "x"}
    )
    assert response.status_code == 422
    assert "Dites le motif en une phrase" in response.content.decode()


def test_the_file_that_installs_is_taken_where_the_mairie_asks_for_it(enter, world, machine):
    account = Account._base_manager.get()
    with scope(beneficiary=account.beneficiary):
        asked, _ = actions.add_machine(
            account, name="Accueil", system="windows", folders="", every_days=1, is_asked=True,
            by=world.people["mayor59474"], at=f.NOW,
        )  # fmt: skip
    client, here = enter("technician"), f"/console/sauvegardes/{asked.pk}/"
    assert "Prendre le fichier d’installation" in client.get(here).content.decode()
    file = client.post(f"{here}installer/")
    assert file["Content-Disposition"] == 'attachment; filename="installer-la-sauvegarde.cmd"'
    digest = Machine._base_manager.get(pk=asked.pk).code_digest
    assert digest in {
        actions.digest_of(code) for code in re.findall(r"\b[a-z0-9]{5}(?:-[a-z0-9]{5}){3}\b", file.content.decode())
    }
    for who, status in (("finance", 403), ("cdg62", 404)):
        assert enter(who).post(f"{here}installer/").status_code == status
    # Of one that the mairie installs itself, nothing.
    assert client.post(f"/console/sauvegardes/{machine.pk}/installer/").status_code == 403
