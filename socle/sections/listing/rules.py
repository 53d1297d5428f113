"""Rules: what may be listed on a site, and when: a French sentence of refusal, or None."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlsplit

from socle.lib.text import folded
from socle.sections.listing.models import ListingEntry

MOST_ENTRIES = 2000
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


def why_not_list(entry: ListingEntry, *, on: date) -> str | None:
    """Say why this entry, new or corrected, cannot be listed as it is written."""
    if not folded(entry.name):
        return "Écrivez le nom de la structure ou du lieu."
    if entry.is_person and entry.agreed_on is None:
        return CONSENT
    if entry.agreed_on is not None and entry.agreed_on > on:
        return "L’accord serait donné un jour à venir\u00a0: vérifiez la date."
    others = ListingEntry.objects.kept().filter(website=entry.website_id).exclude(pk=entry.pk)
    if others.filter(kind=entry.kind, sort_name=folded(entry.name)[:160]).exists():
        return "Une fiche porte déjà ce nom dans cette catégorie\u00a0: corrigez-la plutôt."
    if others.count() >= MOST_ENTRIES:
        return "L’annuaire a deux mille fiches, ce qu’il en contient au plus\u00a0: retirez celles qui ne servent plus."
    return None


def why_not_remove(entry: ListingEntry) -> str | None:
    """Say why this entry cannot be taken off."""
    return "Cette fiche est déjà retirée." if entry.removed_at else None


def why_not_restore(entry: ListingEntry, *, on: date) -> str | None:
    """Say why this entry cannot be listed again."""
    return why_not_list(entry, on=on) if entry.removed_at else "Cette fiche est déjà dans l’annuaire."
