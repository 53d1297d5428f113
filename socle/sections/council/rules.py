"""Rules: who may sit in the council as its site shows it, and when: a French sentence of refusal, or None."""

from __future__ import annotations

from datetime import date

from socle.lib.dates import add_months, in_words
from socle.sections.council.models import Councillor, CouncilTerm
from socle.sites.models.sites import WebSite

# More than the largest council of France: beyond, a file was taken for another.
MOST_COUNCILLORS = 200
FULL = "Ce conseil a déjà autant de membres que le site en montre."


def current_term(website: WebSite) -> CouncilTerm | None:
    """Return the term that the site shows: the last one that began."""
    return CouncilTerm.objects.filter(website=website).first()


def why_not_begin_term(website: WebSite, *, starts_on: date, on: date) -> str | None:
    """Say why no term of the council can begin on this day."""
    if starts_on > on:
        return "Ce mandat n’a pas commencé\u00a0: revenez le jour de l’installation du conseil."
    if starts_on < add_months(on, -12 * 20):
        return "Cette date est à plus de vingt ans\u00a0: vérifiez l’année."
    last = current_term(website)
    if last is not None and starts_on <= last.starts_on:
        return f"Le mandat montré a commencé le {in_words(last.starts_on)}\u00a0: le suivant vient après."
    return None


def why_not_cancel_term(term: CouncilTerm) -> str | None:
    """Say why this term cannot be taken back, and the one before it shown again."""
    if not CouncilTerm.objects.filter(website_id=term.website_id, starts_on__lt=term.starts_on).exists():
        return "C’est le premier mandat du site\u00a0: corrigez plutôt sa date."
    if term.councillors.exists():
        return "Quelqu’un est déjà inscrit dans ce mandat\u00a0: corrigez plutôt sa composition."
    return None


def why_not_sit(
    term: CouncilTerm, name: str, *, function: str, portrait: bool, is_agreed: bool, who: Councillor | None = None
) -> str | None:
    """Say why this person cannot be written so in the council."""
    if not name:
        return "Écrivez le prénom et le nom."
    others = term.councillors.sitting().exclude(pk=who.pk if who else 0)
    if who is None and others.count() >= MOST_COUNCILLORS:
        return FULL
    if function == Councillor.Function.MAYOR and others.filter(function=function).exists():
        return (
            "Une seule personne préside le conseil à la fois\u00a0: changez d’abord la fonction de celle qui y est, "
            "ou dites qu’elle est partie."
        )
    if others.filter(name__iexact=name).exists():
        return "Une personne de ce nom est déjà dans la liste."
    if portrait and not is_agreed:
        return "Un portrait se montre avec l’accord de la personne\u00a0: cochez la case, ou retirez le portrait."
    return None


def why_not_leave(who: Councillor, *, left_on: date, on: date) -> str | None:
    """Say why this person cannot leave the council on this day."""
    if who.left_on is not None:
        return f"Cette personne a déjà quitté le conseil, le {in_words(who.left_on)}."
    if left_on > on:
        return "Ce départ est à venir\u00a0: revenez ce jour-là."
    if left_on < who.term.starts_on:
        return f"Le mandat a commencé le {in_words(who.term.starts_on)}\u00a0: le départ vient après."
    return None


def why_not_put_back(who: Councillor) -> str | None:
    """Say why this person cannot be shown again in the council."""
    if who.left_on is None:
        return "Cette personne est déjà dans la liste."
    if who.term_id != getattr(current_term(who.term.website), "pk", None):
        return "Cette personne siégeait dans un mandat passé\u00a0: ajoutez-la à celui-ci."
    return why_not_sit(who.term, who.name, function=who.function, portrait=False, is_agreed=True, who=who)
