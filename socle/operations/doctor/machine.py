"""The machine: its disk, its clock, the certificates it holds or shows."""

from __future__ import annotations

import contextlib
import errno
import os
import pwd
import secrets
import shutil
import stat
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cryptography import x509
from django.conf import settings

from socle.lib.findings import Finding, error, fine, warning
from socle.lib.hosts import is_loopback
from socle.lib.http import OutgoingError, certificate_end
from socle.lib.text import bytes_in_french

GIGABYTE = 10**9
FREE_SPACE = (
    "Faites de la place (journaux, anciennes sauvegardes), ou agrandissez le disque qui porte le dossier de données "
    "(SOCLE_DATA_DIR). Ne supprimez rien de « kept » ni de « media »."
)
# A certificate that renews itself does so a month before its end; two weeks before, something is broken.
SOON, VERY_SOON = timedelta(days=14), timedelta(days=3)
# A thousand people certified is already a long read for a check.
MOST_CERTIFICATES = 1000


def disk() -> Iterator[Finding]:
    """Space left where everything that lasts is kept."""
    usage = shutil.disk_usage(settings.DATA_DIR)
    free = f"{bytes_in_french(usage.free)} libres sur {bytes_in_french(usage.total)}"
    if usage.free < GIGABYTE // 4 or usage.free < usage.total * 0.01:
        yield error(f"Le disque est presque plein : {free}. La plateforme va cesser d’écrire.", FREE_SPACE)
    elif usage.free < 2 * GIGABYTE or usage.free < usage.total * 0.05:
        yield warning(f"Le disque se remplit : {free}.", FREE_SPACE)
    else:
        yield fine(f"{free}.")


def inodes() -> Iterator[Finding]:
    """Files that can still be made: a disk may be full of small ones."""
    state = os.statvfs(settings.DATA_DIR)
    if not state.f_files:
        yield fine("Ce disque ne limite pas le nombre de fichiers.")
        return
    share = state.f_favail / state.f_files
    said = f"il reste {share * 100:.0f}\u00a0% des fichiers que le disque peut tenir"
    if share < 0.01:
        yield error(f"Le disque ne peut presque plus créer de fichiers : {said}.", FREE_SPACE)
    elif share < 0.05:
        yield warning(f"Le disque tient presque trop de fichiers : {said}.", FREE_SPACE)
    else:
        yield fine(f"Tout va bien : {said}.")


def writing() -> Iterator[Finding]:
    """Check that a file written is read back, in each folder where something lasts."""
    folders = [settings.DATA_DIR, settings.MEDIA_ROOT, settings.DOCUMENTS_ROOT, settings.DATA_DIR / "logs"]
    for folder in folders:
        if folder != settings.DATA_DIR and not Path(folder).exists():
            continue  # Made the day it is needed.
        path = Path(folder) / f".doctor-{secrets.token_hex(6)}"
        wanted = secrets.token_bytes(64)
        try:
            with path.open("xb") as file:
                file.write(wanted)
                file.flush()
                os.fsync(file.fileno())
            is_same = path.read_bytes() == wanted
        except OSError as failure:
            yield error(
                f"Rien ne s’écrit dans « {folder} » ({failure.strerror or type(failure).__name__}).",
                _remedy_to_write(failure, Path(folder)),
            )
            continue
        finally:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
        if not is_same:
            yield error(f"Ce qui est écrit dans « {folder} » n’est pas ce qu’on y relit.", "Remplacez ce disque.")
    yield fine("Ce qui est écrit se relit.")


def _remedy_to_write(failure: OSError, folder: Path) -> str:
    if failure.errno in (errno.ENOSPC, errno.EDQUOT):
        return FREE_SPACE
    if failure.errno == errno.EROFS:
        return (
            f"Le disque de «\u00a0{folder}\u00a0» est monté en lecture seule\u00a0: lisez pourquoi (dmesg), "
            "réparez-le, puis remontez-le (mount -o remount,rw …)."
        )
    who = pwd.getpwuid(os.geteuid()).pw_name
    return f"Rendez ce dossier au compte qui fait tourner Socle\u00a0: chown {who}: {folder} && chmod 700 {folder}."


def folder() -> Iterator[Finding]:
    """The folder of the data is its account's alone."""
    mode = stat.S_IMODE(Path(settings.DATA_DIR).stat().st_mode)
    if mode & 0o077:
        grave = error if mode & 0o022 else warning
        yield grave(
            f"D’autres comptes de la machine entrent dans le dossier des données (droits {mode:o}).",
            f"chmod 700 {settings.DATA_DIR}",
        )
    else:
        yield fine("Le dossier des données n’est ouvert qu’à son compte.")


