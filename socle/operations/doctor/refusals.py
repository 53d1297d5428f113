"""Servers that do not serve us: one that is stopped, and one that answers and refuses us, are two remedies."""

from __future__ import annotations

import re
import ssl
from pathlib import Path

from django.conf import settings

from socle.lib.findings import Finding, error
from socle.lib.hosts import is_loopback

# What PostgreSQL says when it refuses, in English or as a Debian installed in French has it.
NO_ENTRY = re.compile(
    r"password authentication failed|peer authentication failed|no password supplied|no pg_hba\.conf entry"
    r"|role \S+ does not exist|authentification \S* ?(?:par mot de passe|peer)|rôle \S+ n.existe pas",
    re.IGNORECASE,
)
NO_DATABASE = re.compile(r"database \S+ does not exist|base de données \S+ n.existe pas", re.IGNORECASE)
NO_PLACE = re.compile(
    r"too many (?:clients|connections)|connection slots|trop de (?:clients|connexions)", re.IGNORECASE
)
# RFC 4954, 6.
WRONG_PASSWORD = (530, 534, 535, 538)
ANSWERS = re.compile(r"FATAL|no password supplied")


def of_database(failure: Exception) -> Finding:
    """Say why the database does not serve us, without quoting anything of it, and what mends that."""
    there, said = settings.DATABASES["default"], str(failure)
    if "postgresql" not in there["ENGINE"]:
        path = Path(there["NAME"])
        return error(
            f"La base de données ne se lit pas ({type(failure).__name__}).",
            f"Vérifiez SOCLE_DATABASE_URL, et que «\u00a0{path}\u00a0» et son dossier sont au compte qui fait tourner "
            "Socle\u00a0; un fichier abîmé se restaure d’une sauvegarde.",
        )
    name, account, host = there.get("NAME"), there.get("USER") or "du système", there.get("HOST") or ""
    is_here = not host or host.startswith("/") or is_loopback(host)
    if NO_DATABASE.search(said):
        return error(
            f"PostgreSQL répond, et n’a pas de base «\u00a0{name}\u00a0».",
            f"runuser -u postgres -- createdb --owner {account} {name}" if is_here else
            f"Créez-la sur {host}\u00a0: createdb --owner {account} {name}.",
        )  # fmt: skip
    if NO_ENTRY.search(said):
        return error(
            f"PostgreSQL répond, et refuse le compte {account}\u00a0: mot de passe faux, ou compte sans accès.",
            f"Corrigez le mot de passe de SOCLE_DATABASE_URL, ou redonnez-le au compte (\\password {account}, dans "
            "psql)\u00a0; vérifiez aussi pg_hba.conf. Rien n’est à redémarrer.",
        )
    if NO_PLACE.search(said):
        return error(
            "PostgreSQL répond, et n’a plus de place pour une connexion.",
            "Cherchez ce qui en garde (pg_stat_activity), baissez --workers, ou relevez max_connections.",
        )
    if ANSWERS.search(said):
        return error(
            "PostgreSQL répond, et n’ouvre pas encore la base\u00a0: il démarre, ou s’arrête.",
            "Attendez une minute, puis recommencez\u00a0; s’il ne finit pas, lisez son journal.",
        )
    where = "sur cette machine" if is_here else f"sur {host}:{there.get('PORT') or 5432}"
    return error(
        f"PostgreSQL ne répond pas {where}\u00a0: il est arrêté, ou ne se joint pas d’ici.",
        "systemctl restart postgresql" if is_here else
        f"Démarrez-le sur {host} (systemctl restart postgresql), et vérifiez que cette machine l’atteint.",
    )  # fmt: skip


def of_mail(failure: Exception) -> Finding:
    """Say why the sending server does not take our messages."""
    where = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    code = getattr(failure, "smtp_code", 0)
    if code in WRONG_PASSWORD:
        return error(
            f"Le serveur d’envoi ({where}) répond, et refuse notre compte\u00a0: le mot de passe est faux, ou "
            f"le compte fermé (réponse {code}).",
            "Corrigez le compte et le mot de passe de SOCLE_EMAIL_URL, puis relancez Socle.",
        )
    if isinstance(failure, ssl.SSLError):
        return error(
            f"Le serveur d’envoi ({where}) répond, et le chiffrement n’aboutit pas ({failure.reason}).",
            "Vérifiez son certificat, et la façon de chiffrer que dit SOCLE_EMAIL_URL (smtp+tls, smtp+ssl).",
        )
    if code > 0 or type(failure).__name__ == "SMTPNotSupportedError":
        return error(
            f"Le serveur d’envoi ({where}) répond, et ne nous prend rien ({type(failure).__name__}).",
            "Vérifiez SOCLE_EMAIL_URL (port, chiffrement), et que ce serveur accepte cette machine.",
        )
    return error(
        f"Le serveur d’envoi ({where}) ne répond pas\u00a0: il est arrêté, ou ne se joint pas d’ici "
        f"({type(failure).__name__}).",
        "Démarrez-le\u00a0; s’il tourne, vérifiez le nom et le port de SOCLE_EMAIL_URL. Ce qui attend partira seul.",
    )


def of_storage(failure: OSError) -> Finding:
    """Say why the object storage does not serve us: `Unreachable` knows whether it answered."""
    if code := getattr(failure, "code", ""):
        return error(
            f"Le stockage partagé des fichiers répond, et nous refuse ({code}).",
            f"Créez le bucket («\u00a0socle files create\u00a0»), ou corrigez son nom ({settings.FILES_TARGET})."
            if code == "NoSuchBucket" else
            "Corrigez la clé (SOCLE_FILES_S3_KEY_ID, SOCLE_FILES_S3_SECRET) et ses droits\u00a0: lire, écrire, lister.",
        )  # fmt: skip
    return error(
        f"Le stockage partagé des fichiers ne répond pas\u00a0: il est arrêté, ou ne se joint pas d’ici ({failure}).",
        "Démarrez-le (systemctl restart socle-storage)\u00a0; s’il tourne, vérifiez SOCLE_FILES_S3_ENDPOINT.",
    )
