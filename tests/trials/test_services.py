"""The real servers beside a demonstration: what a newcomer is told to type, and starts and stops that go wrong."""

from __future__ import annotations

import io
import os
import random
import re
import signal
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from socle.backups.contract import StoreError
from socle.engines.restic import server as saves
from socle.engines.restic import witness
from socle.engines.restic.store import ResticStore
from socle.engines.roundcube.server import missing_packages
from socle.lib.ports import free_port, is_taken
from socle.operations import beside, supervisor
from socle.people.models import Role
from socle.trials import mail_servers as mail
from socle.trials import powerdns as names
from tests import factories as f
from tests.conftest import needed, tool
from tests.engines.mail_server import Served, mail_servers, person, served, until
from tests.engines.test_mail_faults import kill
from tests.engines.test_powerdns import pdns
from tests.trials.test_powerdns import apart

__all__ = ["apart", "mail_servers", "pdns", "served"]

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.slow]


def said(*words: str) -> str:
    out = io.StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


# --- What is installed ------------------------------------------------------------------------------------------------
APT = """#!/bin/sh
echo "$@" >> "$SAID"
[ "$(wc -l < "$SAID")" -gt $HELD ] && exit 0
echo "E: $FAULT" >&2
exit 100
"""


@pytest.mark.parametrize(
    ("fault", "held", "code", "tries"),
    [
        ("Could not get lock /var/lib/apt/lists/lock. It is held by process 42 (apt-get)", 2, 0, 3),
        ("Could not get lock /var/cache/apt/archives/lock. It is held by process 42 (apt-get)", 1, 0, 2),
        ("Unable to locate package absent", 9, 1, 1),
        ("Unable to locate package absent", 0, 0, 1),
    ],
    ids=["lists held", "archives held", "another fault", "free"],
)
def test_whoever_installs_packages_meanwhile_is_waited_for(tmp_path, fault, held, code, tries):
    program = tmp_path / "apt-get"
    program.write_text(APT)
    program.chmod(0o755)
    told = tmp_path / "said"
    given = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "SAID": str(told), "HELD": str(held), "FAULT": fault}
    done = subprocess.run(
        ["bash", "-euc", ". tools/apt; apt_get install -y restic"],
        cwd=ROOT,
        env={**given, "APT_PAUSE": "0"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    lines = told.read_text().splitlines()
    assert (done.returncode, len(lines)) == (code, tries)
    assert ("on l’attend" in done.stderr) is (tries > 1)
    assert (fault in done.stderr) is bool(code)
    # For the lock of dpkg, apt waits by itself.
    assert all("DPkg::Lock::Timeout=600" in line and line.endswith("install -y restic") for line in lines)


def test_the_services_install_nothing_without_waiting():
    assert "apt-get " not in (ROOT / "tools/services").read_text().replace("command -v apt-get ", "")


# --- What a newcomer types --------------------------------------------------------------------------------------------
@pytest.fixture
def beside_a_demonstration(served: Served, pdns: names.Server, settings: Any) -> Served:
    """What settings read once the servers are started beside a demonstration."""
    settings.DEMO, settings.SOCLE_MAIL_MX = True, ["mx.courriel.test"]
    settings.SOCLE_NAME_SERVERS, settings.SOCLE_MAIL_ADDRESSES = ["ns1.courriel.test"], ["127.0.0.1"]
    settings.SOCLE_POWERDNS_URL, settings.SOCLE_POWERDNS_KEY = pdns.url, pdns.key
    settings.SOCLE_ZONES = "socle.engines.powerdns.engine.PowerDns"
    settings.SOCLE_DNS_RESOLVERS, settings.OUTGOING_INTERNAL = [f"127.0.0.1:{pdns.port}"], ["127.0.0.1"]
    return served


@pytest.mark.django_db
def test_what_a_newcomer_is_told_to_type_sends_reads_and_resolves(beside_a_demonstration):
    for program in ("swaks", "curl", "dig"):
        tool(program)
    for code, name in (("59474", "Prisches"), ("62001", "Ablain-Saint-Nazaire")):
        person(f.beneficiary(f.commune(code, name, 1000)), Role.SECRETARY)
    folder = str(beside_a_demonstration.layout.folder)
    told = said("mail_servers", "--folder", folder, "try").splitlines()
    send, read, *ask = [line.strip() for line in told if re.match(r" +(swaks|curl|dig) ", line)]

    def typed(line: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=60)

    sent = typed(send)
    assert sent.returncode == 0, sent.stdout + sent.stderr
    # A second message: the one to read is the last.
    assert typed(send.replace("Bonjour", "Bonsoir")).returncode == 0
    until(lambda: "Subject: Bonsoir de la commune voisine" in typed(read).stdout, beside_a_demonstration.said)
    assert "DKIM-Signature:" in typed(read).stdout
    assert [typed(line).stdout for line in ask] == ["10 mx.courriel.test.\n"] * 2
    assert typed(re.sub(r"\S+ MX$", "mx.courriel.test A", ask[0])).stdout == "127.0.0.1\n"
    # Told again at the next start, they are the same, and open what they opened.
    assert said("mail_servers", "--folder", folder, "try").splitlines()[1:4] == told[1:4]
    assert "Subject: Bonsoir" in typed(read).stdout
    # Another person's password opens nothing: the two boxes are not the same person's.
    first, second = (line.rpartition(" ")[2] for line in told if "mot de passe d’appareil" in line)
    assert typed(read.replace(second, first).replace("--retry 5", "--retry 0")).returncode != 0


# --- Started and stopped, once too often ------------------------------------------------------------------------------
@pytest.mark.django_db
def test_the_mail_servers_are_started_and_stopped_any_number_of_times(served, monkeypatch):
    folder, ports = served.layout.folder, served.layout.ports
    everywhere, nowhere = "postfix : en marche, dovecot : en marche", "postfix : à l’arrêt, dovecot : à l’arrêt"

    def say(verb: str, *words: str) -> str:
        return said("mail_servers", "--folder", str(folder), verb, *words).replace("\u00a0", " ")

    try:
        assert everywhere in say("start")
        with pytest.raises(CommandError, match="arrêtez-les d’abord"):
            say("write", "--ports", "41000")
        assert nowhere in say("stop")
        assert nowhere in say("stop")
        monkeypatch.setattr(mail, "LETS_GO_WITHIN", 0.2)
        refused = f"Postfix ne peut pas démarrer.*tient déjà le port {ports.submissions}"
        with socket.create_server(("127.0.0.1", ports.submissions)), pytest.raises(CommandError, match=refused):
            say("start")
        # All or nothing.
        assert nowhere in say("status")
        monkeypatch.undo()
        assert everywhere in say("start")
        for pid_file in (
            "run/master.pid",
            "queue/spool/pid/master.pid",
            "opendkim/run/opendkim.pid",
            "rspamd/run/rspamd.pid",
        ):
            kill(folder / pid_file, is_alone=True)
        assert nowhere in say("status")
        # A thread of one that was killed may hold its port a moment longer than it lives.
        killed = ["Postfix", "Dovecot", "OpenDKIM"]
        until(lambda: [name for name, _ in served.servers.silent()] == killed, served.said)
        assert everywhere in say("start")
        assert served.servers.silent() == []
    finally:
        mail.TrialServers(served.layout).start()


def test_servers_that_nobody_described_are_stopped_without_a_word_too_many(tmp_path):
    for servers in ("mail_servers", "webmail"):
        assert "rien à arrêter" in said(servers, "--folder", str(tmp_path), "stop")


def _bases() -> list[int]:
    """Two bases that nobody holds, above those that the tests draw, below those that the kernel lends."""
    hundreds = random.sample(range(23_000, 30_000, 100), 50)
    return [base for base in hundreds if not any(is_taken(base + last) for last in (53, 81))][:2]


@pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")
def test_the_name_server_is_started_and_stopped_any_number_of_times(apart, settings, monkeypatch):
    settings.DATA_DIR, settings.DEMO = apart, True
    monkeypatch.setattr(names, "LETS_GO_WITHIN", 0.2)
    base, other = _bases()
    refused = f"tient déjà le port {base + 81}"
    with socket.create_server(("127.0.0.1", base + 81)), pytest.raises(CommandError, match=refused):
        said("name_server", "start", "--ports", str(base))
    # Refused once, it is not held to these ports.
    assert f"-p {other + 53} " in said("name_server", "start", "--ports", str(other))
    first = names.Server(apart / "name-server").pid
    assert first is not None
    assert f"-p {other + 53} " in said("name_server", "start")
    assert names.Server(apart / "name-server").pid == first
    os.kill(first, signal.SIGKILL)
    until(lambda: "arrêté" in said("name_server", "status"), lambda: "not killed")
    # The same ports as before, though none is named.
    assert f"-p {other + 53} " in said("name_server", "start")
    for _ in range(2):
        assert "arrêté" in said("name_server", "stop")
    key = apart / "name-server" / "key"
    key.write_text("")
    # A key whose writing was cut short is made again.
    said("name_server", "start", "--ports", str(other))
    assert len(key.read_text().split()) == 3


# --- What answers at the port of the saves ----------------------------------------------------------------------------
class Other(BaseHTTPRequestHandler):
    """Another program."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def other_program() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Other) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


def test_only_our_own_server_of_saves_is_believed(tmp_path, settings, other_program, monkeypatch):
    tool("restic-rest-server")
    tool("restic")
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    settings.SOCLE_MACHINE_BACKUPS_DIR = str(ours)

    remedies: list[str] = []

    def check(listen: str) -> str:
        settings.SOCLE_MACHINE_BACKUPS_LISTEN = listen
        try:
            ResticStore().check()
        except StoreError as error:
            remedies.append(error.remedy)
            return error.sentence
        return ""

    nobody = f"127.0.0.1:{free_port()}"
    assert "ne répond pas" in check(nobody)
    assert "n’est pas le serveur des sauvegardes" in check(other_program)
    with saves.Server(theirs, f"127.0.0.1:{free_port()}") as running:
        assert "n’est pas celui des sauvegardes du dossier" in check(running.listen)
    with saves.Server(ours, f"127.0.0.1:{free_port()}") as running:
        assert check(running.listen) == ""
        # The witness is nobody's: no screen counts it, and whoever writes who enters keeps it.
        assert ResticStore().who_enters() == frozenset()
        ResticStore().let_in({})
        assert check(running.listen) == ""
    whole = saves.command
    for lock, why in (("--append-only", "laisse une machine effacer"), ("--private-repos", "lire chez une autre")):
        monkeypatch.setattr(
            saves, "command", lambda folder, listen, lock=lock: [one for one in whole(folder, listen) if one != lock]
        )
        with saves.Server(ours, f"127.0.0.1:{free_port()}") as running:
            assert why in check(running.listen)
    assert len(remedies) == 5
    assert all("socle save-server serve" in remedy for remedy in remedies)
    assert (ours / witness.FILE).stat().st_mode & 0o077 == 0


def test_the_command_says_how_the_server_of_saves_is(tmp_path, settings):
    tool("restic-rest-server")
    tool("restic")
    settings.SOCLE_MACHINE_BACKUPS_DIR = str(tmp_path)
    settings.SOCLE_MACHINE_BACKUPS_LISTEN = f"127.0.0.1:{free_port()}"
    assert said("save_server", "packages") == "\n"
    with pytest.raises(CommandError, match="ne répond pas"):
        said("save_server", "status")
    with saves.Server(Path(tmp_path), settings.SOCLE_MACHINE_BACKUPS_LISTEN):
        assert "rien ne s’y efface" in said("save_server", "status")


# --- The webmail of a demonstration follows the platform --------------------------------------------------------------
class Platform(Other):
    """The platform, which says at which port it was asked."""

    def do_POST(self) -> None:
        said = self.rfile.read(int(self.headers["Content-Length"])) + b" at %d" % self.server.server_port
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)


def asked_at(port: int) -> str:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/webmail/jeton", b"x" * 200_000, timeout=10) as answer:
            return str(answer.read().decode().lstrip("x").strip())
    except OSError:
        return ""


def test_the_webmail_finds_the_platform_at_whichever_port_it_is_served(tmp_path, settings):
    if missing := missing_packages():
        needed(f"{', '.join(missing)} not installed")
    settings.DEMO, settings.DATA_DIR = True, tmp_path
    settings.SOCLE_MAIL_SERVERS, settings.SOCLE_MAIL_WEBMAIL_URL = "", f"http://localhost:{free_port()}"
    folder = tmp_path / "webmail"
    said("webmail", "--folder", str(folder), "write")
    relay = beside.webmail_relay(str(folder))
    # Where people are led to say whose box it is, and where tokens are asked for.
    written = (folder / "config/config.inc.php").read_text()
    assert f"http://localhost:{relay}/mairie/messagerie/lire/autoriser/" in written
    assert f"http://localhost:{relay}/webmail/jeton" in written
    said("webmail", "--folder", str(folder), "write")
    assert beside.webmail_relay(str(folder)) == relay
    for _ in range(2):
        # Served at one port, then at another, as `socle run --port` does.
        with ThreadingHTTPServer(("127.0.0.1", 0), Platform) as platform:
            Thread(target=platform.serve_forever, daemon=True).start()
            family = supervisor.children("127.0.0.1", platform.server_port, 1, relay=relay)
            (line,) = [one.command for one in family if one.code == "relay"]
            with subprocess.Popen(line, cwd=ROOT) as running:
                until(lambda port=platform.server_port: asked_at(relay) == f"at {port}", lambda: "it does not follow")
                running.terminate()
            platform.shutdown()
