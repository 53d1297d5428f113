"""Erasure of a person: their account says nobody's name any more, and what binds others stays.

The row remains, under a pseudonym, so that the journal and the signed documents keep an author; nothing leads from it
to the person. There is no way back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import models, transaction
from django.db.models import Max, Q
from django.utils.module_loading import import_string

from socle.journal import actions as journal
from socle.journal.models import Entry
from socle.lib import dates
from socle.lib.refusals import refuse
from socle.people import filters, rules
from socle.people.devices.models import DevicePassword
from socle.people.models import (
    FORGOTTEN_DOMAIN,
    SYSTEM_EMAIL,
    Invitation,
    InvitationStatus,
    LinkedIdentity,
    OpenSession,
    User,
)


@dataclass(frozen=True)
class Forgotten:
    """Result of the erasure of a person: what was erased, and what stays."""

    erased: int
    journal_lines: int


@transaction.atomic
def forget(user: User, *, by: User, at: datetime) -> Forgotten:
    """Pseudonymise a person who holds no role any more, and erase what is only about them. Cannot be undone."""
    user = User.objects.select_for_update().get(pk=user.pk)
    refuse(rules.why_not_forget(user, on=dates.day_of(at)))
    address = user.email
    erased = sum(import_string(dotted)(user, address) for dotted in settings.SOCLE_ERASURE)
    erased += EmailAddress.objects.filter(user=user).delete()[0]
    erased += Authenticator.objects.filter(user=user).delete()[0]
    erased += LinkedIdentity.objects.filter(user=user).delete()[0]
    erased += OpenSession.objects.filter(user=user).delete()[0]
    erased += DevicePassword.objects.filter(user=user).delete()[0]
    erased += _end_sessions(user)
    erased += filters.forget(user)
    erased += Invitation.objects.filter(Q(email__iexact=address) | Q(accepted_by=user)).delete()[0]
    user.groups.clear()
    user.user_permissions.clear()
    user.memberships.exclude(quality="").update(quality="")
    user.email = f"personne-{user.pk}@{FORGOTTEN_DOMAIN}"
    user.name = "Personne effacée"
    user.is_active = user.is_staff = user.is_superuser = False
    user.last_login = None
    user.set_unusable_password()
    user.save(update_fields=["email", "name", "is_active", "is_staff", "is_superuser", "last_login", "password"])
    journal.record("person.forgotten", user, by=by, at=at)
    return Forgotten(erased, Entry.objects.filter(by_ref=f"{User._meta.label_lower}:{user.pk}").count())


def _end_sessions(user: User) -> int:
    # A session says whose it is inside only.
    theirs = [
        session.pk
        for session in Session.objects.iterator(chunk_size=500)
        if session.get_decoded().get("_auth_user_id") == str(user.pk)
    ]
    return Session.objects.filter(pk__in=theirs).delete()[0]


# --- The rules of retention (`retention`) --------------------------------------------------------------------
def forget_former_people(before: datetime, *, by: models.Model, at: datetime, is_dry: bool) -> int:
    """People whose last role ended, and who last signed in, before this instant."""
    day = dates.day_of(before)
    former = (
        _remembered()
        .annotate(last_day=Max("memberships__ends_on"))
        .filter(last_day__lt=day)
        .exclude(memberships__ends_on__isnull=True)
        .exclude(memberships__ends_on__gte=day)
        .filter(Q(last_login__isnull=True) | Q(last_login__lt=before))
    )
    return _forget_all(former, by=by, at=at, is_dry=is_dry)


def forget_people_who_never_came(before: datetime, *, by: models.Model, at: datetime, is_dry: bool) -> int:
    """Accounts made before this instant, without a role nor a visit."""
    absent = _remembered().filter(memberships__isnull=True, last_login__isnull=True, date_joined__lt=before)
    return _forget_all(absent, by=by, at=at, is_dry=is_dry)


def erase_invitations(before: datetime, *, by: models.Model, at: datetime, is_dry: bool) -> int:
    """Invitations answered, withdrawn or expired before this instant."""
    over = Invitation.objects.filter(
        Q(closed_at__lt=before) | Q(closed_at__isnull=True, status=InvitationStatus.SENT, expires_at__lt=before)
    )
    return over.count() if is_dry else over.delete()[0]


def _remembered() -> models.QuerySet[User]:
    kept = Q(email=SYSTEM_EMAIL) | Q(email__endswith=f"@{FORGOTTEN_DOMAIN}") | Q(is_superuser=True) | Q(is_staff=True)
    return User.objects.exclude(kept)


def _forget_all(people: models.QuerySet[User], *, by: models.Model, at: datetime, is_dry: bool) -> int:
    if is_dry:
        return people.count()
    if not isinstance(by, User):
        raise TypeError("a user forgets, be it the system")
    ids = list(people.values_list("pk", flat=True))
    for pk in ids:
        forget(User.objects.get(pk=pk), by=by, at=at)
    return len(ids)
