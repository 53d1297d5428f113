"""Looking at the repositories: what came, what takes space, what is wrong, what the rules keep no longer.

Each function takes what is due, a few at a time, and may be called again at once: nothing is done twice.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Max, Q, Sum
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from socle.backups import actions, rules
from socle.backups.contract import Busy, Damaged, SeenSnapshot, StoreError, store
from socle.backups.models import Account, Check, EscrowUse, Purpose, Repository, Snapshot, UseStatus
from socle.journal import actions as journal
from socle.lib.due import long_ago
from socle.people.models import User

log = logging.getLogger("socle.backups")

LOOKED_EVERY = timedelta(minutes=10)
CHECKED_EVERY = timedelta(days=7)
PRUNED_EVERY = timedelta(days=7)
# The share of the data read at each check: all of it within some twenty weeks.
SHARE = "5%"
# A save that says it is so much older or newer than the looks around it was dated by hand.
DOUBT = timedelta(days=7)
AHEAD = timedelta(hours=1)
# A lock kept for longer is held by somebody who wants nothing to be pruned.
HELD_TOO_LONG = timedelta(days=2)
AT_ONCE, FEW = 500, 5
MEASURED_EVERY = timedelta(hours=6)


def _living(*which: Q, **filters: object) -> list[Repository]:
    with scopes_disabled():  # The tick works for every beneficiary in turn.
        found = Repository.objects.filter(*which, erased_at=None, **filters).select_related("beneficiary")
        return list(found.order_by(F("looked_at").asc(nulls_first=True), "pk"))


def look_due(*, by: User, at: datetime) -> int:
    """Look at those nobody looked at lately; return how many."""
    due = _living(long_ago("looked_at", at, every=LOOKED_EVERY))[:AT_ONCE]
    for repository in due:
        with scope(beneficiary=repository.beneficiary):
            look(repository, by=by, at=at)
    if due:
        measure_accounts()
    return len(due)


def look(repository: Repository, *, by: User, at: datetime) -> Repository:
    """Write down what came since the last look. What is on the disk is read first; the key only when it changed."""
    where = store()
    try:
        names = where.names(repository.user)
        known = set(
            repository.snapshots.filter(forgotten_at=None, vanished_at=None).values_list("identifier", flat=True)
        )
        has_changed = names is not None and set(names) != known
        seen = where.snapshots(repository.user, actions.key_of(repository)) if has_changed else None
        # Walking through every file costs: when something came, and a few times a day.
        is_time = repository.looked_at is None or at - repository.looked_at > MEASURED_EVERY
        is_time = is_time or at.hour // 6 != repository.looked_at.hour // 6  # type: ignore[union-attr]
        size = where.measure(repository.user) if names is not None and (has_changed or is_time) else repository.size
    except (StoreError, OSError) as error:
        return _failed(repository, error, at=at)
    with transaction.atomic():
        repository = Repository.objects.select_for_update(of=("self",)).get(pk=repository.pk)
        if seen is not None:
            _write(repository, seen, by=by, at=at)
        repository.size, repository.looked_at, repository.last_error, repository.failed_at = size, at, "", None
        repository.last_success_at = repository.snapshots.filter(vanished_at=None).aggregate(last=Max("dated_at"))[
            "last"
        ]
        repository.save(update_fields=["size", "looked_at", "last_error", "failed_at", "last_success_at"])
    return repository


def _failed(repository: Repository, error: StoreError | OSError, *, at: datetime) -> Repository:
    sentence = error.sentence if isinstance(error, StoreError) else "Le disque des sauvegardes ne répond pas."
    log.warning("repository %s could not be looked at: %s", repository.pk, sentence)
    repository.looked_at, repository.last_error = at, sentence[:300]
    repository.failed_at = repository.failed_at or at
    repository.save(update_fields=["looked_at", "last_error", "failed_at"])
    return repository


def _write(repository: Repository, seen: list[SeenSnapshot], *, by: User, at: datetime) -> None:
    """Keep the new ones, and notice those that are gone without our having let them go."""
    rows = {one.identifier: one for one in repository.snapshots.all()}
    since = repository.looked_at or repository.made_at
    for one in seen:
        if one.id in rows:
            continue
        is_doubtful = one.taken_at > at + AHEAD or one.taken_at < since - DOUBT
        Snapshot.objects.create(
            repository=repository,
            identifier=one.id,
            taken_at=one.taken_at,
            seen_at=at,
            # Between the last look and this one: no machine dates a save otherwise.
            dated_at=min(max(one.taken_at, since), at),
            host=one.host,
            paths="\n".join(one.paths),
            size=one.size,
            files=one.files,
            is_doubtful=is_doubtful,
        )
        if is_doubtful:
            journal.record("backup.snapshot_doubted", repository, by=by, at=at, snapshot=one.id[:8])
    present = {one.id for one in seen}
    for identifier, row in rows.items():
        if identifier not in present and row.forgotten_at is None and row.vanished_at is None:
            row.vanished_at = at
            row.save(update_fields=["vanished_at"])
            journal.record("backup.snapshot_vanished", repository, by=by, at=at, snapshot=identifier[:8])


def measure_accounts() -> None:
    """Add up what each beneficiary takes; one that is full is let in no more, one that has space again is."""
    with scopes_disabled():  # The server is one for every beneficiary.
        totals = dict(
            Repository.objects.filter(erased_at=None).order_by().values_list("beneficiary").annotate(Sum("size"))
        )
        moved = False
        for account in Account.objects.all():
            if account.size != totals.get(account.beneficiary_id, 0):
                was_full, account.size = account.is_full, totals.get(account.beneficiary_id, 0)
                account.save(update_fields=["size"])
                moved = moved or was_full != account.is_full
    if moved:
        actions.publish_doors()


# --- Checks -----------------------------------------------------------------------------------------------------------
def check_due(*, by: User, at: datetime) -> int:
    """Check a few of those whose week is over."""
    stale = long_ago("checked_at", at, every=CHECKED_EVERY)
    with scopes_disabled():  # The tick works for every beneficiary in turn.
        found = Repository.objects.filter(stale, erased_at=None, last_success_at__isnull=False)
        due = list(found.select_related("beneficiary").order_by(F("checked_at").asc(nulls_first=True))[:FEW])
    for repository in due:
        with scope(beneficiary=repository.beneficiary):
            check(repository, by=by, at=at)
    return len(due)


def check(repository: Repository, *, by: User, at: datetime, share: str = SHARE) -> Check | None:
    """Read a repository; keep what was found. None when it could not be read at all: that proves nothing of it."""
    says = "Structure et part des données lues, rien d’anormal."
    is_sound = True
    try:
        store().verify(repository.user, actions.key_of(repository), share=share)
    except Damaged as damage:
        is_sound, says = False, damage.sentence
    except (StoreError, OSError) as error:
        _failed(repository, error, at=at)
        return None
    with transaction.atomic():
        made = Check.objects.create(
            repository=repository,
            began_at=at,
            ended_at=max(at, timezone.now()),
            share=share,
            is_sound=is_sound,
            says=says,
        )
        Repository.objects.filter(pk=repository.pk).update(checked_at=at)
        if not is_sound:
            journal.record("backup.check_failed", repository, by=by, at=at, check=made.pk)
    return made


# --- Pruning ----------------------------------------------------------------------------------------------------------
def prune_due(*, by: User, at: datetime) -> int:
    """Prune a few of those whose week is over."""
    stale = long_ago("pruned_at", at, every=PRUNED_EVERY)
    with scopes_disabled():  # The tick works for every beneficiary in turn.
        found = Repository.objects.filter(stale, erased_at=None, last_success_at__isnull=False)
        due = list(found.select_related("beneficiary").order_by(F("pruned_at").asc(nulls_first=True))[:FEW])
    for repository in due:
        with scope(beneficiary=repository.beneficiary):
            prune(repository, by=by, at=at)
    return len(due)


def prune(repository: Repository, *, by: User, at: datetime) -> list[Snapshot]:
    """Delete the saves that the rules keep no longer; return them. None goes while the repository is damaged."""
    repository = look(repository, by=by, at=at)
    last = repository.checks.first()
    if repository.last_error or (last is not None and not last.is_sound):
        return []
    present = repository.snapshots.filter(forgotten_at=None, vanished_at=None)
    gone = rules.what_to_let_go(present, rules.Keeping.of(settings.SOCLE_MACHINE_BACKUPS_KEEP), at=at)
    held = repository.busy_since_at is not None and repository.busy_since_at <= at - HELD_TOO_LONG
    if gone:
        try:
            ids = [one.identifier for one in gone]
            store().forget(repository.user, actions.key_of(repository), ids, past_locks=held)
        except Busy:
            repository.busy_since_at = repository.busy_since_at or at
            repository.save(update_fields=["busy_since_at"])
            return []
        except (StoreError, OSError) as error:
            _failed(repository, error, at=at)
            return []
    with transaction.atomic():
        for one in gone:
            one.forgotten_at = at
            one.save(update_fields=["forgotten_at"])
        repository.pruned_at, repository.busy_since_at = at, None
        if gone:
            repository.size = store().measure(repository.user)
        repository.save(update_fields=["pruned_at", "busy_since_at", "size"])
        if gone:
            note_own_use(repository, Purpose.PRUNE, by=by, at=at)
            journal.record("backup.pruned", repository, by=by, at=at, count=len(gone), forced=held)
    return gone


def note_own_use(repository: Repository, purpose: Purpose, *, by: User, at: datetime) -> EscrowUse:
    """Write down that the platform itself used the key, as its rules say."""
    return EscrowUse.objects.create(
        repository=repository, purpose=purpose, status=UseStatus.DONE, asked_by=by, asked_at=at, done_at=at
    )
