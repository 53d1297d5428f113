"""Rules: who may let a program in, in whose name, and until when."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from socle.integrations import events
from socle.integrations.models import Delivery, DeliveryStatus, Owned, OwnedQuerySet, Scope, Status, Token, Webhook
from socle.lib import dates, http
from socle.people import helping
from socle.people.capabilities import Capability
from socle.people.models import OPERATOR_ROLES, Beneficiary, Operator, Role, User
from socle.people.rules import holds, lacks_second_factor, may

# Whoever answers for the programme, for the machines or for a department knows which programs work there.
KEEPERS = (Role.PROGRAMME_OFFICER, Role.TECHNICIAN, Role.CDG_ADVISOR)
# For how many days a token may be asked: none is for ever.
TERMS = (30, 90, 180, 365)
MOST_TOKENS = 20
MOST_WEBHOOKS = 20
# Of an address: what the column holds.
MOST_CHARACTERS = 500


def why_not_keep(owner: Operator | Beneficiary, *, by: User, on: date) -> str | None:
    """Say why this person does not manage the programs let in for this organisation, or None."""
    if by.is_system:
        return None
    if isinstance(owner, Beneficiary):
        if helping.helps(by, owner):
            return "Un accès d’assistance n’ouvre pas de jeton : il durerait plus longtemps que lui."
        if may(by, Capability.ADMINISTER, on=on, beneficiary=owner):
            return None
        return "Seules les personnes de cet organisme peuvent le faire."
    if holds(by, *KEEPERS, on=on, operator=owner):
        return None
    return "Seules les personnes chargées du programme ou de la technique, chez cet opérateur, peuvent le faire."


def why_not_keep_tokens(owner: Operator | Beneficiary, *, by: User, on: date) -> str | None:
    """Say why this person does not manage the tokens of this organisation, or None.

    A token does what its holder may: titles are read back by that of the finance officer, who keeps no webhook.
    """
    if isinstance(owner, Operator) and holds(by, Role.FINANCE_OFFICER, on=on, operator=owner):
        return None
    return why_not_keep(owner, by=by, on=on)


def why_not_create_token(
    owner: Operator | Beneficiary, *, name: str, scopes: Collection[str], days: int, by: User, at: datetime
) -> str | None:
    """Say why this token cannot be made, or None."""
    if reason := why_not_keep_tokens(owner, by=by, on=dates.day_of(at)):
        return reason
    if not name.strip():
        return "Donnez un nom au jeton : celui du programme qui s’en servira."
    if not scopes:
        return "Choisissez au moins une chose que ce jeton ouvre."
    if not set(scopes) <= set(Scope.values):
        return "Une des portées demandées n’existe pas."
    if days not in TERMS:
        return "Choisissez une durée parmi celles qui sont proposées : aucun jeton ne dure toujours."
    alive = Token.objects.of(owner).filter(revoked_at=None, expires_at__gt=at)
    if alive.filter(name=name.strip()).exists():
        return "Un jeton en cours porte déjà ce nom : donnez-en un autre, ou révoquez d’abord l’ancien."
    if alive.count() >= MOST_TOKENS:
        return f"Votre organisme a déjà {MOST_TOKENS} jetons en cours : révoquez ceux qui ne servent plus."
    return None


def why_not_revoke(token: Token, *, by: User, at: datetime) -> str | None:
    """Say why a token cannot be revoked, or None."""
    if reason := why_not_keep_tokens(token.owner, by=by, on=dates.day_of(at)):
        return reason
    return "Ce jeton est déjà révoqué." if token.revoked_at else None


def why_not_take_over(token: Token, *, by: User, at: datetime) -> str | None:
    """Say why this person cannot answer for a token in place of another, or None."""
    if reason := why_not_keep_tokens(token.owner, by=by, on=dates.day_of(at)):
        return reason
    if token.is_over(at):
        return "Ce jeton n’ouvre plus rien : créez-en un autre."
    return "Vous répondez déjà de ce jeton." if token.held_by_id == by.pk else None


def why_not_use(token: Token, *, at: datetime) -> str | None:
    """Say why a token opens nothing now, or None: over, or held by someone who serves its organisation no more."""
    if token.revoked_at is not None:
        return f"Ce jeton a été révoqué le {dates.in_words(dates.day_of(token.revoked_at))}."
    if token.expires_at <= at:
        return f"Ce jeton a expiré le {dates.in_words(dates.day_of(token.expires_at))} : créez-en un autre."
    if reason := why_not_answered_for(token, at=at):
        return reason
    if lacks_second_factor(token.held_by, on=dates.day_of(at)):
        return (
            "La personne qui répond de ce jeton n’a pas mis en place le second contrôle que demande sa fonction : "
            "qu’elle le fasse, dans « Mon compte »."
        )
    return None


def why_not_answered_for(thing: Owned, *, at: datetime) -> str | None:
    """Say why nobody answers for what an organisation has any more, or None."""
    on, owner = dates.day_of(at), thing.owner
    serves = (
        may(thing.held_by, Capability.ADMINISTER, on=on, beneficiary=owner)
        if isinstance(owner, Beneficiary)
        else holds(thing.held_by, *OPERATOR_ROLES, on=on, operator=owner)
    )
    if serves:
        return None
    what, where = ("ce jeton", "Jetons") if isinstance(thing, Token) else ("ce webhook", "Webhooks")
    return (
        f"La personne qui répond de {what} n’exerce plus de fonction dans l’organisme : "
        f"qu’une autre le reprenne, dans « {where} »."
    )


# --- Webhooks ---------------------------------------------------------------------------------------------------------
def why_not_create_webhook(
    owner: Operator | Beneficiary, *, name: str, url: str, verbs: Collection[str], by: User, at: datetime
) -> str | None:
    """Say why this webhook cannot be made, or None."""
    if reason := why_not_keep(owner, by=by, on=dates.day_of(at)):
        return reason
    alive = Webhook.objects.of(owner).exclude(status=Status.REMOVED)
    if reason := _why_not_so(alive, owner, name=name, url=url, verbs=verbs):
        return reason
    if alive.count() >= MOST_WEBHOOKS:
        return f"Votre organisme a déjà {MOST_WEBHOOKS} webhooks : retirez ceux qui ne servent plus."
    return None


def why_not_change_webhook(
    webhook: Webhook, *, name: str, url: str, verbs: Collection[str], by: User, at: datetime
) -> str | None:
    """Say why a webhook cannot become so, or None."""
    if reason := why_not_act_on(webhook, by=by, at=at):
        return reason
    others = Webhook.objects.of(webhook.owner).exclude(status=Status.REMOVED).exclude(pk=webhook.pk)
    return _why_not_so(others, webhook.owner, name=name, url=url, verbs=verbs)


def _why_not_so(
    others: OwnedQuerySet[Webhook], owner: Operator | Beneficiary, *, name: str, url: str, verbs: Collection[str]
) -> str | None:
    if not name.strip():
        return "Donnez un nom au webhook : celui du logiciel qui sera prévenu."
    if len(url) > MOST_CHARACTERS:
        return f"L’adresse est trop longue : {MOST_CHARACTERS} caractères au plus."
    if reason := http.why_not_call(url):
        return reason
    if not verbs:
        return "Choisissez au moins un événement."
    if not set(verbs) <= set(events.offered_to(owner)):
        return "Un des événements choisis n’existe pas, ou n’est pas de ceux que votre organisme peut suivre."
    if others.filter(name=name.strip()).exists():
        return "Un autre webhook porte déjà ce nom : donnez-en un autre."
    return None


def why_not_act_on(webhook: Webhook, *, by: User, at: datetime) -> str | None:
    """Say why this person does nothing to a webhook, or None."""
    if reason := why_not_keep(webhook.owner, by=by, on=dates.day_of(at)):
        return reason
    return "Ce webhook est retiré : créez-en un autre." if webhook.status == Status.REMOVED else None


def why_not_pause(webhook: Webhook, *, by: User, at: datetime) -> str | None:
    """Say why a webhook cannot be paused, or None."""
    if reason := why_not_act_on(webhook, by=by, at=at):
        return reason
    return None if webhook.status == Status.ACTIVE else "Ce webhook n’envoie déjà plus rien."


def why_not_resume(webhook: Webhook, *, by: User, at: datetime) -> str | None:
    """Say why a webhook cannot be put back in service, or None."""
    if reason := why_not_act_on(webhook, by=by, at=at) or why_not_answered_for(webhook, at=at):
        return reason
    return "Ce webhook est déjà en service." if webhook.status == Status.ACTIVE else None


def why_not_answer_for(webhook: Webhook, *, by: User, at: datetime) -> str | None:
    """Say why this person cannot answer for a webhook in place of another, or None."""
    if reason := why_not_act_on(webhook, by=by, at=at):
        return reason
    return "Vous répondez déjà de ce webhook." if webhook.held_by_id == by.pk else None


def why_not_try(webhook: Webhook, *, by: User, at: datetime) -> str | None:
    """Say why no trial can be sent, or None. One that is paused or stopped may well be tried: that is how one mends."""
    if reason := why_not_act_on(webhook, by=by, at=at) or why_not_answered_for(webhook, at=at):
        return reason
    if webhook.deliveries.filter(position=None, status=DeliveryStatus.PENDING).exists():
        return "Un essai est déjà en route : attendez sa réponse."
    return None


def why_not_send_again(delivery: Delivery, *, by: User, at: datetime) -> str | None:
    """Say why a delivery cannot be sent again, or None."""
    if reason := why_not_act_on(delivery.webhook, by=by, at=at):
        return reason
    if delivery.is_trial:
        return "Un essai ne se renvoie pas : envoyez-en un autre."
    return "Cet envoi est déjà en attente." if delivery.status == DeliveryStatus.PENDING else None
