"""Rules: who may propose what to whom, and what a mairie may answer: a French sentence of refusal, or None."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any
from urllib.parse import urlsplit

from socle.lib.dates import add_months, day_of
from socle.people.models import Operator, Role, User
from socle.people.rules import holds
from socle.programme.models import Partner
from socle.sites.rules import LONGEST_ALERT_MONTHS, why_not_link
from socle.syndication.models import Answer, Audience, Kind, Share, ShareOffer
from socle.territory.models import Commune, Epci

LONGEST_TITLE, LONGEST_ALERT = 120, 300
LONGEST_MONTHS, FURTHEST_MONTHS = 12, 24
OVER = "C’est fini\u00a0: plus aucun site ne le montre."


def why_not_share(operator: Operator, *, by: User, on: date) -> str | None:
    """Say why this person may not propose anything to the sites in the name of this operator."""
    if holds(by, Role.PROGRAMME_OFFICER, on=on, operator=operator):
        return None
    return "Seules les personnes chargées du programme proposent des contenus aux sites des communes."


def why_not_speak_for(epci: Epci | None, operator: Operator) -> str | None:
    """Say why this operator proposes nothing in the name of this EPCI."""
    if epci is None:
        return None
    departments = Partner.objects.filter(operator=operator).values("departments")
    if Commune.objects.current().filter(epci=epci, department__in=departments).exists():
        return None
    return "Cette intercommunalité n’a aucune commune sur votre territoire."


def why_not_say(kind: str, said: Mapping[str, Any], *, at: datetime) -> str | None:
    """Say why these words and these moments cannot be proposed; keys are those of `actions.WRITTEN`."""
    title, link = said["title"], said.get("link", "")
    if not title:
        return "Écrivez le message de l’alerte." if kind == Kind.ALERT else "Donnez un titre."
    longest = LONGEST_ALERT if kind == Kind.ALERT else LONGEST_TITLE
    if len(title) > longest:
        return f"Le titre est trop long\u00a0: {longest} signes au plus."
    if kind != Kind.ALERT and not said.get("summary"):
        return "Résumez en deux phrases\u00a0: c’est ce que montrent les listes."
    if link and (why_not_link(link) or not urlsplit(link).netloc):
        return "Un lien commence par https://\u00a0: il est le même sur tous les sites."
    return _why_not_when(kind, said, at=at) or (_why_not_take_place(said) if kind == Kind.EVENT else None)


def _why_not_when(kind: str, said: Mapping[str, Any], *, at: datetime) -> str | None:
    appears_at, disappears_at = said["appears_at"], said["disappears_at"]
    if disappears_at <= appears_at:
        return "Il disparaît après avoir paru\u00a0: vérifiez les deux moments."
    if disappears_at <= at:
        return "La fin est déjà passée\u00a0: choisissez un moment à venir."
    if day_of(appears_at) > add_months(day_of(at), FURTHEST_MONTHS):
        return "Cette date est à plus de deux ans\u00a0: vérifiez l’année."
    if kind == Kind.ALERT:
        if day_of(disappears_at) > add_months(day_of(max(appears_at, at)), LONGEST_ALERT_MONTHS):
            return "Une alerte dure trois mois au plus\u00a0: proposez plutôt une actualité."
    elif day_of(disappears_at) > add_months(day_of(max(appears_at, at)), LONGEST_MONTHS):
        return "Cela dure plus d’un an\u00a0: vérifiez la date de fin."
    return None


def _why_not_take_place(said: Mapping[str, Any]) -> str | None:
    starts_on: date | None = said.get("starts_on")
    if starts_on is None:
        return "Donnez le jour de l’événement."
    if not said.get("place"):
        return "Dites où a lieu l’événement, commune comprise."
    ends_on = said.get("ends_on") or starts_on
    start, end = said.get("start_time"), said.get("end_time")
    if ends_on < starts_on:
        return "Le dernier jour vient après le premier\u00a0: vérifiez les deux dates."
    if day_of(said["disappears_at"]) < ends_on:
        return "Il disparaîtrait avant d’avoir eu lieu\u00a0: repoussez le moment où il disparaît."
    if (ends_on - starts_on).days > 366:
        return "Cet événement durerait plus d’un an\u00a0: vérifiez les dates."
    if end is not None and start is None:
        return "Donnez l’heure de début, ou effacez l’heure de fin."
    if isinstance(end, time) and isinstance(start, time) and starts_on == ends_on and end <= start:
        return "Il finit après avoir commencé\u00a0: s’il finit après minuit, donnez le dernier jour."
    return None


def why_not_aim(audience: str, *, department: Any, epci: Any, communes: list[Any]) -> str | None:
    """Say why nobody could be told whom this is for."""
    if audience == Audience.DEPARTMENT and department is None:
        return "Choisissez le département."
    if audience == Audience.EPCI and epci is None:
        return "Choisissez l’intercommunalité dont les communes le recevront."
    if audience == Audience.COMMUNES and not communes:
        return "Écrivez au moins une commune."
    return None


def why_not_correct(share: Share, *, at: datetime) -> str | None:
    """Say why what was proposed cannot be corrected."""
    if share.withdrawn_at is not None:
        return "C’est retiré de tous les sites\u00a0: rétablissez-le d’abord."
    return OVER if share.disappears_at <= at else None


def why_not_withdraw(share: Share, *, at: datetime) -> str | None:
    """Say why what was proposed cannot be withdrawn."""
    if share.withdrawn_at is not None:
        return "C’est déjà retiré de tous les sites."
    return OVER if share.disappears_at <= at else None


def why_not_restore(share: Share, *, at: datetime) -> str | None:
    """Say why what was withdrawn cannot be proposed again."""
    if share.withdrawn_at is None:
        return "Ce n’est pas retiré."
    return OVER if share.disappears_at <= at else None


# --- What a mairie answers -------------------------------------------------------------------------------------------
def _why_not_answer(offer: ShareOffer, *, at: datetime) -> str | None:
    if offer.share.withdrawn_at is not None:
        return f"Ce n’est plus proposé\u00a0: {offer.share.from_name} l’a retiré."
    if offer.left_at is not None:
        return "Ce n’est plus proposé à votre commune."
    return OVER if offer.share.disappears_at <= at else None


def why_not_accept(offer: ShareOffer, *, at: datetime) -> str | None:
    """Say why a proposal cannot be accepted."""
    if offer.answer == Answer.ACCEPTED:
        return "C’est déjà accepté."
    return _why_not_answer(offer, at=at)


def why_not_refuse(offer: ShareOffer, *, at: datetime) -> str | None:
    """Say why a proposal cannot be refused."""
    if offer.answer == Answer.REFUSED:
        return "C’est déjà refusé."
    return _why_not_answer(offer, at=at)
