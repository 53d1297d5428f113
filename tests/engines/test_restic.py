"""restic and its server, for real: the service's contract, the store's, isolation, append-only, hostile answers."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import stat
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings

from socle.backups import actions as backups
from socle.backups.contract import Busy, Damaged, Store, StoreError, WrongKey
from socle.engines.restic import client, htpasswd
from socle.engines.restic.engine import MachineBackups
from socle.engines.restic.server import Server
from socle.engines.restic.store import ResticStore
from socle.engines.simulated.store import SimulatedStore
from socle.lib import restic
from socle.lib.restic import Failed, Kind
from socle.people.models import User
from socle.provisioning.actions import make_so
from socle.provisioning.models import State
from tests import factories as f
from tests.conftest import tool
from tests.engines.contract import EngineContract
from tests.restic_keys import in_haste
from tests.restic_server import Client, serving

OPERATOR = "la-cle-de-l-operateur"
KEY = "la-cle-de-la-machine"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("restic")) as running:
        yield running


@pytest.fixture
def real(server: Server, settings) -> ResticStore:
    settings.SOCLE_MACHINE_BACKUPS_DIR = str(server.folder)
    settings.SOCLE_MACHINE_BACKUPS_LISTEN = server.listen
    settings.SOCLE_MACHINE_BACKUPS_URL = f"http://{server.listen}"
    settings.SOCLE_MACHINE_STORE = "socle.engines.restic.store.ResticStore"
    return ResticStore()


def machine(store: ResticStore, user: str) -> Client:
    """A machine let in, with its repository, our key added."""
    made = Client(store.address, user, f"mot-de-passe-{user}", KEY)
    store.let_in({**htpasswd.read(store.doors), user: store.digest_of(made.password)})
    here, kept = store.repositories / user, settings.DATA_DIR / "empty-repository"
    # The first is made as any machine does. Drawing its keys takes seconds of processor: the others start from it.
    if is_first := not kept.exists():
        begin = ("init",)
    else:
        shutil.copytree(kept, here)
        begin = ("cat", "config")
    for _ in range(40):
        # The server reads who enters anew when it is told to, a moment after.
        if made.run(*begin, check=False).returncode == 0:
            break
    if is_first:
        key_file = store.folder / f"{user}.key"
        key_file.write_text(OPERATOR)
        made.run("key", "add", "--new-password-file", str(key_file))
        key_file.unlink()
        in_haste(here, KEY, OPERATOR)
        shutil.copytree(here, kept)
    return made


@pytest.fixture
def desk(real: ResticStore, request: pytest.FixtureRequest) -> Client:
    """A machine of its own for each test."""
    return machine(real, f"c1-{hashlib.sha256(request.node.name.encode()).hexdigest()[:10]}")


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    """Some files with names that a shell, a pattern or an option would read otherwise, one of several pieces."""
    folder = tmp_path / "papiers"
    folder.mkdir()
    for name in ("état civil.txt", "-n", "$HOME", "a*[b]", "l’été.txt", "vide"):
        (folder / name).write_bytes(b"" if name == "vide" else name.encode() * 50)
    (folder / "registre.bin").write_bytes(random.Random(1).randbytes(6_000_000))
    return folder


# --- The service ------------------------------------------------------------------------------------------------------
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
class TestMachineBackups(EngineContract):
    service_code = "sauvegardes"

    @pytest.fixture(autouse=True)
    def _real(self, real):
        pass

    def make_engine(self):
        return MachineBackups()

    def test_it_says_so_when_the_server_does_not_answer(self, engine, settings):
        settings.SOCLE_MACHINE_BACKUPS_LISTEN = "127.0.0.1:1"
        with pytest.raises(Exception, match="ne répond pas") as failure:
            engine.check()
        assert not failure.value.is_lasting

    def test_of_several_machines_only_that_of_the_server_says_what_is(self, engine, place, settings):
        self.make_so(engine, place)
        settings.SEVERAL_MACHINES = True
        assert engine.observe(place).is_present
        settings.SOCLE_MACHINE_BACKUPS_LISTEN = "127.0.0.1:1"
        with pytest.raises(Exception, match="ne répond pas"):
            engine.observe(place)

    def test_who_is_let_in_by_hand_is_seen_and_put_right(self, engine, place, real):
        self.make_so(engine, place)
        real.let_in({})
        assert engine.observe(place).is_present


@pytest.mark.django_db
@pytest.mark.usefixtures("all_beneficiaries")
def test_a_machine_the_server_cannot_read_stops_at_its_own_commune(settings, tmp_path, monkeypatch):
    """One enrolled while a twin stood for the server has a digest that is none of the server's."""
    tool("restic")
    settings.SOCLE_MACHINE_BACKUPS_DIR = str(tmp_path)
    settings.SOCLE_MACHINE_STORE = "socle.engines.simulated.store.SimulatedStore"
    settings.SOCLE_ENGINES = {"sauvegardes": "socle.engines.restic.engine.MachineBackups"}
    system = User.objects.system()

    def enrolled(place, name):
        account = backups.open_account(place, by=system, at=f.NOW)
        _, code = backups.add_machine(
            account, name=name, system="linux", folders="/srv", every_days=1, by=system, at=f.NOW
        )
        return backups.claim(code, by=system, at=f.NOW).user

    f.programme().services.filter(code="telephonie").update(code="sauvegardes")
    here = f.installation(f.beneficiary(), "sauvegardes")
    there = f.installation(f.beneficiary(f.commune("59583", "Taisnières")), "sauvegardes")
    enrolled(there.beneficiary, "Ancien poste")
    settings.SOCLE_MACHINE_STORE = "socle.engines.restic.store.ResticStore"
    ours, theirs = enrolled(here.beneficiary, "Accueil"), enrolled(there.beneficiary, "Nouveau poste")
    assert make_so(here, by=system, at=f.NOW).state == State.LIVE
    failed = make_so(there, by=system, at=f.NOW)
    assert failed.state == State.FAILED
    assert (
        "«\u00a0Ancien poste\u00a0»\u00a0: si cela dure, arrêtez-la, puis installez-la de nouveau" in failed.last_error
    )
    # Nor does it keep the other machines of its own commune out.
    assert ResticStore().who_enters() == {ours, theirs}