def time_zone() -> Iterator[Finding]:
    """The law's delays are days of Paris: the machine must know its summers."""
    try:
        zone = ZoneInfo(settings.TIME_ZONE)
    except ZoneInfoNotFoundError:
        yield error(
            f"La machine ne connaît pas le fuseau « {settings.TIME_ZONE} ».",
            "Installez les fuseaux horaires : apt install tzdata.",
        )
        return
    offsets = [datetime(2026, month, 1, 12, tzinfo=zone).utcoffset() for month in (1, 7)]
    if settings.TIME_ZONE != "Europe/Paris" or offsets != [timedelta(hours=1), timedelta(hours=2)]:
        yield error(
            f"L’heure légale de Paris n’est pas celle de la machine (fuseau « {settings.TIME_ZONE} »).",
            "Rendez à TIME_ZONE sa valeur Europe/Paris, et mettez à jour les fuseaux : apt install --reinstall tzdata.",
        )
    else:
        yield fine("Europe/Paris, heure d’hiver et heure d’été connues.")


def ntp() -> Iterator[Finding]:
    """Whether something keeps this machine's clock right, when the system can say it."""
    command = shutil.which("timedatectl")
    if command is None or not Path("/run/systemd/system").is_dir():
        yield fine("Le système ne dit pas si l’horloge est tenue à l’heure (conteneur).")
        return
    try:
        said = subprocess.run(  # noqa: S603 (a command of the system, without anything typed)
            [command, "show", "--property=NTPSynchronized", "--value"], capture_output=True, timeout=5, text=True
        ).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        said = ""
    if said == "no" and not settings.DEMO:
        yield warning(
            "Rien ne tient l’horloge de la machine à l’heure.",
            "Activez la synchronisation : timedatectl set-ntp true (ou installez chrony).",
        )
    else:
        yield fine("L’horloge est tenue à l’heure." if said == "yes" else "Synchronisation de l’horloge : non connue.")


def certificates() -> Iterator[Finding]:
    """The certificates of the data directory: those with which people sign."""
    folder = settings.PKI_DIR
    if not folder.is_dir():
        yield fine("Aucun certificat n’est gardé ici.")
        return
    now = datetime.now(UTC)
    first_end = None
    paths = sorted([*folder.rglob("*.der"), *folder.rglob("*.crt"), *folder.rglob("*.pem")])[:MOST_CERTIFICATES]
    for path in paths:
        content = path.read_bytes()
        if path.suffix == ".pem" and b"BEGIN CERTIFICATE" not in content:
            continue  # A key.
        try:
            read = x509.load_pem_x509_certificate if content.startswith(b"-----") else x509.load_der_x509_certificate
            end = read(content).not_valid_after_utc
        except ValueError:
            yield error(
                f"Le certificat « {path.name} » ne se lit pas.",
                f"Restaurez « {path} » depuis une sauvegarde.",
            )
            continue
        first_end = end if first_end is None else min(first_end, end)
        yield from why_not_valid(f"Le certificat « {path.name} »", end, now, "Renouvelez-le auprès de qui l’a délivré.")
    if first_end is None:
        yield fine("Aucun certificat n’est gardé ici.")
    elif first_end > now + SOON:
        yield fine(f"{len(paths)} certificats, valables au moins jusqu’au {first_end:%d/%m/%Y}.")


def why_not_valid(name: str, end: datetime, now: datetime, remedy: str) -> Iterator[Finding]:
    """Say what is wrong with the end of a certificate, if anything."""
    if end <= now:
        yield error(f"{name} a expiré le {end:%d/%m/%Y}.", remedy)
    elif end <= now + VERY_SOON:
        yield error(f"{name} expire dans moins de trois jours, le {end:%d/%m/%Y à %H:%M} (UTC).", remedy)
    elif end <= now + SOON:
        yield warning(f"{name} expire le {end:%d/%m/%Y}.", remedy)


def tls() -> Iterator[Finding]:
    """The certificate that visitors of the platform meet."""
    address = urlsplit(settings.PLATFORM_URL)
    name = address.hostname or ""
    if address.scheme != "https" or is_loopback(name):
        yield fine("La plateforme n’a pas de certificat : elle n’est pas en https.")
        return
    try:
        end = certificate_end(name, address.port or 443)
    except OutgoingError as failure:
        yield error(
            f"Le certificat de « {name} » n’a pas pu être lu : {failure.sentence}",
            "Ouvrez l’adresse dans un navigateur ; vérifiez le serveur qui est devant, le DNS et le renouvellement du "
            "certificat.",
        )
        return
    remedy = "Vérifiez le renouvellement automatique du serveur qui est devant (Caddy, certbot), et relancez-le."
    found = list(why_not_valid(f"Le certificat de « {name} »", end, datetime.now(UTC), remedy))
    yield from found or [fine(f"Le certificat de « {name} » vaut jusqu’au {end:%d/%m/%Y}.")]
