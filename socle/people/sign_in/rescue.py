"""Rescue, by an operator's person, of someone locked out, or against an account that must stop: seldom, and told."""

from __future__ import annotations

from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.mail import send_mail
from django.db import models, transaction
from django.template.loader import render_to_string
from django.urls import reverse

from socle.journal import actions as journal
from socle.lib import dates
from socle.lib.refusals import refuse
from socle.lib.rows import held
from socle.people import rules
from socle.people.devices import actions as devices
from socle.people.models import Rescue, RescueStatus, User
from socle.people.sign_in import sessions

ALONE = (
    "Ce compte ouvre de nombreuses mairies : une seconde personne doit donner son accord, et nul autre que vous ne le "
    "peut aujourd’hui. Demandez-le à qui exploite la plateforme."
)
ALREADY = "C’est déjà demandé : l’accord d’une autre personne est attendu."


class Recognised(models.TextChoices):
    """How the person who asks was recognised: their word by e-mail is not enough, it may be somebody else's."""

    IN_PERSON = "in_person", "en personne"
    PHONE = "phone", "en rappelant la mairie ou le service au numéro de l’annuaire"
    VIDEO = "video", "en visioconférence, par quelqu’un qui la connaît"


class Lost(models.TextChoices):
    """Why a second factor has to be erased."""

    LOST = "lost", "appareil perdu ou cassé"
    STOLEN = "stolen", "appareil volé"
    REPLACED = "replaced", "appareil remplacé, codes égarés"


class Closing(models.TextChoices):
    """Why an account is closed."""

    LEFT = "left", "départ qui n’a pas été préparé"
    AT_RISK = "at_risk", "compte peut-être utilisé par quelqu’un d’autre"
    ON_REQUEST = "on_request", "à la demande de la personne ou de son organisme"
    BY_MISTAKE = "by_mistake", "ouvert par erreur"


class Reopening(models.TextChoices):
    """Why an account is opened again."""

    BACK = "back", "retour de la personne"
    SAFE = "safe", "le doute est levé"
    CLOSED_BY_MISTAKE = "closed_by_mistake", "fermé par erreur"


@transaction.atomic
def reset_second_factor(user: User, *, recognised: Recognised, reason: Lost, by: User, at: datetime) -> Rescue | None:
    """Erase every second factor and recovery code of a person, end their sessions, and tell them: return None then.

    Of somebody who opens many mairies, nothing is erased before a second agent approved: return what waits for them.
    Raises `Refused` for one's own, for whoever has none, and when nobody else could approve.
    """
    on = dates.day_of(at)
    refuse(rules.why_not_reset_second_factor(user, by=by, on=on))
    if by.is_system or not rules.opens_many(user, on=on):
        _erase(user, recognised=recognised.value, reason=reason.value, by=by, at=at)
        return None
    approvers = rules.approvers_of(user, asked_by=by, on=on)
    refuse(None if approvers else ALONE)
    # Held, so that two who ask at once make one demand.
    User.objects.select_for_update().get(pk=user.pk)
    waiting = Rescue.objects.filter(user=user, status=RescueStatus.ASKED)
    refuse(ALREADY if waiting.filter(expires_at__gt=at).exists() else None)
    waiting.update(status=RescueStatus.DECLINED, decided_at=at)
    asked = Rescue.objects.create(
        user=user,
        recognised=recognised.value,
        reason=reason.value,
        asked_by=by,
        asked_at=at,
        expires_at=at + timedelta(days=settings.SOCLE_FOUR_EYES_DAYS),
    )
    journal.record("person.factor_reset_asked", user, by=by, at=at, recognised=recognised.value, reason=reason.value)
    _tell(user, "On demande à retirer votre second contrôle", "factor_reset_asked", at=at)
    url = f"{settings.PLATFORM_URL}{reverse('console:person', args=[user.pk])}"
    for approver in approvers:
        text = render_to_string("people/factor_approval.txt", {"rescue": asked, "approver": approver, "url": url})
        send_mail("Votre accord est demandé", text, None, [approver.email])
    return asked


