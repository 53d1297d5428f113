"""Rules: what a site may show of a member of the council: a French sentence of refusal, or None."""

from __future__ import annotations


def why_not_show_portrait(*, has_portrait: bool, is_agreed: bool) -> str | None:
    """Say why this portrait cannot be shown; who may sit is the assembly's to say (`assemblies.rules.why_not_seat`)."""
    if has_portrait and not is_agreed:
        return "Un portrait se montre avec l’accord de la personne\u00a0: cochez la case, ou retirez le portrait."
    return None
