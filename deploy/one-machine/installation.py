"""From a bare machine to a platform in service: packages, account, programs, services, database."""

from __future__ import annotations

import argparse
import grp
import os
import re
import secrets
import shutil
import subprocess
import time
from pathlib import Path
from urllib.parse import urlsplit

import machine
from files import audience_folder, change, fill, folders, given, write, write_once
from machine import (
    AUDIENCE_GROUP,
    CURRENT,
    DATA,
    ETC,
    FRONT,
    HERE,
    OTHER_ROLES,
    PASSPHRASE,
    ROLES,
    ROOT,
    SEVERAL,
    STORAGE,
    UNITS,
    USER,
    WITHOUT_RELEASE,
    Failed,
    alone,
    is_root,
    link,
    owner_exists,
    python,
    quietly,
    read_variables,
    run,
    say,
    step,
    systemctl,
)
from releases import first_release, why_no_backup


def install(options: argparse.Namespace) -> None:
    """Bring a bare machine to a platform in service; done again, it changes nothing that is right."""
    wanted = set(options.roles.split(","))
    if unknown := wanted - {*ROLES, *OTHER_ROLES}:
        known = ", ".join((*ROLES, *OTHER_ROLES))
        raise Failed(f"Rôles inconnus : {', '.join(sorted(unknown))}. Ceux qui existent : {known}.")
    if not re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", options.host):
        raise Failed(
            f"« {options.host} » n’est pas un nom de machine : écrivez-le comme dans une adresse, sans https://."
        )
    if not is_root() and Path("/") == ROOT:
        raise Failed("L’installation se lance en root : elle crée un utilisateur, une base et des services.")
    begun = time.monotonic()
    with machine.listing(wanted) as steps:
        prepare(options, wanted)
        if options.no_start:
            step("✓ Installée, non démarrée.")
        else:
            start(options, wanted)
    try:
        with alone():
            for one in steps:
                one.do()
    except Failed as failure:
        served = CURRENT.exists() or options.no_start
        raise failure if served else Failed(f"{failure}\nRien n’était encore en service.") from failure
    if machine.dry_run or options.no_start:
        return
    if "backup" in wanted and (why := why_no_backup()):
        say(f"  ! {why}")
    say(f"✓ En service, en {time.monotonic() - begun:.0f} s.")


def prepare(options: argparse.Namespace, wanted: set[str]) -> None:
    """All but what runs: packages, account, folders, settings, programs, services, database."""
    packages(wanted)
    account()
    audience_group()
    folders()
    audience_folder()
    domain = options.domain or f"communes.{options.host}"
    answers = {"@HOST@": options.host, "@EMAIL@": options.email, "@DOMAIN@": domain}
    several = bool(options.several)
    for name, role in (("socle.env", ""), ("front.env", "front"), ("storage.env", "storage")):
        if not role or role in wanted:
            write_once(ETC / name, fill(given(name, several or name == "storage.env").read_text(), answers), 0o640)
    rename(options)
    write(ETC / "roles", " ".join(sorted(wanted)) + "\n", 0o644)
    if "front" in wanted:
        write(ETC / "Caddyfile", given("Caddyfile", several).read_text(), 0o644)
        for name in ("sites.caddy", "audience.caddy"):
            write(ETC / name, (HERE / name).read_text(), 0o644)
        program(FRONT / "bin/caddy", "Caddy", options.caddy, HERE / "front.txt")
    if "storage" in wanted or ("front" in wanted and several):
        program(STORAGE / "bin/weed", "SeaweedFS", options.weed, SEVERAL / "storage.txt")
    if "storage" in wanted:
        keys = {"@KEY_ID@": secrets.token_hex(10), "@SECRET@": secrets.token_urlsafe(40)}
        write_once(ETC / "storage.json", fill(given("storage.json", True).read_text(), keys), 0o600)
    if "backup" in wanted and not PASSPHRASE.exists():
        step(f"Phrase de passe des sauvegardes, {PASSPHRASE}", passphrase)
        step("! Gardez-en une copie ailleurs que sur cette machine : sans elle, aucune sauvegarde ne se lit.")
    units(wanted, several=several)
    write(ROOT / "usr/local/bin/socle", f'#!/bin/sh\nexec {python()} {CURRENT}/deploy/one-machine/socle "$@"\n', 0o755)
    if "database" in wanted:
        database()


