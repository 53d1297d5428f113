"""Acts of the helpers that a mairie let in, read from the journal; the accesses they opened, and how they end.

Every line written while helping bears the code of the helper's operator. `SOCLE_HELPER_ACCESS` names the table of the
verbs that leave something open (a link, a forwarding, a code): each room says there how it is found and ended.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.module_loading import import_string
from django_scopes import scope

from socle.journal.models import Entry, EntryQuerySet
from socle.people import rules
from socle.people.models import HelpAccess, User


@dataclass(frozen=True)
class Lasting:
    """An access that one verb opens and that lasts: the functions that find it again from its line, and that end it.

    `ends_with_access`: it ends by itself with the access; otherwise the mairie takes it back when it wants to.
    """

    find: str
    end: str
    ends_with_access: bool = True


def _table() -> Mapping[str, Lasting]:
    table: Mapping[str, Lasting] = import_string(settings.SOCLE_HELPER_ACCESS)
    return table


def done_by(access: HelpAccess) -> EntryQuerySet:
    """The lines of what was done by this access, the latest first: up to the next one of the same operator there."""
    lines = Entry.objects.filter(
        beneficiary_ref=str(access.beneficiary_id), facts__helper=access.operator.code, at__gte=access.opened_at
    )
    following = HelpAccess.objects.filter(
        beneficiary=access.beneficiary_id, operator=access.operator_id, pk__gt=access.pk
    )
    later = following.order_by("pk").values_list("opened_at", flat=True).first()
    return lines if later is None else lines.filter(at__lt=later)


def still_open(line: Entry, *, at: datetime) -> Sequence[models.Model]:
    """Return the accesses that this line opened and that are still open, in the scope in force."""
    lasting = _table().get(line.verb)
    if lasting is None:
        return ()
    find: Callable[..., Sequence[models.Model]] = import_string(lasting.find)
    return find(line, at=at)


def _end(line: Entry, *, by: User, at: datetime) -> int:
    end: Callable[..., Any] = import_string(_table()[line.verb].end)
    found = still_open(line, at=at)
    for thing in found:
        end(thing, by=by, at=at)
    return len(found)


def end_all(access: HelpAccess, *, at: datetime) -> int:
    """End what this access opened and that does not outlive it; return how many things. The platform does it."""
    verbs = [verb for verb, lasting in _table().items() if lasting.ends_with_access]
    system = User.objects.system()
    with scope(beneficiary=access.beneficiary):
        return sum(_end(line, by=system, at=at) for line in done_by(access).filter(verb__in=verbs))


def why_not_take_back(access: HelpAccess, *, by: User, on: date) -> str | None:
    """Say in French why this person does not take back what was done in the mairie's name, or None."""
    return rules.why_not_decide_help(access.beneficiary, by=by, on=on)


def take_back(line: Entry, *, by: User, at: datetime) -> int:
    """End what one line opened, in the scope in force; return how many things. Who may was asked by `help`."""
    return _end(line, by=by, at=at) if line.verb in _table() else 0
