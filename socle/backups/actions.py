"""The account of a beneficiary on the backup server, and its machines: added, enrolled, stopped, taken back."""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.crypto import constant_time_compare, salted_hmac
from django_scopes import scope, scopes_disabled

from socle.backups import rules
from socle.backups.contract import StoreError, WrongKey, store
from socle.backups.models import GIGABYTE, Account, Machine, Period, Repository, Status
from socle.journal import actions as journal
from socle.lib import vault
from socle.lib.refusals import Refused, refuse
from socle.lib.restic import INCOMPLETE
from socle.people.models import Beneficiary, User

log = logging.getLogger("socle.backups")
ESCROW = "backups.escrow"
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
# Four groups of five letters that nobody takes for one another: 99 bits.
_CODE = (4, 5)


# --- The account ------------------------------------------------------------------------------------------------------
@transaction.atomic
def open_account(beneficiary: Beneficiary, *, by: User, at: datetime) -> Account:
    """Open the account of a beneficiary; an account already open stays as it is."""
    account, is_new = Account.objects.get_or_create(
        beneficiary=beneficiary,
        defaults={"opened_at": at, "quota": settings.SOCLE_MACHINE_BACKUPS_QUOTA * GIGABYTE},
    )
    if is_new:
        journal.record("backup.account_opened", account, by=by, at=at)
    transaction.on_commit(publish_doors)
    return account


@transaction.atomic
def suspend_account(account: Account, *, by: User, at: datetime) -> Account:
    """Suspend an account: its machines save no more; their saves stay whole."""
    account = Account.objects.select_for_update().get(pk=account.pk)
    if account.suspended_at is None:
        account.suspended_at = at
        account.save(update_fields=["suspended_at"])
        journal.record("backup.account_suspended", account, by=by, at=at)
    transaction.on_commit(publish_doors)
    return account


@transaction.atomic
def resume_account(account: Account, *, by: User, at: datetime) -> Account:
    """Resume a suspended account: its machines may save again."""
    account = Account.objects.select_for_update().get(pk=account.pk)
    if account.suspended_at is not None:
        account.suspended_at = None
        account.save(update_fields=["suspended_at"])
        journal.record("backup.account_resumed", account, by=by, at=at)
    transaction.on_commit(publish_doors)
    return account


@transaction.atomic
def set_quota(account: Account, *, gigabytes: int, by: User, at: datetime) -> Account:
    """Give a beneficiary another quota."""
    refuse(None if 1 <= gigabytes <= 100_000 else "Donnez une place entre 1 et 100 000 Go.")
    account = Account.objects.select_for_update().get(pk=account.pk)
    account.quota = gigabytes * GIGABYTE
    account.save(update_fields=["quota"])
    journal.record("backup.quota_set", account, by=by, at=at, gigabytes=gigabytes)
    transaction.on_commit(publish_doors)
    return account


def doors() -> dict[str, str]:
    """Who must be let in now: the machines in service of the accounts that are open and not full."""
    with scopes_disabled():  # The server is one for every beneficiary.
        full = {one.beneficiary_id for one in Account.objects.all() if one.suspended_at or one.is_full}
        found = Repository.objects.filter(
            erased_at=None, machine__status=Status.ENROLLED, beneficiary__backup_account__isnull=False
        )
        return {one.user: one.password_digest for one in found if one.beneficiary_id not in full}


def publish_doors() -> None:
    """Make the server let in exactly these. Derived anew each time: a call lost is made up for by the next one."""
    try:
        if refused := store().let_in(doors()):
            log.warning(
                "the backup server cannot let in %s: their digests are none it reads", ", ".join(sorted(refused))
            )
    except (StoreError, OSError):
        log.exception("the doors of the backup server could not be published")


