"""Rules: who may sit in the council as its site shows it: a French sentence of refusal, or None."""

from __future__ import annotations

from socle.sections.council.models import Councillor
from socle.sites.models.sites import WebSite

# More than the largest council of France: beyond, a form was sent again and again.
MOST_COUNCILLORS = 200
FULL = "Ce conseil a déjà autant de membres que le site en montre."


def why_not_sit(
    website: WebSite, name: str, *, function: str, portrait: bool, is_agreed: bool, who: Councillor | None = None
) -> str | None:
    """Say why this person cannot be written so in the council."""
    if not name:
        return "Écrivez le prénom et le nom."
    others = Councillor.objects.filter(website=website).exclude(pk=who.pk if who else 0)
    if who is None and others.count() >= MOST_COUNCILLORS:
        return FULL
    if function == Councillor.Function.MAYOR and others.filter(function=function).exists():
        return (
            "Une seule personne préside le conseil à la fois\u00a0: changez d’abord la fonction de celle qui y est, "
            "ou retirez-la."
        )
    if others.filter(name__iexact=name).exists():
        return "Une personne de ce nom est déjà dans la liste."
    if portrait and not is_agreed:
        return "Un portrait se montre avec l’accord de la personne\u00a0: cochez la case, ou retirez le portrait."
    return None
