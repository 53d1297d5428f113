"""Debian's PowerDNS beside a demonstration: started, found again, stopped, by whoever may."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from socle.engines.powerdns.client import Client
from socle.lib.ports import free_ports, is_taken
from socle.trials.powerdns import Server
from tests.conftest import tool


@pytest.fixture(autouse=True)
def named(settings) -> None:
    settings.SOCLE_NAME_SERVERS = ["ns1.courriel.test", "ns2.courriel.test"]
    # It answers on this machine, in clear.
    settings.OUTGOING_INTERNAL = ["127.0.0.1"]


@pytest.fixture
def apart() -> Iterator[Path]:
    """A folder where a server of its own may be started."""
    tool("pdns_server")
    folder = Path(tempfile.mkdtemp(prefix="socle-pdns-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        Server(folder / "name-server").stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.slow
def test_a_server_is_stopped_by_whoever_did_not_start_it_and_keeps_its_zones(apart):
    first = Server(apart / "name-server").start()
    assert Client(first.url, first.key).make_zone("prisches.fr", kind="Native", name_servers=["ns.fr"])
    other = Server(apart / "name-server").prepare()
    assert (other.key, other.port, other.url) == (first.key, first.port, first.url)
    assert other.pid == first.pid
    other.stop()
    assert first.running is not None
    first.running.wait(60)
    assert first.pid is None
    with Server(apart / "name-server") as again:
        assert Client(again.url, again.key).zone("prisches.fr") is not None
    assert (apart / "name-server" / "key").stat().st_mode & 0o077 == 0


def test_a_process_that_is_not_ours_is_never_stopped(apart):
    folder = apart / "name-server"
    folder.mkdir()
    (folder / "pid").write_text(str(os.getpid()))
    server = Server(folder)
    assert server.pid is None
    server.stop()
    for nonsense in ("", "x", "-1", "999999999"):
        (folder / "pid").write_text(nonsense)
        assert server.pid is None


@pytest.mark.slow
def test_the_command_starts_it_beside_a_demonstration_only(apart, settings, capsys):
    settings.DATA_DIR, settings.DEMO = apart, False
    with pytest.raises(CommandError, match="pas une démonstration"):
        call_command("name_server", "start")
    (apart / "demonstration").touch()
    base = next(port - 53 for port in free_ports(20) if not is_taken(port + 28))
    line = [sys.executable, "-m", "socle", "name-server", "start", "--ports", str(base)]
    environment = {**os.environ, "SOCLE_DATA_DIR": str(apart)}
    said = subprocess.run(line, capture_output=True, text=True, env=environment, check=True, timeout=60).stdout
    assert "dig @127.0.0.1" in said
    call_command("name_server", "status")
    assert capsys.readouterr().out == "Le serveur de noms répond.\n"
    call_command("name_server", "forget")
    assert not (apart / "name-server").exists()


@pytest.mark.slow
def test_the_settings_of_a_demonstration_find_it(tmp_path):
    (tmp_path / "name-server").mkdir()
    (tmp_path / "name-server" / "key").write_text("clef 20053 20081")
    told = "from django.conf import settings as s; print(s.SOCLE_ZONES, s.SOCLE_POWERDNS_URL, s.SOCLE_DNS_RESOLVERS)"

    def read() -> str:
        environment = {**os.environ, "SOCLE_DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "socle.config.settings"}
        run = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, env=environment, check=True)
        return run.stdout.strip()

    assert read() == "[]"
    (tmp_path / "demonstration").touch()
    assert read() == "socle.engines.powerdns.engine.PowerDns http://127.0.0.1:20081 ['127.0.0.1:20053']"
