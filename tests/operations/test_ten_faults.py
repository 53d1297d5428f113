"""Faults made for real in one installation, one by one: the doctor sees each, and what it prints mends it as typed."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from socle.engines.postfix_dovecot.layout import MAIL_ID
from socle.lib.ports import free_port
from socle.operations.safekeeping import inventory
from socle.trials.powerdns import Server
from tests import factories as f
from tests.conftest import tool
from tests.disks import filled, small_disk
from tests.engines.mail_server import Served, mail_servers, message, person, served
from tests.systems import SOCLE, System

__all__ = ["mail_servers", "served"]

pytestmark = [pytest.mark.slow, pytest.mark.both]
PASSPHRASE, MAIL = "une phrase de passe pour les essais", "courriel.test"
# What a French sentence puts around a command; a remedy that is one is printed alone.
QUOTED = re.compile(r"«\s*((?:socle|systemctl|chmod|chown)\b[^»]*?)\s*»")
TYPED = re.compile(r"(?:socle|chmod|\(umask) ")
# One commune, its site published and its zone written; the journal sealed.
FURNISHED = """
import django; django.setup()
from django.utils import timezone
from django_scopes import scopes_disabled
from socle.domains import actions
from socle.journal import heads
from socle.mail.domains import give_domain
from socle.people.models import User
from socle.sites.actions import create_site
from socle.sites.publishing.actions import publish_waiting
from tests import factories as f
with scopes_disabled():
    by, at = User.objects.system(), timezone.now()
    place = f.beneficiary(f.commune("59474", "Prisches", 1000))
    site = create_site(place, by=by, at=at)
    give_domain(place, by=by, at=at)
    actions.make_base()
    for name in actions.zones_here():
        assert not actions.make_zone(name, by=by, at=at).zone_problem
    publish_waiting()
    while heads.seal_and_keep(): pass
    print(site.host)