def start(options: argparse.Namespace, wanted: set[str]) -> None:
    """The first release, then all that runs, now and with the machine."""
    if wanted <= WITHOUT_RELEASE:
        step("Cette machine ne fait tourner aucune version : elle n’a pas besoin de « release ».")
    elif CURRENT.exists():
        step(f"{CURRENT.resolve().name} est en service : « release » en livre une autre.")
    else:
        parts = {"prepare", "migrate", "switch"} if not options.no_migrate else {"prepare", "switch"}
        first_release(Path(options.source).resolve(), venv=options.venv, parts=parts)
    names = is_renamed(options)
    step("Démarrage avec la machine", lambda: systemctl("enable", "--now", "socle.target"))
    if names:
        step("Relance de la plateforme, qui lit son nom", lambda: systemctl("restart", "socle.target"))
    if "storage" in wanted:
        step("Stockage des fichiers", lambda: systemctl("enable", "--now", "socle-storage.service"))
    if "front" in wanted:
        if options.several:
            step("Certificats communs", lambda: systemctl("enable", "--now", "socle-certificates.service"))
        step("Serveur frontal", lambda: systemctl("enable", "--now", "socle-front.service"))
        if names:
            step("Relance du serveur frontal, qui lit ce nom", lambda: systemctl("restart", "socle-front.service"))
    if "backup" in wanted:
        step("Sauvegarde de chaque nuit", lambda: systemctl("enable", "--now", "socle-backup.timer"))


def renamed(options: argparse.Namespace) -> dict[str, dict[str, str]]:
    """The variables of each file that say another name, another domain or another address than those given now."""
    platform, front = read_variables(ETC / "socle.env"), read_variables(ETC / "front.env")
    former = urlsplit(platform.get("SOCLE_PLATFORM_URL", "")).hostname or options.host
    sender, sites = platform.get("SOCLE_FROM_EMAIL", ""), front.get("FRONT_SITES", "")
    hosts = [options.host if one == former else one for one in platform.get("SOCLE_PLATFORM_HOSTS", "").split(",")]
    wished = {
        "socle.env": {
            "SOCLE_PLATFORM_URL": platform.get("SOCLE_PLATFORM_URL", "").replace(f"//{former}", f"//{options.host}"),
            "SOCLE_PLATFORM_HOSTS": ",".join(hosts),
            "SOCLE_FROM_EMAIL": re.sub(rf"@{re.escape(former)}(?=>?$)", f"@{options.host}", sender),
            "SOCLE_SITES_DOMAIN": options.domain or platform.get("SOCLE_SITES_DOMAIN", ""),
        },
        "front.env": {
            "FRONT_SITES": re.sub(rf"//{re.escape(former)}(?=$|[:,\s])", f"//{options.host}", sites),
            "FRONT_EMAIL": options.email,
        },
    }
    known = {"socle.env": platform, "front.env": front}
    return {
        file: {name: value for name, value in values.items() if name in known[file] and known[file][name] != value}
        for file, values in wished.items()
    }


def is_renamed(options: argparse.Namespace) -> bool:
    return any(renamed(options).values())


def rename(options: argparse.Namespace) -> None:
    """What another name, domain or address changes in the files of the operator: nothing else of them."""
    for file, values in renamed(options).items():
        for name, value in values.items():
            step(f"{ETC / file} : {name} devient {value}", lambda f=file, n=name, v=value: change(ETC / f, {n: v}))  # type: ignore[misc]
    if "SOCLE_PLATFORM_URL" in renamed(options)["socle.env"] and not options.domain:
        kept = read_variables(ETC / "socle.env").get("SOCLE_SITES_DOMAIN", "")
        step(f"Les sites des communes restent sous {kept} : --domain en donne un autre à ceux qui naîtront.")


