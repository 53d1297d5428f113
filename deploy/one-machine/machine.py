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

import argparse
import contextlib
import fcntl
import http.client
import os
import re
import shlex
import shutil
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
# Another root than that of the machine: a trial, an image being made.
ROOT = Path(os.environ.get("SOCLE_MACHINE_ROOT", "/"))
OPT, ETC, DATA = ROOT / "opt/socle", ROOT / "etc/socle", ROOT / "var/lib/socle"
RUN, UNITS = ROOT / "run/socle", ROOT / "etc/systemd/system"
RELEASES, SLOTS, FRONT = OPT / "releases", OPT / "slots", OPT / "front"
CURRENT, PREVIOUS = OPT / "current", OPT / "previous"
PLACES = tuple(os.environ.get("SOCLE_PLACES", "8101 8102").split())
USER = "socle"
ROLES = ("database", "web", "worker", "scheduler", "front", "backup")

# A new place reads the code, gathers the stylesheets, answers: seconds on a quiet machine.
PATIENCE = 120.0
# The front server asks each place every second, and believes the second refusal: then nobody is sent there any more.
FRONT_NOTICES = 4.0
# Answers that a place may still be giving when it is asked to stop are finished by the place itself (systemd waits).
KEPT_RELEASES = 3
NOT_COPIED = (".git", ".venv*", "var", "__pycache__", ".env", "tests", ".*_cache", ".hypothesis", "node_modules")
# How `socle check-release` ends: the release in service could not work on the new database, or it could.
NOTHING_TO_MIGRATE, NEEDS_A_PAUSE, HAS_MIGRATIONS = 0, 3, 4


class Failed(Exception):
    """What stopped the work, in French, with what was left as it was."""


dry_run = False


def say(sentence: str) -> None:
    print(sentence, flush=True)


def step(sentence: str, act: Callable[[], object]) -> None:
    """Say it, then do it, unless only saying was asked."""
    say(f"▸ {sentence}")
    if not dry_run:
        act()


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


# --- What the machine knows ------------------------------------------------------------------------------------------
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


