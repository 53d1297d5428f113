"""Rules: how many photographs an album takes, and what is said of them: a French sentence of refusal, or None."""

from __future__ import annotations

from collections.abc import Sequence

from socle.sections.albums.models import MOST_PICTURES

# What one sends at once, over the line of a mairie.
MOST_AT_ONCE = 20


def why_not_add(count: int, *, already: int = 0) -> str | None:
    """Say why so many photographs cannot be added to an album that has so many already."""
    if not count:
        return "Choisissez au moins une photographie."
    if count > MOST_AT_ONCE:
        return f"Envoyez {MOST_AT_ONCE} photographies à la fois, au plus\u00a0: recommencez avec les suivantes."
    if already + count > MOST_PICTURES:
        return (
            f"Un album montre {MOST_PICTURES} photographies au plus\u00a0; celui-ci en a déjà {already}. Gardez les "
            "meilleures, ou faites un deuxième album."
        )
    return None


def why_not_publish_so(words: Sequence[str], *, pictures: int) -> str | None:
    """Say why an album of so many photographs cannot be put online with these words, one for each."""
    if len(words) != pictures:
        return "Des photographies ont été ajoutées ou retirées entre-temps\u00a0: relisez l’album, puis publiez-le."
    if not any(one.strip() for one in words):
        return (
            "Dites ce que montre au moins une photographie\u00a0: une photographie sans description n’est pas montrée."
        )
    return None
