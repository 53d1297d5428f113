"""Presentation at both doors of the machines' saves: states in words, computed once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from socle.backups import rules
from socle.backups.models import Account, Check, Drill, Machine, Snapshot, Status, System
from socle.lib import dates
from socle.lib.spreadsheet import Field, Kind, Sheet
from socle.lib.text import bytes_in_french, number
from socle.ui.shapes import Tone

# From which share of its quota on a beneficiary is told.
NEARLY_FULL = 0.9


@dataclass(frozen=True)
class MachineRow:
    """One machine as a list shows it: a colour never goes without its words."""

    machine: Machine
    label: str
    tone: Tone
    sentence: str
    last: str
    last_at: datetime | None
    size: str

    @property
    def is_wrong(self) -> bool:
        return self.tone == "danger"

    @property
    def drilled_at(self) -> datetime | None:
        """Return the date of its last rehearsal of restoration."""
        at: datetime | None = getattr(self.machine, "drill_at", None)
        return at

    @property
    def is_drill_sound(self) -> bool | None:
        """Say whether the last rehearsal went well; None without any."""
        is_sound: bool | None = getattr(self.machine, "drill_is_sound", None)
        return is_sound


def with_states(machines: QuerySet[Machine]) -> QuerySet[Machine]:
    """Machines with what tells of them, in one query whatever their number."""
    repository = OuterRef("repository")
    last_drill, last_check = (
        Drill._base_manager.filter(repository=repository),
        Check._base_manager.filter(repository=repository),
    )
    return machines.select_related("repository", "beneficiary__commune").annotate(
        drill_is_sound=Subquery(last_drill.values("is_sound")[:1]),
        drill_says=Subquery(last_drill.values("says")[:1]),
        drill_at=Subquery(last_drill.values("began_at")[:1]),
        check_is_sound=Subquery(last_check.values("is_sound")[:1]),
        has_vanished=Exists(Snapshot._base_manager.filter(repository=repository, vanished_at__isnull=False)),
        has_doubtful=Exists(Snapshot._base_manager.filter(repository=repository, is_doubtful=True, forgotten_at=None)),
    )


def rows_of(machines: Iterable[Any], *, at: datetime) -> list[MachineRow]:
    """Return the rows of these machines (from `with_states`)."""
    return [row_of(machine, at=at) for machine in machines]


def row_of(machine: Any, *, at: datetime) -> MachineRow:
    """Return the state of one machine (from `with_states`), in words."""
    repository = machine.repository
    last = repository.last_success_at if repository else None
    label, tone, sentence = _state(machine, last, at=at)
    size = bytes_in_french(repository.size) if repository and repository.size else "–"
    return MachineRow(machine, label, tone, sentence, ago(last, at=at), last, size)


def _state(machine: Any, last: datetime | None, *, at: datetime) -> tuple[str, Tone, str]:
    if machine.status == Status.RETIRED:
        is_erased = machine.repository is not None and machine.repository.erased_at is not None
        return "Arrêtée", "neutral", "Effacée." if is_erased else "Ce qu’elle a sauvegardé est gardé."
    if machine.status == Status.INVITED and machine.install_asked_at is not None:
        on = dates.in_words(dates.day_of(machine.install_asked_at))
        said = f"Demandée le {on}\u00a0: l’opérateur convient d’un moment avec la mairie, et vient l’installer."
        return "Installation demandée", "wait", said
    if machine.status == Status.INVITED:
        if machine.code_expires_at and machine.code_expires_at > at:
            return "À installer", "wait", f"Son fichier vaut jusqu’au {dates.at_in_words(machine.code_expires_at)}."
        said = "Son fichier a expiré\u00a0: demandez l’installation, ou prenez-en un autre, à la page de la machine."
        return "À installer", "alert", said
    if machine.has_vanished:
        return "Sauvegardes disparues", "danger", "Des sauvegardes ont disparu sans que la plateforme les ait élaguées."
    if machine.check_is_sound is False:
        return "Dépôt abîmé", "danger", "Le dernier contrôle a trouvé des données abîmées : l’opérateur est prévenu."
    if machine.drill_is_sound is False:
        return "Exercice manqué", "danger", machine.drill_says
    if last is None:
        if rules.is_late(machine, None, at=at):
            return (
                "Aucune sauvegarde",
                "danger",
                "Rien n’est encore arrivé : lancez la sauvegarde à la main sur la machine.",
            )
        return "Première sauvegarde attendue", "wait", "Elle peut durer plusieurs heures : laissez la machine allumée."
    if rules.is_late(machine, last, at=at):
        return (
            "En retard",
            "danger",
            "Allumez la machine, vérifiez qu’elle a Internet, puis lancez la sauvegarde à la main.",
        )
    if absent := rules.folders_missing(machine):
        listed = ", ".join(f"«\u00a0{one}\u00a0»" for one in absent[:3]) + ("…" if absent[3:] else "")
        said = f"Pas sur la machine, donc pas sauvegardé\u00a0: {listed}. Remettez-le, ou corrigez ses dossiers."
        return "Dossier introuvable", "danger", said
    if rules.is_due(machine, last, at=at):
        return "À surveiller", "alert", "La dernière sauvegarde attendue n’est pas arrivée."
    if machine.has_doubtful:
        return (
            "Date douteuse",
            "alert",
            "Une sauvegarde porte une date qui ne peut pas être la sienne : l’opérateur regarde.",
        )
    # Of a folder that was missing and is asked for no more, nothing is left to say.
    if machine.is_incomplete and not machine.missing:
        where = r"C:\ProgramData\Socle\erreurs" if machine.system == System.WINDOWS else "/etc/socle-sauvegarde/refus"
        said = (
            f"Des fichiers n’ont pas pu être lus\u00a0; les autres sont sauvegardés. Sur la machine, {where} les nomme."
        )
        return "Incomplète", "alert", said
    if machine.repository.confirmed_at is None:
        return "Seconde clé à confirmer", "alert", "Relancez le script d’installation : il reprend où il s’est arrêté."
    return "À jour", "ok", ""


def ago(then: datetime | None, *, at: datetime) -> str:
    """« il y a 3 heures », « hier à 12 h 30 »."""
    if then is None:
        return "jamais"
    elapsed = at - then
    if elapsed < timedelta(minutes=2):
        return "à l’instant"
    if elapsed < timedelta(hours=1):
        return f"il y a {int(elapsed.total_seconds() // 60)}\u00a0minutes"
    days = (dates.day_of(at) - dates.day_of(then)).days
    local = then.astimezone(dates.PARIS)
    hour = f"{local.hour}\u00a0h\u00a0{local.minute:02d}"
    if days <= 0:
        return f"aujourd’hui à {hour}"
    if days == 1:
        return f"hier à {hour}"
    if days < 60:
        return f"il y a {days}\u00a0jours"
    return f"le {dates.in_words(dates.day_of(then))}"


@dataclass(frozen=True)
class Summary:
    """Return the state of a beneficiary's saves, in one sentence and one colour."""

    label: str
    tone: Tone
    sentence: str
    wrong: int
    usage: str
    is_nearly_full: bool


