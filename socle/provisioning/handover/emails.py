"""E-mails to whoever answers for a beneficiary when its data are to leave."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse

from socle.lib import dates
from socle.people.models import Beneficiary, Membership, Role, User
from socle.provisioning.handover.models import Handover


def tell_asked(handover: Handover, *, at: datetime) -> None:
    """Tell the mayors that somebody else asked for everything their commune has."""
    for user in mayors_of(handover.beneficiary, at=at):
        if user.pk != handover.asked_by_id:
            _send("Une archive de vos données est demandée", "handover_asked", handover, to=user)


def tell_ready(handover: Handover, *, at: datetime) -> None:
    """Tell whoever asked, and the mayors, that the archive can be taken."""
    told = {user.pk: user for user in [*mayors_of(handover.beneficiary, at=at), handover.asked_by]}
    for user in told.values():
        if user.is_active:  # The platform itself is not.
            _send("Votre archive est prête", "handover_ready", handover, to=user)


def mayors_of(beneficiary: Beneficiary, *, at: datetime) -> list[User]:
    """Return the people who answer for the beneficiary today."""
    memberships = Membership.objects.active_on(dates.day_of(at)).filter(beneficiary=beneficiary, role=Role.MAYOR)
    return list(User.objects.filter(pk__in=memberships.values("user"), is_active=True).order_by("pk"))


def _send(subject: str, name: str, handover: Handover, *, to: User) -> None:
    # The door of each: the mayor's is their mairie's, an officer finds it in the console.
    is_here = to.memberships.filter(beneficiary=handover.beneficiary_id).exists()
    page = (
        reverse("mairie:handovers", urlconf=settings.ROOT_URLCONF)
        if is_here
        else reverse("console:handovers", args=[handover.beneficiary_id], urlconf=settings.ROOT_URLCONF)
    )
    said = {"handover": handover, "user": to, "url": f"{settings.PLATFORM_URL}{page}"}
    send_mail(subject, render_to_string(f"provisioning/{name}.txt", said), None, [to.email])