# --- The machines -----------------------------------------------------------------------------------------------------
@transaction.atomic
def add_machine(
    account: Account,
    *,
    name: str,
    system: str,
    folders: str,
    every_days: int,
    is_asked: bool = False,
    by: User,
    at: datetime,
) -> tuple[Machine, str]:
    """Announce a machine; return it, and the code that enrols it, which nobody will read again. Raises Refused.

    With `is_asked`, its installation is asked of the operators, who read it among what waits for them.
    """
    account = Account.objects.select_for_update().get(pk=account.pk)
    names = list(_named(account.beneficiary_id).values_list("name", flat=True))
    refuse(rules.why_not_add(account, count=len(names)))
    refuse(rules.why_not_name(name, names))
    refuse(rules.why_not_folders(folders, system=system))
    machine = Machine(
        beneficiary=account.beneficiary,
        name=name.strip(),
        system=system,
        folders="\n".join(rules.folders_in(folders)),
        every_days=Period(every_days),
        made_at=at,
        install_asked_at=at if is_asked else None,
    )
    code = _draw_code(machine, at=at)
    machine.save(force_insert=True)
    verb = "backup.install_asked" if is_asked else "backup.machine_added"
    journal.record(verb, machine, by=by, at=at, system=system, every_days=every_days)
    return machine, code


def _named(beneficiary: int) -> QuerySet[Machine]:
    """The machines there whose names are taken."""
    return Machine.objects.filter(beneficiary=beneficiary).exclude(status=Status.RETIRED)


@transaction.atomic
def ask_install(machine: Machine, *, by: User, at: datetime) -> Machine:
    """Ask the operators to install a machine that its mairie meant to install itself. Raises Refused."""
    machine = Machine.objects.select_for_update(of=("self",)).get(pk=machine.pk)
    refuse(rules.why_not_ask_install(machine))
    machine.install_asked_at = at
    machine.save(update_fields=["install_asked_at"])
    journal.record("backup.install_asked", machine, by=by, at=at)
    return machine


@transaction.atomic
def renew_code(machine: Machine, *, by: User, at: datetime) -> tuple[Machine, str]:
    """Renew the code of a machine that is not installed yet; the former code enrols nothing."""
    machine = Machine.objects.select_for_update(of=("self",)).get(pk=machine.pk)
    refuse(rules.why_not_new_code(machine))
    code = _draw_code(machine, at=at)
    machine.save(update_fields=["code_digest", "code_expires_at"])
    journal.record("backup.code_renewed", machine, by=by, at=at)
    return machine, code


@transaction.atomic
def cancel_code(machine: Machine, *, by: User, at: datetime) -> Machine:
    """Make the code of a machine enrol nothing any more; the machine stays, and may be given another."""
    machine = Machine.objects.select_for_update(of=("self",)).get(pk=machine.pk)
    machine.code_digest = ""
    machine.save(update_fields=["code_digest"])
    journal.record("backup.code_cancelled", machine, by=by, at=at)
    return machine


@transaction.atomic
def change_machine(machine: Machine, *, name: str, folders: str, every_days: int, by: User, at: datetime) -> Machine:
    """Call a machine otherwise, or have it save other folders, at another pace: it reads it before its next save."""
    machine = Machine.objects.select_for_update(of=("self",)).get(pk=machine.pk)
    others = _named(machine.beneficiary_id).exclude(pk=machine.pk)
    refuse(rules.why_not_name(name, others.values_list("name", flat=True)))
    refuse(rules.why_not_folders(folders, system=machine.system))
    machine.name, machine.every_days = name.strip(), Period(every_days)
    machine.folders = "\n".join(rules.folders_in(folders))
    machine.save(update_fields=["name", "folders", "every_days"])
    journal.record("backup.machine_changed", machine, by=by, at=at, every_days=every_days)
    return machine


@transaction.atomic
def retire_machine(machine: Machine, *, by: User, at: datetime) -> Machine:
    """Stop a machine: it saves no more; its saves are kept, and it may be resumed."""
    machine = Machine.objects.select_for_update(of=("self",)).get(pk=machine.pk)
    refuse(rules.why_not_retire(machine))
    machine.status, machine.retired_at, machine.code_digest = Status.RETIRED, at, ""
    machine.save(update_fields=["status", "retired_at", "code_digest"])
    journal.record("backup.machine_retired", machine, by=by, at=at)
    transaction.on_commit(publish_doors)
    return machine


