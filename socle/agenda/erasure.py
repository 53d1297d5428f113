"""Erasure of the agendas: what a person had of their own, old bookings, what was removed long ago."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from django.db import models, transaction
from django_scopes import scopes_disabled

from socle.agenda.contract import store
from socle.agenda.models import AddressBook, Booking, Calendar, CalendarAccess, RemovedItem
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


def erase_old_bookings(before: datetime, *, by: models.Model, at: datetime, is_dry: bool) -> int:
    """Bookings over before this instant: who had the venue, and how to reach them."""
    with scopes_disabled():  # The rule is for every beneficiary.
        over = Booking.objects.filter(ends_at__lt=before)
        if is_dry:
            return int(over.count())
        count = int(over.count())
        over.delete()
        return count


def erase_removed(before: datetime, *, by: models.Model, at: datetime, is_dry: bool) -> int:
    """Events and cards removed before this instant: they can be put back no more."""
    with scopes_disabled():  # The rule is for every beneficiary.
        over = RemovedItem.objects.filter(removed_at__lt=before)
        return int(over.count() if is_dry else over.delete()[0])
