"""Rules: who may make a password for a device, and end one."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from socle.people.devices.models import DevicePassword, Use
from socle.people.models import User
from socle.people.rules import lacks_second_factor

# A person has a few devices; beyond, it is a program that makes them.
MOST = 20
LONGEST_NAME = 60


def why_not_enter(user: User, *, on: date) -> str | None:
    """Say in French why no device of this person opens anything today, or None; `queries.entering` says it of all."""
    if lacks_second_factor(user, on=on):
        return (
            "Votre fonction demande un second contrôle à la connexion\u00a0: tant qu’il manque, aucun appareil ne "
            "s’ouvre. Mettez-le en place dans «\u00a0Mon compte\u00a0»."
        )
    return None


def why_not_make(user: User, name: str, uses: Collection[Use], *, by: User, on: date) -> str | None:
    """Say in French why this person cannot make a password for this device, or None; `name` has no space around."""
    if by != user:
        return "Chacun et chacune relie ses propres appareils\u00a0: le secret ne passe par personne d’autre."
    if user.is_system or not user.is_active:
        return "Ce compte est fermé\u00a0: aucun appareil ne s’y relie."
    if reason := why_not_enter(user, on=on):
        return reason
    if not name:
        return "Donnez un nom à cet appareil, pour le reconnaître plus tard\u00a0: «\u00a0mon téléphone\u00a0»."
    if len(name) > LONGEST_NAME:
        return f"Ce nom est trop long\u00a0: {LONGEST_NAME} caractères au plus."
    if not name.isprintable():
        return "Ce nom contient un caractère qui ne s’affiche pas\u00a0: écrivez-le au clavier."
    if not uses:
        return "Cochez au moins un service à ouvrir sur cet appareil."
    live = user.device_passwords.live()
    if live.filter(name=name).exists():
        return f"Un de vos appareils s’appelle déjà «\u00a0{name}\u00a0»\u00a0: arrêtez-le d’abord, ou changez de nom."
    if live.count() >= MOST:
        return f"Vous avez déjà {MOST} appareils\u00a0: arrêtez ceux qui ne servent plus."
    return None


def why_not_end(device: DevicePassword, *, by: User) -> str | None:
    """Say in French why this person cannot end the password of this device, or None."""
    if by.pk != device.user_id and not by.is_system:
        return "Chacun et chacune arrête ses propres appareils."
    return "Cet appareil est déjà arrêté." if device.ended_at is not None else None