# --- The store: the same questions to the twin and to the real one ----------------------------------------------------
class StoreContract:
    @pytest.fixture
    def saved(self) -> tuple[Store, str, dict[str, bytes], str]:
        """The store, a user, what it saved by path, and the identifier of the save."""
        raise NotImplementedError

    def test_what_was_saved_is_told(self, saved):
        store, user, files, name = saved
        assert store.names(user) == {name}
        (seen,) = store.snapshots(user, OPERATOR)
        assert (seen.id, seen.files) == (name, len(files))
        assert store.measure(user) > 0
        told = {one.path: one.size for one in store.files(user, OPERATOR, name)}
        assert told == {path: len(content) for path, content in files.items()}

    def test_what_is_restored_is_compared(self, saved):
        store, user, files, name = saved
        found = list(store.compare(user, OPERATOR, name, files))
        assert all(one.is_same for one in found), [one for one in found if not one.is_same]
        assert {one.path: one.sha256 for one in found} == {
            path: hashlib.sha256(content).hexdigest() for path, content in files.items()
        }

    def test_a_file_that_is_not_there_is_no_success(self, saved):
        store, user, _, name = saved
        (found,) = store.compare(user, OPERATOR, name, ["/nulle/part"])
        assert not found.is_same

    def test_another_key_opens_nothing(self, saved):
        store, user, _, _ = saved
        assert store.opens(user, OPERATOR)
        assert not store.opens(user, "une autre")
        with pytest.raises(WrongKey):
            store.snapshots(user, "une autre")

    def test_a_check_finds_it_sound(self, saved):
        store, user, _, _ = saved
        store.verify(user, OPERATOR, share="100%")

    def test_what_is_let_go_is_gone_and_only_that(self, saved):
        store, user, _, name = saved
        store.forget(user, OPERATOR, [])
        assert store.names(user) == {name}
        store.forget(user, OPERATOR, [name])
        assert store.names(user) == set()

    def test_a_whole_save_is_restored(self, saved, tmp_path):
        store, user, files, name = saved
        assert store.restore(user, OPERATOR, name, tmp_path / "ici") >= len(files)
        for path, content in files.items():
            assert (tmp_path / "ici" / path.lstrip("/")).read_bytes() == content

    def test_erased_there_is_nothing_left_and_twice_is_no_fault(self, saved):
        store, user, _, _ = saved
        store.erase(user)
        store.erase(user)
        assert store.names(user) is None

    def test_who_enters_is_what_was_said_last(self, saved):
        store, *_ = saved
        before = store.who_enters()
        digest = store.digest_of("secret")
        assert "secret" not in digest
        store.let_in({"c9-abc": digest})
        assert store.who_enters() == {"c9-abc"}
        store.let_in({})
        assert store.who_enters() == frozenset()
        assert isinstance(before, frozenset)


