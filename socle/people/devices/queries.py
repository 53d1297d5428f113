"""Queries on device passwords: whose device this is, asked at each request of a calendar, a folder, a mail program."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import CharField, DateField, Exists, F, OuterRef, Q, QuerySet
from django.utils.module_loading import import_string
from django.views.decorators.debug import sensitive_variables

from socle.lib import dates
from socle.lib.compiled import Given
from socle.people.devices import secret as secrets
from socle.people.devices.models import DevicePassword, Use
from socle.people.models import BENEFICIARY_ROLES, Membership, Role, User
from socle.people.rules import lacking_second_factor

# A device says it was used at most this often: one write, not one at each request.
NOTED_EVERY = timedelta(hours=1)


def entering(*, on: date) -> QuerySet[DevicePassword]:
    """Those that open something this day: not ended, of an open account that has the second factor its role wants."""
    return DevicePassword.objects.live().exclude(Exists(lacking_second_factor(on=on).filter(pk=OuterRef("user"))))


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
    _note_if_due(device, at)
    return device


# What is read of a device and of its person beside the rows that they open; no more is loaded.
_DEVICE, _PERSON = ("id", "user_id", "digest", "used_at"), ("id", "email", "name", "is_active", "is_fictitious")


def opened_rows(rows: Any, beneficiary: str, *, use: Use) -> Any:
    """Narrow rows of a room to those that a device opens, by the roles its person holds there: a row for each role.

    For a query that is compiled once (`lib.compiled`) and given `prefix`, that of the secret, and `on`, the day;
    `beneficiary` leads from a row to whose it is. `opener` then says whether the secret was right. Nobody is found of
    whom `open_device` would find no device, nor where `roles_held` would find no role; helpers neither.
    """
    on: Any = Given("on", DateField())
    member, device = f"{beneficiary}__memberships", f"{beneficiary}__memberships__user__device_passwords"
    read = {f"device_{name}": F(f"{device}__{name}") for name in _DEVICE}
    read |= {f"person_{name}": F(f"{member}__user__{name}") for name in _PERSON}
    held = Membership.objects.active_on(on).filter(role__in=BENEFICIARY_ROLES, pk=OuterRef("member_id"))
    entering_here = entering(on=on).filter(pk=OuterRef("device_id"), **{use.field: True})
    return (
        rows.annotate(member_id=F(f"{member}__pk"), member_role=F(f"{member}__role"), **read)
        .alias(shown=F(f"{device}__prefix"))
        .filter(Exists(held), Exists(entering_here), shown=Given("prefix", CharField()))
    )


@sensitive_variables("secret", "written")
def opener(rows: Iterable[Any], secret: str, login: str, *, at: datetime) -> tuple[User, frozenset[Role]] | None:
    """Return whose device opened these rows (`opened_rows`), and their roles there; None when the secret is wrong, or
    the login another's. One write an hour, as `open_device`.
    """
    found, written = list(rows), secrets.read(secret)
    if not found or written is None:
        return None
    first = found[0]
    device = DevicePassword.from_db(first._state.db, _DEVICE, [getattr(first, f"device_{name}") for name in _DEVICE])
    if not secrets.is_of(written, device.digest):
        return None
    user = User.from_db(first._state.db, _PERSON, [getattr(first, f"person_{name}") for name in _PERSON])
    if not is_login_of(user, login):
        return None
    _note_if_due(device, at)
    return user, frozenset(Role(row.member_role) for row in found)


def _note_if_due(device: DevicePassword, at: datetime) -> None:
    if device.used_at is None or at - device.used_at >= NOTED_EVERY:
        _note(device.pk, at)
        device.used_at = at


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