@transaction.atomic
def take_back_machine(machine: Machine, *, by: User, at: datetime) -> Machine:
    """Resume a stopped machine, with the key and the password it has."""
    Machine.objects.select_for_update(of=("self",)).get(pk=machine.pk)
    machine = Machine.objects.select_related("repository").get(pk=machine.pk)
    account = Account.objects.filter(beneficiary=machine.beneficiary_id).first()
    refuse(rules.why_not_resume(machine, account))
    refuse(rules.why_not_name(machine.name, _named(machine.beneficiary_id).values_list("name", flat=True)))
    machine.status = Status.ENROLLED if machine.repository_id else Status.INVITED
    machine.retired_at = None
    machine.save(update_fields=["status", "retired_at"])
    journal.record("backup.machine_resumed", machine, by=by, at=at)
    transaction.on_commit(publish_doors)
    return machine


# --- Enrolment, asked by the machine itself ---------------------------------------------------------------------------
@dataclass(frozen=True)
class Credentials:
    """Secrets told to a machine once. `operator_key` is added to its repository, then forgotten by the machine."""

    repository: str
    user: str
    password: str
    operator_key: str
    canary: str
    confirmation: str
    settings: str


def machine_of(code: str) -> Machine | None:
    """The machine that a code enrols, of whichever beneficiary, or None."""
    if not 10 <= len(code) <= 60:
        return None
    with scopes_disabled():  # The code alone says whose it is.
        return Machine.objects.select_related("beneficiary__commune").filter(code_digest=digest_of(code)).first()


def claim(code: str, *, by: User, at: datetime) -> Credentials:
    """Take a code, once: make the repository's access and our second key, and return them. Raises Refused."""
    found = machine_of(code)
    refuse(rules.why_not_claim(None, None, at=at) if found is None else None)
    assert found is not None
    with transaction.atomic(), scope(beneficiary=found.beneficiary):
        machine = Machine.objects.select_for_update(of=("self",)).get(pk=found.pk)
        account = Account.objects.filter(beneficiary=machine.beneficiary_id).first()
        is_taken = machine.code_digest != digest_of(code)
        refuse(rules.why_not_claim(None if is_taken else machine, account, at=at))
        password, operator_key, canary = (secrets.token_urlsafe(32) for _ in range(3))
        user = f"c{machine.beneficiary_id}-{''.join(secrets.choice(_LETTERS) for _ in range(10))}"
        where = store()
        try:
            password_digest = where.digest_of(password)
        except StoreError as error:
            raise Refused(error.sentence) from error
        machine.repository = Repository.objects.create(
            beneficiary_id=machine.beneficiary_id,
            name=machine.name,
            user=user,
            password_digest=password_digest,
            escrow=vault.keep(operator_key, purpose=ESCROW),
            canary=canary,
            made_at=at,
        )
        machine.status, machine.enrolled_at, machine.code_digest = Status.ENROLLED, at, ""
        machine.save(update_fields=["repository", "status", "enrolled_at", "code_digest"])
        journal.record("backup.machine_enrolled", machine, by=by, at=at, user=user)
        transaction.on_commit(publish_doors)
    return Credentials(
        f"{where.address}/{user}/", user, password, operator_key, canary, _confirmation(user), _settings_token(user)
    )


def settings_of(machine: Machine) -> str:
    """The settings of a machine as its script reads them: plain lines, the pace in days, then its folders."""
    return "\n".join(
        [f"every_days={machine.every_days}", *(f"folder={one}" for one in rules.folders_in(machine.folders))]
    )


def machine_by_token(user: str, token: str) -> Machine:
    """Return the machine in service that asks by its token. Raises Refused."""
    with scopes_disabled():  # The token alone says whose it is.
        found = Machine.objects.filter(repository__user=user[:40], status=Status.ENROLLED).first()
    if found is None or not constant_time_compare(_settings_token(user), token):
        raise Refused("Ces réglages ne sont pas ceux d’une machine en service\u00a0: les derniers restent les siens.")
    return found