def verb(release: Path, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run `socle …` of this release, as the platform's own user, with the installation's variables."""
    command = [str(release / ".venv/bin/python"), "-m", "socle", *words]
    if is_root() and owner_exists():
        command = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--init-groups", "--", *command]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SOCLE_")}
    environment |= {"HOME": str(DATA), "PYTHONDONTWRITEBYTECODE": "1", **variables()}
    return run(*command, check=check, cwd=release, env=environment, umask=0o077)


def link(path: Path, target: Path) -> None:
    """Point a link elsewhere in one gesture: nobody ever finds it missing."""
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target)
    temporary.replace(path)


def unit(place: str) -> str:
    return f"socle-web@{place}.service"


def workers() -> list[str]:
    count = int(read_variables(ETC / "socle.env").get("WORKERS", "1"))
    return [f"socle-worker@{number}.service" for number in range(1, count + 1)] if "worker" in roles() else []


def version_of(tree: Path) -> str:
    found = re.search(r'__version__ = "([^"]+)"', (tree / "socle/__init__.py").read_text())
    if found is None:
        raise Failed(f"{tree} n’est pas une version de Socle.")
    return found[1]


# --- A release -------------------------------------------------------------------------------------------------------
def name_of(tree: Path) -> str:
    """Name a release after its version and, in a clone, its commit."""
    commit = quietly("git", "-C", str(tree), "rev-parse", "--short=10", "HEAD") if shutil.which("git") else None
    mark = commit.stdout.strip() if commit is not None and commit.returncode == 0 else time.strftime("%Y%m%dT%H%M%S")
    return f"{version_of(tree)}-{mark}"


def build(tree: Path, venv: Path | None) -> Path:
    """Copy the release beside the others and make its environment there; a folder without its mark is not finished."""
    release = RELEASES / name_of(tree)
    if (release / ".ready").exists():
        say(f"  {release.name} est déjà construite.")
        return release
    if tree.resolve() == release.resolve():
        raise Failed(
            "Lancez la livraison depuis le dossier de la nouvelle version, et non depuis une version installée."
        )

    def copy() -> None:
        RELEASES.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(release, ignore_errors=True)
        shutil.copytree(tree, release, symlinks=True, ignore=shutil.ignore_patterns(*NOT_COPIED))

    def environment() -> None:
        if venv is not None:
            (release / ".venv").symlink_to(venv)
        else:
            run(str(release / "tools/setup"), "run", env={**os.environ, "PYTHON": python()}, stdin=subprocess.DEVNULL)
        run(str(release / ".venv/bin/python"), "-m", "compileall", "-q", str(release / "socle"), cwd=str(release))
        # Readable by the platform's user whatever the mask of who released; written by nobody.
        run("chmod", "-R", "u+rwX,go+rX,go-w", str(release))
        (release / ".ready").touch()

    step(f"Copie de la version dans {release}", copy)
    step("Construction de son environnement Python", environment)
    return release


def python() -> str:
    return "/usr/bin/python3" if Path("/usr/bin/python3").exists() else sys.executable


def examine(release: Path) -> int:
    """Whether this code is whole, and what its database needs; its stylesheets are gathered beside the others'."""
    outcome = verb(release, "check-release", check=False).returncode
    if outcome not in (NOTHING_TO_MIGRATE, NEEDS_A_PAUSE, HAS_MIGRATIONS):
        raise Failed("La nouvelle version n’est pas en état d’être livrée (voir au-dessus).")
    return outcome


def prepare_database(release: Path, needs: int, *, pause: bool) -> None:
    """Bring the database to the new release; the one in service is stopped first when it could not live with it."""
    if needs == NOTHING_TO_MIGRATE:
        return
    needs_a_pause = needs == NEEDS_A_PAUSE and CURRENT.exists()
    if needs_a_pause and not pause:
        raise Failed(
            "Cette version change la base d’une façon que la version en service ne supporte pas (voir au-dessus). "
            "Relancez avec --pause : les visiteurs attendent quelques secondes pendant la bascule."
        )
    if "backup" in roles() and (ETC / "backup-passphrase").exists() and CURRENT.exists():
        step("Sauvegarde avant de toucher à la base", lambda: systemctl("start", "socle-backup.service"))
    if needs_a_pause:
        (release / ".incompatible").touch()
        for place in PLACES:
            if is_active(unit(place)):
                step(f"Pause : l’emplacement {place} s’arrête, les visiteurs attendent", lambda p=place: retire(p))  # type: ignore[misc]
    step("Migrations de la base", lambda: verb(release, "migrate", "--no-input", "--verbosity", "0"))


def retire(place: str) -> None:
    """Take a place out of service, then stop it: the front server is told first, and answers in hand are finished."""
    mark = RUN / f"{place}.draining"
    RUN.mkdir(parents=True, exist_ok=True)
    mark.touch()
    time.sleep(FRONT_NOTICES)
    systemctl("stop", unit(place))
    systemctl("disable", unit(place), check=False)
    mark.unlink(missing_ok=True)


def ask(place: str, path: str, headers: dict[str, str]) -> tuple[int, str]:
    """What a place answers; 0 when it does not."""
    host = read_variables(ETC / "socle.env").get("WEB_HOST", "127.0.0.1")
    connection = http.client.HTTPConnection(host, int(place), timeout=10)
    try:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        return response.status, response.read(2000).decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        return 0, str(error)
    finally:
        connection.close()


def wait_ready(place: str, version: str) -> None:
    """Wait until the right version answers there, kept out of service by its mark; raise Failed when it does not."""
    deadline = time.monotonic() + PATIENCE
    said = "aucune réponse"
    while time.monotonic() < deadline:
        status, words = ask(place, "/-/in-service", {})
        if status and words.startswith(f"{version} "):
            break
        said = f"{status} {words.strip()}" if status else said
        time.sleep(0.2)
    else:
        raise Failed(f"Le nouvel emplacement n’est pas prêt ({said}).")
    # As a visitor would, through the front server: the first page, and the one by which people come in.
    platform = variables().get("SOCLE_PLATFORM_HOSTS", "localhost").split(",")[0]
    for path in ("/", "/compte/connexion/"):
        status, words = ask(
            place, path, {"Host": platform, "X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "https"}
        )
        if not 200 <= status < 400:
            raise Failed(f"Le nouvel emplacement répond {status} à {path}.")


def through_the_front() -> str | None:
    """Ask for the first page as a visitor of this machine would; what is wrong, or None."""
    host = variables().get("SOCLE_PLATFORM_HOSTS", "localhost").split(",")[0]
    port = int(read_variables(ETC / "front.env").get("FRONT_HTTPS_PORT", "443"))
    # Not the certificate but the road is on trial: it may still be on its way.
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    import socket

    try:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=30) as plain,
            trusting.wrap_socket(plain, server_hostname=host) as secure,
        ):
            secure.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            answer = secure.recv(2000).decode(errors="replace")
    except OSError as error:
        return f"le serveur frontal ne répond pas ({error})"
    status = answer.split(" ")[1] if answer.startswith("HTTP/") else "?"
    return None if status[:1] in "23" else f"le serveur frontal répond {status}"


