"""Settings: what would open the house, or stop its messages."""

from __future__ import annotations

import difflib
import ipaddress
import re
import stat
from collections.abc import Iterator
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone

from socle.lib.findings import Finding, error, fine, warning
from socle.lib.hosts import is_loopback
from socle.lib.refusals import Refused
from socle.lib.text import counted
from socle.operations.demonstration import why_not_this_database
from socle.signing import contract, qualification

# Django's own threshold (security.W009).
SHORTEST_KEY, FEWEST_CHARACTERS = 50, 5
SET_THE_SEAL = "Réglez SOCLE_SEAL_CERTIFICATE et SOCLE_TIMESTAMP_URL (docs/guide/signer.md)."


def known_settings() -> frozenset[str]:
    """The names of `.env.example`, which is beside the code of each release; a secret also has its file."""
    named = re.findall(r"^#? ?(SOCLE_[A-Z0-9_]+)=", (settings.ROOT / ".env.example").read_text(encoding="utf-8"), re.M)
    return frozenset({*named, *(f"{name}_FILE" for name in named)})


def settings_known() -> Iterator[Finding]:
    """No setting has a name that nothing reads: what was meant by it does not happen."""
    known = known_settings()
    unknown = sorted(settings.GIVEN_SETTINGS - known)
    for name in unknown:
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.8)
        yield warning(
            f"Le réglage {name} n’existe pas\u00a0: il ne change rien.",
            f"Vouliez-vous dire {near[0]}\u00a0?" if near else "Retirez-le, ou cherchez son nom dans .env.example.",
        )
    if not unknown:
        yield fine("Chaque réglage donné existe.")


def secret_key() -> Iterator[Finding]:
    """The key that signs sessions and links: long, drawn by chance."""
    for name, key in [("SOCLE_SECRET_KEY", settings.SECRET_KEY)] + [
        ("SOCLE_SECRET_KEY_FALLBACKS", former) for former in settings.SECRET_KEY_FALLBACKS
    ]:
        if len(key) < SHORTEST_KEY or len(set(key)) < FEWEST_CHARACTERS or key.startswith("django-insecure-"):
            yield error(
                f"{name} est trop courte ou devinable : {len(key)} caractères.",
                "Tirez-en une au hasard (« openssl rand -base64 64 », sur une seule ligne). Gardez "
                "l’ancienne dans SOCLE_SECRET_KEY_FALLBACKS, le temps que les sessions en cours se terminent.",
            )
        else:
            yield fine(f"{name} compte {len(key)} caractères.")


def secret_files() -> Iterator[Finding]:
    """Check that files with secrets are readable by their owner only."""
    seen = 0
    for path in secret_paths():
        seen += 1
        try:
            mode = stat.S_IMODE(path.stat().st_mode)
        except OSError:
            yield error(
                f"Le fichier secret « {path} » ne se lit pas.",
                "Vérifiez son nom, et qu’il appartient au compte de Socle.",
            )
            continue
        if mode & 0o077:
            yield error(
                f"« {path} » peut être lu ou écrit par d’autres comptes de la machine (droits {mode:o}).",
                f"chmod 600 {path}",
            )
    yield fine(f"{counted(seen, 'fichier secret regardé')}.")


def seal() -> Iterator[Finding]:
    """The seal with which people sign, and the time-stamping authority: asked for one token."""
    if reason := why_no_seal():
        yield (error if contract.is_set() else warning)(reason, SET_THE_SEAL)
        return
    try:
        contract.trust().check()
    except (contract.SigningError, Refused) as failure:
        yield error(failure.sentence, "Voyez docs/guide/signer.md, «\u00a0Régler le cachet\u00a0».")
    else:
        yield fine("Le cachet s’ouvre, et l’autorité d’horodatage répond.")
    for territory in qualification.past(at=timezone.now()):
        yield warning(
            f"La liste de confiance «\u00a0{territory}\u00a0» n’a pas été lue, ou n’est plus la dernière\u00a0: aucune "
            "signature ne sera dite qualifiée.",
            "Vérifiez SOCLE_TRUSTED_LISTS_URL, et que cette machine l’atteint\u00a0; elle est relue chaque jour.",
        )


