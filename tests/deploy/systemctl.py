#!/usr/bin/env python3
"""A stand-in for `systemctl` where systemd does not run: it reads the same units, and starts what they say.

What is tried is thus the units themselves: their commands, variables, credentials, folders, users, restarts, and how
they are stopped. Not tried: the walls that the kernel puts around a service (ProtectSystem and its like).

A prefix stands before the platform's paths when SOCLE_MACHINE_ROOT says so. Each unit has its keeper, a process that
starts it again when it should be; a folder of /run/standin keeps what is known of it.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import pwd
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = os.environ.get("SOCLE_MACHINE_ROOT", "").rstrip("/")
UNITS = Path(f"{ROOT}/etc/systemd/system")
STATE = Path(f"{ROOT}/run/standin")
OURS = re.compile(r"(?<![\w/.-])/(?=(?:opt|etc|run|var/lib|var/cache)/socle)")
Unit = dict[str, list[str]]


def here(text: str) -> str:
    """The same text, its paths under our root."""
    return OURS.sub(f"{ROOT}/", text) if ROOT else text


def read(name: str) -> Unit:
    """The lines of a unit, by key; an instance (`web@8101`) reads its template."""
    template, at, rest = name.partition("@")
    instance = rest.rpartition(".")[0] if at else ""
    path = UNITS / (f"{template}@.{name.rpartition('.')[2]}" if at else name)
    if not path.exists():
        sys.exit(f"Unit {name} not found.")
    found: Unit = {}
    for line in path.read_text().splitlines():
        if line and line[0] not in "#;[" and "=" in line:
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value.replace("%i", instance).replace("%%", "%"))
    return found


def seconds(text: str, default: float) -> float:
    match = re.fullmatch(r"(\d+)(min|s)?", text)
    return int(match[1]) * (60 if match[2] == "min" else 1) if match else default


def full(name: str) -> str:
    return name if re.search(r"\.(service|timer|target)$", name) else f"{name}.service"


def folder(name: str) -> Path:
    return STATE / name


def alive(name: str) -> bool:
    try:
        pid = int((folder(name) / "keeper").read_text())
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (OSError, ValueError):
        return False


# --- What a unit says ------------------------------------------------------------------------------------------------
def owner(unit: Unit) -> pwd.struct_passwd | None:
    """Whom it runs as; None for ourselves, when we are not root or are in a trial's own root."""
    if os.geteuid() != 0 or ROOT:
        return None
    return pwd.getpwnam(unit["User"][-1] if "User" in unit else "nobody")


def made(path: str, mode: int, who: pwd.struct_passwd | None) -> str:
    place = Path(path)
    place.mkdir(parents=True, exist_ok=True)
    place.chmod(mode)
    if who:
        for each in (place, *place.rglob("*")) if place.stat().st_uid != who.pw_uid else (place,):
            os.chown(each, who.pw_uid, who.pw_gid)
    return path


def environment(name: str, unit: Unit) -> dict[str, str]:
    """As systemd makes it: nothing inherited, Environment, the folders it manages, then the files."""
    who = owner(unit)
    found = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "PYTHONUNBUFFERED": "1"}
    for key, base, mode in (
        ("StateDirectory", "/var/lib", int(unit.get("StateDirectoryMode", ["755"])[-1], 8)),
        ("RuntimeDirectory", "/run", 0o755),
        ("CacheDirectory", "/var/cache", 0o755),
    ):
        for value in unit.get(key, []):
            variable = re.sub(r"(?<!^)([A-Z])", r"_\1", key).upper()
            found[variable] = made(here(f"{base}/{value}"), mode, who)
    credentials = folder(name) / "credentials"
    shutil.rmtree(credentials, ignore_errors=True)
    for line in unit.get("LoadCredential", []):
        identifier, _, source = line.partition(":")
        given = Path(here(source))
        made(str(credentials), 0o700, who)
        if not given.exists():
            raise SystemExit(f"{name}: {given} is missing (status 243/CREDENTIALS)")
        files = [(identifier, given)] if given.is_file() else [(f"{identifier}_{f.name}", f) for f in given.iterdir()]
        for target, file in files:
            (credentials / target).write_bytes(file.read_bytes())
            (credentials / target).chmod(0o400)
            if who:
                os.chown(credentials / target, who.pw_uid, who.pw_gid)
        found["CREDENTIALS_DIRECTORY"] = str(credentials)
    for line in unit.get("Environment", []):
        for word in shlex.split(line):
            variable, _, value = word.partition("=")
            found[variable] = here(value.replace("%d", str(credentials)))
    for line in unit.get("EnvironmentFile", []):
        for text in Path(here(line)).read_text().splitlines():
            text = text.strip()
            if text and text[0] not in "#;" and "=" in text:
                variable, _, value = text.partition("=")
                found[variable.strip()] = here(value.strip().strip("\"'"))
    return found


def words(command: str, variables: dict[str, str]) -> list[str]:
    """One word stays one word for `${NAME}`; a variable nobody set is empty."""
    said = [re.sub(r"\$\{(\w+)\}", lambda m: variables.get(m[1], ""), word) for word in shlex.split(here(command))]
    return [word for word in said if word]


