"""Making an archive: part after part on the disk of this machine, then into the storage that every machine reads.

Killed at any point, it goes on from the last part that was finished; on another machine it begins again. A part that
fails makes the whole wait for another try: an archive that misses something without saying it would be worse.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
import shutil
import time
from datetime import datetime, timedelta

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from socle import __version__
from socle.journal import actions as journal
from socle.lib.archives import CHUNK, Archive, PartDone
from socle.people.models import Beneficiary, User
from socle.provisioning.handover import emails
from socle.provisioning.handover.actions import workshop
from socle.provisioning.handover.contract import parts
from socle.provisioning.handover.models import CLAIM, LAST_RETRY, UNFINISHED, Handover, HandoverStatus

log = logging.getLogger("socle.provisioning")

# How long a silent maker is believed alive; it says so at least this often, in seconds, while it writes.
TOLD_EVERY = 2.0
FIRST_RETRY = timedelta(minutes=2)
AT_ONCE = 3
# Of each part, how many files the page of the index names; the list for programs has them all.
NAMED = 200


class Dropped(Exception):
    """The archive was removed, or taken over by another maker, while it was being made."""


def make_due(*, at: datetime) -> int:
    """The tick: make what waits, or go on with it; return how many were made."""
    with scopes_disabled():  # The tick works for every beneficiary in turn.
        due = list(Handover.objects.due(at).order_by("asked_at", "pk").values_list("pk", flat=True)[:AT_ONCE])
    return sum(make(pk, at=at) for pk in due)


def make(pk: int, *, at: datetime) -> bool:
    """Make one archive; False when it was not to be made now, or has to wait for another try."""
    with scopes_disabled():  # Known by its identifier; what it reads is then scoped.
        handover = Handover.objects.select_related("beneficiary", "asked_by").filter(pk=pk).first()
    if handover is None:
        return False
    with scope(beneficiary=handover.beneficiary):
        if (
            not Handover.objects.due(at)
            .filter(pk=pk)
            .update(status=HandoverStatus.MAKING, claimed_until=timezone.now() + CLAIM)
        ):
            return False
        try:
            _make(handover, at=at)
        except Dropped:
            shutil.rmtree(workshop(handover), ignore_errors=True)
            return False
        except Exception as error:
            # Its message may hold what was being written: its trace alone is told.
            log.exception("the archive %s waits for another try", pk)
            _keep_failure(handover, _sentence(error), at=timezone.now())
            return False
    return True


def _make(handover: Handover, *, at: datetime) -> None:
    folder = workshop(handover)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / "archive.zip"
    wanted = parts()
    archive = Archive(path, at=at)
    try:
        for rank, part in enumerate(wanted):
            if archive.has(part.code):
                continue
            told = _Telling(handover, part.title, rank, len(wanted), archive.done)
            told(0, 0)
            with archive.part(part.code, part.title, part.says, told) as shelf:
                part.writer(handover.beneficiary, shelf)
        archive.finish(lambda done: _index(handover.beneficiary, done, at=at), _about(handover.beneficiary, at=at))
    except BaseException:
        archive.close()
        raise
    digest, size = hashlib.sha256(), path.stat().st_size
    with path.open("rb") as content:
        while piece := content.read(CHUNK):
            digest.update(piece)
        content.seek(0)
        # The folder is named by chance: the storage is shared with what is public.
        name = f"handovers/{handover.beneficiary_id}/{secrets.token_hex(16)}/archive.zip"
        name = default_storage.save(name, File(content, name="archive.zip"))
    files = sum(len(one.files) for one in archive.done)
    try:
        _keep_success(handover, name, files=files, size=size, sha256=digest.hexdigest(), at=timezone.now())
    except BaseException:
        default_storage.delete(name)
        raise
    shutil.rmtree(folder, ignore_errors=True)


class _Telling:
    """Writes how far the archive has come, now and then, and learns whether it is still wanted."""

    def __init__(self, handover: Handover, title: str, rank: int, total: int, done: list[PartDone]) -> None:
        self.handover, self.title, self.rank, self.total = handover, title, rank, total
        self.files, self.size = sum(len(one.files) for one in done), sum(one.size for one in done)
        self.told_at = 0.0

    def __call__(self, files: int, size: int) -> None:
        if time.monotonic() - self.told_at < TOLD_EVERY:
            return
        self.told_at = time.monotonic()
        if not Handover.objects.filter(pk=self.handover.pk, status=HandoverStatus.MAKING).update(
            part=self.title[:80],
            parts_done=self.rank,
            parts=self.total,
            files=self.files + files,
            size=self.size + size,
            claimed_until=timezone.now() + CLAIM,
        ):
            raise Dropped


@transaction.atomic
def _keep_success(handover: Handover, name: str, *, files: int, size: int, sha256: str, at: datetime) -> None:
    row = Handover.objects.select_for_update().get(pk=handover.pk)
    if row.status != HandoverStatus.MAKING:
        raise Dropped
    row.status, row.file, row.files, row.size, row.sha256 = HandoverStatus.READY, name, files, size, sha256
    row.ready_at, row.part, row.parts_done = at, "", row.parts
    row.attempts, row.claimed_until, row.next_try_at, row.last_error = 0, None, None, ""
    row.save(
        update_fields=[
            "status", "file", "files", "size", "sha256", "ready_at", "part", "parts_done", "attempts", "claimed_until",
            "next_try_at", "last_error",
        ]
    )  # fmt: skip
    journal.record("handover.ready", row, by=User.objects.system(), at=at, sha256=sha256, size=size, files=files)
    emails.tell_ready(row, at=at)


@transaction.atomic
def _keep_failure(handover: Handover, sentence: str, *, at: datetime) -> None:
    row = Handover.objects.select_for_update().get(pk=handover.pk)
    if row.status not in UNFINISHED:
        return
    row.attempts += 1
    row.status, row.last_error, row.claimed_until = HandoverStatus.FAILED, sentence[:300], None
    row.next_try_at = at + min(FIRST_RETRY * (1 << min(row.attempts - 1, 20)), LAST_RETRY)
    row.save(update_fields=["attempts", "status", "last_error", "claimed_until", "next_try_at"])
    journal.record("handover.failed", row, by=User.objects.system(), at=at, attempt=row.attempts)


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno == 28:
        return "La place manque sur le disque de la plateforme\u00a0: l’équipe technique doit en libérer."
    if isinstance(error, OSError):
        return "Un fichier ne peut pas être lu ou écrit en ce moment."
    return f"Une partie n’a pas pu être écrite ({type(error).__name__})."


def _about(beneficiary: Beneficiary, *, at: datetime) -> dict[str, object]:
    return {
        "format": "socle-handover/1",
        "made_at": at.isoformat(timespec="seconds"),
        "made_by": f"Socle {__version__}",
        "beneficiary": {
            "name": beneficiary.name,
            "siret": beneficiary.siret,
            "insee_code": beneficiary.commune.insee_code if beneficiary.commune else None,
        },
    }


def _index(beneficiary: Beneficiary, done: list[PartDone], *, at: datetime) -> str:
    shown = [
        {"part": one, "files": one.files[:NAMED], "more": max(0, len(one.files) - NAMED), "count": len(one.files)}
        for one in done
    ]
    return render_to_string("provisioning/handover.html", {"beneficiary": beneficiary, "shown": shown, "at": at})
