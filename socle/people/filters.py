"""Saved filters: kept under a name, renamed, shared with one's operator, removed and taken back for a while.

What a query string may hold is for the list to say: a door checks it before it comes here.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import models, transaction

from socle.journal import actions as journal
from socle.lib import dates
from socle.lib.refusals import refuse
from socle.people import filter_rules
from socle.people.models import Membership, Operator, SavedFilter, User

# So long one may take back what one removed; the rule « filtres-supprimes » erases it afterwards.
UNDO = timedelta(days=1)


@transaction.atomic
def save(operator: Operator, *, list_code: str, name: str, query: str, by: User, at: datetime) -> SavedFilter:
    """Keep a filter of a list; one of the same name is replaced, and can be taken back like any that is removed."""
    # Two saves at once under the same name: the second waits, and replaces the first.
    User.objects.select_for_update().get(pk=by.pk)
    name = " ".join(name.split())
    refuse(filter_rules.why_not_save_filter(operator, list_code, name, query, by=by, on=dates.day_of(at)))
    mine = SavedFilter.objects.kept().filter(user=by, operator=operator, list_code=list_code)
    former = mine.filter(name=name).first()
    if former is not None:
        if former.query == query:
            return former
        remove(former, by=by, at=at)
    saved = SavedFilter.objects.create(
        user=by,
        operator=operator,
        list_code=list_code,
        name=name,
        query=query,
        is_shared=former is not None and former.is_shared,
        saved_at=at,
    )
    journal.record("filter.saved", saved, by=by, at=at, list=list_code)
    return saved


@transaction.atomic
def rename(saved: SavedFilter, *, name: str, by: User, at: datetime) -> SavedFilter:
    """Call a filter otherwise."""
    name = " ".join(name.split())
    refuse(filter_rules.why_not_rename_filter(saved, name, by=by, on=dates.day_of(at)))
    saved.name = name
    _write(saved, "name", by=by)
    journal.record("filter.renamed", saved, by=by, at=at, list=saved.list_code)
    return saved


@transaction.atomic
def share(saved: SavedFilter, *, by: User, at: datetime) -> SavedFilter:
    """Show a filter to everybody of its operator."""
    refuse(filter_rules.why_not_change_filter(saved, by=by, on=dates.day_of(at)))
    saved.is_shared = True
    _write(saved, "is_shared", by=by)
    journal.record("filter.shared", saved, by=by, at=at, list=saved.list_code)
    return saved


@transaction.atomic
def keep_private(saved: SavedFilter, *, by: User, at: datetime) -> SavedFilter:
    """Show a filter to its author only."""
    refuse(filter_rules.why_not_change_filter(saved, by=by, on=dates.day_of(at)))
    saved.is_shared = False
    _write(saved, "is_shared", by=by)
    journal.record("filter.unshared", saved, by=by, at=at, list=saved.list_code)
    return saved


@transaction.atomic
def remove(saved: SavedFilter, *, by: User, at: datetime) -> SavedFilter:
    """Take a filter away; whoever does may take it back for a while."""
    refuse(filter_rules.why_not_change_filter(saved, by=by, on=dates.day_of(at)))
    saved.removed_at = at
    _write(saved, "removed_at", by=by)
    journal.record("filter.removed", saved, by=by, at=at, list=saved.list_code)
    return saved


@transaction.atomic
def restore(saved: SavedFilter, *, by: User, at: datetime) -> SavedFilter:
    """Take back a filter that was removed."""
    refuse(filter_rules.why_not_restore_filter(saved, by=by, on=dates.day_of(at)))
    saved.removed_at = None
    _write(saved, "removed_at", by=by)
    journal.record("filter.restored", saved, by=by, at=at, list=saved.list_code)
    return saved


def _write(saved: SavedFilter, field: str, *, by: User) -> None:
    if saved.user_id is None:
        # One whose author left is whose hand it is in.
        taken = SavedFilter.objects.kept().filter(
            user=by, operator=saved.operator_id, list_code=saved.list_code, name=saved.name
        )
        saved.user = None if saved.removed_at is None and taken.exclude(pk=saved.pk).exists() else by
    saved.save(update_fields=["user", field])


# --- When somebody leaves, or is forgotten ----------------------------------------------------------------------------
def _shared(membership: Membership, on: date) -> models.QuerySet[SavedFilter]:
    """Return the filters that this role shares; nothing while the person serves the same operator by another."""
    others = Membership.objects.active_on(on).filter(user=membership.user_id, operator=membership.operator_id)
    if membership.operator_id is None or others.exclude(pk=membership.pk).exists():
        return SavedFilter.objects.none()
    return SavedFilter.objects.kept().filter(user=membership.user_id, operator=membership.operator_id, is_shared=True)


def shared_filters(membership: Membership, on: date) -> list[str]:
    """Name the filters that this person shares with their operator."""
    return [saved.name for saved in _shared(membership, on)]


def pass_shared_filters(membership: Membership, *, to: User | None, by: User, at: datetime) -> int:
    """They are the successor's, or the operator's; the private ones stay with their author, until forgotten."""
    passed = 0
    for saved in _shared(membership, dates.day_of(at)):
        taken = SavedFilter.objects.kept().filter(
            user=to, operator=saved.operator_id, list_code=saved.list_code, name=saved.name
        )
        saved.user = None if to is None or taken.exists() else to
        saved.save(update_fields=["user"])
        journal.record("filter.handed_over", saved, by=by, at=at, list=saved.list_code)
        passed += 1
    return passed


def forget(user: User) -> int:
    """Erase the filters of a person who is forgotten; what they still shared stays, and is nobody's."""
    user.saved_filters.kept().filter(is_shared=True).update(user=None)
    return user.saved_filters.all().delete()[0]


def erase_removed(before: datetime, *, by: models.Model, at: datetime, is_dry: bool) -> int:
    """Filters removed before this instant."""
    over = SavedFilter.objects.filter(removed_at__lt=before)
    return over.count() if is_dry else over.delete()[0]
