"""How a mairie uses its folder: in the browser, as a drive of its computers, on a telephone."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse

from socle.files import queries
from socle.lib.text import bytes_in_french
from socle.people.models import Beneficiary, User
from socle.provisioning.guides import Figure, Guide, Way
from socle.ui.shapes import Fact, Link


def drive_address(beneficiary: Beneficiary) -> str:
    """Return the address of the network drive of this body."""
    return settings.PLATFORM_URL + reverse("drive", args=[f"{beneficiary.pk}/"])


def drive_ways(beneficiary: Beneficiary, *, login: str) -> tuple[Way, ...]:
    """The gestures that open the folder as a drive, on each kind of machine."""
    address = drive_address(beneficiary)
    where = urlsplit(address)
    asked = (
        Fact("Adresse", address),
        Fact("Nom d’utilisateur", login),
        Fact("Mot de passe", "celui que vous avez fait pour cet appareil"),
    )
    # What Windows writes of an address in its own way; davs is how GNOME and KDE name WebDAV over https.
    scheme = "davs" if where.scheme == "https" else "dav"
    return (
        Way(
            "Sous Windows",
            (
                "Ouvrez l’explorateur de fichiers, puis «\u00a0Ce PC\u00a0».",
                "Choisissez «\u00a0Connecter un lecteur réseau\u00a0» (dans le menu «\u00a0…\u00a0», ou en haut).",
                "Dans «\u00a0Dossier\u00a0», collez l’adresse ci-dessous, cochez «\u00a0Se reconnecter à l’ouverture "
                "de session\u00a0» et «\u00a0Se connecter à l’aide d’informations d’identification "
                "différentes\u00a0».",
                "Donnez votre adresse et le mot de passe de cet appareil, et cochez «\u00a0Mémoriser\u00a0».",
                "Si Windows refuse un gros fichier, déposez-le depuis la page du dossier.",
            ),
            "drive",
            asked,
        ),
        Way(
            "Sous macOS",
            (
                "Dans le Finder, ouvrez le menu «\u00a0Aller\u00a0», puis «\u00a0Se connecter au serveur…\u00a0».",
                "Collez l’adresse ci-dessous, et choisissez «\u00a0Se connecter\u00a0».",
                "Choisissez «\u00a0Utilisateur référencé\u00a0», donnez votre adresse et le mot de passe de cet "
                "appareil, et cochez «\u00a0Garder ce mot de passe\u00a0».",
                "Glissez le dossier dans la barre latérale pour le retrouver.",
            ),
            "drive",
            asked,
        ),
        Way(
            "Sous Linux",
            (
                "Dans les fichiers, choisissez «\u00a0Autres emplacements\u00a0», ou «\u00a0Réseau\u00a0».",
                "En bas, collez l’adresse ci-dessous, et choisissez «\u00a0Se connecter\u00a0».",
                "Donnez votre adresse et le mot de passe de cet appareil.",
            ),
            "computer",
            (Fact("Adresse", address.replace(where.scheme, scheme, 1)), *asked[1:]),
        ),
        Way(
            "Sur un téléphone",
            (
                "Installez une application de fichiers qui sait ouvrir un emplacement «\u00a0WebDAV\u00a0».",
                "Ajoutez-y un emplacement, et donnez-lui l’adresse ci-dessous.",
                "Donnez votre adresse et un mot de passe fait pour ce téléphone\u00a0: perdu, vous n’arrêtez que lui.",
            ),
            "phone",
            asked,
        ),
    )


def give(beneficiary: Beneficiary, *, by: User, at: datetime) -> Guide:
    """Return the gestures of the folder and how full it is; nothing when the beneficiary has none yet."""
    space = queries.space_of(beneficiary)
    if space is None:
        return Guide()
    return Guide(
        links=(
            Link("Ouvrir le dossier", reverse("mairie:files"), "folder"),
            Link("En faire un lecteur réseau", reverse("mairie:files_drive"), "server"),
            Link("Les liens de partage", reverse("mairie:file_links"), "external"),
        ),
        ways=(
            Way(
                "Dans votre navigateur",
                (
                    "Ouvrez le dossier, puis celui où le fichier doit aller.",
                    "Choisissez les fichiers, ou glissez-les sur la page\u00a0: ils sont déposés.",
                    "Ce que vous supprimez va à la corbeille, et ce que vous remplacez reste dans les versions.",
                ),
                "browser",
            ),
            *drive_ways(beneficiary, login=by.email),
        ),
        figures=(
            Figure(
                "Place occupée",
                f"{bytes_in_french(space.used_bytes)} sur {bytes_in_french(space.quota_bytes)}",
                space.used_bytes / space.quota_bytes if space.quota_bytes else 1.0,
            ),
        ),
        asks_device_password=True,
    )
