"""Making the password of a device, and ending it. There is no way back: a new one is made."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.debug import sensitive_variables

from socle.journal import actions as journal
from socle.lib.dates import day_of
from socle.lib.refusals import refuse
from socle.people.devices import rules
from socle.people.devices import secret as secrets
from socle.people.devices.models import DevicePassword, Use
from socle.people.models import User


@sensitive_variables("secret")
@transaction.atomic
def make(user: User, *, name: str, uses: Collection[Use], by: User, at: datetime) -> tuple[DevicePassword, str]:
    """Make a password for a device and tell its person; return it and its secret, which nobody will ever read again.

    Raises `Refused`.
    """
    # The rule counts the devices and looks at their names: one gesture at a time for one person.
    user = User.objects.select_for_update().get(pk=user.pk)
    name = name.strip()
    refuse(rules.why_not_make(user, name, uses, by=by, on=day_of(at)))
    secret = secrets.draw()
    device = DevicePassword.objects.create(
        user=user,
        name=name,
        prefix=secrets.prefix_of(secret),
        digest=secrets.digest_of(secret),
        made_at=at,
        **{use.field: True for use in uses},
    )
    opened = sorted(use.value for use in device.uses)
    journal.record("device_password.made", device, by=by, at=at, prefix=device.prefix, uses=opened)
    said = {"user": user, "device": device, "at": at, "url": f"{settings.PLATFORM_URL}{reverse('devices')}"}
    send_mail("Un appareil a été relié", render_to_string("people/device_made.txt", said), None, [user.email])
    return device, secret


@transaction.atomic
def end(device: DevicePassword, *, by: User, at: datetime) -> DevicePassword:
    """End the password of a device: it opens nothing from this instant. Raises `Refused`."""
    device = DevicePassword.objects.select_for_update().get(pk=device.pk)
    refuse(rules.why_not_end(device, by=by))
    _end(device, by=by, at=at)
    return device


@transaction.atomic
def end_all(user: User, *, by: User, at: datetime) -> int:
    """End every device of a person; return how many. Who may is said by the rule of whatever calls for it: an account
    that closes, a last role that ends, a person who signs out everywhere.
    """
    live = list(DevicePassword.objects.select_for_update().filter(user=user, ended_at__isnull=True))
    for device in live:
        _end(device, by=by, at=at)
    return len(live)


def _end(device: DevicePassword, *, by: User, at: datetime) -> None:
    device.ended_at = at
    device.save(update_fields=["ended_at"])
    journal.record("device_password.ended", device, by=by, at=at, prefix=device.prefix)
