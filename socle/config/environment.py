"""The variables of the environment, as every file of settings reads them."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Sequence
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

from socle.config import credentials

ROOT = Path(__file__).resolve().parent.parent.parent
env = environ.Env()
if (ROOT / ".env").exists():
    environ.Env.read_env(ROOT / ".env")
# A secret handed over as a file is worth the variable it is named after. Not `os.environ`: our children inherit the
# name of the file, and read it themselves.
env.ENVIRON = {**os.environ, **credentials.variables(os.environ)}  # type: ignore[assignment]


def only_looks(line: Sequence[str]) -> bool:
    """Whether this command line is one that writes nothing, were it the folder of the data.

    `restore --dry-run`, and `replay`, which writes in the folder it is given.
    """
    return list(line[1:2]) == ["replay"] or (list(line[1:2]) == ["restore"] and "--dry-run" in line)


def are_several(networks: Sequence[str]) -> bool:
    """Whether the networks of the proxies in front say that other machines serve the platform too.

    Raises `ImproperlyConfigured` for what is no network.
    """
    try:
        return not all(ipaddress.ip_network(one, strict=False).is_loopback for one in networks)
    except ValueError as error:
        raise ImproperlyConfigured(
            "SOCLE_BALANCERS se lit comme une suite de réseaux\u00a0: «\u00a010.0.0.0/24,127.0.0.0/8\u00a0»."
        ) from error
