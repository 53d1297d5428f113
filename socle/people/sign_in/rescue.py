"""What an operator's person may do for someone locked out, or against an account that must stop: seldom, and told."""

from __future__ import annotations

from datetime import datetime

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.mail import send_mail
from django.db import models, transaction
from django.template.loader import render_to_string
from django.urls import reverse

from socle.journal import actions as journal
from socle.lib import dates
from socle.lib.refusals import refuse
from socle.people import rules
from socle.people.models import User
from socle.people.sign_in import sessions


class Recognised(models.TextChoices):
    """How the person who asks was recognised: their word by e-mail is not enough, it may be somebody else's."""

    IN_PERSON = "in_person", "en personne"
    PHONE = "phone", "en rappelant la mairie ou le service au numéro de l’annuaire"
    VIDEO = "video", "en visioconférence, par quelqu’un qui la connaît"


@transaction.atomic
def reset_second_factor(user: User, *, recognised: Recognised, by: User, at: datetime) -> None:
    """Erase every second factor and recovery code of a person, end their sessions, and tell them.

    Raises `Refused` for one's own, and for whoever has none.
    """
    refuse(rules.why_not_reset_second_factor(user, by=by, on=dates.day_of(at)))
    Authenticator.objects.filter(user=user).delete()
    journal.record("person.factor_reset", user, by=by, at=at, recognised=recognised.value)
    sessions.end_all(user, by=by, at=at)
    _tell(user, "Votre second contrôle a été retiré", "factor_reset", at=at)


@transaction.atomic
def close(user: User, *, by: User, at: datetime) -> User:
    """Close an account and end its sessions; what the person did stays. Raises `Refused` for one's own."""
    refuse(rules.why_not_close(user, by=by, on=dates.day_of(at)))
    user.is_active = False
    user.save(update_fields=["is_active"])
    journal.record("person.closed", user, by=by, at=at)
    sessions.end_all(user, by=by, at=at)
    _tell(user, "Votre compte est fermé", "account_closed", at=at)
    return user


@transaction.atomic
def reopen(user: User, *, by: User, at: datetime) -> User:
    """Open again an account that was closed, as it was."""
    refuse(rules.why_not_reopen(user, by=by, on=dates.day_of(at)))
    user.is_active = True
    user.save(update_fields=["is_active"])
    journal.record("person.reopened", user, by=by, at=at)
    return user


@transaction.atomic
def end_sessions(user: User, *, by: User, at: datetime) -> int:
    """End every session of a person, from outside; return how many were listed."""
    refuse(rules.why_not_end_sessions(user, by=by, on=dates.day_of(at)))
    return sessions.end_all(user, by=by, at=at)


def _tell(user: User, subject: str, name: str, *, at: datetime) -> None:
    said = {"user": user, "at": at, "url": f"{settings.PLATFORM_URL}{reverse('account_login')}"}
    send_mail(subject, render_to_string(f"people/{name}.txt", said), None, [user.email])
