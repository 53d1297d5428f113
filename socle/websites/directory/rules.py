"""What may be listed in a directory, and when: a French sentence of refusal, or None."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlsplit

from socle.lib.text import folded
from socle.websites.models.directory import DirectoryEntry
from socle.websites.models.sites import WebSite

MOST_ENTRIES = 2000
SAME = "Une fiche porte déjà ce nom dans cette catégorie\u00a0: corrigez-la plutôt."
CONSENT = (
    "Cette fiche nomme une personne\u00a0: dites quel jour elle a donné son accord. Sans accord, nommez la structure "
    "et non la personne."
)


def why_not_website(address: str) -> str | None:
    """Say why this address of a structure's own website cannot be published."""
    try:
        parts = urlsplit(address)
        is_whole = parts.scheme in {"http", "https"} and "." in (parts.hostname or "") and parts.username is None
    except ValueError:
        is_whole = False
    if not is_whole or any(character.isspace() or not character.isprintable() for character in address):
        return "Une adresse de site commence par https://\u00a0: par exemple https://www.exemple.fr/."
    return None


def why_not_list(
    website: WebSite,
    *,
    name: str,
    category: str,
    is_person: bool,
    agreed_on: date | None,
    on: date,
    entry: DirectoryEntry | None = None,
) -> str | None:
    """Say why this entry cannot be listed so."""
    if not folded(name):
        return "Écrivez le nom de l’association ou de l’entreprise."
    if is_person and agreed_on is None:
        return CONSENT
    if agreed_on is not None and agreed_on > on:
        return "L’accord serait donné un jour à venir\u00a0: vérifiez la date."
    others = DirectoryEntry.objects.kept().filter(website=website).exclude(pk=entry.pk if entry else 0)
    if others.filter(category=category, sort_name=folded(name)[:160]).exists():
        return SAME
    if entry is None and others.count() >= MOST_ENTRIES:
        return "L’annuaire a deux mille fiches, ce qu’il en contient au plus\u00a0: retirez celles qui ne servent plus."
    return None


def why_not_remove(entry: DirectoryEntry) -> str | None:
    """Say why this entry cannot be taken off."""
    return "Cette fiche est déjà retirée." if entry.removed_at else None


def why_not_put_back(entry: DirectoryEntry, *, on: date) -> str | None:
    """Say why this entry cannot be listed again."""
    if entry.removed_at is None:
        return "Cette fiche est déjà dans l’annuaire."
    return why_not_list(
        entry.website,
        name=entry.name,
        category=entry.category,
        is_person=entry.is_person,
        agreed_on=entry.agreed_on,
        on=on,
        entry=entry,
    )
