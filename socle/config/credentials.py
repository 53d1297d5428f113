"""Secrets handed over as files, rather than in an environment that other programs inherit and tools print.

Two ways, and a variable is given by one of them only:

- systemd's: `LoadCredential=variables:/etc/socle/credentials`, where each file is named after a variable;
- the containers': `SOCLE_DATABASE_URL_FILE=/run/secrets/database` is worth `SOCLE_DATABASE_URL`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

FOLDER = "CREDENTIALS_DIRECTORY"
# What systemd puts before the name of each file of a folder, from the name the unit gives to the folder.
PREFIX = "variables_"
SUFFIX = "_FILE"
# The variables that hold a secret: each may be given by a file, and none of their values reaches a log.
SECRETS = (
    "SOCLE_SECRET_KEY",
    "SOCLE_SECRET_KEY_FALLBACKS",
    "SOCLE_DATABASE_URL",
    "SOCLE_CACHE_URL",
    "SOCLE_EMAIL_URL",
    "SOCLE_METRICS_TOKEN",
    "SOCLE_BACKUP_S3_SECRET",
    "SOCLE_POWERDNS_KEY",
    "SOCLE_SEAL_PKCS11_PIN",
    "SOCLE_TIMESTAMP_HEADER",
)
# Shorter than this, a value would hide ordinary words of the logs.
SHORTEST = 8


def variables(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables that files are worth. Raise `ImproperlyConfigured`, in French, for a file that cannot serve."""
    return _of_systemd(environ) | _of_files(environ)


def _of_systemd(environ: Mapping[str, str]) -> dict[str, str]:
    folder = environ.get(FOLDER, "")
    if not folder or not Path(folder).is_dir():
        return {}
    return {
        path.name.removeprefix(PREFIX): path.read_text(encoding="utf-8").strip()
        for path in sorted(Path(folder).iterdir())
        if path.name.startswith(f"{PREFIX}SOCLE_") and path.is_file()
    }


def _of_files(environ: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for name in SECRETS:
        path = environ.get(name + SUFFIX, "")
        if not path:
            continue
        if environ.get(name):
            raise ImproperlyConfigured(
                f"{name} et {name}{SUFFIX} sont donnés tous les deux\u00a0: gardez le fichier seul."
            )
        try:
            value = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeError) as error:
            raise ImproperlyConfigured(
                f"Le fichier de {name}{SUFFIX} ({path}) ne peut pas être lu\u00a0: vérifiez son chemin, et que le "
                "compte qui lance Socle en a le droit."
            ) from error
        if not value:
            raise ImproperlyConfigured(f"Le fichier de {name}{SUFFIX} ({path}) est vide\u00a0: écrivez-y la valeur.")
        found[name] = value
    return found


def secrets_in(environ: Mapping[str, str]) -> set[str]:
    """Return the values that must never be logged: secrets, and the passwords inside addresses."""
    found = set()
    for name in SECRETS:
        value = environ.get(name, "")
        if "://" in value:
            found |= {urlsplit(value).password or "", unquote(urlsplit(value).password or "")}
        else:
            found |= set(re.split(r"[,\s]+", value))
    return {value for value in found if len(value) >= SHORTEST}
