"""Rules: who may read and write what in a folder, and when: a French sentence of refusal, or None."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings

from socle.documents import scanning
from socle.files import filenames
from socle.files.models import ROLES, Entry, FolderRight, Level, Link, Lock, Space
from socle.lib.dates import day_of
from socle.lib.text import bytes_in_french, number
from socle.people import rules as people
from socle.people.capabilities import Capability
from socle.people.models import Role, User

CLOSED = (
    "Le dossier partagé est suspendu\u00a0: rien n’y est effacé, rien ne s’y lit ni ne s’y écrit jusqu’à sa reprise. "
    "Prévenez votre opérateur."
)
TOO_LARGE = (
    "Ce fichier est trop grand pour être lu par l’antivirus, et l’opérateur a choisi de n’en garder aucun qui ne soit "
    f"pas lu\u00a0: {bytes_in_french(scanning.MOST_READ)} au plus. Réduisez-le, ou partagez-le en plusieurs fichiers."
)
_RANKS = {Level.NONE: 0, Level.READ: 1, Level.WRITE: 2}
# What leaves at once as one ZIP: what a web server in front keeps on its disk for whoever is slow (nginx: 1 Gio), and
# below what makes a ZIP that old programs do not read.
MOST_BUNDLED, MOST_BUNDLED_BYTES = 5_000, 10**9


@dataclass(frozen=True)
class Powers:
    """The powers of one person in one space on one day: read once, asked for each file."""

    # None: everything, as the platform itself.
    roles: frozenset[str] | None
    # What each role may do in the first folders that say so.
    levels: dict[tuple[int, str], Level]

    def level(self, top: int | None) -> Level:
        """The level in what this first folder contains; `None` is the root itself."""
        if self.roles is None:
            return Level.WRITE
        granted = [level_of(self.levels, top, role) for role in self.roles]
        return max(granted, key=lambda level: _RANKS[level], default=Level.NONE)

    def sees(self, top: int | None) -> bool:
        return self.level(top) is not Level.NONE

    def hidden(self) -> list[int]:
        """Return the first folders that this person does not see."""
        return [top for top in {top for top, _ in self.levels} if not self.sees(top)]


# What a role may do where nobody said it. To the others, a folder opens when the mairie says so.
_BY_DEFAULT = {Role.SECRETARY.value: Level.WRITE, Role.MAYOR.value: Level.WRITE}


def level_of(levels: Mapping[tuple[int, str], Level], top: int | None, role: str) -> Level:
    """Return what this role may do in this first folder, given what was said of each; `None` is the root itself."""
    if top is not None and (top, role) in levels:
        return levels[top, role]
    if role == Role.DEPUTY:
        # Like the secretary, to whom the mayor may have closed a folder.
        return level_of(levels, top, Role.SECRETARY)
    # Whoever has no folder yet still enters, and sees that there is none.
    return _BY_DEFAULT.get(role, Level.NONE if top is not None else Level.READ)


def powers_of(space: Space, user: User, *, on: date) -> Powers:
    """Read what this person may do here on this day: two queries, whatever the folder holds."""
    if user.is_system:
        return Powers(None, {})
    return powers_of_roles(space, people.roles_held(user, *ROLES, on=on, beneficiary=space.beneficiary))


def powers_of_roles(space: Space, held: Collection[Role]) -> Powers:
    """Read what whoever holds these roles may do here: one query, two for whom no folder opens by itself."""
    rights = FolderRight.objects.filter(folder__space=space)
    levels = {(one.folder_id, one.role): Level(one.level) for one in rights}
    for role in () if _BY_DEFAULT.keys() & set(held) else held:
        # What nobody said of them is said, so that lists leave it out.
        tops = Entry.objects.filter(space=space, parent__parent__isnull=True, parent__isnull=False)
        levels |= {(top, role.value): level_of(levels, top, role) for top in tops.values_list("pk", flat=True)}
    return Powers(frozenset(role.value for role in held), levels)


def why_not_open(space: Space) -> str | None:
    """Say why nothing can be read or written there."""
    return CLOSED if space.suspended_at is not None else None


def why_not_write(space: Space, powers: Powers, top: int | None) -> str | None:
    """Say why this person cannot change what this first folder contains."""
    if refusal := why_not_open(space):
        return refusal
    if powers.level(top) is Level.WRITE:
        return None
    return (
        "Votre fonction permet de lire ce dossier, pas d’y écrire. Qui représente la mairie en fixe les droits "
        "(«\u00a0Droits\u00a0»)."
    )


def why_not_hold(folder: Entry, name: str, *, depth: int) -> str | None:
    """Say why this folder cannot hold something of this name. `depth` is that of the folder."""
    if not folder.is_folder:
        return "Un fichier ne contient pas d’autres fichiers\u00a0: choisissez un dossier."
    if not folder.is_live:
        return "Ce dossier est dans la corbeille\u00a0: rétablissez-le d’abord."
    if depth >= filenames.DEEPEST:
        return f"Les dossiers sont emboîtés trop profondément\u00a0: {filenames.DEEPEST} niveaux au plus."
    return filenames.why_not_name(name)


def why_not_weigh(size: int) -> str | None:
    """Say why a file of this size is not taken, though it fits: no antivirus would read it, and the operator minds."""
    return TOO_LARGE if settings.SOCLE_CLAMD_LARGER != "accept" and scanning.is_too_large(size) else None


def already(name: str) -> str:
    """Said when the place is taken."""
    return f"«\u00a0{name}\u00a0» existe déjà à cet endroit\u00a0: donnez un autre nom, ou supprimez l’autre d’abord."


def why_not_touch(entry: Entry) -> str | None:
    """Say why a file or a folder cannot be changed where it is."""
    if entry.is_root:
        return "Le dossier de la mairie lui-même ne se renomme, ne se déplace ni ne se supprime."
    if not entry.is_live:
        return "C’est dans la corbeille\u00a0: rétablissez-le d’abord."
    return None


def why_not_while_held(locks: list[Lock], at: datetime) -> str | None:
    """Say why something that a program holds cannot be changed from elsewhere."""
    if not (held := [lock for lock in locks if lock.expires_at > at]):
        return None
    who = held[0].user.name or "quelqu’un"
    return (
        f"Un document est ouvert en ce moment par {who}, sur un autre appareil\u00a0: attendez qu’il soit fermé, ou "
        "demandez-lui de le fermer."
    )


def why_not_bundle(count: int, size: int) -> str | None:
    """Say why so many files and folders, of this weight, do not leave at once as one ZIP."""
    if count <= MOST_BUNDLED and size <= MOST_BUNDLED_BYTES:
        return None
    return (
        f"C’est trop pour un seul fichier ZIP, qui tient {number(MOST_BUNDLED)} fichiers et "
        f"{bytes_in_french(MOST_BUNDLED_BYTES)} au plus\u00a0: prenez-en une partie à la fois."
    )


def why_not_restore(entry: Entry) -> str | None:
    """Say why something does not come back from the bin."""
    if entry.trashed_at is None:
        return "Ce n’est pas dans la corbeille."
    return None


def why_not_erase(entry: Entry) -> str | None:
    """Say why something cannot be erased for good."""
    if entry.trashed_at is None:
        return "On n’efface que ce qui est dans la corbeille\u00a0: supprimez-le d’abord."
    return None


def why_not_share(entry: Entry, *, days: int) -> str | None:
    """Say why no link can lead there for so many days."""
    most: int = settings.SOCLE_FILES_LINK_DAYS
    if entry.is_root:
        return "Le dossier entier ne se partage pas\u00a0: choisissez un fichier, ou un dossier à l’intérieur."
    if not entry.is_live:
        return "C’est dans la corbeille\u00a0: rétablissez-le avant de le partager."
    if not 1 <= days <= most:
        return f"Un lien est valable de 1 à {most} jours\u00a0: choisissez une durée."
    return None


def why_not_end_link(link: Link, at: datetime) -> str | None:
    """Say why a link cannot be stopped."""
    return "Ce lien n’ouvre déjà plus rien." if link.is_over(at) else None


def until(days: int, at: datetime) -> datetime:
    """Return the instant when a link given for so many days ends."""
    return at + timedelta(days=days)


def why_not_give_rights(space: Space, user: User, *, at: datetime) -> str | None:
    """Say why this person does not decide of the rights."""
    if people.may(user, Capability.NAME, on=day_of(at), beneficiary=space.beneficiary):
        return None
    return "Les droits sont fixés par la personne qui représente la mairie."


def why_not_level(role: str, level: str) -> str | None:
    """Say why this role cannot be given this level: whoever represents the mairie always reads its files."""
    if role not in ROLES or level not in Level:
        return "Ce droit n’existe pas\u00a0: rechargez la page."
    if role == Role.MAYOR and level == Level.NONE:
        return "La personne qui représente la mairie garde au moins la lecture de ses dossiers."
    return None
