"""What may be put in an album: a French sentence of refusal, or None."""

from __future__ import annotations

from socle.websites.alternatives import FILE_NAME, NAMED
from socle.websites.models.gallery import AlbumPage, AlbumPicture

# Ten sizes are made of each picture: an album of more would keep the publication of the site waiting.
MOST_PICTURES = 60
# What one sends at once, over the line of a mairie.
MOST_AT_ONCE = 20


def why_not_add(album: AlbumPage, count: int) -> str | None:
    """Say why so many pictures cannot be added to this album."""
    if not count:
        return "Choisissez au moins une photographie."
    if count > MOST_AT_ONCE:
        return f"Envoyez {MOST_AT_ONCE} photographies à la fois, au plus\u00a0: recommencez avec les suivantes."
    kept = AlbumPicture.objects.kept().filter(album=album).count()
    if kept + count > MOST_PICTURES:
        return (
            f"Un album montre {MOST_PICTURES} photographies au plus\u00a0; celui-ci en a déjà {kept}. Gardez les "
            "meilleures, ou faites un deuxième album."
        )
    return None


def why_not_describe(words: str) -> str | None:
    """Say why these words do not describe a picture; none at all make it wait."""
    return NAMED.format(words[:60]) if words and FILE_NAME.fullmatch(words) else None


def why_not_put_back(picture: AlbumPicture) -> str | None:
    """Say why this picture cannot be put back."""
    if picture.removed_at is None:
        return "Cette photographie est déjà dans l’album."
    kept = AlbumPicture.objects.kept().filter(album=picture.album_id).count()
    return None if kept < MOST_PICTURES else f"L’album a déjà ses {MOST_PICTURES} photographies\u00a0: retirez-en une."