def why_no_seal() -> str | None:
    """Say that no setting gives a seal, or time stamps to go with it, or None. Nothing is opened, nobody is asked."""
    if not contract.is_set():
        return "Aucun cachet de signature n’est réglé\u00a0: personne ne signe dans la plateforme."
    if not (settings.SOCLE_TIMESTAMP_URL or settings.DEMO):
        return "Aucune autorité d’horodatage n’est réglée\u00a0: rien ne se signe sous le cachet."
    return None


def secret_paths() -> Iterator[Path]:
    """The files that hold a secret: those of the data directory, those that the variables name."""
    key = settings.DATA_DIR / "secret-key"
    if key.exists():
        yield key
    if settings.PKI_DIR.is_dir():
        yield from sorted(settings.PKI_DIR.rglob("*.key"))
    # What it holds opens every backup; that it is missing is said of the backups.
    if (path := Path(settings.SOCLE_BACKUP_PASSPHRASE_FILE)).is_file():
        yield path


def debug() -> Iterator[Finding]:
    """Technical errors are for technicians."""
    if settings.DEBUG:
        yield error(
            "Le mode de mise au point est ouvert : chaque erreur montre des réglages et des données à qui la provoque.",
            "Retirez SOCLE_DEBUG de l’environnement, puis relancez Socle.",
        )
    else:
        yield fine("Les erreurs techniques ne sont pas montrées aux visiteurs.")


def hosts() -> Iterator[Finding]:
    """The platform answers under its own names, and under no other."""
    name = urlsplit(settings.PLATFORM_URL).hostname or ""
    ours = {host.lower() for host in settings.PLATFORM_HOSTS}
    if not name:
        yield error(
            f"SOCLE_PLATFORM_URL (« {settings.PLATFORM_URL} ») n’est pas une adresse.",
            "Écrivez-la en entier, par exemple https://socle.exemple.fr.",
        )
        return
    if "*" in ours or any(host.startswith(".") for host in ours):
        yield error(
            "SOCLE_PLATFORM_HOSTS accepte n’importe quel nom.",
            "Écrivez un par un les noms de la plateforme : « * » et « .domaine » n’y ont pas leur place.",
        )
    if name not in ours and f"[{name}]" not in ours:
        yield error(
            f"La plateforme ne répond pas sous son propre nom « {name} » : il manque dans SOCLE_PLATFORM_HOSTS.",
            f"Ajoutez « {name} » à SOCLE_PLATFORM_HOSTS.",
        )
    elif not settings.DEMO and is_loopback(name):
        yield error(
            f"L’adresse de la plateforme, {settings.PLATFORM_URL}, ne mène qu’à cette machine : les liens des messages "
            "n’ouvriront rien.",
            "Donnez à SOCLE_PLATFORM_URL l’adresse que les gens tapent, et à SOCLE_PLATFORM_HOSTS son nom.",
        )
    else:
        yield fine(f"La plateforme répond sous {len(ours)} noms, dont « {name} ».")
    if not settings.DEMO and is_loopback(settings.SITES_DOMAIN):
        yield warning(
            f"Les sites des communes naîtraient sous « {settings.SITES_DOMAIN} », que personne ne peut joindre.",
            "Donnez à SOCLE_SITES_DOMAIN le domaine des sites, par exemple sites.exemple.fr.",
        )
    elif not settings.DEMO and not settings.SOCLE_SITES_ADDRESSES:
        yield warning(
            "Les communes ne peuvent pas donner à leur site un nom à elles\u00a0: on ne sait pas où il doit mener.",
            "Donnez à SOCLE_SITES_ADDRESSES les adresses IPv4 et IPv6 publiques du serveur web.",
        )
    for one in settings.SOCLE_SITES_ADDRESSES:
        try:
            ipaddress.ip_address(one)
        except ValueError:
            yield error(
                f"SOCLE_SITES_ADDRESSES contient «\u00a0{one}\u00a0», qui n’est pas une adresse IP.",
                "Écrivez les adresses séparées par des virgules, par exemple 192.0.2.1,2001:db8::1.",
            )


