"""Heavy archives of evidence, made in the background: resumed after a kill, kept a week, then made again if asked."""

from __future__ import annotations

import logging
import secrets
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import models, transaction
from django.db.models import Q, Sum
from django.utils import timezone

from socle.documents.models import Document
from socle.grants import exports, rules
from socle.grants.models import Claim
from socle.journal import actions as journal
from socle.lib import dates
from socle.lib.due import has_come
from socle.lib.refusals import refuse
from socle.people.models import User

log = logging.getLogger("socle.grants")

# Up to so many bytes of pieces, whoever asks waits for it: some seconds.
LIGHT = 64 * 1024 * 1024
# A maker is believed alive that long; an archive is kept that long.
CLAIMED, KEPT = timedelta(hours=1), timedelta(days=7)


def weight_of(claim: Claim) -> int:
    """The bytes of the pieces of the expenses of a claim, each document once."""
    documents = Document.objects.filter(evidence_of__expense__claim_lines__claim=claim, evidence_of__withdrawn_at=None)
    return Document.objects.filter(pk__in=documents.values("pk")).aggregate(sum=Sum("size"))["sum"] or 0


@transaction.atomic
def ask(claim: Claim, *, by: User, at: datetime) -> None:
    """Ask for the archive of a claim: one that is being made goes on, a former one is replaced. Raises Refused."""
    refuse(rules.why_not_lead(by, claim.operation, on=dates.day_of(at)))
    waiting = Q(archive_asked_at=None) | Q(archive_made_at__isnull=False)
    if Claim.objects.filter(waiting, pk=claim.pk).update(archive_asked_at=at, archive_made_at=None):
        journal.record("claim.archive_asked", claim, by=by, at=at)


def workshop(claim: Claim) -> Path:
    """The folder of this machine where the archive of a claim is written."""
    folder: Path = settings.DATA_DIR / "grant-archives"
    return folder / f"{claim.pk}.zip"


def _due(at: datetime) -> models.QuerySet[Claim]:
    free = Q(archive_claimed_until=None) | has_come("archive_claimed_until", at, within=CLAIMED)
    return Claim.objects.filter(free, archive_asked_at__isnull=False, archive_made_at=None)


def make_due(*, at: datetime) -> int:
    """Make the archives that were asked for, or go on with them; return how many were made."""
    return sum(_make(pk, at=at) for pk in _due(at).order_by("archive_asked_at").values_list("pk", flat=True))


def _make(pk: int, *, at: datetime) -> bool:
    if not _due(at).filter(pk=pk).update(archive_claimed_until=at + CLAIMED):
        return False
    claim = Claim.objects.select_related("operation").get(pk=pk)
    assert claim.archive_asked_at is not None
    path = workshop(claim)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        # Dated of the demand: what resumes it writes the same.
        exports.write_evidence(claim, path, at=claim.archive_asked_at)
        with path.open("rb") as content:
            name = default_storage.save(f"grant-archives/{secrets.token_hex(16)}/pieces.zip", File(content))
    except Exception:
        log.exception("the archive of the claim %s waits for another try", pk)
        return False
    former = claim.archive
    Claim.objects.filter(pk=pk).update(archive=name, archive_made_at=timezone.now(), archive_claimed_until=None)
    path.unlink(missing_ok=True)
    if former:
        default_storage.delete(former)
    return True


def remove_old(*, at: datetime) -> int:
    """Remove the archives made more than a week ago; return how many."""
    removed = 0
    for claim in Claim.objects.exclude(archive="").filter(archive_made_at__lt=at - KEPT):
        default_storage.delete(claim.archive)
        Claim.objects.filter(pk=claim.pk, archive=claim.archive).update(
            archive="", archive_asked_at=None, archive_made_at=None
        )
        removed += 1
    return removed
