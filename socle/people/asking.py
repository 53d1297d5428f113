"""Asking a mairie who signs for it: a link sent to the address that it publishes, answered once, then confirmed.

Whoever opens that box only says whom to invite: nothing leaves for the address that they give before somebody of the
operator has checked it (`invitations.confirm`).
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from socle.journal import actions as journal
from socle.lib import dates
from socle.lib.queue import enqueue_at_commit
from socle.lib.refusals import refuse
from socle.outbox import departures
from socle.people import emails, invitations
from socle.people.invitations import digest
from socle.people.models import Beneficiary, Invitation, Membership, Operator, Role, SignatoryRequest, User
from socle.people.own_address import box_of
from socle.people.rules import FOLLOWERS, holds

log = logging.getLogger("socle.people")

# A mairie is not open every day: asked again sooner, it is pestered.
BETWEEN = timedelta(days=3)


def reasons_not_to_ask(beneficiaries: Iterable[Beneficiary], *, by: User, at: datetime) -> dict[int, str]:
    """Say in French which of these are not to be asked who signs, and why; as many queries whatever their number."""
    on, asked = dates.day_of(at), {one.pk: one for one in beneficiaries}
    if not by.is_system and not holds(by, *FOLLOWERS, on=on):
        return dict.fromkeys(asked, "Seules les personnes qui suivent les mairies pour le programme le leur demandent.")
    mayors = {"role": Role.MAYOR, "beneficiary__in": asked}
    held = Membership.objects.active_on(on).filter(user__is_active=True, **mayors)
    in_place = set(held.values_list("beneficiary", flat=True))
    invited = set(Invitation.objects.open().filter(**mayors).values_list("beneficiary", flat=True))
    boxes = {one.pk: one for one in Beneficiary.objects.filter(pk__in=asked).select_related("commune__town_hall")}
    requests = {one.beneficiary_id: one for one in SignatoryRequest.objects.filter(beneficiary__in=asked)}
    found = {}
    for pk in asked:
        hall = getattr(boxes[pk].commune, "town_hall", None)
        request = requests.get(pk)
        if pk in in_place:
            found[pk] = "Une personne représente déjà cette mairie\u00a0: elle est au projet, ou s’y choisit."
        elif pk in invited:
            found[pk] = "Une personne est déjà invitée à signer\u00a0: attendez sa réponse, ou confirmez son adresse."
        elif not ((hall.email if hall is not None else "") or boxes[pk].email):
            withheld = hall is not None and hall.email_withheld
            why = "l’adresse publiée semble être celle d’une personne" if withheld else "l’annuaire n’en publie pas"
            found[pk] = f"La mairie n’a pas d’adresse où le lui demander\u00a0: {why}. Appelez-la, puis invitez."
        elif request is not None and request.bounced_at is None and at - request.asked_at < BETWEEN:
            day = dates.in_words(dates.day_of(request.asked_at))
            found[pk] = (
                f"La demande est partie le {day}\u00a0: laissez {BETWEEN.days} jours à la mairie, ou appelez-la."
            )
    return found


def why_not_ask(beneficiary: Beneficiary, *, by: User, at: datetime) -> str | None:
    """Say in French why this body is not to be asked who signs for it, or None."""
    return reasons_not_to_ask([beneficiary], by=by, at=at).get(beneficiary.pk)


@transaction.atomic
def ask(beneficiary: Beneficiary, *, operator: Operator, by: User, at: datetime) -> SignatoryRequest:
    """Ask a mairie, at the address that it publishes, who signs for it; asked again, its link is another one.

    Raises Refused.
    """
    Beneficiary.objects.select_for_update().get(pk=beneficiary.pk)
    refuse(why_not_ask(beneficiary, by=by, at=at))
    request, _ = SignatoryRequest.objects.update_or_create(
        beneficiary=beneficiary,
        defaults={
            "operator": operator,
            "asked_by": by,
            "asked_at": at,
            "token_sha256": "",
            "mailed_at": None,
            "bounced_at": None,
            "answered_at": None,
            "expires_at": at + timedelta(days=settings.SOCLE_INVITATION_DAYS),
        },
    )
    journal.record("signatory.asked", request, by=by, at=at, operator=operator.code)
    enqueue_at_commit("socle.people.tasks.send_invitations")
    return request


def by_token(token: str) -> SignatoryRequest | None:
    """Return the request whose message bears this link, whatever became of it, or None."""
    found = SignatoryRequest.objects.filter(token_sha256=digest(token)) if token else SignatoryRequest.objects.none()
    return found.select_related("beneficiary__commune", "operator").first()


def why_not_answer(request: SignatoryRequest, *, at: datetime) -> str | None:
    """Say in French why a mairie can no longer answer by this link, or None."""
    name = request.operator.name
    if request.answered_at is not None:
        return f"Ce lien a déjà servi\u00a0: la réponse est arrivée. Pour la corriger, appelez «\u00a0{name}\u00a0»."
    if at >= request.expires_at:
        day = dates.in_words(dates.day_of(request.expires_at))
        return f"Ce lien a servi jusqu’au {day}\u00a0: demandez à «\u00a0{name}\u00a0» de vous en envoyer un autre."
    return None


@transaction.atomic
def answer(request: SignatoryRequest, *, name: str, quality: str, email: str, at: datetime) -> Invitation:
    """Propose whom the mairie says to invite, for somebody to confirm. Raises Refused: used, too old, a shared box."""
    request = SignatoryRequest.objects.select_for_update(of=("self",)).select_related("operator").get(pk=request.pk)
    refuse(why_not_answer(request, at=at))
    # Whoever opens the box is nobody that we know: the invitation is the platform's, and waits.
    system = User.objects.system()
    invitation = invitations.invite(
        email, name=name, role=Role.MAYOR, beneficiary=request.beneficiary, quality=quality, by=system, at=at
    )
    request.answered_at = at
    request.save(update_fields=["answered_at"])
    journal.record("signatory.answered", request, by=system, at=at, invitation=invitation.pk)
    return invitation


def send_due(*, at: datetime) -> int:
    """Send the requests that must leave, as invitations do (`invitations.send_due`); return how many left."""
    due = SignatoryRequest.objects.filter(mailed_at=None, bounced_at=None, answered_at=None, expires_at__gt=at)
    sent = 0
    for pk in due.order_by("pk").values_list("pk", flat=True):
        try:
            sent += _mail(pk, at=at)
        except Exception as error:
            # What an error says may hold an address: only its kind is written.
            log.error("request %s for a signatory did not leave: %s", pk, type(error).__name__)
            if departures.is_no_address(error):
                _note_bounce(pk, at=at)
    return sent


@transaction.atomic
def _mail(pk: int, *, at: datetime) -> bool:
    waiting = SignatoryRequest.objects.select_for_update(of=("self",)).filter(pk=pk, mailed_at=None, bounced_at=None)
    request = waiting.select_related("beneficiary", "operator").first()
    to = box_of(request.beneficiary) if request is not None else ""
    if request is None or not to:
        return False
    token = secrets.token_urlsafe(32)
    request.token_sha256, request.mailed_at = digest(token), at
    request.save(update_fields=["token_sha256", "mailed_at"])
    emails.write_signatory_request(request, token=token, to=to)
    return True


@transaction.atomic
def _note_bounce(pk: int, *, at: datetime) -> None:
    request = SignatoryRequest.objects.get(pk=pk)
    request.bounced_at = at
    request.save(update_fields=["bounced_at"])
    journal.record("signatory.bounced", request, by=User.objects.system(), at=at)