@transaction.atomic
def approve(rescue: Rescue, *, by: User, at: datetime) -> Rescue:
    """Approve what another agent asked: the second factor is erased at once. Raises `Refused`."""
    rescue = held(rescue, "user", "asked_by")
    refuse(rules.why_not_approve(rescue, by=by, at=at, on=dates.day_of(at)))
    rescue.status, rescue.decided_by, rescue.decided_at = RescueStatus.DONE, by, at
    rescue.save(update_fields=["status", "decided_by", "decided_at"])
    facts = {"asked_by": rescue.asked_by_id}
    _erase(rescue.user, recognised=rescue.recognised, reason=rescue.reason, by=by, at=at, **facts)
    return rescue


@transaction.atomic
def decline(rescue: Rescue, *, by: User, at: datetime) -> Rescue:
    """Drop what was asked, by its author or another agent: the second factor stays."""
    rescue = held(rescue, "user", "asked_by")
    refuse(rules.why_not_decline(rescue, by=by, on=dates.day_of(at)))
    rescue.status, rescue.decided_by, rescue.decided_at = RescueStatus.DECLINED, by, at
    rescue.save(update_fields=["status", "decided_by", "decided_at"])
    journal.record("person.factor_reset_declined", rescue.user, by=by, at=at)
    return rescue


def waiting_for(user: User, *, at: datetime) -> Rescue | None:
    """Return the erasing that waits for a second agent, or None."""
    asked = Rescue.objects.filter(user=user, status=RescueStatus.ASKED, expires_at__gt=at)
    return asked.select_related("user", "asked_by").first()


def _erase(user: User, *, recognised: str, reason: str, by: User, at: datetime, **facts: int) -> None:
    Authenticator.objects.filter(user=user).delete()
    journal.record("person.factor_reset", user, by=by, at=at, recognised=recognised, reason=reason, **facts)
    sessions.end_all(user, by=by, at=at)
    _tell(user, "Votre second contrôle a été retiré", "factor_reset", at=at)


@transaction.atomic
def close(user: User, *, reason: Closing, by: User, at: datetime) -> User:
    """Close an account, end its sessions and its devices; what the person did stays. Raises `Refused` for one's own."""
    refuse(rules.why_not_close(user, by=by, on=dates.day_of(at)))
    user.is_active = False
    user.save(update_fields=["is_active"])
    journal.record("person.closed", user, by=by, at=at, reason=reason.value)
    sessions.end_all(user, by=by, at=at)
    devices.end_all(user, by=by, at=at)
    _tell(user, "Votre compte est fermé", "account_closed", at=at, reason=reason.label)
    return user


@transaction.atomic
def reopen(user: User, *, reason: Reopening, by: User, at: datetime) -> User:
    """Open again an account that was closed, as it was, and tell its person."""
    refuse(rules.why_not_reopen(user, by=by, on=dates.day_of(at)))
    user.is_active = True
    user.save(update_fields=["is_active"])
    journal.record("person.reopened", user, by=by, at=at, reason=reason.value)
    _tell(user, "Votre compte est rouvert", "account_reopened", at=at, reason=reason.label)
    return user


@transaction.atomic
def end_sessions(user: User, *, with_devices: bool = False, by: User, at: datetime) -> int:
    """End every session of a person, from outside, and the passwords of their devices when it is asked (a stolen
    telephone); return how many sessions were listed.
    """
    refuse(rules.why_not_end_sessions(user, by=by, on=dates.day_of(at)))
    if with_devices:
        devices.end_all(user, by=by, at=at)
    return sessions.end_all(user, by=by, at=at)


def _tell(user: User, subject: str, name: str, *, at: datetime, reason: str = "") -> None:
    said = {"user": user, "at": at, "reason": reason, "url": f"{settings.PLATFORM_URL}{reverse('account_login')}"}
    send_mail(subject, render_to_string(f"people/{name}.txt", said), None, [user.email])
