"""Rules: who may do what about the machines' saves, what is late, and what is let go. French sentences, or None."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings

from socle.backups.models import Account, EscrowUse, Machine, Purpose, Repository, Snapshot, Status, System, UseStatus
from socle.lib import dates
from socle.people.models import OPERATOR_ROLES, Membership, Role, User
from socle.people.rules import holds
from socle.programme.models import Partner

# Who may use the key in escrow.
KEEPERS = (Role.TECHNICIAN, Role.PROGRAMME_OFFICER)
MOST_MACHINES = 50
MOST_FOLDERS = 30
WINDOWS_PATH = re.compile(r"[A-Za-z]:\\[^\x00-\x1f\x7f\"<>|?*]*", re.ASCII | re.DOTALL)
UNIX_PATH = re.compile(r"/[^\x00-\x1f\x7f]*", re.DOTALL)


# --- The mairie's gestures --------------------------------------------------------------------------------------------
def why_not_add(account: Account | None, *, count: int) -> str | None:
    """Why no machine can be added there, or None."""
    if account is None:
        return "Le service de sauvegarde n’est pas encore ouvert pour votre organisme : il s’ouvre avec la convention."
    if account.suspended_at is not None:
        return "Le service de sauvegarde est suspendu : rien n’est effacé, et votre opérateur peut le rouvrir."
    if count >= MOST_MACHINES:
        return (
            f"Vous avez déjà {MOST_MACHINES} machines : arrêtez celles qui ne servent plus, ou demandez à l’opérateur."
        )
    return None


def why_not_name(name: str, others: Iterable[str]) -> str | None:
    """Why a machine cannot bear this name, or None."""
    if not name.strip() or len(name) > 60 or not name.isprintable():
        return "Donnez un nom court à cette machine, par exemple « Poste de l’accueil »."
    if name.strip().casefold() in {other.casefold() for other in others}:
        return f"Une machine s’appelle déjà « {name.strip()} » : donnez à celle-ci un autre nom."
    return None


def folders_in(text: str) -> list[str]:
    """Return the folders written in a text, one a line, each once."""
    return list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


def folders_missing(machine: Machine) -> list[str]:
    """Return those of its folders that were not there at its last save, as long as they are asked for."""
    absent = folders_in(machine.missing)
    return [one for one in folders_in(machine.folders) if one in absent]


def why_not_folders(text: str, *, system: str) -> str | None:
    """Why these folders cannot be saved, or None."""
    folders = folders_in(text)
    if not folders and system == System.NAS:
        return "Dites au moins un dossier à sauvegarder, un par ligne : un serveur de fichiers n’a pas de comptes."
    if len(folders) > MOST_FOLDERS:
        return f"{MOST_FOLDERS} dossiers au plus : nommez plutôt celui qui les contient."
    is_windows = system == System.WINDOWS
    for folder in folders:
        if len(folder) > 250:
            return "Un de ces chemins est trop long : 250 signes au plus."
        if not (WINDOWS_PATH if is_windows else UNIX_PATH).fullmatch(folder) or ".." in re.split(r"[\\/]", folder):
            example = r"C:\Logiciels\Donnees" if is_windows else "/srv/mairie/Documents"
            return f"« {folder[:60]} » n’est pas un chemin complet : écrivez par exemple « {example} »."
    return None


def why_not_new_code(machine: Machine) -> str | None:
    """Why no code can be made for this machine, or None."""
    if machine.status == Status.RETIRED:
        return "Cette machine est arrêtée : reprenez-la d’abord."
    if machine.status == Status.ENROLLED:
        return "Cette machine est déjà installée. Si elle est remplacée, arrêtez-la et ajoutez la nouvelle."
    return None


def why_not_ask_install(machine: Machine) -> str | None:
    """Why the installation of a machine announced before cannot be asked of the operators, or None."""
    if machine.install_asked_at is not None:
        return f"C’est déjà demandé, le {dates.in_words(dates.day_of(machine.install_asked_at))}."
    return why_not_new_code(machine)


def why_not_install(machine: Machine, *, by: User, on: date) -> str | None:
    """Why somebody of an operator cannot take the file that installs this machine, or None: its mairie asks for it."""
    if machine.install_asked_at is None:
        return "La mairie n’a pas demandé cette installation : elle la fait elle-même."
    return why_not_new_code(machine) or why_not_keep(by=by, on=on)


def why_not_claim(machine: Machine | None, account: Account | None, *, at: datetime) -> str | None:
    """Why a code enrols nothing, or None: one sentence for all that is wrong with it, so that nobody learns from it."""
    if machine is None or machine.status != Status.INVITED or (machine.code_expires_at or at) <= at:
        return "Ce code ne vaut plus, ou n’a jamais valu : demandez-en un autre à la page « Sauvegardes » de la mairie."
    return why_not_add(account, count=0)


def why_not_retire(machine: Machine) -> str | None:
    """Why a machine cannot be stopped, or None."""
    return "Cette machine est déjà arrêtée." if machine.status == Status.RETIRED else None


def why_not_resume(machine: Machine, account: Account | None) -> str | None:
    """Why a machine cannot be taken back, or None."""
    if machine.status != Status.RETIRED:
        return "Cette machine n’est pas arrêtée."
    if machine.repository is not None and machine.repository.erased_at is not None:
        return "Ce que cette machine avait sauvegardé est effacé : ajoutez-la de nouveau."
    return why_not_add(account, count=0)


# --- Freshness --------------------------------------------------------------------------------------------------------
# A save may begin a little later than the day before.
GRACE = timedelta(hours=12)


def expected_at(machine: Machine, last: datetime | None) -> datetime:
    """When the next save of a machine is to come, as it was set."""
    return (last or machine.enrolled_at or machine.made_at) + machine.period


def is_due(machine: Machine, last: datetime | None, *, at: datetime) -> bool:
    """Say whether the save of a machine is late."""
    return at > expected_at(machine, last) + GRACE


def is_late(machine: Machine, last: datetime | None, *, at: datetime) -> bool:
    """Whether it is time to tell somebody: nothing for SOCLE_MACHINE_BACKUPS_LATE times the period."""
    return at > (last or machine.enrolled_at or machine.made_at) + machine.period * settings.SOCLE_MACHINE_BACKUPS_LATE


# --- What is let go ---------------------------------------------------------------------------------------------------
LENGTH = re.compile(r"(\d{1,4})([dwmy])", re.ASCII)
_DAYS = {"d": 1, "w": 7, "m": 31, "y": 366}
BUCKETS = ("daily", "weekly", "monthly", "yearly")


@dataclass(frozen=True)
class Keeping:
    """How long saves are kept: all of them for a while, then the first and the last of each day, week, month, year."""

    everything: timedelta
    lengths: Mapping[str, timedelta]

    @classmethod
    def of(cls, written: Mapping[str, str]) -> Keeping:
        """Read `{"everything": "30d", "daily": "60d"}`; raise ValueError when it is not one."""
        lengths = {}
        for name, text in written.items():
            match = LENGTH.fullmatch(text)
            if match is None or name not in ("everything", *BUCKETS):
                raise ValueError(f"SOCLE_MACHINE_BACKUPS_KEEP: {name}={text} is not a length of everything, {BUCKETS}")
            lengths[name] = timedelta(days=int(match[1]) * _DAYS[match[2]])
        if lengths.get("everything", timedelta()) < timedelta(days=7):
            raise ValueError(
                "SOCLE_MACHINE_BACKUPS_KEEP: everything is kept a week at least, the time to notice a theft"
            )
        return cls(lengths.pop("everything"), lengths)


def what_to_let_go(snapshots: Iterable[Snapshot], keeping: Keeping, *, at: datetime) -> list[Snapshot]:
    """Return those that the rule keeps no longer.

    Decided on `dated_at`, which no machine forges, and by age alone: restic's own `--keep-within-daily` keeps the last
    save of each day as the machine dates it, so that whoever stole a key could push one false save at 23:59 of each day
    past and have the true ones pruned. The first and the last of each span are kept here; so is the latest of all.
    """
    ordered = sorted(snapshots, key=lambda one: (one.dated_at, one.pk or 0))
    kept = {one.identifier for one in ordered if at - one.dated_at <= keeping.everything}
    for name, length in keeping.lengths.items():
        spans: dict[object, list[Snapshot]] = {}
        for one in ordered:
            if at - one.dated_at <= length:
                spans.setdefault(_span(name, dates.day_of(one.dated_at)), []).append(one)
        for inside in spans.values():
            kept |= {inside[0].identifier, inside[-1].identifier}
    if ordered:
        kept.add(ordered[-1].identifier)
    return [one for one in ordered if one.identifier not in kept]


def _span(name: str, on: date) -> object:
    if name == "daily":
        return on
    if name == "weekly":
        return on.isocalendar()[:2]
    return (on.year, on.month) if name == "monthly" else on.year


# --- The key in escrow ------------------------------------------------------------------------------------------------
ONLY_KEEPERS = "C’est l’affaire des techniciens et techniciennes et des personnes chargées du programme."
FOUR_EYES = (Purpose.RESTORE, Purpose.ERASE)


def why_not_keep(*, by: User, on: date) -> str | None:
    """Why this person may not ask for the key, or None."""
    return None if holds(by, *KEEPERS, on=on) else ONLY_KEEPERS


def why_not_ask(repository: Repository, *, purpose: str, reason: str, by: User, at: datetime) -> str | None:
    """Why the key cannot be asked for, or None."""
    if sentence := why_not_keep(by=by, on=dates.day_of(at)):
        return sentence
    if purpose not in FOUR_EYES:
        return "Dites pour quoi : restaurer pour la mairie, ou effacer le dépôt."
    if len(reason.strip()) < 10:
        return "Dites le motif en une phrase : qui l’a demandé, pourquoi. Il est écrit au journal."
    if repository.erased_at is not None:
        return "Ce dépôt est effacé : il n’y a plus rien à ouvrir."
    if repository.escrow_uses.filter(status=UseStatus.ASKED, purpose=purpose, expires_at__gt=at).exists():
        return "C’est déjà demandé : l’accord d’une autre personne est attendu."
    if purpose == Purpose.ERASE and not _is_stopped(repository):
        return "Une machine s’en sert encore : arrêtez-la d’abord, à la page de la mairie."
    return None


def why_not_approve(use: EscrowUse, *, by: User, at: datetime) -> str | None:
    """Why this person cannot agree, or None: nobody agrees to what they asked themselves."""
    if sentence := why_not_keep(by=by, on=dates.day_of(at)):
        return sentence
    if use.asked_by_id == by.pk:
        return "Il faut une seconde personne : vous l’avez demandé vous-même."
    return _why_not_pending(use, at=at)


def why_not_decline(use: EscrowUse, *, by: User, at: datetime) -> str | None:
    """Why this person cannot drop what was asked, or None."""
    return why_not_keep(by=by, on=dates.day_of(at)) or _why_not_pending(use, at=at)


def why_not_use(use: EscrowUse, *, at: datetime) -> str | None:
    """Why what was asked cannot be done now, or None."""
    if use.status != UseStatus.APPROVED:
        return "Une seconde personne doit d’abord donner son accord, dans la console."
    if use.expires_at is not None and use.expires_at <= at:
        return "L’accord a expiré : demandez-le de nouveau."
    if use.purpose == Purpose.ERASE and not _is_stopped(use.repository):
        return "Une machine s’en sert encore : arrêtez-la d’abord."
    return None


def _why_not_pending(use: EscrowUse, *, at: datetime) -> str | None:
    if use.status != UseStatus.ASKED:
        return "C’est déjà décidé."
    if use.expires_at is not None and use.expires_at <= at:
        return "La demande a expiré : elle est à refaire."
    return None


def _is_stopped(repository: Repository) -> bool:
    machine = Machine.objects.filter(repository=repository).first()
    return machine is None or machine.status == Status.RETIRED


def keepers_of(repository: Repository, *, on: date) -> list[User]:
    """The operators' people who may use the key for this mairie: those of the operators of its department."""
    department = repository.beneficiary.department_id
    held = Membership.objects.active_on(on).filter(
        role__in=set(KEEPERS) & set(OPERATOR_ROLES),
        operator__in=Partner.objects.filter(departments=department).values("operator"),
    )
    people = User.objects.filter(pk__in=held.values("user"), is_active=True).exclude(email="")
    return list(people.order_by("pk"))