def https() -> Iterator[Finding]:
    """Check that connections are encrypted."""
    if settings.DEMO:
        yield fine("Une démonstration ne sort pas de cette machine : rien n’y voyage.")
    elif not settings.PLATFORM_URL.startswith("https://"):
        yield error(
            "L’adresse de la plateforme commence par « http:// » : mots de passe et cookies voyagent en clair.",
            "Mettez un certificat sur le serveur qui est devant, puis écrivez SOCLE_PLATFORM_URL=https://…",
        )
    elif not (settings.SESSION_COOKIE_SECURE and settings.CSRF_COOKIE_SECURE):
        yield error(
            "Les cookies peuvent partir en clair alors que la plateforme est en https.",
            "Rendez à SESSION_COOKIE_SECURE et à CSRF_COOKIE_SECURE leur valeur d’origine.",
        )
    elif not settings.SECURE_HSTS_SECONDS:
        yield warning(
            "Les navigateurs ne sont pas priés de rester en https (HSTS).",
            "Quand tous les noms de la plateforme répondent en https, écrivez SOCLE_HSTS_SECONDS=31536000.",
        )
    else:
        yield fine("Les échanges sont chiffrés et les navigateurs priés d’y rester.")


def proxies() -> Iterator[Finding]:
    """Attempts are counted by visitor: with a proxy in front that nobody declared, all the visitors are one."""
    count = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    if not settings.DEMO and settings.IS_HTTPS and count == 0:
        yield warning(
            "La plateforme est en https, donc derrière un serveur mandataire, et SOCLE_TRUSTED_PROXIES vaut 0 : toutes "
            "les personnes comptent pour une seule quand les essais sont limités.",
            "Écrivez SOCLE_TRUSTED_PROXIES=1 (autant que de serveurs mandataires à vous, l’un derrière l’autre).",
        )
    else:
        yield fine(f"Serveurs mandataires de confiance : {count}.")


def demonstration() -> Iterator[Finding]:
    """A demonstration, whose doors open in one click, is never what people are served."""
    if not settings.DEMO:
        yield fine("Ce n’est pas une démonstration.")
        return
    if reason := why_not_this_database():
        yield error(reason, "Rendez à SOCLE_DATABASE_URL sa valeur, ou choisissez un autre dossier (SOCLE_DATA_DIR).")
    name = urlsplit(settings.PLATFORM_URL).hostname or ""
    others = sorted(host for host in {*settings.PLATFORM_HOSTS, name} if host != "testserver" and not is_loopback(host))
    if others:
        yield error(
            f"Ce dossier de données est une démonstration, où l’on entre sans mot de passe, et il est réglé pour être "
            f"servi sous « {', '.join(others)} ».",
            "Préparez une installation réelle dans un autre dossier (SOCLE_DATA_DIR), sans « socle demo ».",
        )
    else:
        yield fine("C’est une démonstration, qui ne répond que sur cette machine.")


def mail_settings() -> Iterator[Finding]:
    """A message has a sender that exists."""
    if settings.DEMO:
        yield fine("Une démonstration garde ses messages au lieu de les envoyer.")
        return
    if settings.DEFAULT_FROM_EMAIL.rstrip(">").endswith((".invalid", "localhost", ".example")):
        yield error(
            f"Les messages partiraient de « {settings.DEFAULT_FROM_EMAIL} », adresse qui n’existe pas.",
            "Donnez à SOCLE_FROM_EMAIL une adresse du domaine de l’opérateur.",
        )
    root = settings.SOCLE_MAIL_DOMAIN
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2].lower()
    if root and f".{domain}".endswith(f".{root}") and not settings.SOCLE_MAIL_SENDERS:
        yield warning(
            f"Les messages de la plateforme partent de «\u00a0{domain}\u00a0», sous le domaine des mairies, et aucune "
            "machine n’est dite y envoyer\u00a0: leurs boîtes les refusent, comme tout ce qui l’usurpe.",
            "Donnez à SOCLE_FROM_EMAIL une adresse d’un autre domaine, ou à SOCLE_MAIL_SENDERS les machines qui "
            "envoient, puis socle zones --yes.",
        )
    kind = settings.EMAIL_BACKEND.rpartition(".")[2]
    if any(word in settings.EMAIL_BACKEND for word in ("console", "dummy", "locmem", "filebased", "OutboxBackend")):
        yield error(
            f"Aucun message ne part : l’envoi est réglé sur « {kind} ».",
            "Donnez à SOCLE_EMAIL_URL le serveur d’envoi, par exemple smtp+tls://compte:motdepasse@serveur:587.",
        )
    else:
        yield fine(f"Les messages partent par « {kind} ».")
