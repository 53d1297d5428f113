"""Machines: announced, enrolled by a code good once, stopped, taken back; the script they run."""

from __future__ import annotations

import re
import shlex
import subprocess
from datetime import timedelta

import pytest
from django_scopes import scope, scopes_disabled

from socle.backups import actions, rules
from socle.backups.models import Account, Machine, Repository, Status, System
from socle.backups.scripting import script_of
from socle.engines.simulated.store import SimulatedStore
from socle.journal.models import Entry
from socle.lib import dates
from socle.lib.refusals import Refused
from socle.people.models import Role
from tests import factories as f
from tests.backups.conftest import added, enrolled


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("Poste de l’accueil", None),
        ("x" * 60, None),
        ("x" * 61, "un nom court"),
        ("  ", "un nom court"),
        ("Poste\u200b", "un nom court"),
        ("Poste\n2", "un nom court"),
        (" serveur ", "s’appelle déjà"),
    ],
)
def test_a_machine_has_a_short_name_of_its_own(name, says):
    said = rules.why_not_name(name, ["Serveur"])
    assert said is None if says is None else says in said


@pytest.fixture
def commits(django_capture_on_commit_callbacks):
    return lambda: django_capture_on_commit_callbacks(execute=True)


def test_a_code_enrols_one_machine_once_and_nothing_secret_rests(account, secretary):
    machine, code = added(account, secretary)
    given = actions.claim(code.upper().replace("-", " "), by=secretary, at=f.NOW)
    repository = Repository.objects.get(user=given.user)
    machine.refresh_from_db()
    assert (machine.status, machine.repository, machine.code_digest) == (Status.ENROLLED, repository, "")
    rested = " ".join(str(value) for value in vars(repository).values()) + str(list(Entry.objects.values("facts")))
    for secret in (given.password, given.operator_key, code):
        assert secret not in rested
    assert actions.key_of(repository) == given.operator_key
    with pytest.raises(Refused, match="ne vaut plus"):
        actions.claim(code, by=secretary, at=f.NOW)


@pytest.mark.parametrize("code", ["", "x", "é" * 30, "a" * 30, "abcde-abcde-abcde-abcde", "\x00" * 20])
def test_a_code_that_was_never_given_enrols_nothing(account, secretary, code):
    added(account, secretary)
    with pytest.raises(Refused, match="n’a jamais valu"):
        actions.claim(code, by=secretary, at=f.NOW)
    assert not Repository.objects.exists()


def test_a_code_that_is_over_replaced_or_of_a_stopped_machine_is_refused_alike(account, secretary):
    machine, code = added(account, secretary)
    sentences = set()
    with pytest.raises(Refused) as refusal:
        actions.claim(code, by=secretary, at=f.NOW + timedelta(days=8))
    sentences.add(refusal.value.sentence)
    _, newer = actions.renew_code(machine, by=secretary, at=f.NOW)
    with pytest.raises(Refused) as refusal:
        actions.claim(code, by=secretary, at=f.NOW)
    sentences.add(refusal.value.sentence)
    actions.retire_machine(machine, by=secretary, at=f.NOW)
    with pytest.raises(Refused) as refusal:
        actions.claim(newer, by=secretary, at=f.NOW)
    assert sentences == {refusal.value.sentence}


def test_who_is_let_in_is_who_must_be(account, secretary, commits):
    with commits():
        repository = enrolled(account, secretary)
    assert SimulatedStore().who_enters() == {repository.user}
    machine = Machine.objects.get()
    for gesture, back in (
        (lambda: actions.suspend_account(account, by=secretary, at=f.NOW),
         lambda: actions.resume_account(account, by=secretary, at=f.NOW)),
        (lambda: actions.retire_machine(machine, by=secretary, at=f.NOW),
         lambda: actions.take_back_machine(machine, by=secretary, at=f.NOW)),
    ):  # fmt: skip
        with commits():
            gesture()
        assert SimulatedStore().who_enters() == frozenset()
        with commits():
            back()
        assert SimulatedStore().who_enters() == {repository.user}
    Account.objects.update(size=account.quota)
    actions.publish_doors()
    assert SimulatedStore().who_enters() == frozenset()


def test_a_gesture_done_twice_writes_one_line(account, secretary):
    actions.open_account(account.beneficiary, by=secretary, at=f.NOW)
    actions.suspend_account(account, by=secretary, at=f.NOW)
    actions.suspend_account(account, by=secretary, at=f.NOW)
    verbs = list(Entry.objects.filter(verb__startswith="backup.account").values_list("verb", flat=True))
    assert sorted(verbs) == ["backup.account_opened", "backup.account_suspended"]


