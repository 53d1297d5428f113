"""Actions on the import of an old box: begin, cancel, resume."""

from __future__ import annotations

import re
from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from socle.journal import actions as journal
from socle.lib import dates, vault
from socle.lib.queue import enqueue_at_commit
from socle.lib.refusals import Refused, refuse
from socle.lib.rows import held
from socle.mail import addresses, rules
from socle.mail.importing.contract import BoxError, Boxes, OldServers
from socle.mail.importing.providers import provider_of
from socle.mail.models import Mailbox, Migration
from socle.mail.models.migrations import OPEN, Status
from socle.people.models import User

SECRET = "mail.migration"  # noqa: S105 (the purpose of a secret, not one)
HOST = re.compile(r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]", re.ASCII)
PORT = 993
NO_COMMAND = (
    "La reprise des anciennes boîtes n’est pas branchée sur cette plateforme\u00a0: demandez à votre opérateur de "
    "régler SOCLE_MAIL_BOX_COMMAND."
)


def old_servers() -> OldServers:
    """Return the reader of boxes at other providers (`SOCLE_MAIL_OLD_SERVERS`)."""
    made: OldServers = import_string(settings.SOCLE_MAIL_OLD_SERVERS)()
    return made


def boxes() -> Boxes:
    """Return the writer in the boxes we hold (`SOCLE_MAIL_BOXES`). Raises BoxError where nothing opens them."""
    if not settings.SOCLE_MAIL_BOXES:
        raise BoxError(NO_COMMAND, is_lasting=True)
    made: Boxes = import_string(settings.SOCLE_MAIL_BOXES)()
    return made


def server_of(login: str, host: str) -> str:
    """The server where this old address is read: the one typed, else that of its provider. Raises `Refused`."""
    provider = provider_of(login)
    if provider is not None and provider.is_closed:
        raise Refused(provider.advice)
    wanted = host.strip().lower().rstrip(".") or (provider.host if provider else "")
    if not wanted:
        raise Refused("Nous ne connaissons pas ce fournisseur : écrivez le nom de son serveur IMAP, qu’il indique.")
    if not HOST.fullmatch(wanted):
        raise Refused("Ce n’est pas un nom de serveur : écrivez par exemple imap.orange.fr.")
    return wanted


def why_not_import(mailbox: Mailbox, *, by: User, on: date) -> str | None:
    """Say why no old box can be imported into this one, or None."""
    if reason := rules.why_not_decide(mailbox, by=by, on=on):
        return reason
    if not settings.SOCLE_MAIL_BOXES:
        return NO_COMMAND
    if Migration.objects.filter(mailbox=mailbox, status__in=OPEN).exists():
        return "La reprise d’une ancienne boîte est déjà en cours ici : attendez qu’elle finisse, ou annulez-la."
    return None


def why_not_enter(host: str, port: int, *, login: str, password: str) -> str | None:
    """Knock at the old box, and say why it does not open, or None. The world is asked: never within a transaction."""
    try:
        with old_servers().open(host, port, login=login, password=password) as box:
            box.folders()
    except BoxError as error:
        return error.sentence
    return None


@transaction.atomic
def ask_import(
    mailbox: Mailbox, *, login: str, password: str, host: str = "", port: int = PORT, by: User, at: datetime
) -> Migration:
    """Ask for an old box to be copied into this one; nothing is removed from the old one. Raises `Refused`."""
    mailbox = Mailbox.objects.select_for_update(of=("self",)).select_related("beneficiary").get(pk=mailbox.pk)
    refuse(why_not_import(mailbox, by=by, on=dates.day_of(at)))
    old = addresses.read_address(login)
    server = server_of(old, host)
    if not password:
        raise Refused("Écrivez le mot de passe de l’ancienne boîte.")
    migration = Migration.objects.create(
        mailbox=mailbox,
        host=server,
        port=port,
        login=old,
        secret=vault.keep(password, purpose=SECRET),
        asked_by=by,
        asked_at=at,
    )
    journal.record("mail.migration_asked", mailbox, by=by, at=at, migration=migration.pk, host=server)
    enqueue_at_commit("socle.mail.tasks.import_mailboxes")
    return migration


def why_not_resume(migration: Migration, *, by: User, on: date) -> str | None:
    """Say why an import cannot be resumed, or None."""
    if reason := rules.why_not_decide(migration.mailbox, by=by, on=on):
        return reason
    return None if migration.status == Status.FAILED else "Cette reprise n’est pas arrêtée."


@transaction.atomic
def resume(migration: Migration, *, password: str = "", by: User, at: datetime) -> Migration:
    """Resume an import that stopped, from where it was; with the password again when it is no more kept."""
    migration = held(migration, "mailbox__beneficiary")
    refuse(why_not_resume(migration, by=by, on=dates.day_of(at)))
    if not password and not migration.secret:
        raise Refused("Le mot de passe de l’ancienne boîte n’est plus gardé : écrivez-le à nouveau.")
    if password:
        migration.secret = vault.keep(password, purpose=SECRET)
    migration.status, migration.problem, migration.tries = Status.ASKED, "", 0
    migration.next_try_at = migration.ended_at = None
    migration.save(update_fields=["secret", "status", "problem", "tries", "next_try_at", "ended_at"])
    journal.record("mail.migration_asked", migration.mailbox, by=by, at=at, migration=migration.pk, host=migration.host)
    enqueue_at_commit("socle.mail.tasks.import_mailboxes")
    return migration


def why_not_cancel(migration: Migration, *, by: User, on: date) -> str | None:
    """Say why an import cannot be cancelled, or None."""
    box = migration.mailbox
    if not rules.is_own(box, by, on=on) and (reason := rules.why_not_keep(box.beneficiary, by=by, on=on)):
        return reason
    return None if migration.status in OPEN else "Cette reprise est déjà finie."


@transaction.atomic
def cancel(migration: Migration, *, by: User, at: datetime) -> Migration:
    """Give up an import: what was copied stays, the old password is erased. Raises `Refused`."""
    migration = held(migration, "mailbox__beneficiary")
    refuse(why_not_cancel(migration, by=by, on=dates.day_of(at)))
    migration.status, migration.secret, migration.ended_at = Status.CANCELLED, "", at
    migration.save(update_fields=["status", "secret", "ended_at"])
    journal.record("mail.migration_cancelled", migration.mailbox, by=by, at=at, migration=migration.pk)
    return migration
