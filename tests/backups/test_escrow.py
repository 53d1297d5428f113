"""The key in escrow: a reason, two people, once, and a line of the journal each time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from socle.backups import actions, escrow, inspection, rules
from socle.backups.models import EscrowUse, Machine, Purpose, Snapshot, UseStatus
from socle.engines.simulated.store import SimulatedStore
from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.people.models import Role, User
from tests import factories as f
from tests.backups.conftest import FILES, enrolled, saves

REASON = "Demandé par la mairie, poste en panne"


@pytest.fixture
def repository(account, secretary):
    made = enrolled(account, secretary)
    saves(made, at=f.NOW)
    return inspection.look(made, by=secretary, at=f.NOW)


@pytest.fixture
def officer(place):
    return f.member(Role.PROGRAMME_OFFICER, f.programme().lead())


@pytest.fixture
def technician(place):
    return f.member(Role.TECHNICIAN, f.programme().lead())


def ask(repository, by, purpose=Purpose.RESTORE, reason=REASON):
    return escrow.ask(repository, purpose=purpose, reason=reason, by=by, at=f.NOW)


def test_nobody_is_enough_alone(repository, officer):
    with pytest.raises(Refused, match="nul autre"):
        ask(repository, officer)


def test_only_those_in_charge_ask_and_say_why(repository, officer, technician, secretary):
    for by, purpose, reason, said in (
        (secretary, Purpose.RESTORE, REASON, "techniciens"),
        (f.member(Role.FINANCE_OFFICER, f.programme().lead()), Purpose.RESTORE, REASON, "techniciens"),
        (officer, Purpose.RESTORE, "  court ", "motif"),
        (officer, Purpose.DRILL, REASON, "pour quoi"),
        (officer, Purpose.ERASE, REASON, "arrêtez-la"),
    ):
        with pytest.raises(Refused, match=said):
            ask(repository, by, purpose, reason)
    assert not EscrowUse.objects.exists()


def test_only_the_keepers_of_its_department_are_asked(repository, officer, technician):
    elsewhere = f.programme().centre_de_gestion_of(f.department("62"))
    f.member(Role.TECHNICIAN, elsewhere)
    f.member(Role.FINANCE_OFFICER, f.programme().lead())
    closed = f.member(Role.TECHNICIAN, f.programme().lead(), email="parti@exemple.invalid")
    User.objects.filter(pk=closed.pk).update(is_active=False)
    assert rules.keepers_of(repository, on=f.TODAY) == [officer, technician]


def test_another_agrees_then_it_is_done_once(repository, officer, technician, tmp_path):
    use = ask(repository, officer)
    with pytest.raises(Refused, match="déjà demandé"):
        ask(repository, technician)
    save = Snapshot.objects.get()
    with pytest.raises(Refused, match="seconde personne"):
        escrow.restore(use, save, tmp_path / "a", by=officer, at=f.NOW)
    with pytest.raises(Refused, match="vous-même"):
        escrow.approve(use, by=officer, at=f.NOW)
    use = escrow.approve(use, by=technician, at=f.NOW)
    assert escrow.restore(use, save, tmp_path / "a", by=officer, at=f.NOW) == len(FILES) + 3
    assert (tmp_path / "a" / "papiers" / "1.txt").read_bytes() == FILES["/papiers/1.txt"]
    assert (tmp_path / "a").stat().st_mode & 0o077 == 0
    with pytest.raises(Refused):
        escrow.restore(use, save, tmp_path / "b", by=officer, at=f.NOW)
    verbs = list(Entry.objects.filter(verb__startswith="backup.key").order_by("pk").values_list("verb", "by_ref"))
    assert verbs == [
        ("backup.key_asked", f"people.user:{officer.pk}"),
        ("backup.key_approved", f"people.user:{technician.pk}"),
        ("backup.key_used", f"people.user:{officer.pk}"),
    ]


def test_what_was_agreed_long_ago_is_over(repository, officer, technician, tmp_path):
    use = ask(repository, officer)
    with pytest.raises(Refused, match="expiré"):
        escrow.approve(use, by=technician, at=f.NOW + timedelta(days=4))
    for at, said in ((use.expires_at - timedelta(seconds=1), "déjà demandé"), (use.expires_at, None)):
        reason = rules.why_not_ask(repository, purpose=use.purpose, reason=REASON, by=officer, at=at)
        assert said in reason if said else reason is None
    use = escrow.approve(use, by=technician, at=f.NOW)
    with pytest.raises(Refused, match="expiré"):
        escrow.restore(use, Snapshot.objects.get(), tmp_path / "a", by=officer, at=f.NOW + timedelta(days=4))


def test_declined_it_is_over(repository, officer, technician):
    use = escrow.decline(ask(repository, officer), by=technician, at=f.NOW)
    assert use.status == UseStatus.DECLINED
    with pytest.raises(Refused, match="déjà décidé"):
        escrow.approve(use, by=technician, at=f.NOW)


def test_erasing_takes_a_stopped_machine_and_two_people_and_is_for_good(repository, officer, technician, secretary):
    machine = Machine.objects.get()
    actions.retire_machine(machine, by=secretary, at=f.NOW)
    use = escrow.approve(ask(repository, officer, Purpose.ERASE), by=technician, at=f.NOW)
    escrow.erase(use, by=officer, at=f.NOW)
    repository.refresh_from_db()
    assert repository.erased_at == f.NOW
    assert repository.escrow == ""
    assert SimulatedStore().names(repository.user) is None
    with pytest.raises(Refused, match="effacé"):
        actions.take_back_machine(machine, by=secretary, at=f.NOW)


def test_a_machine_taken_back_meanwhile_is_not_erased(repository, officer, technician, secretary):
    machine = Machine.objects.get()
    actions.retire_machine(machine, by=secretary, at=f.NOW)
    use = escrow.approve(ask(repository, officer, Purpose.ERASE), by=technician, at=f.NOW)
    actions.take_back_machine(machine, by=secretary, at=f.NOW)
    with pytest.raises(Refused, match="s’en sert encore"):
        escrow.erase(use, by=officer, at=f.NOW)
    assert SimulatedStore().names(repository.user)


def test_a_disk_that_refuses_leaves_everything_as_it_was(repository, officer, technician, secretary, monkeypatch):
    actions.retire_machine(Machine.objects.get(), by=secretary, at=f.NOW)
    use = escrow.approve(ask(repository, officer, Purpose.ERASE), by=technician, at=f.NOW)

    def refuses(*arguments):
        raise OSError

    monkeypatch.setattr(SimulatedStore, "erase", refuses)
    with pytest.raises(Refused, match="rien n’est changé"):
        escrow.erase(use, by=officer, at=f.NOW)
    repository.refresh_from_db()
    assert repository.erased_at is None
    assert EscrowUse.objects.get(pk=use.pk).status == UseStatus.APPROVED


def test_it_writes_in_an_empty_folder_only(repository, officer, technician, tmp_path):
    use = escrow.approve(ask(repository, officer), by=technician, at=f.NOW)
    (tmp_path / "plein").mkdir()
    (tmp_path / "plein" / "x").write_text("x")
    with pytest.raises(Refused, match="pas un dossier vide"):
        escrow.restore(use, Snapshot.objects.get(), tmp_path / "plein", by=officer, at=f.NOW)
    assert EscrowUse.objects.get(pk=use.pk).status == UseStatus.APPROVED


def test_the_command_asks_for_what_was_agreed(repository, officer, technician, tmp_path, capsys):
    use = ask(repository, officer)
    for number, said in ((999, "Aucun accord"), (use.pk, "seconde personne")):
        with pytest.raises(CommandError, match=said):
            call_command("restore_machine", number, into=tmp_path / "a")
    EscrowUse.objects.filter(pk=use.pk).update(expires_at=None, status=UseStatus.APPROVED)
    with pytest.raises(CommandError, match="identifiant"):
        call_command("restore_machine", use.pk, into=tmp_path / "a", snapshot="zzz")
    call_command("restore_machine", use.pk, into=tmp_path / "a")
    assert f"{len(FILES) + 3} fichiers restaurés" in capsys.readouterr().out
