"""A whole platform, lost and brought back: real processes, a real repository, the database under test."""

from __future__ import annotations

import json
import os
import re
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
from tests.restic_keys import in_haste, in_haste_there
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
    shutil.copy(source.data / inventory.LAST_BACKUP, place / inventory.LAST_BACKUP)
    (place / "files").write_text(re.search(r"([\d\u202f]+) fichiers", done.stdout)[1])
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


ASK = "import django; django.setup()\nfrom tests.operations.safekeeping.furnish import ask\nask('prisches.localhost')\n"
# Each process takes a second to start: what one may do after the other is done by one, and ends it when it fails.
AT_WORK = (
    "import django; django.setup()\n"
    "from django.core.management import call_command\n"
    "for line in {lines}: call_command(*line)\n"
)
# What is refused is said, and the next is asked for.
REFUSED_ONE_BY_ONE = (
    "import sys, django; django.setup()\n"
    "from django.core.management import CommandError, call_command\n"
    "for line in {lines}:\n"
    "    try: call_command(*line)\n"
    "    except CommandError as refused: print(refused.returncode, refused, file=sys.stderr)\n"
    "    else: print(0, file=sys.stderr)\n"
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
    # The number that the backup said.
    assert f"{said['files']}" == Path(repository).with_name("files").read_text().replace("\u202f", "")
    assert (said["altered"], said["aside"], said["remarks"]) == ([], "", [])
    assert_same(saved, elsewhere.held())
    assert not (elsewhere.data / "restoring").exists()
    # The doctor goes on telling the age of the last backup: of that one.
    saved_at = Path(repository).with_name(inventory.LAST_BACKUP).read_text()
    assert (elsewhere.data / inventory.LAST_BACKUP).read_text() == saved_at

    # The last two draw pages of the sites, which name stylesheets.
    lines = ["journal", "verify"], ["migrate", "--check"], ["reconcile"], ["publish", "prisches.localhost"]
    worked = elsewhere.python(f"{ASK}{AT_WORK.format(lines=lines)}", **real)
    assert worked.stdout.startswith("200 Prisches\n"), worked.stdout + worked.stderr
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
HEAD = (
    "from django.conf import settings\n"
    "print((settings.DATA_DIR / 'journal-head.json').read_text().replace(chr(10), ' '))\n"
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
    # another test had just written in the source may still have waited for its seal. Then a backup is made of a journal
    # whose tail was cut.
    verify = AT_WORK.format(lines=[["journal", "verify"]])
    steps = (
        verify + WAITING + WRITE_THEN + HEAD,
        AT_WORK.format(lines=[[*options, "--over"]]) + HEAD,
        verify + WRITE_THEN + CUT,
        AT_WORK.format(lines=[["backup", empty, "--passphrase-file", passphrase]]),
    )
    worked = elsewhere.python("print('§')\n".join(steps))
    assert worked.returncode == 0, worked.stderr
    written, done, cut, _ = worked.stdout.split("§\n")
    assert "Comparée au relevé" in written
    *_, waiting, kept = written.splitlines()
    later = head["count"] + int(waiting) + 3
    assert json.loads(kept)["count"] == later
    said, kept = done.splitlines()
    (remark,) = json.loads(said)["remarks"]
    assert f"allait jusqu’à la ligne {later}" in remark.replace("\u202f", "")
    assert json.loads(kept) == head
    assert "La chaîne est intacte." in cut

    # A backup of a journal whose tail was cut does not make it good.
    restored = elsewhere.run("restore", empty, "--passphrase-file", passphrase, "--over")
    assert restored.returncode == 1
    assert "ROMPUE" in restored.stdout
    assert "les 2 dernières ont été retirées" in elsewhere.run("journal", "verify").stderr


def test_a_backup_that_comes_back_with_a_file_less_changes_nothing(
    repository: str, passphrase: str, elsewhere: System
) -> None:
    done = elsewhere.python(
        "import django; django.setup()\n"
        "from django.core.management import call_command\n"
        "from socle.operations.safekeeping.repository import Repository\n"
        "def lose(self, snapshot, into, progress=None, whole=Repository.restore):\n"
        "    whole(self, snapshot, into, progress=progress)\n"
        "    next(path for path in into.rglob('*') if path.suffix == '.pdf').unlink()\n"
        "Repository.restore = lose\n"
        f"call_command('restore', {repository!r}, passphrase_file={passphrase!r})"
    )
    assert "en sont revenus" in done.stderr
    assert "rien n’a été changé" in done.stderr
    assert not (elsewhere.data / "restoring").exists()
    assert inventory.entries(elsewhere.data) in ([], ["secret-key"])


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
        lines, why = (["run", "--port", "1"], ["restore", "--resume"]), "Une restauration a été interrompue"
    else:
        lines = ["restore", "--resume"], ["restore", repository, "--passphrase-file", passphrase]
        why = "Aucune restauration n’a été interrompue"
    done = elsewhere.python(REFUSED_ONE_BY_ONE.format(lines=lines))
    assert done.stderr.startswith(f"1 {why}"), done.stderr
    assert done.stderr.endswith("\n0\n"), done.stderr
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

    damaged = place / "damaged"
    shutil.copytree(repository, damaged)
    # The heaviest holds what files hold, which is not read to know which files there are.
    pack = max(damaged.glob("data/*/*"), key=lambda one: one.stat().st_size)
    pack.chmod(0o600)
    content = bytearray(pack.read_bytes())
    content[len(content) // 3] ^= 0xFF
    pack.write_bytes(content)
    options = ("--passphrase-file", passphrase)
    lines = (
        ["restore", repository, "--passphrase-file", str(wrong)],
        ["restore", str(damaged), *options],
        ["backup", "check", str(damaged), *options, "--read", "100%"],
        ["restore", str(place / "nowhere"), *options],
    )
    refused = elsewhere.python(REFUSED_ONE_BY_ONE.format(lines=lines)).stderr.splitlines()
    reasons = (
        "Ce n’est pas la phrase de passe",
        "Ces sauvegardes sont abîmées",
        "Ces sauvegardes sont abîmées",
        "Il n’y a pas de sauvegardes à cette adresse",
    )
    for said, reason in zip(refused, reasons, strict=True):
        assert said.startswith(f"1 {reason}"), refused
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
    count = f"import os; print(len(os.listdir({str(snapshots)!r})))\n"
    prune = ["backup", "prune", empty, *options]
    lines = (
        [*[["backup", empty, *options]] * 3, prune],
        [[*prune, "--yes"], ["backup", "list", empty, *options, "--json"]],
    )
    done = source.python(
        count.join(AT_WORK.format(lines=some) for some in lines) + count, SOCLE_BACKUP_KEEP="daily=14d"
    )
    assert done.returncode == 0, done.stderr
    # The last of each day, and the oldest of all.
    *_, tried, before, _, _, kept, after = done.stdout.splitlines()
    assert "1 à effacer, 2 gardées. Rien n’a été effacé" in tried
    assert (before, len(json.loads(kept)), after) == ("3", 2, "2")
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
    in_haste_there(storage, "sauvegardes", "socle/keys/", PASSPHRASE)
    lines = ["backup", "check", "--read", "100%", "--max-age", "1"], ["restore"]
    restored = elsewhere.python(AT_WORK.format(lines=lines), **there)
    assert restored.returncode == 0, restored.stderr
    assert "données relues (100%)" in restored.stdout
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