def switch(release: Path) -> None:
    """Put this release in service beside the one that is, then retire that one. Raises Failed with all as it was."""
    before = CURRENT.resolve() if CURRENT.exists() else None
    if "web" in roles():
        busy = [place for place in PLACES if is_active(unit(place))]
        # Both at work: a release was cut short. The place of the current release stays, the other starts over.
        kept = next((p for p in busy if before and (SLOTS / p).resolve() == before), busy[0] if busy else None)
        idle = next(place for place in PLACES if place != kept)
        step(f"Emplacement {idle} : démarrage de {release.name}", lambda: start(idle, release))
        if kept is not None:
            # It answers ours: a moment more, and the front server sends people there.
            step(f"Emplacement {kept} : retrait, sans couper une réponse", lambda: (time.sleep(3), retire(kept)))
        step(f"Emplacement {idle} au démarrage de la machine", lambda: systemctl("enable", unit(idle)))
    step(f"Version courante : {release.name}", lambda: name_current(release, before))
    background = [*workers(), *(["socle-scheduler.service"] if "scheduler" in roles() else [])]
    for name in background:
        # The task in hand is finished by the old one; nobody waits for it here.
        step(
            f"{name} : redémarrage",
            lambda n=name: (systemctl("enable", n), systemctl("restart", "--no-block", n)),  # type: ignore[misc]
        )


def start(place: str, release: Path) -> None:
    """Start a release in a place, and let the front server send people there only once its first pages answer."""
    systemctl("stop", unit(place), check=False)
    mark = RUN / f"{place}.draining"
    RUN.mkdir(parents=True, exist_ok=True)
    mark.touch()
    SLOTS.mkdir(parents=True, exist_ok=True)
    link(SLOTS / place, release)
    systemctl("reset-failed", unit(place), check=False)
    try:
        systemctl("start", unit(place))
        wait_ready(place, version_of(release))
    except Failed:
        systemctl("stop", unit(place), check=False)
        raise
    finally:
        mark.unlink(missing_ok=True)


def name_current(release: Path, before: Path | None) -> None:
    link(CURRENT, release)
    if before is not None and before != release.resolve():
        link(PREVIOUS, before)


def release_tree(tree: Path, *, pause: bool, venv: Path | None, parts: set[str]) -> None:
    """Release this tree: build, check, migrate, switch; what fails leaves the release in service where it was."""
    begun = time.monotonic()
    with alone():
        release = build(tree, venv)
        before = CURRENT.resolve() if CURRENT.exists() else None
        needs = NOTHING_TO_MIGRATE
        try:
            if parts & {"prepare", "migrate"}:
                say("▸ Vérification de la nouvelle version, feuilles de style, base")
                needs = NOTHING_TO_MIGRATE if dry_run else examine(release)
            if "migrate" in parts:
                prepare_database(release, needs, pause=pause)
            if "switch" in parts:
                switch(release)
        except Failed as failure:
            raise Failed(f"{failure}\n{whoever_serves(before)}") from failure
        if "switch" in parts:
            if not dry_run and "front" in roles() and before is not None and before != release.resolve():
                wrong = through_the_front()
                if wrong is not None:
                    say(f"✗ Après la bascule, {wrong} : retour à {before.name}.")
                    switch(before)
                    raise Failed(f"Livraison annulée : {wrong}. La version précédente est de nouveau en service.")
            step("Anciennes versions : les trois dernières sont gardées", prune)
    say(f"✓ {release.name} : fait en {time.monotonic() - begun:.0f} s.")


