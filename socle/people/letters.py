"""What the platform writes to people about their accounts and roles, besides what sign-in itself sends."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse

from socle.lib import dates
from socle.people.models import Invitation, Membership, Role, User


def write_invitation(invitation: Invitation, *, token: str) -> None:
    """Tell a person which role they are offered, where, and give the link that is good once."""
    said = {
        "invitation": invitation,
        "place": invitation.place,
        "url": f"{settings.PLATFORM_URL}{reverse('invitation', args=[token])}",
        "has_account": User.objects.filter(email=invitation.email).exists(),
    }
    _send(f"{invitation.place.name} vous invite sur Socle", "people/invitation.txt", said, [invitation.email])


def write_proposal(invitation: Invitation, *, at: datetime) -> None:
    """Tell those who name people there that someone was proposed to them."""
    roles = [Role.MAYOR] if invitation.beneficiary else [Role.PRESIDENT, Role.CDG_PRESIDENT]
    deciders = (
        Membership.objects.active_on(dates.day_of(at))
        .filter(beneficiary=invitation.beneficiary, operator=invitation.operator, role__in=roles, user__is_active=True)
        .select_related("user")
    )
    path = reverse("mairie:people") if invitation.beneficiary else reverse("console:people")
    said = {"invitation": invitation, "place": invitation.place, "url": f"{settings.PLATFORM_URL}{path}"}
    for membership in deciders:
        _send("Une personne vous est proposée", "people/proposal.txt", said, [membership.user.email])


def _send(subject: str, template: str, said: Mapping[str, object], to: list[str]) -> None:
    # A name may hold a line break that someone forged: a subject is one line.
    send_mail(" ".join(subject.split()), render_to_string(template, said), None, to)
