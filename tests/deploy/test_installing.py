"""What an installation says that it will do is what it does; a second one under another name takes that name."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.consistency import house

HERE = house.ROOT / "deploy/one-machine"
# A release that says of its database that something awaits it.
RELEASE = 'import sys\nopen("asked", "a").write(sys.argv[1] + "\\n")\nsys.exit(4 * (sys.argv[1] == "check-release"))\n'


@dataclass
class Bare:
    """A machine under a folder, where systemd only writes down what it is asked; a release to install."""

    root: Path

    def install(self, *words: str, roles: str = "worker,scheduler,front,backup", host: str = "socle.test") -> list[str]:
        """`install`, as it is typed; return what it said."""
        line = [sys.executable, str(HERE / "install"), str(self.root / "tree"), "--host", host]
        line += ["--email", "technique@socle.test", "--roles", roles, "--caddy", "/bin/true"]
        done = subprocess.run(
            [*line, "--venv", str(Path(sys.prefix)), *words],
            env={"PATH": f"{self.root / 'bin'}:/usr/bin:/bin", "SOCLE_MACHINE_ROOT": str(self.root / "machine")},
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        # A release that is no clone is named after the second.
        return [re.sub(r"\d{8}T\d{6}", "…", line) for line in done.stdout.splitlines()]

    def variables(self, name: str) -> dict[str, str]:
        lines = (self.root / "machine/etc/socle" / name).read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line and line[0] != "#")

    def files(self) -> set[Path]:
        return set((self.root / "machine").rglob("*"))

    def asked(self, name: str) -> list[str]:
        (path,) = (self.root / "machine").rglob(name) if name == "asked" else [self.root / name]
        return path.read_text().splitlines()


@pytest.fixture
def bare(tmp_path: Path) -> Bare:
    package = tmp_path / "tree" / "socle"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text('__version__ = "1.0"\n')
    (package / "__main__.py").write_text(RELEASE)
    (tmp_path / "bin").mkdir()
    (tmp_path / "machine").mkdir()
    systemctl = tmp_path / "bin" / "systemctl"
    systemctl.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/systemctl\n[ "$1" != is-active ]\n')
    systemctl.chmod(0o755)
    return Bare(tmp_path)


def steps(said: Sequence[str]) -> list[str]:
    return [line for line in said if line.startswith("▸")]


@pytest.mark.slow
def test_what_a_trial_says_is_what_is_done_in_the_same_order(bare: Bare) -> None:
    trial = bare.install("--dry-run")
    assert bare.files() == set()
    done = bare.install()
    assert steps(trial) == steps(done)
    words = "\n".join(steps(trial))
    for step in (
        "Copie de la version", "Vérification", "Migrations de la base", "Version courante", "socle-worker@1.service",
        "socle-scheduler.service", "Démarrage avec la machine", "Serveur frontal", "Sauvegarde de chaque nuit",
    ):  # fmt: skip
        assert step in words
    assert bare.asked("asked") == ["check-release", "migrate", "createcachetable"]
    assert "enable --now socle.target" in bare.asked("systemctl")
    # Done again, it says the little that it asks again of systemd, and a trial says it too.
    assert steps(bare.install("--dry-run")) == steps(bare.install())


DATABASE = """
import sys
from pathlib import Path
from types import SimpleNamespace
sys.path.insert(0, sys.argv[1])
import installation, machine
installation.ROOT = Path("/")
installation.clusters = lambda: sys.argv[2]
installation.sql = lambda text: sys.argv[3]
with machine.listing({"database"}) as steps:
    installation.database()
print(*(one.sentence for one in steps), sep="\\n")
"""


@pytest.mark.parametrize(
    ("clusters", "there", "said"),
    [
        ("", "", ["Grappe PostgreSQL 17, démarrée", "Rôle « socle » de PostgreSQL", "Base « socle »"]),
        (
            "17  main 5432 down",
            "1",
            ["Grappe PostgreSQL 17, démarrée", "Rôle « socle » de PostgreSQL", "Base « socle »"],
        ),
        ("17  main 5432 online", "", ["Rôle « socle » de PostgreSQL", "Base « socle »"]),
        ("17  main 5432 online", "1", []),
    ],
    ids=["no server", "stopped", "no role", "all there"],
)
def test_the_database_and_its_role_are_said_before_there_is_a_server(
    clusters: str, there: str, said: list[str]
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", DATABASE, str(HERE), clusters, there], capture_output=True, text=True, timeout=60
    )
    assert done.stdout.replace("\u00a0", " ").splitlines() == said or (said == [] and done.stdout.strip() == "")


def test_only_the_step_itself_and_the_lock_know_that_nothing_is_to_be_done() -> None:
    for name in ("installation.py", "files.py", "places.py", "versions.py"):
        found = re.findall(r"dry_run", (HERE / name).read_text())
        # The last word, once all is said: nothing was put in service.
        assert len(found) == (name == "installation.py"), name


@pytest.mark.slow
def test_a_second_installation_under_another_name_takes_it_and_says_so(bare: Bare) -> None:
    bare.install("--no-start")
    own = bare.root / "machine/etc/socle/socle.env"
    own.write_text(own.read_text().replace("HOSTS=socle.test", "HOSTS=socle.test,autre.test") + "OPERATOR=kept\n")
    said = bare.install(host="pack.test")
    assert any("SOCLE_PLATFORM_URL devient https://pack.test" in line for line in steps(said))
    assert any("Relance de la plateforme" in line for line in steps(said))
    assert any("restent sous communes.socle.test" in line for line in said)
    found = bare.variables("socle.env")
    assert found["SOCLE_PLATFORM_URL"] == "https://pack.test"
    assert found["SOCLE_PLATFORM_HOSTS"] == "pack.test,autre.test"
    assert found["SOCLE_FROM_EMAIL"] == "Socle <ne-pas-repondre@pack.test>"
    assert found["SOCLE_SITES_DOMAIN"] == "communes.socle.test"
    assert found["OPERATOR"] == "kept"
    assert bare.variables("front.env")["FRONT_SITES"] == "https://pack.test"
    assert "restart socle-front.service" in bare.asked("systemctl")
    # Said again, nothing is left to say; the domain and the address are taken when they are given.
    assert not any("devient" in line for line in bare.install(host="pack.test"))
    bare.install("--domain", "sites.test", "--email", "autre@socle.test", host="pack.test")
    assert bare.variables("socle.env")["SOCLE_SITES_DOMAIN"] == "sites.test"
    assert bare.variables("front.env")["FRONT_EMAIL"] == "autre@socle.test"
