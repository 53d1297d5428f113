"""The commands beside this file: what one may ask of each, and how it ends."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

import machine
from installation import install
from machine import CURRENT, ETC, HERE, ROLES, Failed, verb
from releases import release_tree, roll_back


def main(command: str, arguments: Sequence[str] | None = None) -> None:
    """Run one of the commands beside this file."""
    if command == "socle":
        if not CURRENT.exists():
            sys.exit("✗ Aucune version n’est en service sur cette machine.")
        words = sys.argv[1:] if arguments is None else arguments
        try:
            sys.exit(verb(CURRENT.resolve(), *words, check=False).returncode)
        except PermissionError as error:
            sys.exit(f"✗ {error.filename} ne se lit que sous root : sudo socle {shlex.join(words)}")
    parser = argparse.ArgumentParser(
        prog=command, description=machine.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
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
        parser.add_argument("--several", action="store_true", help="cette machine est une parmi plusieurs")
        parser.add_argument("--weed", default="", help="programme weed (SeaweedFS) déjà installé")
        parser.add_argument("--no-start", action="store_true", help="installer sans démarrer")
        parser.add_argument("--no-migrate", action="store_true", help="une autre machine s’occupe de la base")
    if command == "release":
        parser.add_argument(
            "--pause", action="store_true", help="accepter que les visiteurs attendent quelques secondes"
        )
        parser.add_argument("--unsaved", action="store_true", help="changer la base sans la sauvegarder d’abord")
        parser.add_argument(
            "--only", choices=["prepare", "migrate", "switch"], action="append",
            help="une étape seulement : plusieurs machines se livrent étape par étape",
        )  # fmt: skip
    chosen = parser.parse_args(arguments)
    machine.dry_run = chosen.dry_run
    try:
        if command == "install":
            install(chosen)
        elif command == "release":
            if not (ETC / "roles").exists():
                raise Failed("Cette machine n’est pas installée : lancez d’abord « install ».")
            parts = set(chosen.only or ["prepare", "migrate", "switch"])
            release_tree(
                Path(chosen.source).resolve(), pause=chosen.pause, venv=chosen.venv, parts=parts, unsaved=chosen.unsaved
            )
        else:
            roll_back()
    except Failed as failure:
        sys.exit(f"✗ {failure}")