class TestTheTwin(StoreContract):
    @pytest.fixture
    def saved(self):
        SimulatedStore.clear()
        store = SimulatedStore()
        files = {"/papiers/un": b"un", "/papiers/deux": b"deux" * 100}
        seen = store.save("c1-poste", "cle", OPERATOR, files=files, at=f.NOW)
        yield store, "c1-poste", files, seen.id
        SimulatedStore.clear()


@pytest.mark.slow
class TestTheRealStore(StoreContract):
    @pytest.fixture
    def saved(self, real, desk, papers):
        desk.run("backup", "--quiet", str(papers))
        files = {str(path): path.read_bytes() for path in papers.iterdir()}
        (name,) = real.names(desk.user)
        return real, desk.user, files, name


# --- What a machine may not do ----------------------------------------------------------------------------------------
@pytest.mark.slow
class TestIsolation:
    def test_the_repository_of_another_is_refused(self, real, desk):
        other = machine(real, "c2-voisine")
        refused = other.run("snapshots", repository=f"{real.address}/{desk.user}/", key=desk.key, check=False)
        assert refused.returncode != 0
        assert "401" in refused.stderr or "403" in refused.stderr, refused.stderr

    def test_who_is_let_in_no_more_is_refused(self, real, desk, tmp_path):
        real.let_in({})
        stranger = Client(real.address, desk.user, "un-autre", desk.key)
        refused = stranger.run("snapshots", check=False)
        assert "401" in refused.stderr, refused.stderr

    def test_who_reads_the_disk_of_the_server_without_the_key_learns_nothing(self, real, desk, papers):
        desk.run("backup", "--quiet", str(papers))
        kept = [path for path in (real.repositories / desk.user).rglob("*") if path.is_file()]
        known = [b"tat civil", b"HOME", str(papers).encode(), (papers / "registre.bin").read_bytes()[:64]]
        assert sum(path.stat().st_size for path in kept) > 5_000_000
        for path in kept:
            content = path.read_bytes()
            assert [one for one in known if one in content] == [], path
        assert not real.opens(desk.user, desk.password)

    def test_a_client_neither_forgets_nor_prunes(self, real, desk, papers):
        desk.run("backup", "--quiet", str(papers))
        (name,) = real.names(desk.user)
        for gesture in (["forget", name], ["forget", "--prune", "--keep-last", "1", name], ["prune"]):
            desk.run(*gesture, check=False)
        assert real.names(desk.user) == {name}
        real.verify(desk.user, OPERATOR, share="100%")
        # restic itself ends with 0: what counts is what the server answered, and that the save is there.
        refused = desk.run("forget", name, check=False)
        assert "403" in refused.stderr or "forbidden" in refused.stderr.lower(), refused.stderr
        assert real.names(desk.user) == {name}

    def test_a_client_does_not_take_our_key_away(self, real, desk):
        keys = json.loads(desk.run("key", "list", "--json").stdout)
        for key in keys:
            desk.run("key", "remove", key["id"], check=False)
        assert real.opens(desk.user, OPERATOR)

    def test_no_secret_is_on_a_command_line_nor_readable_by_others(self, real, desk, papers, monkeypatch):
        desk.run("backup", "--quiet", str(papers))
        seen: list[list[str]] = []
        popen = subprocess.Popen

        def watched(line, **options):
            seen.append(list(line))
            return popen(line, **options)

        monkeypatch.setattr(restic.subprocess, "Popen", watched)
        real.snapshots(desk.user, OPERATOR)
        assert seen
        assert all(OPERATOR not in part for line in seen for part in line)
        assert stat.S_IMODE(real.doors.stat().st_mode) == 0o600

    def test_a_lock_holds_the_pruning_and_hides_nothing(self, real, desk, papers):
        desk.run("backup", "--quiet", str(papers))
        (name,) = real.names(desk.user)
        locks = repository_of_user(real, desk) / "locks"
        lock = _hold(real, desk, locks)
        assert len(real.snapshots(desk.user, OPERATOR)) == 1
        client.RETRY_LOCK, kept = "0s", client.RETRY_LOCK
        try:
            with pytest.raises(Busy):
                real.forget(desk.user, OPERATOR, [name])
            assert real.names(desk.user) == {name}
            # Left by a machine that died: nobody has renewed it for hours.
            os.utime(lock, (0, 0))
            real.forget(desk.user, OPERATOR, [name])
        finally:
            client.RETRY_LOCK = kept
        assert real.names(desk.user) == set()

    def test_a_flipped_byte_is_found(self, real, desk, papers):
        desk.run("backup", "--quiet", str(papers))
        (name,) = real.names(desk.user)
        packs = sorted((repository_of_user(real, desk) / "data").rglob("*"), key=lambda path: path.stat().st_size)
        pack = packs[-1]
        content = bytearray(pack.read_bytes())
        content[len(content) // 2] ^= 0xFF
        pack.chmod(0o600)
        pack.write_bytes(content)
        found = list(real.compare(desk.user, OPERATOR, name, [str(papers / "registre.bin")]))
        assert not found[0].is_same
        with pytest.raises(Damaged):
            real.verify(desk.user, OPERATOR, share="100%")


def repository_of_user(real: ResticStore, desk: Client) -> Path:
    return real.repositories / desk.user


def _hold(real: ResticStore, desk: Client, locks: Path) -> Path:
    """A lock as a save leaves it when its machine is cut: of a living process, on another host."""
    reading, writing = os.pipe()
    running = subprocess.Popen(
        ["restic", "--no-cache", "backup", "--quiet", "--stdin", "--stdin-filename", "x"],
        env={
            **os.environ,
            "RESTIC_REPOSITORY": f"rest:{real.address.replace('://', f'://{desk.user}:{desk.password}@')}/{desk.user}/",
            "RESTIC_PASSWORD": desk.key,
        },
        stdin=reading,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(reading)
    try:
        deadline = 200
        # The server writes it under a name for the moment, then gives it its own.
        while not (written := [one for one in locks.iterdir() if not one.suffix]) and deadline:
            deadline -= 1
            running.poll()
            import time

            time.sleep(0.05)
        (lock,) = written
    finally:
        running.kill()
        running.wait()
        os.close(writing)
    return lock


# --- Who enters -------------------------------------------------------------------------------------------------------
def test_a_line_that_is_none_of_ours_is_left_out_and_never_written(tmp_path: Path) -> None:
    tool("restic")
    path = tmp_path / "htpasswd"
    good = htpasswd.digest("secret")
    path.write_text(f"c1-a:{good}\nroot:x\nc1-b:{good}:plus\n\n:{good}\n../c:{good}\n")
    assert htpasswd.read(path) == {"c1-a": good}
    for user, digest in (("a\nb", good), ("../a", good), ("c1-a", "plain"), ("c1-a", good + "\nc2-b:x")):
        with pytest.raises(StoreError):
            htpasswd.write(path, {user: digest})
    assert htpasswd.read(path) == {"c1-a": good}
    assert [one.name for one in tmp_path.iterdir()] == ["htpasswd"]


# --- Whatever restic may be made to say -------------------------------------------------------------------------------
ID = "a" * 64


@pytest.mark.parametrize(
    "said", [b"{", b"null", b"{}", b"3", b'"x"', b"[" * 100_000, b"\xff\xfe", b"[" + b"{}," * 20_001 + b"{}]"]
)
def test_an_answer_that_is_no_list_is_refused(said: bytes) -> None:
    with pytest.raises(StoreError):
        client.snapshots_in(said)


@pytest.mark.parametrize(
    "row",
    [
        None, 3, [], {}, {"id": ID}, {"id": "../x", "time": "2026-11-25T10:00:00Z"}, {"id": ID, "time": "hier"},
        {"id": ID, "time": 3}, {"id": ID, "time": "9" * 100}, {"id": ID[:-1] + "é", "time": "2026-11-25T10:00:00Z"},
        {"id": ID, "time": "0001-01-01T00:00:00+14:00"},
    ],
)  # fmt: skip
def test_a_row_that_is_no_snapshot_spoils_nothing(row: object) -> None:
    good = {"id": "b" * 64, "time": "2026-11-25T10:00:00.123456789+01:00", "hostname": "poste", "paths": ["/a"]}
    assert [one.id for one in client.snapshots_in(json.dumps([row, good]).encode())] == ["b" * 64]


def test_what_a_machine_says_of_itself_is_shown_short_and_inert() -> None:
    row = {
        "id": ID,
        "time": "2026-11-25T10:00:00Z",
        "hostname": "poste\x1b[31m\n\u202e" + "x" * 500,
        "paths": ["/" + "a" * 5000, 3, *["/b"] * 200],
        "summary": {"total_bytes_processed": -1, "total_files_processed": True},
    }
    (seen,) = client.snapshots_in(json.dumps([row]).encode())
    assert len(seen.host) == 80
    assert seen.host.startswith("poste?[31m??")
    assert len(seen.paths) <= client.MOST_PATHS
    assert max(len(path) for path in seen.paths) == client.MOST_TEXT
    assert (seen.size, seen.files) == (0, 0)
    assert seen.taken_at == datetime(2026, 11, 25, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "line",
    [
        b"", b"{", b"[]", b"null", b'{"type":"dir","path":"/a"}', b'{"type":"file","path":"a"}',
        b'{"type":"file","path":"/a\\u0000b"}', b'{"type":"file","path":3}', b'{"type":"symlink","path":"/a"}',
        '{"type":"file","path":"/\ufffd"}'.encode(),
    ],
)  # fmt: skip
def test_a_line_that_is_no_file_that_can_be_asked_for_is_left_out(line: bytes) -> None:
    assert client.file_in(line) is None


@pytest.mark.parametrize(
    "tree",
    [b"", b"[]", b'{"nodes":3}', b'{"nodes":[{"name":"b","type":"file"}]}',
     b'{"nodes":[{"name":"a","type":"dir"}]}', b'{"nodes":[{"name":"a","type":"file","content":["../x"]}]}'],
)  # fmt: skip
def test_a_tree_that_does_not_know_the_file_is_damage(tree: bytes) -> None:
    with pytest.raises(Damaged):
        client.node_in(tree, "a")


def test_lengths_are_read_from_what_makes_sense_only() -> None:
    index = {
        "packs": [
            3,
            {"blobs": None},
            {"blobs": [
                {"id": ID, "length": 132}, {"id": "b" * 64, "length": 50, "uncompressed_length": 900},
                {"id": "x"}, None, {"id": "c" * 64, "length": -4},
            ]},
        ]
    }  # fmt: skip
    assert client.lengths_in(json.dumps(index).encode()) == {ID: 100, "b" * 64: 900, "c" * 64: 0}
    assert client.lengths_in(b"garbage") == {}


@pytest.fixture
def false_restic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A program called restic that says what we want."""

    def make(script: str) -> client.Restic:
        program = tmp_path / "restic"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        return client.Restic(tmp_path, "cle")

    return make


@pytest.mark.slow
def test_who_never_ends_is_stopped(false_restic, monkeypatch) -> None:
    monkeypatch.setattr(client, "SHORT", 0.5)
    with pytest.raises(StoreError, match="temps imparti"):
        false_restic("exec sleep 60").run(["cat", "config"], timeout=0.3)


def test_who_says_too_much_is_not_read(false_restic, monkeypatch) -> None:
    monkeypatch.setattr(client, "MOST_BYTES", 1000)
    monkeypatch.setattr(client, "MOST_LINE", 1000)
    with pytest.raises(StoreError, match="plus que de raison"):
        false_restic("exec yes").run(["snapshots"])
    with pytest.raises(StoreError, match="sans fin"):
        list(false_restic("exec tr '\\\\0' x < /dev/zero").lines(["ls"]))


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        (Kind.WRONG_KEY, WrongKey), (Kind.LOCKED, Busy), (Kind.NO_REPOSITORY, Damaged), (Kind.MISSING, Damaged),
        (Kind.DAMAGED, Damaged), (Kind.FULL, StoreError), (Kind.NO_RIGHT, StoreError), (Kind.OTHER, StoreError),
    ],
)  # fmt: skip
def test_what_it_complains_of_is_said_in_french_and_never_quoted(kind, error) -> None:
    refusal = client.refusal(Failed(1, ["<script>"], kind=kind))
    assert type(refusal) is error
    assert refusal.sentence.endswith(".")
    assert "<script>" not in refusal.sentence
