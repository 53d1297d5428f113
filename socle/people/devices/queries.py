"""Queries on device passwords: whose device this is, asked at each request of a calendar, a folder, a mail program."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.module_loading import import_string
from django.views.decorators.debug import sensitive_variables

from socle.lib import dates
from socle.people.devices import secret as secrets
from socle.people.devices.models import DevicePassword, Use
from socle.people.models import Membership, User
from socle.people.rules import lacking_second_factor

# A device says it was used at most this often: one write, not one at each request.
NOTED_EVERY = timedelta(hours=1)


def entering(*, on: date) -> QuerySet[DevicePassword]:
    """Those that open something this day: not ended, of an open account that has the second factor its role wants."""
    return DevicePassword.objects.live().exclude(user__in=lacking_second_factor(on=on))


@sensitive_variables("secret", "written")
def open_device(secret: str, *, use: Use, at: datetime) -> DevicePassword | None:
    """Return the device whose secret this is, with its person, when it opens this; None otherwise, whatever the cause.

    One query, and one write an hour. Does not count the wrong ones: `entrance.let_in` does.
    """
    written = secrets.read(secret)
    if written is None:
        return None
    found = entering(on=dates.day_of(at)).filter(prefix=secrets.prefix_of(written))
    device = found.select_related("user").first()
    if device is None or not secrets.is_of(written, device.digest) or not device.opens(use):
        return None
    if device.used_at is None or at - device.used_at >= NOTED_EVERY:
        _note(device.pk, at)
        device.used_at = at
    return device


def note_used(times: Mapping[str, datetime]) -> None:
    """Note when devices, known by the public beginning of their secret, were last used; none goes back in time."""
    for device in DevicePassword.objects.filter(prefix__in=times).only("pk", "prefix"):
        _note(device.pk, times[device.prefix])


def _note(pk: int, at: datetime) -> None:
    # Two requests at once: one write is enough.
    stale = Q(used_at__isnull=True) | Q(used_at__lt=at)
    DevicePassword.objects.filter(stale, pk=pk).update(used_at=at)


@sensitive_variables("secret", "written")
def known_device(secret: str) -> DevicePassword | None:
    """Return the device whose secret this is, or was once, whatever it opens: whoever shows it guesses nothing."""
    written = secrets.read(secret)
    if written is None:
        return None
    device = DevicePassword.objects.filter(prefix=secrets.prefix_of(written)).select_related("user").first()
    return device if device is not None and secrets.is_of(written, device.digest) else None


def is_login_of(user: User, login: str) -> bool:
    """Say whether a device may give this name for this person: their address, or one of those that the rooms named by
    SOCLE_DEVICE_LOGINS know as theirs (a mailbox).
    """
    wanted = login.strip().casefold()
    if not wanted:
        return False
    if wanted == user.email.casefold():
        return True
    return any(wanted == known.casefold() for dotted in settings.SOCLE_DEVICE_LOGINS for known in _known(dotted, user))


def _known(dotted: str, user: User) -> Iterable[str]:
    logins: Callable[[User], Iterable[str]] = import_string(dotted)
    return logins(user)


def held(membership: Membership, on: date) -> list[str]:
    """Return the devices revoked when the last role of a person ends, by what they open, not by name."""
    others = Membership.objects.active_on(on).filter(user=membership.user_id).exclude(pk=membership.pk)
    if others.filter(Q(ends_on__isnull=True) | Q(ends_on__gt=membership.ends_on or on)).exists():
        return []
    live = DevicePassword.objects.live().filter(user=membership.user_id)
    return [
        f"{', '.join(use.label for use in device.uses)}, depuis le {dates.in_words(dates.day_of(device.made_at))}"
        for device in live
    ]
