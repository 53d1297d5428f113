"""Install the platform on a machine, release a version of it without stopping it, go back to the previous one.

Run by the commands beside this file (`install`, `release`, `rollback`, `socle`), with the machine's own Python and
nothing else: it must work before anything is installed, and when what was installed is broken. Each step says what it
does before it does it; with --dry-run it only says. Done again, a step changes nothing.

    /opt/socle/releases/VERSION   one folder a release, its environment inside
    /opt/socle/current, previous  which of them works, which worked before
    /opt/socle/slots/8101, 8102   the two places of the web server: the release that each runs
    /etc/socle                    the variables, the secrets, the front server's configuration
    /var/lib/socle                everything that lasts
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
# What differs when the machine is one of several.
SEVERAL = HERE.parent / "several-machines"
# Another root than that of the machine: a trial, an image being made.
ROOT = Path(os.environ.get("SOCLE_MACHINE_ROOT", "/"))
OPT, ETC, DATA = ROOT / "opt/socle", ROOT / "etc/socle", ROOT / "var/lib/socle"
# The communes' sites as files: what the front server reads, and nothing else of the platform's data.
SITES = ROOT / "var/lib/socle-sites"
# The pages read on those sites: written by the front server, read by the platform.
AUDIENCE = ROOT / "var/lib/socle-audience"
RUN, UNITS = ROOT / "run/socle", ROOT / "etc/systemd/system"
RELEASES, SLOTS, FRONT, STORAGE = OPT / "releases", OPT / "slots", OPT / "front", OPT / "storage"
CURRENT, PREVIOUS = OPT / "current", OPT / "previous"
PLACES = tuple(os.environ.get("SOCLE_PLACES", "8101 8102").split())
USER = "socle"
# Root's alone: the platform's own user is given it for a backup or a restoration, and keeps nothing of it.
PASSPHRASE = ETC / "backup-passphrase"
SAVING = ("backup", "restore")
# Who writes and who reads the pages read: this group, and nobody else.
AUDIENCE_GROUP = "socle-audience"
ROLES = ("database", "web", "worker", "scheduler", "front", "backup")
# Asked for by name only: those who keep their own object storage.
OTHER_ROLES = ("storage",)
# These run no release of ours.
WITHOUT_RELEASE = {"database", "front", "storage"}


class Failed(Exception):
    """What stopped the work, in French, with what was left as it was."""


dry_run = False
# What this machine is to do, while it is being told to: the file that says it is not written yet.
planned_roles: set[str] | None = None


def say(sentence: str) -> None:
    print(sentence, flush=True)


@dataclass(frozen=True)
class Step:
    """One thing to do: what is said of it, and how it is done; a remark does nothing."""

    sentence: str
    act: Callable[[], object] | None = None

    def do(self) -> None:
        """Say it, then do it, unless only saying was asked: nothing else tells a trial from the real thing."""
        say(f"▸ {self.sentence}" if self.act else f"  {self.sentence}")
        if self.act and not dry_run:
            self.act()


# The steps being listed before any is done; None where each is done as it is met.
listed: list[Step] | None = None


def step(sentence: str, act: Callable[[], object] | None = None) -> None:
    """Do this now, or list it."""
    one = Step(sentence, act)
    if listed is None:
        one.do()
    else:
        listed.append(one)


@contextlib.contextmanager
def listing(roles: set[str]) -> Iterator[list[Step]]:
    """List what the block would do of a machine that has these roles, instead of doing it."""
    global listed, planned_roles
    listed, planned_roles = [], roles
    try:
        yield listed
    finally:
        listed = None


def run(*command: str, **options: object) -> subprocess.CompletedProcess[str]:
    """Run a command of the machine; what it said is shown when it fails."""
    options.setdefault("check", True)
    try:
        return subprocess.run(command, text=True, **options)  # type: ignore[call-overload, no-any-return]
    except FileNotFoundError as error:
        raise Failed(f"La commande « {command[0]} » manque sur cette machine.") from error
    except subprocess.CalledProcessError as error:
        said = (error.stderr or "") + (error.stdout or "")
        raise Failed(
            f"« {shlex.join(command)} » a échoué (code {error.returncode}).\n{said.strip()[-2000:]}"
        ) from error


def quietly(*command: str) -> subprocess.CompletedProcess[str]:
    return run(*command, check=False, capture_output=True)


def systemctl(*words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    return run("systemctl", *words, check=check, capture_output=True)


def is_active(unit: str) -> bool:
    return systemctl("is-active", "--quiet", unit, check=False).returncode == 0


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Two releases at once would undo each other."""
    if dry_run:
        yield
        return
    OPT.mkdir(parents=True, exist_ok=True)
    with open(OPT / ".lock", "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Failed("Une autre livraison est en cours sur cette machine : attendez qu’elle finisse.") from None
        yield


def read_variables(path: Path) -> dict[str, str]:
    """Read a file of variables as systemd does: one a line, comments, quotes around a value."""
    found = {}
    for line in path.read_text().splitlines() if path.exists() else []:
        line = line.strip()
        if line and line[0] not in "#;" and "=" in line:
            name, _, value = line.partition("=")
            value = value.strip()
            if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
                value = value[1:-1]
            found[name.strip()] = value
    return found


def variables() -> dict[str, str]:
    """What the platform's own commands receive: the variables, the secrets, the place of the data."""
    found = {"SOCLE_DATA_DIR": str(DATA), **read_variables(ETC / "socle.env")}
    folder = ETC / "credentials"
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if path.name.startswith("SOCLE_"):
            found[path.name] = path.read_text().strip()
    return found


def roles() -> set[str]:
    if planned_roles is not None:
        return planned_roles
    path = ETC / "roles"
    return set(path.read_text().split()) if path.exists() else set()


def is_root() -> bool:
    return os.geteuid() == 0


def owner_exists() -> bool:
    import pwd

    try:
        pwd.getpwnam(USER)
    except KeyError:
        return False
    return True


def python() -> str:
    return "/usr/bin/python3" if Path("/usr/bin/python3").exists() else sys.executable


def verb(release: Path, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run `socle …` of this release, as the platform's own user, with the installation's variables."""
    command = [str(release / ".venv/bin/python"), "-m", "socle", *words]
    if is_root() and owner_exists():
        command = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--init-groups", "--", *command]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SOCLE_")}
    environment |= {"HOME": str(DATA), "PYTHONDONTWRITEBYTECODE": "1", **variables()}
    with passphrase_lent(words) as lent:
        return run(*command, check=check, cwd=release, env={**environment, **lent}, umask=0o077)


@contextlib.contextmanager
def passphrase_lent(words: Sequence[str]) -> Iterator[dict[str, str]]:
    """The variable that names a copy of the passphrase, which this verb's user reads and which ends with the verb."""
    if words and words[0] == "doctor" and "backup" in roles():
        # Its place, where it looks whether it is there: not what it holds.
        yield {"SOCLE_BACKUP_PASSPHRASE_FILE": str(PASSPHRASE)}
        return
    if not words or words[0] not in SAVING or not PASSPHRASE.exists():
        yield {}
        return
    (ROOT / "run").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="socle-passphrase-", dir=ROOT / "run") as folder:
        copy = Path(folder) / "passphrase"
        with open(copy, "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(PASSPHRASE.read_text())
        if is_root() and owner_exists():
            shutil.chown(folder, USER)
            shutil.chown(copy, USER)
        yield {"SOCLE_BACKUP_PASSPHRASE_FILE": str(copy)}


def link(path: Path, target: Path) -> None:
    """Point a link elsewhere in one gesture: nobody ever finds it missing."""
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target)
    temporary.replace(path)