def summary_of(account: Account | None, rows: list[MachineRow]) -> Summary:
    """Sum up a beneficiary: the worst of its machines says."""
    living = [row for row in rows if row.machine.status != Status.RETIRED]
    wrong = sum(row.is_wrong for row in living)
    usage = ""
    nearly = False
    if account is not None:
        usage = f"{bytes_in_french(account.size)} sur {bytes_in_french(account.quota)}"
        nearly = account.share >= NEARLY_FULL
    if account is not None and account.suspended_at is not None:
        return Summary("Suspendu", "alert", "Aucune machine ne sauvegarde. Rien n’est effacé.", wrong, usage, nearly)
    if account is not None and account.is_full:
        said = "La place accordée est prise : plus rien n’est sauvegardé. Demandez-en davantage à votre opérateur."
        return Summary("Plus de place", "danger", said, wrong, usage, nearly)
    if not living:
        return Summary("Aucune machine", "neutral", "Ajoutez la première.", 0, usage, nearly)
    if wrong:
        said = "Une machine demande" if wrong == 1 else f"{number(wrong)} machines demandent"
        return Summary("À corriger", "danger", f"{said} votre attention.", wrong, usage, nearly)
    if any(row.tone == "alert" for row in living):
        return Summary(
            "À surveiller", "alert", "Une machine au moins n’a pas fait ce qui était attendu.", 0, usage, nearly
        )
    if any(row.tone == "wait" for row in living):
        return Summary(
            "En cours d’installation", "wait", "Une machine au moins n’a pas encore sauvegardé.", 0, usage, nearly
        )
    said = "La machine est" if len(living) == 1 else f"Les {number(len(living))} machines sont"
    return Summary("À jour", "ok", f"{said} sauvegardée{'s' if len(living) > 1 else ''} comme prévu.", 0, usage, nearly)


SHEET: Sheet[MachineRow] = Sheet(
    "backups",
    "sauvegardes",
    "Sauvegardes des machines",
    (
        Field("Bénéficiaire", lambda row: row.machine.beneficiary.name),
        Field("Code INSEE", lambda row: row.machine.beneficiary.insee_code, Kind.CODE),
        Field("Machine", lambda row: row.machine.name),
        Field("Système", lambda row: row.machine.get_system_display()),
        Field("Fréquence", lambda row: row.machine.get_every_days_display()),
        Field("État", lambda row: row.label),
        Field("Précisions", lambda row: row.sentence),
        Field("Dernière sauvegarde", lambda row: row.last_at, Kind.INSTANT),
        Field("Octets", lambda row: row.machine.repository.size if row.machine.repository else 0, Kind.NUMBER),
        Field("Dernier exercice de restauration", lambda row: row.drilled_at, Kind.INSTANT),
        Field("Exercice réussi", lambda row: row.is_drill_sound, Kind.YES_NO),
    ),
)  # fmt: skip