def passphrase() -> None:
    """Draw the passphrase of the backups, for root alone."""
    with open(PASSPHRASE, "x", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
        file.write(f"{secrets.token_urlsafe(32)}\n")


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


def audience_group() -> None:
    """The group of those who read the pages read: the platform, and nobody else."""
    if not is_root() or Path("/") != ROOT:
        return
    try:
        members = grp.getgrnam(AUDIENCE_GROUP).gr_mem
    except KeyError:
        members = []
        step(f"Groupe système « {AUDIENCE_GROUP} »", lambda: run("groupadd", "--system", AUDIENCE_GROUP))
    if USER not in members:
        step(f"{USER} dans ce groupe", lambda: run("usermod", "--append", "--groups", AUDIENCE_GROUP, USER))


def units(wanted: set[str], *, several: bool) -> None:
    names = {
        "web": ["socle-web@.service"], "worker": ["socle-worker@.service"], "scheduler": ["socle-scheduler.service"],
        "front": [*(["socle-certificates.service"] if several else []), "socle-front.service"],
        "backup": ["socle-backup.service", "socle-backup.timer"], "storage": ["socle-storage.service"],
    }  # fmt: skip
    asked = [name for role in (*ROLES, *OTHER_ROLES) if role in wanted for name in names.get(role, [])]
    for name in ["socle.target", *asked]:
        write(UNITS / name, given(f"systemd/{name}", several or name == "socle-storage.service").read_text(), 0o644)
    step("Lecture des services par systemd", lambda: systemctl("daemon-reload"))


def program(place: Path, name: str, chosen: str, pinned: Path) -> None:
    """Put a program in place: the one that is named, else the one of the lock file, checked by its hash."""
    if chosen:
        if not os.access(chosen, os.X_OK):
            raise Failed(f"{chosen} n’est pas un programme.")
        if not place.exists() or place.resolve() != Path(chosen).resolve():
            step(f"{name} : {chosen}", lambda: put(place, Path(chosen)))
    elif not place.exists():
        step(f"{name}, par son paquet Python", lambda: fetch(place.parent.parent, pinned))


def put(place: Path, target: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    link(place, target)


def fetch(folder: Path, pinned: Path) -> None:
    run(python(), "-m", "venv", str(folder))
    pip = (str(folder / "bin/pip"), "install", "-q", "--disable-pip-version-check", "--require-hashes")
    run(*pip, "-r", str(pinned))


def database() -> None:
    """PostgreSQL on this machine: its cluster runs, the platform's user owns its database, without a password."""
    if Path("/") != ROOT:
        return
    is_online = re.search(r"^17\s+main\s+\d+\s+online", clusters(), re.M) is not None
    if not is_online:
        step("Grappe PostgreSQL 17, démarrée", cluster)
    # What cannot be asked of a server that is not there yet is looked for again when its turn comes.
    for sentence, question, order in (
        (
            f"Rôle « {USER} » de PostgreSQL",
            f"SELECT 1 FROM pg_roles WHERE rolname = '{USER}'",
            f"CREATE ROLE {USER} LOGIN",
        ),
        (
            f"Base « {USER} »",
            f"SELECT 1 FROM pg_database WHERE datname = '{USER}'",
            f"CREATE DATABASE {USER} OWNER {USER} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'",
        ),
    ):
        if not is_online or not sql(question):
            step(sentence, lambda q=question, o=order: sql(q) or sql(o))  # type: ignore[misc]


def clusters() -> str:
    return quietly("pg_lsclusters", "--no-header").stdout if shutil.which("pg_lsclusters") else ""


def cluster() -> None:
    if not re.search(r"^17\s+main\s", clusters(), re.M):
        run("pg_createcluster", "17", "main", "--", "--locale=C.UTF-8")
    if not re.search(r"^17\s+main\s+\d+\s+online", clusters(), re.M):
        run("pg_ctlcluster", "17", "main", "start")


def sql(text: str) -> str:
    return run("runuser", "-u", "postgres", "--", "psql", "-tAXc", text, cwd="/", capture_output=True).stdout.strip()
