"""A whole platform, lost and brought back: real processes, a real repository, the database under test."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from socle.lib.ports import free_port
from socle.lib.refusals import Refused
from socle.operations import processes
from socle.operations.safekeeping import inventory
from socle.operations.safekeeping import repository as repositories
from tests.conftest import tool
from tests.restic_keys import in_haste
from tests.systems import FURNISH, SOCLE, Held, System, assert_same, uses_postgresql
from tools.object_storage import ObjectStorage

# On both databases: what is saved, restored or killed half-way. What restic, the disk or the journal's head does is the
# same on any.
pytestmark = [pytest.mark.slow]
PASSPHRASE = "une phrase de passe pour les essais"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tool("restic")
    return tmp_path_factory.mktemp("safekeeping")


@pytest.fixture(scope="module")
def passphrase(place: Path) -> str:
    path = place / "passphrase"
    path.write_text(PASSPHRASE)
    path.chmod(0o600)
    return str(path)


@pytest.fixture(scope="module")
def source(place: Path) -> Iterator[System]:
    """A platform with two equipped communes."""
    with System(place / "source") as made:
        made.migrate()
        furnished = made.furnish()
        assert furnished.returncode == 0, furnished.stderr
        yield made


@pytest.fixture(scope="module")
def saved(source: System) -> Held:
    """What it held when it was first saved: other tests write in it, in any order."""
    return source.held()


@pytest.fixture(scope="module")
def repository(place: Path, source: System, saved: Held, passphrase: str) -> str:
    """Its first backup."""
    address = str(place / "repository")
    done = source.run("backup", address, "--passphrase-file", passphrase)
    assert done.returncode == 0, done.stderr
    assert "GARDEZ LA PHRASE DE PASSE AILLEURS" in done.stdout
    assert PASSPHRASE not in done.stdout
    assert (source.data / inventory.LAST_BACKUP).exists()
    in_haste(Path(address), PASSPHRASE)
    return address


@pytest.fixture
def empty(repository: str, tmp_path: Path) -> str:
    """A repository where nothing was saved yet."""
    made = tmp_path / "empty"
    shutil.copytree(Path(repository) / "keys", made / "keys")
    shutil.copy(Path(repository) / "config", made)
    for name in ("data", "index", "locks", "snapshots"):
        (made / name).mkdir(mode=0o700)
    return str(made)


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[System]:
    """An empty system."""
    with System(tmp_path / "restored") as made:
        yield made


AT_WORK = (
    "import django; django.setup()\n"
    "from django.core.management import call_command\n"
    "for line in {lines}: call_command(*line)\n"
)


@pytest.mark.both
def test_what_is_restored_in_an_empty_system_is_what_was_saved_and_works_at_once(
    saved: Held, repository: str, passphrase: str, elsewhere: System
) -> None:
    options = ("restore", repository, "--passphrase-file", passphrase)
    real = {"SOCLE_STATIC_BACKEND": "socle.serving.statics.ReleaseFiles"}
    done = elsewhere.run(*options, "--json", **real)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["chain_intact"]
    assert said["sealed"] > 20
    assert said["documents"] >= 6
    assert (said["altered"], said["aside"], said["remarks"]) == ([], "", [])
    assert_same(saved, elsewhere.held())
    assert not (elsewhere.data / "restoring").exists()

    asked = elsewhere.furnish("ask", "prisches.localhost").stdout
    assert asked.startswith("200 ")
    assert "Prisches" in asked
    # The last two draw pages of the sites, which name stylesheets.
    lines = ["journal", "verify"], ["migrate", "--check"], ["reconcile"], ["publish", "prisches.localhost"]
    worked = elsewhere.python(AT_WORK.format(lines=lines), **real)
    assert worked.returncode == 0, worked.stdout + worked.stderr
    assert "La chaîne est intacte." in worked.stdout
    assert "erreur" not in worked.stdout + worked.stderr


@pytest.mark.parametrize("holds", [False, True], ids=["nothing", "a system"])
def test_a_trial_of_a_restoration_writes_nothing_at_all(
    repository: str, passphrase: str, elsewhere: System, holds: bool
) -> None:
    if holds:
        elsewhere.migrate()
        locks = elsewhere.data / "locks"
        locks.mkdir(exist_ok=True)
        # Of a worker that died: nobody is at work, and its lock stays for whoever sweeps.
        (locks / f"worker-{processes.machine()}.0123456789ab.lock").touch()
    before = tree(elsewhere.data), tree(Path(repository)), elsewhere.rows() if uses_postgresql() else None
    options = ("restore", repository, "--passphrase-file", passphrase, "--dry-run")
    tried = elsewhere.run(*options, *(["--over"] if holds else []))
    assert "Elle peut être restaurée ici. Rien n’a été changé." in tried.stdout, tried.stderr
    assert (tree(elsewhere.data), tree(Path(repository)), elsewhere.rows() if uses_postgresql() else None) == before


def tree(folder: Path) -> dict[str, object]:
    """All that is in a folder, hidden or not, kept or not: rights, and the bytes and the date of files; itself too."""
    if not folder.exists():
        return {}
    return {
        str(path): (path.stat().st_mode, *((path.stat().st_mtime_ns, path.read_bytes()) if path.is_file() else ()))
        for path in [folder, *folder.rglob("*")]
    }


@pytest.mark.both
def test_a_system_that_holds_something_is_put_aside_and_only_when_asked(
    saved: Held, repository: str, passphrase: str, elsewhere: System
) -> None:
    elsewhere.migrate()
    (elsewhere.data / "kept").mkdir()
    (elsewhere.data / "kept" / "theirs").write_text("written before")
    before = elsewhere.rows()
    options = ("restore", repository, "--passphrase-file", passphrase)

    refused = elsewhere.run(*options)
    assert refused.returncode == 1
    assert "Il y a déjà quelque chose ici (une base et kept)" in refused.stderr
    assert elsewhere.rows() == before

    done = elsewhere.run(*options, "--over")
    assert done.returncode == 0, done.stderr
    assert "Ce qui était là est mis de côté" in done.stdout
    assert_same(saved, elsewhere.held())
    (aside,) = elsewhere.data.glob("aside-*")
    assert (aside / "kept" / "theirs").read_text() == "written before"
    if uses_postgresql():
        assert elsewhere.rows("socle_aside_" + aside.name.removeprefix("aside-").replace("-", "_")) == before
    else:
        was = System(aside.parent / "was")
        was.data.mkdir()
        shutil.copy(aside / "socle.sqlite3", was.data)
        assert was.rows() == before


WRITE_THEN = (
    "import django; django.setup()\n"
    "from django.db import connection\n"
    "from django.utils import timezone\n"
    "from socle.journal import actions, heads\n"
    "from socle.people.models import User\n"
    "system = User.objects.system()\n"
    "for _ in range(3): actions.record('essai.fait', system, by=system, at=timezone.now())\n"
    "heads.seal_and_keep()\n"
)
WAITING = (
    "import django; django.setup()\n"
    "from socle.journal.models import Entry\n"
    "print(Entry.objects.filter(position__isnull=True).count())\n"
)
CUT = (
    "sql = connection.cursor().execute\n"
    "sql('DELETE FROM journal_entry WHERE position > (SELECT MAX(position) - 2 FROM journal_entry)')\n"
)


def test_what_is_restored_has_its_own_head_and_what_was_lost_is_said(
    repository: str, empty: str, passphrase: str, elsewhere: System
) -> None:
    options = ("restore", repository, "--passphrase-file", passphrase, "--json")
    assert elsewhere.run(*options).returncode == 0
    head = json.loads((elsewhere.data / "journal-head.json").read_text())

    # Three lines later, the same backup takes the place of what is there: the head goes back with the database. What
    # another test had just written in the source may still have waited for its seal.
    written = elsewhere.python(AT_WORK.format(lines=[["journal", "verify"]]) + WAITING + WRITE_THEN)
    assert written.returncode == 0, written.stderr
    assert "Comparée au relevé" in written.stdout
    later = head["count"] + int(written.stdout.splitlines()[-1]) + 3
    assert json.loads((elsewhere.data / "journal-head.json").read_text())["count"] == later
    done = elsewhere.run(*options, "--over")
    assert done.returncode == 0, done.stderr
    (remark,) = json.loads(done.stdout)["remarks"]
    assert f"allait jusqu’à la ligne {later}" in remark.replace("\u202f", "")
    assert json.loads((elsewhere.data / "journal-head.json").read_text()) == head

    # A backup of a journal whose tail was cut does not make it good.
    cut = elsewhere.python(AT_WORK.format(lines=[["journal", "verify"]]) + WRITE_THEN + CUT)
    assert cut.returncode == 0, cut.stderr
    assert "La chaîne est intacte." in cut.stdout
    assert elsewhere.run("backup", empty, "--passphrase-file", passphrase).returncode == 0
    restored = elsewhere.run("restore", empty, "--passphrase-file", passphrase, "--over")
    assert restored.returncode == 1
    assert "ROMPUE" in restored.stdout
    assert "les 2 dernières ont été retirées" in elsewhere.run("journal", "verify").stderr


@pytest.mark.both
@pytest.mark.parametrize(
    "instant",
    [
        pytest.param("databases, 'check_sqlite_dump' if not pg else 'load_postgresql'", id="before the swap"),
        pytest.param("restoring, '_swap'", id="once the database is there"),
    ],
)
def test_a_restoration_that_is_killed_is_finished_or_never_was(
    saved: Held, repository: str, passphrase: str, elsewhere: System, instant: str
) -> None:
    dead = elsewhere.python(
        "import os, django; django.setup()\n"
        "from django.core.management import call_command\n"
        "from socle.operations.safekeeping import databases, restoring\n"
        f"pg = {uses_postgresql()}\n"
        f"where, name = {instant}\n"
        "setattr(where, name, lambda *a, **k: os._exit(9))\n"
        f"call_command('restore', {repository!r}, passphrase_file={passphrase!r})"
    )
    assert dead.returncode == 9, dead.stderr
    is_started = (elsewhere.data / "restoring" / "plan.json").exists()
    if is_started:
        refused = elsewhere.run("run", "--port", "1")
        assert "Une restauration a été interrompue" in refused.stderr
        done = elsewhere.run("restore", "--resume")
    else:
        assert "Aucune restauration n’a été interrompue" in elsewhere.run("restore", "--resume").stderr
        done = elsewhere.run("restore", repository, "--passphrase-file", passphrase)
    assert done.returncode == 0, done.stderr
    assert_same(saved, elsewhere.held())


@pytest.mark.both
def test_what_is_saved_while_it_is_written_agrees_with_itself(
    source: System, empty: str, passphrase: str, elsewhere: System
) -> None:
    writer = subprocess.Popen(
        [*FURNISH, "write"], env=source.environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert writer.stdout is not None
    assert writer.stdout.readline() == "writing\n"
    try:
        done = source.run("backup", empty, "--passphrase-file", passphrase, "--json")
    finally:
        said, _ = writer.communicate(timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["missing"] == []
    restored = elsewhere.run("restore", empty, "--passphrase-file", passphrase, "--json")
    assert restored.returncode == 0, restored.stderr
    found = json.loads(restored.stdout)
    assert found["altered"] == []
    assert found["chain_intact"]
    written = {row for row in source.rows()["documents_document"] if "Essai" in row}
    saved = {row for row in elsewhere.rows()["documents_document"] if "Essai" in row}
    assert saved <= written
    assert int(said) == len(written)
    # It really wrote all along: some before the instant, some after.
    assert 0 < len(saved) < len(written)


def test_a_wrong_passphrase_a_damaged_repository_change_nothing(
    repository: str, passphrase: str, place: Path, elsewhere: System
) -> None:
    wrong = place / "wrong"
    wrong.write_text("une autre phrase de passe")
    wrong.chmod(0o600)
    refused = elsewhere.run("restore", repository, "--passphrase-file", str(wrong))
    assert "Ce n’est pas la phrase de passe" in refused.stderr

    damaged = place / "damaged"
    shutil.copytree(repository, damaged)
    for pack in sorted(damaged.glob("data/*/*")):
        pack.chmod(0o600)
        content = bytearray(pack.read_bytes())
        content[len(content) // 3] ^= 0xFF
        pack.write_bytes(content)
    refused = elsewhere.run("restore", str(damaged), "--passphrase-file", passphrase)
    assert refused.returncode == 1
    assert "sauvegardes sont abîmées" in refused.stderr
    refused = elsewhere.run("backup", "check", str(damaged), "--passphrase-file", passphrase, "--read", "100%")
    assert "sauvegardes sont abîmées" in refused.stderr

    assert "aucune sauvegarde" not in refused.stderr
    nowhere = elsewhere.run("restore", str(place / "nowhere"), "--passphrase-file", passphrase)
    assert "Il n’y a pas de sauvegardes à cette adresse" in nowhere.stderr
    assert not (elsewhere.data / "restoring").exists()
    if uses_postgresql():
        assert elsewhere.rows() == {}
    else:
        assert not (elsewhere.data / "socle.sqlite3").exists()


def test_who_reads_the_repository_without_its_passphrase_learns_nothing(
    repository: str, source: System, place: Path
) -> None:
    names = {path.name for path in source.data.rglob("*") if path.is_file()} - {"config"}
    known = [b"SQLite format 3", b"PRIVATE KEY", b"Commune de ", *(name.encode() for name in names if len(name) > 9)]
    read = [path for path in Path(repository).rglob("*") if path.is_file()]
    assert read
    for path in read:
        content = path.read_bytes()
        assert [one for one in known if one in content] == [], path
        assert not [name for name in names if name in str(path.relative_to(repository))]
    guess = place / "guess"
    guess.write_text("")
    for verb in ("snapshots", "ls", "dump"):
        what = {"ls": ["latest"], "dump": ["latest", "/"]}.get(verb, [])
        line = [tool("restic"), "--no-cache", "--repo", repository, "--password-file", str(guess), verb, *what]
        assert subprocess.run(line, capture_output=True, check=False, env={"PATH": os.environ["PATH"]}).returncode


def test_an_interrupted_backup_leaves_the_others_as_they_were(source: System, repository: str, passphrase: str) -> None:
    before = source.run("backup", "list", repository, "--passphrase-file", passphrase, "--json").stdout
    killed = subprocess.Popen(
        [*SOCLE, "backup", repository, "--passphrase-file", passphrase],
        env=source.environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # Tests that run in the background inherit a deaf ear for Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert killed.stdout is not None
    assert "Base de données" in killed.stdout.readline()
    killed.send_signal(signal.SIGINT)
    _, said = killed.communicate(timeout=60)
    assert killed.returncode == 130, said
    assert "les sauvegardes déjà faites sont intactes" in said
    assert not (source.data / "saving").exists()
    options = ("--passphrase-file", passphrase)
    lines = ["backup", "check", repository, *options], ["backup", "list", repository, *options, "--json"]
    looked = source.python(AT_WORK.format(lines=lines))
    assert "Dépôt intact" in looked.stdout, looked.stderr
    assert looked.stdout.endswith("\n" + before)


def test_a_disk_that_is_full_is_said(source: System, empty: str, passphrase: str) -> None:
    # No file of more than 200 kB may be written.
    line = ["bash", "-c", 'ulimit -f 200; exec "$@"', "-", *SOCLE, "backup", empty]
    done = subprocess.run(
        [*line, "--passphrase-file", passphrase], env=source.environment, text=True, capture_output=True, timeout=120
    )
    assert done.returncode == 1
    assert "plus de place" in done.stderr, done.stderr
    assert not (source.data / "saving").exists()


def test_backups_are_pruned_by_their_age(source: System, empty: str, passphrase: str) -> None:
    options, snapshots = ("--passphrase-file", passphrase), Path(empty) / "snapshots"
    saved = source.python(AT_WORK.format(lines=[["backup", empty, *options]] * 3))
    assert saved.returncode == 0, saved.stderr
    tried = source.run("backup", "prune", empty, *options, SOCLE_BACKUP_KEEP="daily=14d")
    assert "1 à effacer, 2 gardées. Rien n’a été effacé" in tried.stdout, tried.stderr
    assert len(list(snapshots.iterdir())) == 3
    # The last of each day, and the oldest of all.
    assert source.run("backup", "prune", empty, *options, "--yes", SOCLE_BACKUP_KEEP="daily=14d").returncode == 0
    assert len(json.loads(source.run("backup", "list", empty, *options, "--json").stdout)) == 2
    assert len(list(snapshots.iterdir())) == 2
    refused = source.run("backup", "prune", empty, *options, "--yes", SOCLE_BACKUP_KEEP="daily=")
    assert "rien n’a été effacé" in refused.stderr


# --- Object storage --------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def storage(place: Path) -> Iterator[str]:
    """A real S3 storage, that checks who comes."""
    made = ObjectStorage(place / "storage").start()
    try:
        yield made.endpoint
    finally:
        made.stop()


def test_a_platform_is_saved_in_object_storage_and_comes_back(
    source: System, storage: str, passphrase: str, elsewhere: System
) -> None:
    there = {
        "SOCLE_BACKUP_TARGET": "s3://sauvegardes/socle",
        "SOCLE_BACKUP_PASSPHRASE_FILE": passphrase,
        "SOCLE_BACKUP_S3_ENDPOINT": storage,
        "SOCLE_BACKUP_S3_KEY_ID": "notre-cle",
        "SOCLE_BACKUP_S3_SECRET": "notre-secret",
    }
    done = source.run("backup", **there)
    assert done.returncode == 0, done.stderr
    assert "notre-secret" not in done.stdout + done.stderr
    held = source.held()
    assert source.run("backup", "check", "--read", "100%", "--max-age", "1", **there).returncode == 0
    restored = elsewhere.run("restore", **there)
    assert restored.returncode == 0, restored.stderr
    assert_same(held, elsewhere.held())


def test_a_storage_that_refuses_us_or_does_not_answer_is_said(
    storage: str, passphrase: str, monkeypatch: pytest.MonkeyPatch
) -> None:

    def opened(endpoint: str) -> repositories.Repository:
        target = repositories.target_of("s3://sauvegardes/socle", endpoint=endpoint)
        return repositories.Repository(target, passphrase_file=Path(passphrase), key_id="notre-cle", secret="un autre")

    with pytest.raises(Refused, match="refuse nos clés"):
        opened(storage).exists()
    monkeypatch.setattr(repositories, "PATIENCE", 3)
    with pytest.raises(Refused, match="ne répond pas"):
        opened(f"http://127.0.0.1:{free_port()}").exists()
