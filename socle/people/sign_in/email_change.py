"""Changing the address one signs in with: confirmed at the new one, told to the old one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import signing
from django.core.mail import send_mail
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.urls import reverse

from socle.journal import actions as journal
from socle.lib.refusals import Refused, refuse
from socle.people import rules
from socle.people.models import User

SALT = "socle.people.address"
GOOD_FOR = 24 * 60 * 60
STALE = "Ce lien a déjà servi, ou il a plus de 24 heures. Demandez de nouveau le changement depuis « Mon compte »."


@dataclass(frozen=True)
class Wanted:
    """A change that was asked for: whose, and to which address."""

    user: User
    email: str


def ask(user: User, email: str, *, by: User, at: datetime) -> None:
    """Write to the new address the link that makes it theirs. Raises `Refused` when the address is wrong or the same.

    Nothing says whether somebody else has that address: they are the one who is told.
    """
    address = email.strip().lower()
    refuse(rules.why_not_change_address(user, address, by=by))
    said: dict[str, object] = {"user": user}
    if User.objects.filter(email=address).exists():
        name = "people/address_taken.txt"
    else:
        name = "people/address_asked.txt"
        token = signing.dumps([user.pk, user.email, address], salt=SALT)
        said["url"] = f"{settings.PLATFORM_URL}{reverse('address_confirm', args=[token])}"
    with transaction.atomic():
        journal.record("person.address_asked", user, by=by, at=at)
        send_mail("Votre nouvelle adresse", render_to_string(name, said), None, [address])


def read(token: str) -> Wanted:
    """Return what a link asks for. Raises `Refused` when it is forged, too old, or has already served."""
    try:
        pk, former, email = signing.loads(token, salt=SALT, max_age=GOOD_FOR)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise Refused(STALE) from error
    # Once the address has changed, the link names one that is no longer theirs.
    user = User.objects.filter(pk=pk, email=former, is_active=True).first()
    if user is None:
        raise Refused(STALE)
    return Wanted(user, email)


@transaction.atomic
def change(wanted: Wanted, *, at: datetime) -> User:
    """Give a person their new address and tell the old one. Raises `Refused` when somebody took it meanwhile."""
    user, former = User.objects.select_for_update().get(pk=wanted.user.pk), wanted.user.email
    if user.email != former:
        raise Refused(STALE)
    user.email = wanted.email
    try:
        with transaction.atomic():
            user.save(update_fields=["email"])
    except IntegrityError as error:
        raise Refused("Cette adresse est désormais celle d’un autre compte. Choisissez-en une autre.") from error
    # What the library may have kept of the former address would still sign in with it.
    EmailAddress.objects.filter(user=user).delete()
    journal.record("person.address_changed", user, by=user, at=at)
    said = {"user": user, "at": at}
    send_mail("Votre adresse a changé", render_to_string("people/address_changed.txt", said), None, [former])
    return user