"""
# The command line, without two seconds of imports each time: a process that has read the code, forked for each command.
READY = """
import json, os, signal, socket, sys
import django; django.setup()
from socle.config import command_line
from socle.operations.management.commands import doctor
from socle.operations.safekeeping import inventory
from socle.trials.powerdns import Server
with socket.socket(socket.AF_UNIX) as door:
    door.bind(sys.argv[1])
    door.listen()
    print("ready", flush=True)
    while True:
        asked, _ = door.accept()
        with asked, asked.makefile("r") as words:
            if not (child := os.fork()):
                for number in (1, 2): os.dup2(asked.fileno(), number)
                sys.argv, code = ["socle", *json.loads(words.readline())], 0
                try: command_line.main()
                except SystemExit as end:
                    code = end.code if isinstance(end.code, int) else int(end.code is not None)
                sys.stdout.flush()
                os._exit(code)
            asked.sendall(b"\\0%d" % os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
# What a technician types: a service is a process of its own, as it must be to be killed.
COMMAND = """#!/bin/sh
case "$1" in worker | scheduler) exec {python} -m socle "$@" ;; esac
exec {python} -S -E -c '
import json, socket, sys
with socket.socket(socket.AF_UNIX) as asked:
    asked.connect(sys.argv[1])
    asked.sendall(json.dumps(sys.argv[2:]).encode() + b"\\n")
    said, _, code = b"".join(iter(lambda: asked.recv(65536), b"")).rpartition(b"\\0")
sys.stdout.write(said.decode())
sys.exit(int(code))
' {door} "$@"
"""
SERVICES = ("socle worker", "socle scheduler")


@dataclass
class Installation:
    """In service, with nothing wrong in what is looked at."""

    system: System
    pdns: Server
    variables: dict[str, str]
    host: str = ""
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def place(self) -> Path:
        return self.system.data.parent

    @property
    def environment(self) -> dict[str, str]:
        ours = {**self.system.environment, **self.variables}
        del ours["SOCLE_TASKS_BACKEND"]
        return {**ours, "PATH": f"{self.place / 'bin'}:{ours['PATH']}"}

    def doctor(self, code: str, **more: str) -> tuple[int, str]:
        """`socle doctor CODE`: how it ends, and what it prints. Other variables are read by a process of its own."""
        line = [*(SOCLE if more else ["socle"]), "doctor", code]
        done = subprocess.run(line, env={**self.environment, **more}, capture_output=True, text=True, timeout=120)
        return done.returncode, done.stdout

    def type(self, command: str) -> None:
        """What a technician does of one line that was printed: a service stays, anything else ends."""
        line = ["bash", "-c", f"exec {command}" if command in SERVICES else command]
        typed = subprocess.Popen(line, env=self.environment, stdin=subprocess.DEVNULL, cwd=self.place)
        if command in SERVICES:
            self.running[command] = typed
        else:
            typed.wait(300)

    def start(self, verb: str) -> None:
        self.type(f"socle {verb}")
        until(lambda: self.doctor(verb)[0] == 0)

    def kill(self, verb: str) -> None:
        """Without warning, as the kernel does when memory is short."""
        one = self.running.pop(f"socle {verb}")
        one.kill()
        one.wait()


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def pdns() -> Iterator[Server]:
    """A name server of its own, in a folder that it may pass through."""
    tool("pdns_server")
    with tempfile.TemporaryDirectory(prefix="socle-pdns-") as folder:
        Path(folder).chmod(0o711)
        with Server(Path(folder) / "pdns") as server:
            yield server


@pytest.fixture(scope="module")
def installation(
    tmp_path_factory: pytest.TempPathFactory, pdns: Server, django_db_setup: None
) -> Iterator[Installation]:
    tool("restic")
    place = tmp_path_factory.mktemp("faults")
    (place / "bin").mkdir()
    door = place / "door"
    command = place / "bin" / "socle"
    command.write_text(COMMAND.format(python=sys.executable, door=door))
    command.chmod(0o755)
    (place / "passphrase").write_text(PASSPHRASE)
    (place / "passphrase").chmod(0o600)
    variables = {
        "SOCLE_MAIL_DOMAIN": MAIL, "SOCLE_MAIL_MX": f"mx.{MAIL}", "SOCLE_NAME_SERVERS": f"ns1.{MAIL}",
        "SOCLE_POWERDNS_URL": pdns.url, "SOCLE_POWERDNS_KEY": pdns.key, "SOCLE_OUTGOING_INTERNAL": "127.0.0.1",
        "SOCLE_SITES_DOMAIN": "communes.test", "SOCLE_PUBLISHED_DIR": str(place / "published"),
        "SOCLE_BACKUP_TARGET": str(place / "backups"), "SOCLE_BACKUP_PASSPHRASE_FILE": str(place / "passphrase"),
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }  # fmt: skip
    with System(place / "data") as system:
        system.migrate()
        made = Installation(system, pdns, variables)
        done = system.python(FURNISHED, **variables)
        assert done.returncode == 0, done.stderr
        made.host = done.stdout.split()[-1]
        ready = subprocess.Popen(
            [sys.executable, "-c", READY, str(door)],
            env=made.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        try:
            assert ready.stdout is not None
            ready.stdout.readline()
            yield made
        finally:
            for one in (ready, *made.running.values()):
                one.kill()
                one.communicate()


# --- The faults, each made as it happens ------------------------------------------------------------------------------
def opened_to_all(ours: Installation) -> None:
    ours.system.data.chmod(0o777)


def key_read_by_others(ours: Installation) -> None:
    (ours.system.data / "secret-key").chmod(0o644)


def passphrase_lost(ours: Installation) -> None:
    """Of a platform that never saved: once it has, the copy that was kept is the only remedy."""
    (ours.place / "passphrase").unlink()
    (ours.system.data / inventory.LAST_BACKUP).unlink(missing_ok=True)
    shutil.rmtree(ours.place / "backups", ignore_errors=True)


def look_removed(ours: Installation) -> None:
    shutil.rmtree(ours.system.data / "static", ignore_errors=True)


def worker_killed(ours: Installation) -> None:
    ours.start("worker")
    ours.kill("worker")


def scheduler_killed(ours: Installation) -> None:
    ours.start("scheduler")
    ours.kill("scheduler")


def in_zone(ours: Installation, change: dict[str, object]) -> None:
    """By another hand than ours, in the name server itself."""
    sets = [{"name": f"prisches.{MAIL}.", "type": "MX", **change}]
    zone = f"{ours.pdns.url}/api/v1/servers/localhost/zones/{MAIL}."
    asked = urllib.request.Request(zone, json.dumps({"rrsets": sets}).encode(), method="PATCH")
    asked.add_header("X-API-Key", ours.pdns.key)
    with urllib.request.urlopen(asked) as answer:
        assert answer.status == 204


def zone_altered(ours: Installation) -> None:
    in_zone(ours, {"changetype": "DELETE"})


def backup_too_old(ours: Installation) -> None:
    at = datetime.now(UTC) - timedelta(days=8)
    (ours.system.data / inventory.LAST_BACKUP).write_text(f"{at.isoformat()}\n")


def head_altered(ours: Installation) -> None:
    head = ours.system.data / inventory.HEAD
    head.write_text(head.read_text().replace('"count": ', '"count": 9'))


def name_removed(ours: Installation) -> None:
    (ours.place / "published" / "hosts" / ours.host).unlink()


def published_removed(ours: Installation) -> None:
    shutil.rmtree(ours.place / "published")


@pytest.mark.parametrize(
    ("make", "code", "severity", "says"),
    [
        (opened_to_all, "folder", 2, "droits 777"),
        (key_read_by_others, "secrets", 2, "peut être lu ou écrit par d’autres"),
        (passphrase_lost, "passphrase", 2, "rien ne se sauvegarde"),
        (look_removed, "static", 2, "les pages sont nues"),
        (worker_killed, "worker", 2, "L’exécuteur de tâches ne tourne pas"),
        (scheduler_killed, "scheduler", 2, "Le planificateur ne tourne pas"),
        (zone_altered, "zones", 2, "changées par une autre main"),
        (backup_too_old, "backups", 2, "La dernière sauvegarde réussie date du"),
        (head_altered, "journal", 2, "relevé du journal a été modifié"),
        (name_removed, "sites", 2, "sans fichiers là où on les lit"),
        (published_removed, "sites", 2, "sans fichiers là où on les lit"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_fault_is_seen_and_mended_by_what_is_printed(
    installation: Installation, make: Callable[[Installation], None], code: str, severity: int, says: str
) -> None:
    make(installation)
    ended, said = installation.doctor(code)
    assert ended == severity, said
    assert says in said
    (remedy,) = re.findall(r"^    → (.+)$", said, re.M)
    commands = [remedy] if TYPED.match(remedy) else QUOTED.findall(remedy.replace("\u00a0", " "))
    assert commands, remedy
    for command in commands:
        installation.type(command)
    until(lambda: installation.doctor(code)[0] == 0, 30)


def test_what_another_hand_wrote_in_a_zone_is_told_and_left_to_hands(installation: Installation) -> None:
    theirs = {"content": "10 mx.ailleurs.test.", "disabled": False}
    in_zone(installation, {"changetype": "REPLACE", "ttl": 300, "records": [theirs]})
    ended, said = installation.doctor("zones")
    assert ended == 2
    assert "mx.ailleurs.test" in said
    assert "Retirez-le" in said
    # Retired by hand, what is printed then writes ours again.
    in_zone(installation, {"changetype": "DELETE"})
    installation.type("socle zones --yes")
    assert installation.doctor("zones")[0] == 0


def test_a_setting_misspelt_is_told_with_the_name_that_was_meant(installation: Installation) -> None:
    ended, said = installation.doctor("settings", SOCLE_BACKUP_TARGETS="/srv/sauvegardes")
    assert ended == 1
    (meant,) = re.findall(r"→ Vouliez-vous dire (\w+)", said)
    assert installation.doctor("settings", **{meant: "/srv/sauvegardes"})[0] == 0


def test_a_disk_that_is_full_is_told_by_its_cause(installation: Installation) -> None:
    media = installation.system.data / "media"
    media.mkdir(exist_ok=True)
    with small_disk(1, at=media) as disk:
        assert installation.doctor("writing")[0] == 0
        with filled(disk):
            ended, said = installation.doctor("writing")
            assert ended == 2
            assert f"Rien ne s’écrit dans «\u00a0{media}\u00a0» (No space left on device)" in said
            assert "Faites de la place" in said
            assert "chown" not in said
        assert installation.doctor("writing")[0] == 0


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("port", "password", "name", "says", "remedy"),
    [
        (lambda port: free_port(), "", "", "ne répond pas sur cette machine", "→ systemctl restart postgresql"),
        (lambda port: port, "une-autre", "", "le mot de passe est faux|mot de passe faux", "SOCLE_DATABASE_URL"),
        (lambda port: port, "", "absente", "n’a pas de base «\u00a0absente\u00a0»", "createdb --owner"),
    ],
    ids=["stopped", "wrong password", "no such database"],
)
def test_a_server_that_is_stopped_and_a_password_that_is_wrong_are_two(
    installation: Installation, port: Callable[[int], int], password: str, name: str, says: str, remedy: str
) -> None:
    there = connection.settings_dict
    user = f"{there['USER']}:{password or there['PASSWORD']}"
    named = name or installation.system.database
    url = f"postgres://{user}@{there['HOST']}:{port(int(there['PORT']))}/{named}"
    ended, said = installation.doctor("database", SOCLE_DATABASE_URL=url)
    assert ended == 2
    assert re.search(says, said), said
    assert remedy in said
    assert password == "" or password not in said


# --- Deferred mail, in the spool of a real Postfix --------------------------------------------------------------------
def told(*words: str) -> tuple[int, str]:
    """The command line, here: these servers are those of the database of the tests."""
    out, ended = io.StringIO(), 0
    try:
        call_command(*words, stdout=out)
    except SystemExit as end:
        ended = int(end.code or 0)
    return ended, out.getvalue().replace("\u00a0", " ")


def age(spool: Path, *, hours: int) -> None:
    """Have what waits be older: the moment of its arrival is written at the head of each file of the queue."""
    for path in (each for name in ("deferred", "active", "incoming") for each in (spool / name).rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            (since,) = re.search(rb"T.(\d{10}) \d+", content).groups()
            path.write_bytes(content.replace(since, b"%d" % (int(since) - hours * 3600)))


@pytest.mark.django_db
def test_mail_that_waits_in_the_spool_is_seen_told_why_and_leaves_by_what_is_printed(
    served: Served, settings: Any
) -> None:
    settings.SOCLE_MAIL_WATCH = "socle.engines.postfix_dovecot.server_status.latest"
    settings.DEMO = False
    place = f.beneficiary(f.commune("59474", "Prisches", 1000))
    person(place)
    (box, *_) = [one for one in served.open(place) if one.local_part == "mairie"]
    folder, spool = served.layout.folder, served.layout.folder / "queue/spool"
    look = ("mail_servers", "--folder", str(folder), "look")
    told(*look)
    assert told("doctor", "delivery")[0] == 0
    try:
        # As when somebody rights wrongs as root: the account that keeps the messages enters no more.
        os.chown(served.layout.vmail, 0, 0)
        with served.outside() as client:
            client.send_message(message("ami@voisin.exemple.test", box.address))
        waits = spool / "deferred"
        until(lambda: any(path.is_file() for path in waits.rglob("*")))
        age(spool, hours=2)
        told(*look)
        ended, said = told("doctor", "delivery")
        assert ended == 2
        assert "1 message en attente de remise" in said
        assert "Ce qu’en disent les serveurs" in said
    finally:
        os.chown(served.layout.vmail, MAIL_ID, MAIL_ID)
    (command,) = re.findall(r"« (postqueue [^»]+) »", said)
    subprocess.run(["bash", "-c", command], check=True, env={"PATH": f"{os.environ['PATH']}:/usr/sbin"}, timeout=60)
    until(lambda: served.queue() == 0)
    told(*look)
    assert told("doctor", "delivery")[0] == 0