@transaction.atomic
def note_outcome(machine: Machine, *, code: int | None, missing: Collection[str], by: User, at: datetime) -> Machine:
    """Note what a machine says of its last save: what restic answered, and those of its folders that were not there.

    What it does not say, or says of anything else than its own folders, changes nothing.
    """
    if code not in (0, INCOMPLETE):
        return machine
    with scope(beneficiary=machine.beneficiary_id):
        machine = Machine.objects.select_for_update(of=("self",)).get(pk=machine.pk)
        absent = "\n".join(one for one in rules.folders_in(machine.folders) if one in missing)
        is_incomplete = code == INCOMPLETE or bool(absent)
        if (machine.is_incomplete, machine.missing) == (is_incomplete, absent):
            return machine
        machine.is_incomplete, machine.missing = is_incomplete, absent
        machine.save(update_fields=["is_incomplete", "missing"])
        verb = "backup.save_incomplete" if is_incomplete else "backup.save_complete"
        journal.record(verb, machine, by=by, at=at, missing=len(absent.splitlines()))
    return machine


def confirm(user: str, confirmation: str, *, by: User, at: datetime) -> Repository:
    """Try our second key, once the machine says that it is there. Raises Refused with what to do."""
    with scopes_disabled():  # The confirmation alone says whose it is.
        found = Repository.objects.select_related("beneficiary").filter(user=user[:40], erased_at=None).first()
    if found is None or not constant_time_compare(_confirmation(found.user), confirmation):
        raise Refused("Cette confirmation n’est pas la bonne : relancez le script de la machine.")
    try:
        is_open = store().opens(found.user, key_of(found))
    except StoreError as error:
        raise Refused(error.sentence) from error
    if not is_open:
        raise Refused("La seconde clé n’ouvre pas encore le dépôt : relancez le script de la machine.")
    with transaction.atomic(), scope(beneficiary=found.beneficiary):
        repository = Repository.objects.select_for_update(of=("self",)).get(pk=found.pk)
        if repository.confirmed_at is None:
            repository.confirmed_at = at
            repository.save(update_fields=["confirmed_at"])
            journal.record("backup.escrow_confirmed", repository, by=by, at=at)
    return repository


def key_of(repository: Repository) -> str:
    """The key in escrow. Raises WrongKey when the platform's own secret changed since it was kept."""
    try:
        return vault.read(repository.escrow, purpose=ESCROW)
    except vault.Unreadable as error:
        raise WrongKey(
            "La clé sous séquestre ne se lit plus : la clé de la plateforme a changé. Rendez l’ancienne dans "
            "SOCLE_SECRET_KEY_FALLBACKS."
        ) from error


def canaries_of(canary: str) -> dict[str, str]:
    """The witness files a machine writes: their names, and the SHA-256 of what they must hold."""
    found = {}
    for number, lines in enumerate(CANARY_LINES, start=1):
        content = f"socle {canary} {number}\n" * lines
        found[f"temoin-{number}.txt"] = hashlib.sha256(content.encode()).hexdigest()
    return found


# One piece, several, and enough to be cut.
CANARY_LINES = (1, 1000, 20_000)


def digest_of(code: str) -> str:
    """The digest of a code: drawn at random and long, it needs no slow hash."""
    plain = "".join(sign for sign in code.lower() if sign.isalnum())
    return hashlib.sha256(f"backups.code:{plain}".encode()).hexdigest()


def _draw_code(machine: Machine, *, at: datetime) -> str:
    groups, length = _CODE
    code = "-".join("".join(secrets.choice(_LETTERS) for _ in range(length)) for _ in range(groups))
    machine.code_digest = digest_of(code)
    machine.code_expires_at = at + timedelta(days=settings.SOCLE_MACHINE_BACKUPS_CODE_DAYS)
    return code


def _confirmation(user: str) -> str:
    return salted_hmac("socle.backups.confirmation", user, algorithm="sha256").hexdigest()


def _settings_token(user: str) -> str:
    return salted_hmac("socle.backups.settings", user, algorithm="sha256").hexdigest()