def whoever_serves(before: Path | None) -> str:
    """Make sure that the release which was in service still is, after a failure; say it."""
    if before is None or "web" not in roles():
        return "Rien n’était encore en service." if before is None else "La version courante n’a pas changé."
    if any(is_active(unit(place)) for place in PLACES):
        return f"{before.name} est toujours en service."
    try:
        # A pause had stopped it; its database may have changed under it, which its own first pages tell.
        start(PLACES[0], before)
    except Failed:
        return f"{before.name} était arrêtée et ne repart pas : restaurez la sauvegarde faite avant la livraison."
    return f"{before.name}, arrêtée pendant la pause, est de nouveau en service."


def prune() -> None:
    """Remove the oldest releases, never one that a link names."""
    named = {path.resolve() for path in (CURRENT, PREVIOUS, *SLOTS.glob("*")) if path.exists()}
    made = sorted((path for path in RELEASES.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime)
    for path in made[:-KEPT_RELEASES]:
        if path.resolve() not in named:
            shutil.rmtree(path, ignore_errors=True)


def roll_back() -> None:
    """Put the previous release back in service; the database stays as it is, which that release supports."""
    with alone():
        if not PREVIOUS.exists():
            raise Failed("Aucune version précédente n’est gardée sur cette machine.")
        current, target = CURRENT.resolve(), PREVIOUS.resolve()
        if (current / ".incompatible").exists():
            raise Failed(
                f"{current.name} a changé la base d’une façon que {target.name} ne supporte pas : "
                "le retour passe par la sauvegarde faite avant la livraison (socle restore)."
            )
        switch(target)
    say(f"✓ {target.name} est de nouveau en service.")


# --- Installation ----------------------------------------------------------------------------------------------------
def install(options: argparse.Namespace) -> None:
    """Bring a bare machine to a platform in service; done again, it changes nothing that is right."""
    wanted = set(options.roles.split(","))
    if unknown := wanted - set(ROLES):
        raise Failed(f"Rôles inconnus : {', '.join(sorted(unknown))}. Ceux qui existent : {', '.join(ROLES)}.")
    if not re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", options.host):
        raise Failed(
            f"« {options.host} » n’est pas un nom de machine : écrivez-le comme dans une adresse, sans https://."
        )
    if not is_root() and Path("/") == ROOT:
        raise Failed("L’installation se lance en root : elle crée un utilisateur, une base et des services.")
    packages(wanted)
    account()
    folders()
    domain = options.domain or f"communes.{options.host}"
    answers = {"@HOST@": options.host, "@EMAIL@": options.email, "@DOMAIN@": domain}
    for name in ("socle.env", *(["front.env"] if "front" in wanted else [])):
        write_once(ETC / name, fill((HERE / name).read_text(), answers), 0o640)
    write(ETC / "roles", " ".join(sorted(wanted)) + "\n", 0o644)
    if "front" in wanted:
        write(ETC / "Caddyfile", (HERE / "Caddyfile").read_text(), 0o644)
        front(options.caddy)
    units(wanted)
    write(ROOT / "usr/local/bin/socle", f'#!/bin/sh\nexec {python()} {CURRENT}/deploy/one-machine/socle "$@"\n', 0o755)
    if "database" in wanted:
        database()
    if options.no_start:
        say("✓ Installée, non démarrée.")
        return
    tree = Path(options.source).resolve()
    if CURRENT.exists():
        say(f"  {CURRENT.resolve().name} est en service : « release » en livre une autre.")
    else:
        parts = {"prepare", "migrate", "switch"} if not options.no_migrate else {"prepare", "switch"}
        release_tree(tree, pause=False, venv=options.venv, parts=parts)
    step("Démarrage avec la machine", lambda: systemctl("enable", "--now", "socle.target"))
    if "front" in wanted:
        step("Serveur frontal", lambda: systemctl("enable", "--now", "socle-front.service"))
    if "backup" in wanted:
        step("Sauvegarde de chaque nuit", lambda: systemctl("enable", "--now", "socle-backup.timer"))
        if not (ETC / "backup-passphrase").exists():
            say(f"  ! Aucune sauvegarde ne se fera tant que {ETC}/backup-passphrase manque : voyez le guide.")


def packages(wanted: set[str]) -> None:
    needed = {"python3": "/usr/bin/python3", "python3-venv": "/usr/lib/python3*/ensurepip/__init__.py"}
    needed |= {"util-linux": "/usr/bin/setpriv", "ca-certificates": "/etc/ssl/certs/ca-certificates.crt"}
    if "database" in wanted:
        needed["postgresql-17"] = "/usr/lib/postgresql/17/bin/postgres"
    if wanted & {"backup", "web"}:
        needed["postgresql-client-17"] = "/usr/lib/postgresql/17/bin/pg_dump"
    if "backup" in wanted:
        needed["restic"] = "/usr/bin/restic"
    missing = [name for name, place in needed.items() if not list(Path("/").glob(place.lstrip("/")))]
    if not missing or Path("/") != ROOT:
        return

    def fetch() -> None:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
        run("apt-get", "update", "-qq", env=environment)
        run(
            "apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing,
            env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        )  # fmt: skip

    step(f"Paquets Debian : {', '.join(missing)}", fetch)


def account() -> None:
    if is_root() and Path("/") == ROOT and not owner_exists():
        step(
            f"Utilisateur système « {USER} »",
            lambda: run(
                "useradd", "--system", "--user-group", "--no-create-home", "--home-dir", str(DATA),
                "--shell", "/usr/sbin/nologin", USER,
            ),
        )  # fmt: skip


def folders() -> None:
    for path, mode, owned in (
        (RELEASES, 0o755, False), (SLOTS, 0o755, False), (ETC, 0o755, False), (ETC / "credentials", 0o700, False),
        (DATA, 0o700, True), (UNITS, 0o755, False), (ROOT / "usr/local/bin", 0o755, False),
    ):  # fmt: skip
        if not path.is_dir():
            step(f"Dossier {path}", lambda p=path, m=mode, o=owned: folder(p, m, o))  # type: ignore[misc]


def folder(path: Path, mode: int, owned: bool) -> None:
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(mode)
    if owned and is_root() and owner_exists():
        shutil.chown(path, USER, USER)


def fill(text: str, answers: dict[str, str]) -> str:
    for mark, answer in answers.items():
        text = text.replace(mark, answer)
    return text


def write_once(path: Path, content: str, mode: int) -> None:
    """Write a file that belongs to the operator from then on."""
    if not path.exists():
        write(path, content, mode)


def write(path: Path, content: str, mode: int) -> None:
    """Write a file of ours when it differs; what was there is kept beside it."""
    if path.exists() and path.read_text() == content:
        return

    def act() -> None:
        if path.exists():
            shutil.copy2(path, path.with_name(f"{path.name}.before"))
        temporary = path.with_name(f".{path.name}.new")
        temporary.write_text(content)
        temporary.chmod(mode)
        if is_root() and owner_exists() and path.parent == ETC:
            shutil.chown(temporary, "root", USER)
        temporary.replace(path)

    step(f"{path}", act)


def units(wanted: set[str]) -> None:
    names = {
        "web": ["socle-web@.service"], "worker": ["socle-worker@.service"], "scheduler": ["socle-scheduler.service"],
        "front": ["socle-front.service"], "backup": ["socle-backup.service", "socle-backup.timer"],
    }  # fmt: skip
    for name in ["socle.target", *(name for role in ROLES if role in wanted for name in names.get(role, []))]:
        write(UNITS / name, (HERE / "systemd" / name).read_text(), 0o644)
    step("Lecture des services par systemd", lambda: systemctl("daemon-reload"))


def front(given: str) -> None:
    """Caddy, 2.8 at least: the one that is given, else the one of the lock file, checked by its hash."""
    place = FRONT / "bin/caddy"
    if given:
        if not dry_run and not os.access(given, os.X_OK):
            raise Failed(f"{given} n’est pas un programme.")
        if not place.exists() or place.resolve() != Path(given).resolve():
            step(
                f"Serveur frontal : {given}",
                lambda: (place.parent.mkdir(parents=True, exist_ok=True), link(place, Path(given))),
            )
    elif not place.exists():
        step("Serveur frontal : Caddy", fetch_front)


def fetch_front() -> None:
    run(python(), "-m", "venv", str(FRONT))
    run(
        str(FRONT / "bin/pip"), "install", "-q", "--disable-pip-version-check", "--require-hashes",
        "-r", str(HERE / "front.txt"),
    )  # fmt: skip


def database() -> None:
    """PostgreSQL on this machine: its cluster runs, the platform's user owns its database, without a password."""
    if dry_run or Path("/") != ROOT:
        return
    clusters = quietly("pg_lsclusters", "--no-header").stdout
    if not re.search(r"^17\s+main\s", clusters, re.M):
        step("Grappe PostgreSQL 17", lambda: run("pg_createcluster", "17", "main", "--", "--locale=C.UTF-8"))
        clusters = ""
    if not re.search(r"^17\s+main\s+\d+\s+online", clusters, re.M):
        step("Démarrage de PostgreSQL", lambda: run("pg_ctlcluster", "17", "main", "start"))

    def sql(text: str) -> str:
        return run(
            "runuser", "-u", "postgres", "--", "psql", "-tAXc", text, cwd="/", capture_output=True
        ).stdout.strip()

    if not sql(f"SELECT 1 FROM pg_roles WHERE rolname = '{USER}'"):
        step(f"Rôle « {USER} » de PostgreSQL", lambda: sql(f"CREATE ROLE {USER} LOGIN"))
    if not sql(f"SELECT 1 FROM pg_database WHERE datname = '{USER}'"):
        step(
            f"Base « {USER} »",
            lambda: sql(f"CREATE DATABASE {USER} OWNER {USER} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'"),
        )


# --- Commands --------------------------------------------------------------------------------------------------------
def main(command: str, arguments: Sequence[str] | None = None) -> None:
    """Run one of the commands beside this file."""
    global dry_run
    if command == "socle":
        if not CURRENT.exists():
            sys.exit("✗ Aucune version n’est en service sur cette machine.")
        sys.exit(
            verb(CURRENT.resolve(), *(arguments if arguments is not None else sys.argv[1:]), check=False).returncode
        )
    parser = argparse.ArgumentParser(
        prog=command, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dry-run", action="store_true", help="dire ce qui serait fait, sans rien faire")
    if command in ("install", "release"):
        parser.add_argument(
            "source", nargs="?", default=str(HERE.parent.parent), help="dossier de la version (celui-ci)"
        )
        parser.add_argument("--venv", type=Path, help="environnement Python déjà fait (machine sans accès aux paquets)")
    if command == "install":
        parser.add_argument("--host", required=True, help="nom de la plateforme : socle.exemple.fr")
        parser.add_argument("--email", required=True, help="à qui l’autorité de certification écrit")
        parser.add_argument("--domain", default="", help="domaine des sites des communes (communes.HOST)")
        parser.add_argument(
            "--roles", default=",".join(ROLES), help="ce que fait cette machine, séparé par des virgules"
        )
        parser.add_argument("--caddy", default="", help="programme caddy déjà installé (2.8 ou plus récent)")
        parser.add_argument("--no-start", action="store_true", help="installer sans démarrer")
        parser.add_argument("--no-migrate", action="store_true", help="une autre machine s’occupe de la base")
    if command == "release":
        parser.add_argument(
            "--pause", action="store_true", help="accepter que les visiteurs attendent quelques secondes"
        )
        parser.add_argument(
            "--only", choices=["prepare", "migrate", "switch"], action="append",
            help="une étape seulement : plusieurs machines se livrent étape par étape",
        )  # fmt: skip
    chosen = parser.parse_args(arguments)
    dry_run = chosen.dry_run
    try:
        if command == "install":
            install(chosen)
        elif command == "release":
            if not (ETC / "roles").exists():
                raise Failed("Cette machine n’est pas installée : lancez d’abord « install ».")
            parts = set(chosen.only or ["prepare", "migrate", "switch"])
            release_tree(Path(chosen.source).resolve(), pause=chosen.pause, venv=chosen.venv, parts=parts)
        else:
            roll_back()
    except Failed as failure:
        sys.exit(f"✗ {failure}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
