"""Asking for the archive of a beneficiary, taking it, removing it. How it is made is in `making`."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import models, transaction
from django_scopes import scopes_disabled

from socle.journal import actions as journal
from socle.lib import dates
from socle.lib.refusals import refuse
from socle.lib.rows import held
from socle.people.models import Beneficiary, User
from socle.provisioning.handover import emails, rules
from socle.provisioning.handover.contract import parts
from socle.provisioning.handover.models import Handover, HandoverStatus


@transaction.atomic
def ask(beneficiary: Beneficiary, *, reason: str, by: User, at: datetime) -> Handover:
    """Ask for everything a beneficiary has, in one archive; the worker makes it. Tells its mayor when another asks.

    Raises `Refused`.
    """
    # The rule looks whether one is being made: one asker at a time.
    Beneficiary.objects.select_for_update().get(pk=beneficiary.pk)
    reason = " ".join(reason.split())
    refuse(rules.why_not_ask(beneficiary, reason, by=by, on=dates.day_of(at)))
    handover = Handover.objects.create(
        beneficiary=beneficiary, reason=reason, asked_by=by, asked_at=at, parts=len(parts())
    )
    journal.record("handover.asked", handover, by=by, at=at)
    emails.tell_asked(handover, at=at)
    return handover


@transaction.atomic
def note_taken(handover: Handover, *, by: User, at: datetime) -> Handover:
    """Keep that somebody takes an archive, each time; raises `Refused` when they may not."""
    handover = held(handover, "beneficiary", "asked_by")
    refuse(rules.why_not_take(handover, by=by, on=dates.day_of(at)))
    if handover.taken_at is None:
        handover.taken_at = at
        handover.save(update_fields=["taken_at"])
    journal.record("handover.taken", handover, by=by, at=at, sha256=handover.sha256, size=handover.size)
    return handover


@transaction.atomic
def remove(handover: Handover, *, by: User, at: datetime) -> Handover:
    """Remove an archive, made or being made; what it was made of is untouched. Raises `Refused`."""
    handover = held(handover, "beneficiary", "asked_by")
    refuse(rules.why_not_remove(handover, by=by, on=dates.day_of(at)))
    _remove(handover, by=by, at=at)
    return handover


def erase_old(before: datetime, *, by: models.Model, at: datetime, is_dry: bool) -> int:
    """The rule of retention: archives ready since before this instant lose their file; the row stays."""
    with scopes_disabled(), transaction.atomic():  # A rule of retention is of every mairie.
        old = list(Handover.objects.filter(status=HandoverStatus.READY, ready_at__lt=before))
        if not is_dry:
            for handover in old:
                _remove(handover, by=by, at=at)
    return len(old)


def workshop(handover: Handover) -> Path:
    """The folder of this machine where an archive is made."""
    return Path(settings.HANDOVERS_ROOT) / str(handover.pk)


def _remove(handover: Handover, *, by: models.Model, at: datetime) -> None:
    file, handover.file = handover.file, ""
    handover.status, handover.removed_at, handover.claimed_until = HandoverStatus.REMOVED, at, None
    handover.save(update_fields=["status", "removed_at", "claimed_until", "file"])
    journal.record("handover.removed", handover, by=by, at=at)

    def erase() -> None:
        if file:
            default_storage.delete(file)
        shutil.rmtree(workshop(handover), ignore_errors=True)

    transaction.on_commit(erase)
