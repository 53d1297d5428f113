"""E-mails to people about their accounts and roles, besides what sign-in itself sends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse

from socle.lib import dates
from socle.outbox import departures
from socle.people.models import (
    Beneficiary,
    HelpAccess,
    Invitation,
    Membership,
    Operator,
    Role,
    SignatoryRequest,
    User,
)
from socle.people.roster import terms_of


def write_invitation(invitation: Invitation, *, token: str) -> None:
    """Tell a person which role they are offered, where, and give the link that is good once."""
    said = {
        "invitation": invitation,
        "place": invitation.place,
        "url": f"{settings.PLATFORM_URL}{reverse('invitation', args=[token])}",
        "has_account": User.objects.filter(email=invitation.email).exists(),
    }
    _send(f"{invitation.place.name} vous invite sur Socle", "people/invitation.txt", said, [invitation.email])


def write_signatory_request(request: SignatoryRequest, *, token: str, to: str) -> None:
    """Ask a mairie, at the address that it publishes, who signs for it, and give the link that is good once."""
    said = {
        "request": request,
        "place": request.beneficiary,
        "url": f"{settings.PLATFORM_URL}{reverse('signatory', args=[token])}",
    }
    subject = f"Qui signera la convention pour votre mairie ? ({request.beneficiary.place_name})"
    _send(subject, "people/signatory_request.txt", said, [to])


def write_proposal(invitation: Invitation, *, at: datetime) -> None:
    """Tell those who name people there that someone was proposed to them."""
    said = {
        "invitation": invitation,
        "place": invitation.place,
        "terms": terms_of(invitation),
        "url": _people_page(invitation.beneficiary),
    }
    for person in _heads(invitation.beneficiary, invitation.operator, at=at):
        _send("Une personne vous est proposée", "people/proposal.txt", said, [person.email])


def write_departure(membership: Membership, *, things: Sequence[tuple[str, int]], at: datetime) -> None:
    """Remind of a role that ends soon: whoever leaves, whoever takes over, and those who name people there."""
    said = {
        "membership": membership,
        "place": membership.beneficiary or membership.operator,
        "things": things,
        "url": _people_page(membership.beneficiary),
    }
    concerned = [membership.user, *_heads(membership.beneficiary, membership.operator, at=at)]
    if membership.successor is not None:
        concerned.append(membership.successor)
    for person in dict.fromkeys(concerned):
        # Another last day, or another successor, is another departure.
        key = ("role.departure", membership.pk, membership.ends_on, membership.successor_id, person.pk)
        text = render_to_string("people/departure.txt", {**said, "person": person})
        departures.send_once(key, f"Départ de {membership.user.name}", text, person.email, at=at)


def write_help_opened(access: HelpAccess, *, at: datetime) -> None:
    """Tell those who represent a mairie that somebody else let its centre de gestion in."""
    said = {"access": access, "url": _people_page(access.beneficiary)}
    for person in _heads(access.beneficiary, None, at=at):
        if person != access.opened_by:
            _send("Un accès d’assistance est ouvert à votre mairie", "people/help_opened.txt", said, [person.email])


def _heads(beneficiary: Beneficiary | None, operator: Operator | None, *, at: datetime) -> list[User]:
    """Who names people there, and may sign in."""
    roles = [Role.MAYOR] if beneficiary else [Role.PRESIDENT, Role.CDG_PRESIDENT]
    held = (
        Membership.objects.active_on(dates.day_of(at))
        .filter(beneficiary=beneficiary, operator=operator, role__in=roles, user__is_active=True)
        .select_related("user")
        .order_by("pk")
    )
    return [membership.user for membership in held]


def _people_page(beneficiary: Beneficiary | None) -> str:
    path = reverse("mairie:people") if beneficiary else reverse("console:people")
    return f"{settings.PLATFORM_URL}{path}"


def _send(subject: str, template: str, said: Mapping[str, object], to: list[str]) -> None:
    # A name may hold a line break that someone forged: a subject is one line.
    send_mail(" ".join(subject.split()), render_to_string(template, said), None, to)
