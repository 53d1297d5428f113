"""Run of the import of an old box: a slice at a time, so that a worker serves others, and taken up wherever it was cut.

A message is known for the same by its mark: killed between copying one and noting it, the next slice finds it already
there. Nothing is noted that was not done.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from socle.journal import actions as journal
from socle.lib import locks, vault
from socle.lib.due import has_come
from socle.mail.importing.actions import SECRET, boxes, old_servers
from socle.mail.importing.contract import Box, BoxError, Head, Mark, mark
from socle.mail.models import Migration, MigrationFolder
from socle.mail.models.migrations import Status
from socle.people.models import User

log = logging.getLogger("socle.mail")

# Heads asked at once, messages noted at once, seconds of one slice.
PAGE, EVERY, SLICE = 200, 20, 45.0
# What is noted of a folder as it goes.
PROGRESS = (
    "uid_validity", "last_uid", "found", "brought", "present", "left", "total_bytes", "problem", "ended_at",
)  # fmt: skip
# What a message may weigh: servers refuse beyond.
LARGEST = 50 * 1024 * 1024
# Tries without progress before it stops, and how long between them.
MOST_TRIES, PAUSES = 8, (1, 2, 5, 10, 20, 40, 60, 60)
# An import that stopped keeps the old password so long, in case it is taken up.
SECRET_KEPT = timedelta(days=7)


class Interrupted(Exception):
    """The slice is over, or somebody gave up: what was done is noted."""


def copy_due(*, at: datetime, seconds: float = SLICE) -> bool:
    """Run the imports that are due, the oldest first, for so long; return whether something remains."""
    deadline = time.monotonic() + seconds
    with scopes_disabled():
        due = Migration.objects.filter(status__in=(Status.ASKED, Status.RUNNING))
        is_time = Q(next_try_at=None) | has_come("next_try_at", at, within=timedelta(minutes=max(PAUSES)))
        due = due.filter(is_time).order_by("started_at", "pk")
        keys = list(due.values_list("pk", "mailbox__beneficiary")[:50])
        stopped = Migration.objects.filter(status=Status.FAILED, ended_at__lt=at - SECRET_KEPT).exclude(secret="")
        stopped.update(secret="")
    for pk, beneficiary in keys:
        if time.monotonic() >= deadline:
            return True
        with locks.held(f"mail-migration-{pk}") as is_mine:
            if is_mine:
                with scope(beneficiary=beneficiary):
                    copy_mailbox(pk, deadline=deadline)
    with scopes_disabled():
        left = Migration.objects.filter(pk__in=[pk for pk, _ in keys], status=Status.RUNNING, next_try_at=None)
        return left.exists()


def copy_mailbox(pk: int, *, deadline: float) -> None:
    """Run one import until it is done, stopped, or the deadline (of `time.monotonic`) has come."""
    migration = Migration.objects.select_related("mailbox").get(pk=pk)
    if migration.status not in (Status.ASKED, Status.RUNNING):
        return
    if migration.status == Status.ASKED:
        migration.status, migration.started_at = Status.RUNNING, migration.started_at or timezone.now()
        Migration.objects.filter(pk=pk, status=Status.ASKED).update(
            status=migration.status, started_at=migration.started_at
        )
    before = _progress(migration)
    try:
        password = vault.read(migration.secret, purpose=SECRET)
        with (
            old_servers().open(migration.host, migration.port, login=migration.login, password=password) as old,
            boxes().open(migration.mailbox) as ours,
        ):
            _copy_folders(migration, old, ours, deadline=deadline)
    except Interrupted:
        Migration.objects.filter(pk=pk, status=Status.RUNNING).update(tries=0, next_try_at=None, problem="")
    except vault.Unreadable:
        _stop(migration, "Le mot de passe de l’ancienne boîte ne peut plus être lu : écrivez-le à nouveau.")
    except BoxError as error:
        _fail(migration, error, has_moved=_progress(migration) != before)
    else:
        _finish(migration)


def _progress(migration: Migration) -> int:
    return sum(MigrationFolder.objects.filter(migration=migration).values_list("last_uid", flat=True))


def _copy_folders(migration: Migration, old: Box, ours: Box, *, deadline: float) -> None:
    rows = {row.source: row for row in MigrationFolder.objects.filter(migration=migration)}
    for found in old.folders():
        row = rows.get(found.source)
        if row is None:
            row = MigrationFolder.objects.create(migration=migration, source=found.source, name=found.name)
        if row.ended_at is None:
            _copy_folder(migration, row, old, ours, deadline=deadline)


def _copy_folder(migration: Migration, row: MigrationFolder, old: Box, ours: Box, *, deadline: float) -> None:
    validity, count = old.select(row.source)
    if row.uid_validity != validity:
        # Its numbers are others: read again from the start, what is here is known by its mark.
        row.uid_validity, row.last_uid, row.total_bytes = validity, 0, 0
        row.brought = row.present = row.left = 0
    row.found = count
    row.save(update_fields=PROGRESS)
    known = known_in(ours, row.name)
    since = 0
    while heads := old.heads(after=row.last_uid, most=PAGE):
        for head in heads:
            seen = mark(head.message_id, head.size, head.at)
            if seen in known:
                row.present += 1
            elif head.size > LARGEST:
                row.left += 1
                row.problem = "Des messages de plus de 50 Mo sont restés dans l’ancienne boîte."
            else:
                content = _with_line_ends(old.read(head.uid))
                kept = mark(head.message_id, len(content), head.at)
                if kept in known:
                    row.present += 1
                elif not content:
                    # Removed from the old box meanwhile.
                    row.left += 1
                else:
                    ours.append(row.name, content, flags=head.flags, at=head.at)
                    row.brought += 1
                    row.total_bytes += len(content)
                known |= {seen, kept}
            row.last_uid = head.uid
            since += 1
            if since >= EVERY or time.monotonic() >= deadline:
                row.save(update_fields=PROGRESS)
                since = 0
                _continue_or_interrupt(migration, deadline)
        row.save(update_fields=PROGRESS)
    _compare(row, old, ours)
    row.ended_at = timezone.now()
    row.save(update_fields=PROGRESS)


def _continue_or_interrupt(migration: Migration, deadline: float) -> None:
    status = Migration.objects.filter(pk=migration.pk).values_list("status", flat=True).first()
    if status != Status.RUNNING or time.monotonic() >= deadline:
        raise Interrupted


def _with_line_ends(content: bytes) -> bytes:
    """A message as the protocol wants it: each line ends with CR LF."""
    return content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")


def known_in(box: Box, folder: str) -> set[Mark]:
    """Return the marks of the messages that a folder of ours holds."""
    box.select(folder, make=True)
    return {mark(head.message_id, head.size, head.at) for head in _all_heads(box)}


def _all_heads(box: Box) -> Iterator[Head]:
    after = 0
    while heads := box.heads(after=after, most=1000):
        yield from heads
        after = heads[-1].uid


def _compare(row: MigrationFolder, old: Box, ours: Box) -> None:
    """Count both sides again: what the old folder holds now, and what of it is here."""
    _, row.found = old.select(row.source)
    known = {(one[0], one[2]) if one[0] else one for one in known_in(ours, row.name)}
    old.select(row.source)
    missing = 0
    for head in _all_heads(old):
        identifier, size, second = mark(head.message_id, head.size, head.at)
        wanted = (identifier, second) if identifier else (identifier, size, second)
        missing += wanted not in known
    if missing > row.left:
        row.problem = f"{missing} messages de l’ancien dossier ne sont pas ici."
        row.left = missing


# --- Ends -------------------------------------------------------------------------------------------------------------
def _fail(migration: Migration, error: BoxError, *, has_moved: bool) -> None:
    at = timezone.now()
    tries = 1 if has_moved else migration.tries + 1
    if error.is_lasting or tries > MOST_TRIES:
        _stop(migration, error.sentence)
        return
    Migration.objects.filter(pk=migration.pk, status=Status.RUNNING).update(
        tries=tries, problem=error.sentence[:300], next_try_at=at + timedelta(minutes=PAUSES[tries - 1])
    )


@transaction.atomic
def _stop(migration: Migration, sentence: str) -> None:
    at = timezone.now()
    stopped = Migration.objects.filter(pk=migration.pk, status=Status.RUNNING).update(
        status=Status.FAILED, problem=sentence[:300], ended_at=at
    )
    if stopped:
        system = User.objects.system()
        journal.record("mail.migration_failed", migration.mailbox, by=system, at=at, migration=migration.pk)


@transaction.atomic
def _finish(migration: Migration) -> None:
    at = timezone.now()
    done = Migration.objects.filter(pk=migration.pk, status=Status.RUNNING).update(
        status=Status.DONE, secret="", problem="", ended_at=at, next_try_at=None, tries=F("tries")
    )
    if done:
        counts = MigrationFolder.objects.filter(migration=migration).values_list("brought", "present", "left")
        brought, present, left = (sum(column) for column in zip(*counts, strict=True)) if counts else (0, 0, 0)
        journal.record(
            "mail.migration_done",
            migration.mailbox,
            by=User.objects.system(),
            at=at,
            migration=migration.pk,
            brought=brought,
            present=present,
            left=left,
        )