@pytest.mark.parametrize(
    ("system", "folders", "is_good"),
    [
        (System.LINUX, "/srv/mairie", True),
        (System.LINUX, "/srv/l’été $HOME `id` 'x' \"y\"\n/b", True),
        (System.NAS, "/volume1/commun", True),
        (System.WINDOWS, "C:\\Logiciels\\Données de l’état civil", True),
        (System.WINDOWS, "/home", False),
        (System.WINDOWS, "C:\\a\\..\\b", False),
        (System.WINDOWS, 'C:\\a"b', False),
        (System.WINDOWS, "C:", False),
        (System.LINUX, "C:\\a", False),
        (System.LINUX, "relatif", False),
        (System.LINUX, "/a/../etc", False),
        (System.LINUX, "/a\x00b", False),
        (System.LINUX, "/a\x1b[31m", False),
        (System.LINUX, "\n \n", True),
        (System.WINDOWS, "", True),
        (System.NAS, "\n \n", False),
        (System.LINUX, "/" + "a" * 300, False),
        (System.LINUX, "\n".join(f"/{number}" for number in range(31)), False),
    ],
)
def test_which_folders_may_be_saved(system, folders, is_good):
    assert (rules.why_not_folders(folders, system=system) is None) == is_good


@pytest.mark.parametrize("system", System)
def test_the_script_holds_a_code_and_no_secret_and_nothing_typed_acts(account, secretary, system):
    hostile = {
        System.WINDOWS: "C:\\a '@ $(calc) `x\nD:\\FIN_DES_REGLAGES",
    }.get(system, "/a $(touch /tmp/x) `id` 'q'\n/FIN_DES_REGLAGES")
    machine, code = added(account, secretary, system=system, folders=hostile)
    script = script_of(machine, code)
    text = script.content.decode("utf-8-sig").replace("\r\n", "\n")
    assert code in text
    assert all(f"\nfolder={line}\n" in text for line in hostile.splitlines())
    assert not {"@SETTINGS@", "@CODE@", "@ACCOUNTS@", "@ADDRESS@"} & set(re.findall(r"@[A-Z]+@", text))
    if system == System.WINDOWS:
        # Two clicks: cmd.exe reads its lines up to the mark, alone in what it reads, and PowerShell what follows.
        launcher, rest = text.split("#-SOCLE-#\n")
        assert launcher.endswith("pause\nexit /b\n")
        assert launcher.isascii()
        assert rest.startswith("# Sauvegarde chiffrée")
        assert not script.content.startswith(b"\xef\xbb\xbf")
        assert b"\n" not in script.content.replace(b"\r\n", b"")
    else:
        done = subprocess.run(["sh", "-n"], input=script.content, capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")
        assert shlex.quote(code) in text


def test_no_machine_is_added_where_there_is_no_place(place, secretary):
    assert rules.why_not_add(None, count=0)
    assert rules.why_not_add(Account(), count=rules.MOST_MACHINES - 1) is None
    assert "Vous avez déjà" in rules.why_not_add(Account(), count=rules.MOST_MACHINES)
    with scope(beneficiary=place):
        account = actions.open_account(place, by=secretary, at=f.NOW)
        added(account, secretary)
        with pytest.raises(Refused, match="s’appelle déjà"):
            added(account, secretary, name="accueil")
        actions.suspend_account(account, by=secretary, at=f.NOW)
        with pytest.raises(Refused, match="suspendu"):
            added(account, secretary, name="Autre")


def test_the_name_of_a_stopped_machine_is_free_until_it_is_taken_back(account, secretary):
    (first, _), (second, _) = added(account, secretary, name="Un"), added(account, secretary, name="Deux")
    first = actions.retire_machine(first, by=secretary, at=f.NOW)
    assert first.retired_at == f.NOW
    second = actions.change_machine(second, name="un", folders="", every_days=7, by=secretary, at=f.NOW)
    assert (second.name, second.every_days) == ("un", 7)
    with pytest.raises(Refused, match="s’appelle déjà"):
        actions.take_back_machine(first, by=secretary, at=f.NOW)
    with pytest.raises(Refused, match="s’appelle déjà"):
        added(account, secretary, name="UN")
    with scopes_disabled():
        elsewhere = actions.open_account(f.beneficiary(f.commune("59001", "Abancourt")), by=secretary, at=f.NOW)
        added(elsewhere, secretary, name="Un")
    actions.change_machine(second, name="UN", folders="", every_days=7, by=secretary, at=f.NOW)
    actions.retire_machine(second, by=secretary, at=f.NOW)
    assert actions.take_back_machine(first, by=secretary, at=f.NOW).retired_at is None


def test_the_confirmation_wants_our_key_to_open(account, secretary):
    _, code = added(account, secretary)
    given = actions.claim(code, by=secretary, at=f.NOW)
    for wrong in ("x", "é", "\x00", ""):
        with pytest.raises(Refused, match="pas la bonne"):
            actions.confirm(given.user, wrong, by=secretary, at=f.NOW)
    with pytest.raises(Refused):
        actions.confirm(given.user, given.confirmation, by=secretary, at=f.NOW)
    SimulatedStore().save(given.user, "cle", files={}, at=f.NOW)
    with pytest.raises(Refused, match="n’ouvre pas encore"):
        actions.confirm(given.user, given.confirmation, by=secretary, at=f.NOW)
    SimulatedStore().save(given.user, given.operator_key, files={}, at=f.NOW)
    assert actions.confirm(given.user, given.confirmation, by=secretary, at=f.NOW).confirmed_at == f.NOW


@pytest.mark.parametrize(("gigabytes", "is_right"), [(0, False), (1, True), (100_000, True), (100_001, False)])
def test_a_place_goes_from_one_to_a_hundred_thousand_gigabytes(account, secretary, gigabytes, is_right):
    before = account.quota
    if is_right:
        actions.set_quota(account, gigabytes=gigabytes, by=secretary, at=f.NOW)
    else:
        with pytest.raises(Refused, match="entre 1 et 100"):
            actions.set_quota(account, gigabytes=gigabytes, by=secretary, at=f.NOW)
    account.refresh_from_db()
    assert account.quota == (gigabytes * 10**9 if is_right else before)


def test_each_gesture_writes_its_row_and_its_line_and_touches_no_other(account, secretary, settings, commits):
    def facts_of(row, *names):
        row.refresh_from_db()
        return tuple(getattr(row, name) for name in names)

    def others():
        kept = {Account: account.pk, Machine: machine.pk, Repository: machine.repository_id}
        return [list(model._base_manager.exclude(pk=pk).order_by("pk").values()) for model, pk in kept.items()]

    settings.SOCLE_MACHINE_BACKUPS_CODE_DAYS = 3
    with scopes_disabled():
        elsewhere = actions.open_account(f.beneficiary(f.commune("59001", "Abancourt")), by=secretary, at=f.NOW)
        enrolled(elsewhere, secretary)
    enrolled(account, secretary, name="Poste")
    at, by = f.NOW + timedelta(hours=1), {"by": secretary, "at": f.NOW + timedelta(hours=1)}
    machine, code = added(account, secretary, name=" Accueil ", folders=" /a \n\n/b\n/a", every_days=7)
    assert facts_of(machine, "name", "folders", "every_days", "system", "status", "made_at") == (
        "Accueil", "/a\n/b", 7, "linux", Status.INVITED, f.NOW,
    )  # fmt: skip
    assert facts_of(machine, "code_digest", "code_expires_at") == (
        actions.digest_of(code), f.NOW + timedelta(days=3),
    )  # fmt: skip
    before = others()
    for gesture, row, fields, publishes in (
        (lambda: actions.suspend_account(account, **by), account, {"suspended_at": at}, True),
        (lambda: actions.resume_account(account, **by), account, {"suspended_at": None}, True),
        (lambda: actions.set_quota(account, gigabytes=5, **by), account, {"quota": 5 * 10**9}, True),
        (lambda: actions.renew_code(machine, **by), machine, {"code_expires_at": at + timedelta(days=3)}, False),
        (lambda: actions.cancel_code(machine, **by), machine, {"code_digest": ""}, False),
        (
            lambda: actions.change_machine(machine, name=" Un ", folders="/c\n", every_days=1, **by), machine,
            {"name": "Un", "folders": "/c", "every_days": 1}, False,
        ),
        (
            lambda: actions.claim(actions.renew_code(machine, **by)[1], **by), machine,
            {"status": Status.ENROLLED, "enrolled_at": at, "code_digest": ""}, True,
        ),
        (
            lambda: actions.retire_machine(machine, **by), machine,
            {"status": Status.RETIRED, "retired_at": at, "code_digest": ""}, True,
        ),
        (
            lambda: actions.take_back_machine(machine, **by), machine,
            {"status": Status.ENROLLED, "retired_at": None}, True,
        ),
    ):  # fmt: skip
        with commits() as published:
            gesture()
        assert facts_of(row, *fields) == tuple(fields.values())
        assert (actions.publish_doors in published) == publishes
    made = machine.repository
    assert others() == before
    assert (made.name, made.made_at, made.beneficiary_id) == ("Un", at, machine.beneficiary_id)
    assert SimulatedStore().who_enters() >= {made.user}
    lines = Entry.objects.filter(object_id=str(machine.pk), verb__startswith="backup.").order_by("pk")
    assert [(one.verb, one.facts) for one in lines if one.verb.startswith(("backup.machine", "backup.code"))] == [
        ("backup.machine_added", {"system": "linux", "every_days": 7}),
        ("backup.code_renewed", {}),
        ("backup.code_cancelled", {}),
        ("backup.machine_changed", {"every_days": 1}),
        ("backup.code_renewed", {}),
        ("backup.machine_enrolled", {"user": made.user}),
        ("backup.machine_retired", {}),
        ("backup.machine_resumed", {}),
    ]
    verbs = ("backup.account_suspended", "backup.account_resumed", "backup.quota_set")
    lines = Entry.objects.filter(verb__in=verbs).order_by("pk").values_list("verb", "object_id", "facts")
    assert list(lines) == [(verb, str(account.pk), {}) for verb in verbs[:2]] + [
        (verbs[2], str(account.pk), {"gigabytes": 5})
    ]


def test_a_machine_asks_for_its_settings_by_its_token_and_a_stopped_one_is_told_nothing(account, secretary):
    machine, code = added(account, secretary, folders="/a\n/b", every_days=7)
    given = actions.claim(code, by=secretary, at=f.NOW)
    told = actions.settings_of(actions.machine_by_token(given.user, given.settings))
    assert told == "every_days=7\nfolder=/a\nfolder=/b"
    machine = actions.change_machine(machine, name="Accueil", folders="", every_days=1, by=secretary, at=f.NOW)
    assert actions.settings_of(actions.machine_by_token(given.user, given.settings)) == "every_days=1"
    other = actions.claim(added(account, secretary, name="Autre")[1], by=secretary, at=f.NOW)
    for user, token in ((given.user, other.settings), (given.user, ""), (given.user, given.confirmation), ("", "")):
        with pytest.raises(Refused, match="ne sont pas ceux"):
            actions.machine_by_token(user, token)
    actions.retire_machine(machine, by=secretary, at=f.NOW)
    with pytest.raises(Refused, match="ne sont pas ceux"):
        actions.machine_by_token(given.user, given.settings)


def test_only_a_keeper_takes_the_file_of_a_machine_that_its_mairie_asks_to_install(account, secretary, place):
    technician, finance = (f.member(role, f.programme().lead()) for role in (Role.TECHNICIAN, Role.FINANCE_OFFICER))
    machine, _ = added(account, secretary, is_asked=True)
    assert machine.install_asked_at == f.NOW
    assert Entry.objects.filter(verb="backup.install_asked").count() == 1
    on = dates.day_of(f.NOW)
    assert rules.why_not_install(machine, by=technician, on=on) is None
    assert rules.why_not_install(machine, by=finance, on=on)
    assert rules.why_not_install(machine, by=secretary, on=on)
    alone, _ = added(account, secretary, name="Autre")
    assert "elle la fait elle-même" in rules.why_not_install(alone, by=technician, on=on)
    # Announced to be installed by the mairie, then asked of the operators: once.
    alone = actions.ask_install(alone, by=secretary, at=f.NOW)
    assert rules.why_not_install(alone, by=technician, on=on) is None
    with pytest.raises(Refused, match="déjà demandé, le"):
        actions.ask_install(alone, by=secretary, at=f.NOW)
    actions.claim(actions.renew_code(machine, by=technician, at=f.NOW)[1], by=technician, at=f.NOW)
    machine.refresh_from_db()
    assert "déjà installée" in rules.why_not_install(machine, by=technician, on=on)
    installed = Machine(status=Status.ENROLLED)
    assert "déjà installée" in rules.why_not_ask_install(installed)
