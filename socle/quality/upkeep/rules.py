"""Rules: who may what in the upkeep of a site: a French sentence of refusal, or None."""

from __future__ import annotations

from collections.abc import Iterable


def why_not_confirm(matter: str, asked: Iterable[str]) -> str | None:
    """Say why this cannot be found still true: only what is asked to be read again is."""
    if matter in asked:
        return None
    return "Cela vient d’être confirmé ou corrigé\u00a0: il n’y a plus rien à dire."
