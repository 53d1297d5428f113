"""Erasure of the agendas: what a person had of their own, old bookings, what was removed long ago."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from django.db import models, transaction
from django_scopes import scopes_disabled

from socle.agenda.contract import store
from socle.agenda.models import AddressBook, Booking, Calendar, CalendarAccess, RemovedItem
from socle.lib.dates import day_of
from socle.lib.declared import Batch
from socle.people.models import User


def erase_own(user: User, address: str) -> int:
    """Erase the calendars and the address books of a person, with all they hold; return how many."""
    erased = 0
    with scopes_disabled():  # A person may have one at several mairies.
        for model in (Calendar, AddressBook):
            for one in model._default_manager.filter(owner=user):
                # Files after the rows, and out of the transaction: whoever writes there holds the place first.
                transaction.on_commit(partial(store().drop, one.beneficiary_id, one.slug))
                one.delete()
                erased += 1
        erased += CalendarAccess.objects.filter(user=user).delete()[0]
    return erased


class Bookings:
    """The bookings of a mairie, who had the venue and how to reach them, as a slip ends them (`Archives`)."""

    def count(self, beneficiary: int, before: datetime) -> int:
        """How many were over before this instant."""
        with scopes_disabled():  # Of the one mairie that is named.
            return int(Booking.objects.filter(beneficiary=beneficiary, ends_at__lt=before).count())

    def due(self, beneficiary: int, before: datetime) -> list[Batch]:
        """Those over before this instant, by the year in which they ended; one query."""
        with scopes_disabled():  # Of the one mairie that is named.
            over = Booking.objects.filter(beneficiary=beneficiary, ends_at__lt=before).order_by("ends_at", "pk")
            rows = list(over.values_list("pk", "ends_at"))
        years: dict[int, list[tuple[int, datetime]]] = {}
        for row in rows:
            years.setdefault(day_of(row[1]).year, []).append(row)
        return [
            Batch(
                year=year,
                first_on=day_of(members[0][1]),
                last_on=day_of(members[-1][1]),
                rows=tuple(pk for pk, _ in members),
                files=0,
                size=0,
            )
            for year, members in years.items()
        ]

    def erase(self, beneficiary: int, rows: list[int], before: datetime) -> int:
        """Erase these, over before this instant; return how many."""
        erased = 0
        with scopes_disabled(), transaction.atomic():  # Of the one mairie that is named.
            for start in range(0, len(rows), AT_A_TIME):
                over = Booking.objects.filter(beneficiary=beneficiary, ends_at__lt=before)
                some = over.filter(pk__in=rows[start : start + AT_A_TIME])
                erased += int(some.count())
                some.delete()
        return erased


AT_A_TIME = 500
BOOKINGS = Bookings()


def erase_removed(before: datetime, *, by: models.Model, at: datetime, is_dry: bool) -> int:
    """Events and cards removed before this instant: they can be put back no more."""
    with scopes_disabled():  # The rule is for every beneficiary.
        over = RemovedItem.objects.filter(removed_at__lt=before)
        return int(over.count() if is_dry else over.delete()[0])