def spawn(name: str, unit: Unit, command: str, **options: object) -> subprocess.Popen[bytes]:
    variables = environment(name, unit)
    who = owner(unit)
    log = open(folder(name) / "log", "ab")  # noqa: SIM115 (inherited by the child, closed just below)
    capabilities = unit.get("AmbientCapabilities", [])

    def become() -> None:
        os.umask(int(unit.get("UMask", ["0022"])[-1], 8))
        if who and not capabilities:
            os.initgroups(who.pw_name, who.pw_gid)
            os.setgid(who.pw_gid)
            os.setuid(who.pw_uid)

    line = words(command, variables)
    groups = ",".join(unit.get("SupplementaryGroups", []))
    if who and capabilities:
        kept = ",".join(f"+{capability.removeprefix('CAP_').lower()}" for capability in capabilities)
        line = [
            "setpriv", f"--reuid={who.pw_uid}", f"--regid={who.pw_gid}",
            f"--groups={groups}" if groups else "--clear-groups",
            f"--inh-caps={kept}", f"--ambient-caps={kept}", "--", *line,
        ]  # fmt: skip
    with log:
        return subprocess.Popen(
            line,
            cwd=here(unit.get("WorkingDirectory", ["/"])[-1]),
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=become,
        )


# --- A keeper --------------------------------------------------------------------------------------------------------
def keep(name: str) -> None:
    """Be the keeper of a unit until it is asked to stop: start it, start it again, stop it as it wants to be."""
    unit = read(name)
    ctypes.CDLL(None).prctl(36, 1)  # PR_SET_CHILD_SUBREAPER: what the service leaves behind comes to us
    stopping = False

    def stop(*_: object) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    while not stopping:
        child = spawn(name, unit, unit["ExecStart"][-1])
        (folder(name) / "pid").write_text(str(child.pid))
        while child.poll() is None and not stopping:
            time.sleep(0.05)
        if stopping:
            with contextlib.suppress(ProcessLookupError):
                # KillMode=mixed: the main process is asked, the others die with it.
                os.kill(child.pid, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(seconds(unit.get("TimeoutStopSec", ["90s"])[-1], 90))
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        if not stopping and unit.get("Restart", ["no"])[-1] != "always":
            break
        if not stopping:
            time.sleep(seconds(unit.get("RestartSec", ["1"])[-1], 1))
    (folder(name) / "keeper").unlink(missing_ok=True)


# --- The verbs -------------------------------------------------------------------------------------------------------
def start(name: str) -> None:
    if name.endswith((".target", ".timer")):
        (folder(name)).mkdir(parents=True, exist_ok=True)
        for wanted in sorted((UNITS / f"{name}.wants").glob("*")):
            start(wanted.name)
        return
    if alive(name):
        return
    unit = read(name)
    place = folder(name)
    place.mkdir(parents=True, exist_ok=True)
    if unit.get("Type", ["simple"])[-1] == "oneshot":
        if any(not Path(here(path)).exists() for path in unit.get("ConditionPathExists", [])):
            return
        code = spawn(name, unit, unit["ExecStart"][-1]).wait()
        if code:
            sys.exit(f"{name} failed ({code}): {(place / 'log').read_text()[-2000:]}")
        return
    environment(name, unit)  # What is missing is said by whoever starts, as systemd does.
    pid = os.fork()
    if pid:
        deadline = time.monotonic() + 10
        while not (place / "keeper").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        for command in unit.get("ExecStartPost", []):
            if code := spawn(name, unit, command).wait():
                sys.exit(f"{name}: ExecStartPost failed ({code}): {(place / 'log').read_text()[-2000:]}")
        return
    os.setsid()
    quiet = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(quiet, descriptor)
    (place / "keeper.new").write_text(str(os.getpid()))
    (place / "keeper.new").replace(place / "keeper")
    try:
        keep(name)
    finally:
        os._exit(0)


def in_hand(place: str) -> int:
    """How many connections are open to this port, the fewest of a few looks: who only passes by is not counted."""
    looks = []
    for _ in range(5):
        rows = [
            row.split()[:4] for name in ("tcp", "tcp6") for row in Path(f"/proc/net/{name}").read_text().splitlines()
        ]
        looks.append(sum(row[3] == "01" and row[1].endswith(f":{int(place):04X}") for row in rows))
        time.sleep(0.02)
    return min(looks)


def stop(name: str, *, wait: bool = True) -> None:
    place = name.partition("@")[2].partition(".")[0]
    if name.startswith("socle-web@") and alive(name):
        # A place is asked to stop: whom would it have let down, had it not been polite?
        with (STATE / "stops").open("a") as file:
            file.write(f"{place} {in_hand(place)}\n")
    if name.endswith(".target"):
        for known in sorted(STATE.glob("*.service")):
            if "PartOf" in read(known.name):
                stop(known.name)
        return
    with contextlib.suppress(OSError, ValueError):
        os.kill(int((folder(name) / "keeper").read_text()), signal.SIGTERM)
    while wait and alive(name):
        time.sleep(0.02)


def enable(name: str, on: bool) -> None:
    for target in ("socle.target", "timers.target", "multi-user.target"):
        wanted = UNITS / f"{target}.wants" / name
        if on and target in read(name).get("WantedBy", []):
            wanted.parent.mkdir(parents=True, exist_ok=True)
            wanted.touch()
        elif not on:
            wanted.unlink(missing_ok=True)


def main() -> None:
    options = {word for word in sys.argv[1:] if word.startswith("-")}
    verb, *names = (word for word in sys.argv[1:] if not word.startswith("-"))
    for name in map(full, names):
        match verb:
            case "start":
                start(name)
            case "stop":
                stop(name)
            case "restart":
                stop(name)
                start(name)
            case "reload":
                unit = read(name)
                if spawn(name, unit, unit["ExecReload"][-1]).wait():
                    sys.exit(f"{name}: reload failed")
            case "enable" | "disable":
                enable(name, verb == "enable")
                if "--now" in options:
                    (start if verb == "enable" else stop)(name)
            case "is-active":
                sys.exit(0 if alive(name) else 3)
            case "reset-failed":
                pass
            case _:
                sys.exit(f"the stand-in does not know « {verb} »")


if __name__ == "__main__":
    main()
