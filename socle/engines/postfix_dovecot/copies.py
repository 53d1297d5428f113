"""The nightly copies of all messages (restic), and one box brought back to what it was, beside what it holds.

Runs where the messages are, under a user that may read them: a timer of systemd as root in production (deploy/mail),
the worker itself in a trial. Nothing that is in a box is ever touched: what comes back is in a folder of its own.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from django.db.models import Q
from django.utils import timezone
from django_scopes import scopes_disabled

from socle.engines.postfix_dovecot.doveadm import Doveadm, DoveadmError
from socle.engines.postfix_dovecot.exporting import home_of
from socle.engines.postfix_dovecot.layout import MAIL_ID, Layout
from socle.lib import dates, restic
from socle.lib.refusals import Said
from socle.mail import restoring
from socle.mail.models import Mailbox, Restoration
from socle.mail.models.restorations import OPEN, Status
from socle.people.models import User

# A copy made in the night, until this hour, holds the day that has just ended.
NIGHT = time(4, 0)
# How many copies stay: chosen by the operator, and no more than the room of the mail promises (a year).
KEEP = ("--keep-daily", "35", "--keep-weekly", "9", "--keep-monthly", "12")
HOURS = 6 * 3600
# Who was cut short is taken up again after this.
STALLED = timedelta(hours=1)


class CopiesError(Said):
    """A copy could not be made or read; `sentence` is French."""


@dataclass(frozen=True)
class Copy:
    """One copy of all the messages."""

    name: str
    taken_at: datetime


def why_not_here(layout: Layout) -> str | None:
    """Say why copies cannot be made or read by this process, or None."""
    if not restic.is_here():
        return "Il manque un paquet Debian\u00a0: apt-get install restic"
    if not os.access(layout.vmail, os.R_OK | os.X_OK):
        return "Les messages ne se lisent que sous root\u00a0: cette commande est celle d’un minuteur de systemd."
    return None


def _restic(layout: Layout, *line: str, timeout: int = HOURS) -> bytes:
    """Run restic; returns what it says. Raises CopiesError."""
    # The keys of a storage elsewhere are in the environment of whoever runs this (copies_at).
    keys = {name: value for name, value in os.environ.items() if name.startswith(("AWS_", "RESTIC_"))}
    try:
        repository = restic.Restic(layout.copies, password_file=layout.copies_key, environment=keys)
        return repository.run(["--quiet", *line], timeout=timeout)
    except restic.Failed as failed:
        raise CopiesError(f"Les copies des messages ne répondent pas\u00a0: {failed.last[-200:]}") from failed


def save(layout: Layout) -> None:
    """Copy all messages, then let go of the oldest copies. Raises CopiesError."""
    if why := why_not_here(layout):
        raise CopiesError(why)
    if layout.copies_at == "" and not (Path(layout.copies) / "config").exists():
        _restic(layout, "init")
    _restic(layout, "backup", "--host", "messagerie", "--tag", "messages", "--exclude-caches", str(layout.vmail))
    _restic(layout, "forget", "--host", "messagerie", "--tag", "messages", *KEEP, "--prune")


def copies(layout: Layout) -> list[Copy]:
    """All copies, the oldest first. Raises CopiesError."""
    said = json.loads(_restic(layout, "snapshots", "--json", "--tag", "messages", timeout=600) or b"[]")
    found = [Copy(one["id"], restic.instant(one["time"])) for one in said or []]
    return sorted(found, key=lambda one: one.taken_at)


def copy_of(found: list[Copy], day: date) -> Copy | None:
    """The copy that holds a box as it was at the end of this day: the last one made before the night is over."""
    end = datetime.combine(day + timedelta(days=1), NIGHT, tzinfo=dates.PARIS)
    return next((one for one in reversed(found) if one.taken_at <= end), None)


def carry_out_asked(layout: Layout, *, at: datetime) -> int:
    """Carry out every restoration that waits, or that was cut short; returns how many ended."""
    if why_not_here(layout):
        return 0
    with scopes_disabled():  # Every mairie in turn, each in its own box.
        waiting = Restoration.objects.filter(
            Q(status=Status.ASKED) | Q(status__in=OPEN, started_at__lt=at - STALLED)
        ).select_related("mailbox__beneficiary")
        ended = [carry_out(layout, one, at=at) for one in waiting.order_by("pk")[:20]]
    return len(ended)


def carry_out(layout: Layout, restoration: Restoration, *, at: datetime) -> Restoration:
    """Put what a box held at a date in a folder of its own in the same box."""
    restoration = restoring.begin_restoration(restoration, at=at)
    by = User.objects.system()
    try:
        told = _bring_back(layout, restoration)
    except (CopiesError, DoveadmError) as error:
        return restoring.end_restoration(restoration, problem=error.sentence, by=by, at=timezone.now())
    return restoring.end_restoration(
        restoration,
        folder=told.folder,
        saved_at=told.copy.taken_at,
        found=told.found,
        restored=told.restored,
        total_bytes=told.total_bytes,
        by=by,
        at=timezone.now(),
    )


@dataclass(frozen=True)
class Told:
    """The messages restored."""

    folder: str
    copy: Copy
    found: int
    restored: int
    total_bytes: int


def _bring_back(layout: Layout, restoration: Restoration) -> Told:
    box: Mailbox = restoration.mailbox
    copy = copy_of(copies(layout), restoration.as_of)
    if copy is None:
        raise CopiesError("Aucune copie n’a été faite à cette date ni avant\u00a0: choisissez un jour plus récent.")
    name = f"Restauré le {dates.in_words(dates.day_of(restoration.asked_at))} ({restoration.pk})"
    doveadm = Doveadm(layout)
    with _brought(layout, copy, home_of(box)) as maildir:
        files = [path for path in maildir.rglob("*") if path.is_file() and path.parent.name in ("cur", "new")]
        weight = sum(path.stat().st_size for path in files)
        if not files:
            raise CopiesError("La boîte était vide à cette date.")
        use = doveadm.use(box.address)
        if use.used_bytes + weight > box.quota_bytes:
            raise CopiesError(
                "La boîte n’a pas la place de ce qui est à remettre\u00a0: donnez-lui de la place, puis recommencez."
            )
        # Cut short, it is done again from the start: only what it had itself put back is taken away.
        doveadm.remove_folder(box.address, name)
        doveadm.bring(box.address, f"maildir:{maildir}", name)
    restored = sum(
        doveadm.count(box.address, one)
        for one in doveadm.folders(box.address)
        if one == name or one.startswith(f"{name}/")
    )
    return Told(name, copy, len(files), restored, weight)


@contextlib.contextmanager
def _brought(layout: Layout, copy: Copy, home: str) -> Iterator[Path]:
    """The messages of one box as they are in a copy, in a folder that only Dovecot reads, gone afterwards."""
    folder = layout.folder / "restoring" / home.rpartition("/")[2]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    folder.parent.chmod(0o711)
    try:
        try:
            _restic(layout, "restore", f"{copy.name}:{layout.vmail}/{home}/Maildir", "--target", str(folder))
        except CopiesError as error:
            raise CopiesError("La boîte n’était pas encore dans cette copie, ou elle était vide.") from error
        for path in (folder, *folder.rglob("*")):
            os.chown(path, MAIL_ID, MAIL_ID)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def last_copy_at(layout: Layout) -> datetime | None:
    """When the last copy was made; None when there is none, or when they do not answer."""
    try:
        found = copies(layout)
    except (CopiesError, OSError):
        return None
    return found[-1].taken_at.astimezone(UTC) if found else None


# --- What is withdrawn -----------------------------------------------------------------------------------------------
def set_aside_erased(layout: Layout, *, at: datetime) -> int:
    """Move aside the messages of boxes that the room says erased; nothing is destroyed here. Returns how many moved.

    The operator empties that folder by hand, or by their own rule (docs/guide/exploiter.md).
    """
    if why_not_here(layout):
        return 0
    moved = 0
    with scopes_disabled():  # Every mairie's.
        for box in Mailbox.objects.filter(status="erased", emptied_at__isnull=True):
            home = layout.vmail / home_of(box)
            if home.exists():
                target = layout.set_aside / f"{at:%Y%m%d}-{box.store}"
                os.replace(home, target)
                moved += 1
            Mailbox.objects.filter(pk=box.pk).update(emptied_at=at)
    return moved
