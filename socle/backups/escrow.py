"""The operator's key, used for somebody: asked by one person with a reason, agreed by another, done, written down."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from socle.backups import actions, rules
from socle.backups.contract import StoreError, store
from socle.backups.models import EscrowUse, Purpose, Repository, Snapshot, UseStatus
from socle.journal import actions as journal
from socle.lib import dates, rows
from socle.lib.refusals import Refused, refuse
from socle.people.models import User

# What is read with one that is held.
JOINED = ("repository__beneficiary", "asked_by")
ALONE = "Une seconde personne doit donner son accord, et nul autre que vous ne le peut aujourd’hui pour cette mairie."


@transaction.atomic
def ask(repository: Repository, *, purpose: str, reason: str, by: User, at: datetime) -> EscrowUse:
    """Ask for the key; nothing is done before another person agreed. Raises Refused."""
    repository = Repository.objects.select_for_update(of=("self",)).get(pk=repository.pk)
    refuse(rules.why_not_ask(repository, purpose=purpose, reason=reason, by=by, at=at))
    others = [one for one in rules.keepers_of(repository, on=dates.day_of(at)) if one.pk != by.pk]
    refuse(None if others else ALONE)
    use = EscrowUse.objects.create(
        repository=repository,
        purpose=purpose,
        reason=" ".join(reason.split())[:300],
        status=UseStatus.ASKED,
        asked_by=by,
        asked_at=at,
        expires_at=at + timedelta(days=settings.SOCLE_FOUR_EYES_DAYS),
    )
    journal.record("backup.key_asked", repository, by=by, at=at, use=use.pk, purpose=purpose)
    return use


@transaction.atomic
def approve(use: EscrowUse, *, by: User, at: datetime) -> EscrowUse:
    """Agree to what another person asked. Raises Refused."""
    use = rows.held(use, *JOINED)
    refuse(rules.why_not_approve(use, by=by, at=at))
    use.status, use.decided_by, use.decided_at = UseStatus.APPROVED, by, at
    # The time to do it starts now.
    use.expires_at = at + timedelta(days=settings.SOCLE_FOUR_EYES_DAYS)
    use.save(update_fields=["status", "decided_by", "decided_at", "expires_at"])
    journal.record("backup.key_approved", use.repository, by=by, at=at, use=use.pk, purpose=use.purpose)
    return use


@transaction.atomic
def decline(use: EscrowUse, *, by: User, at: datetime) -> EscrowUse:
    """Drop what was asked, by its author or another person."""
    use = rows.held(use, *JOINED)
    refuse(rules.why_not_decline(use, by=by, at=at))
    use.status, use.decided_by, use.decided_at = UseStatus.DECLINED, by, at
    use.save(update_fields=["status", "decided_by", "decided_at"])
    journal.record("backup.key_declined", use.repository, by=by, at=at, use=use.pk, purpose=use.purpose)
    return use


def restore(use: EscrowUse, snapshot: Snapshot, into: Path, *, by: User, at: datetime) -> int:
    """Write a save below an empty folder, as was agreed; return how many files. Raises Refused."""
    refuse(None if use.purpose == Purpose.RESTORE else "Cet accord n’est pas pour restaurer.")
    refuse(rules.why_not_use(use, at=at))
    if snapshot.repository_id != use.repository_id:
        raise Refused("Cette sauvegarde n’est pas de ce dépôt.")
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise Refused(f"« {into} » n’est pas un dossier vide : rien n’y a été écrit.")
    _done(use, by=by, at=at)
    into.mkdir(parents=True, exist_ok=True)
    into.chmod(0o700)
    repository = use.repository
    try:
        return store().restore(repository.user, actions.key_of(repository), snapshot.identifier, into)
    except StoreError as error:
        raise Refused(error.sentence) from error


@transaction.atomic
def erase(use: EscrowUse, *, by: User, at: datetime) -> Repository:
    """Destroy a repository, as was agreed, for good. Raises Refused."""
    refuse(None if use.purpose == Purpose.ERASE else "Cet accord n’est pas pour effacer.")
    _done(use, by=by, at=at)
    repository = use.repository
    repository.erased_at, repository.size, repository.escrow, repository.canary = at, 0, "", ""
    repository.save(update_fields=["erased_at", "size", "escrow", "canary"])
    repository.snapshots.filter(forgotten_at=None).update(forgotten_at=at)
    journal.record("backup.erased", repository, by=by, at=at, use=use.pk)
    transaction.on_commit(actions.publish_doors)
    try:
        # Last: when the disk refuses, none of this is written, and it is tried again.
        store().erase(repository.user)
    except (StoreError, OSError) as error:
        raise Refused("Le dépôt n’a pas pu être effacé du disque : rien n’est changé, réessayez.") from error
    return repository


@transaction.atomic
def _done(use: EscrowUse, *, by: User, at: datetime) -> None:
    """An agreement is good once: written before it is used, so that one cut short is seen too."""
    held = rows.held(use, *JOINED)
    refuse(rules.why_not_use(held, at=at))
    held.status, held.done_at = UseStatus.DONE, at
    held.save(update_fields=["status", "done_at"])
    use.status, use.done_at = held.status, held.done_at
    journal.record("backup.key_used", held.repository, by=by, at=at, use=held.pk, purpose=held.purpose)
