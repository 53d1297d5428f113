"""Every engine on one board, as the console and the files show it: what its room says, and what is common to all.

Read in the scope in force: an operator sees the usage, the failures and the names of its own beneficiaries. Whether an
engine answers is the same for everybody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Max, Q, Sum
from django.db.models.functions import TruncHour
from django.urls import reverse
from django_scopes import scopes_disabled
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from socle.lib import dates
from socle.lib.spreadsheet import Field, Kind, Sheet
from socle.lib.text import bytes_in_french, number
from socle.people.models import Beneficiary
from socle.provisioning.models import Installation, State
from socle.provisioning.monitoring.contract import Hour, Seen, Trouble, Watch, watches
from socle.provisioning.monitoring.models import EngineTrial, UsageReading
from socle.ui.shapes import Slot, Tone

LATELY = timedelta(days=1)
# Trials are made every five minutes: none for so long says that nobody tries any more.
STALE = timedelta(minutes=20)
# The history of the trials: so many days, a mark for so many hours. That of the usage: so many days.
DAYS, HOURS = 7, 4
GROWTH = timedelta(days=30)
# A trial that takes longer is worth a look.
SLOW = 60.0
TOP = 5


@dataclass(frozen=True)
class Taken:
    """The space an engine takes: on the last day it was read, so long before, day by day, and by whom most."""

    on: date
    used: int
    # The first reading within the last thirty days; None when there is only one.
    since: date | None
    before: int
    slots: list[Slot]
    top: list[tuple[Beneficiary, int]]

    @property
    def growth(self) -> str:
        """« 1,2 Go de plus depuis le 27 octobre 2026 »."""
        if self.since is None:
            return "Premier relevé : la croissance se lira dès demain."
        more = self.used - self.before
        if not more:
            return f"Inchangée depuis le {dates.in_words(self.since)}."
        words = "de plus" if more > 0 else "de moins"
        return f"{bytes_in_french(abs(more))} {words} que le {dates.in_words(self.since)}."


@dataclass(frozen=True)
class Board:
    """One engine as the board shows it."""

    watch: Watch
    seen: Seen
    label: str
    tone: Tone
    says: str
    is_simulated: bool
    tried_at: datetime | None
    slots: list[Slot]
    troubles: tuple[Trouble, ...]
    taken: Taken | None


def boards(*, at: datetime) -> list[Board]:
    """Every engine, in the order of settings; a number of queries that does not depend on how much there is."""
    every = watches()
    last, hours = _last_trials(), _hours(since=at - timedelta(days=DAYS))
    failed_tasks = _failed_tasks(every, at=at)
    failed = dict(
        Installation.objects.filter(state=State.FAILED)
        .order_by()
        .values_list("service__code")
        .annotate(count=Count("pk"))
    )
    days = _days(at=at)
    return [
        _board(
            watch,
            last.get(watch.code),
            hours.get(watch.code, []),
            failed_tasks.get(watch.code, 0),
            failed.get(watch.code, 0),
            days.get(watch.code, {}),
            at=at,
        )
        for watch in every
    ]


def _board(
    watch: Watch,
    last: EngineTrial | None,
    hours: list[Hour],
    failed_tasks: int,
    failed: int,
    days: dict[date, int],
    *,
    at: datetime,
) -> Board:
    if (why_none := watch.why_none()) is not None:
        return Board(
            watch, Seen(), "Absent", "neutral", f"{why_none} {watch.wiring}".strip(), False, None, [], (), None
        )
    seen = watch.see(at=at)
    troubles = list(seen.troubles)
    if failed:
        said = "Une installation est en échec" if failed == 1 else f"{number(failed)} installations sont en échec"
        troubles.append(Trouble(f"{said}.", f"{reverse('console:installations')}?etat=failed&service={watch.code}"))
    if failed_tasks:
        said = (
            "Une tâche de fond a échoué" if failed_tasks == 1 else f"{number(failed_tasks)} tâches de fond ont échoué"
        )
        troubles.append(Trouble(f"{said} depuis un jour.", reverse("console:platform"), "alert"))
    if last is not None and last.problem:
        label, tone, says = "Ne répond pas", "danger", last.problem
    elif last is None:
        label, tone, says = "Pas encore essayé", "wait", "Le premier essai attend la tâche de fond."
    elif at - last.tried_at > STALE:
        label, tone, says = (
            "Essai ancien",
            "alert",
            "Plus aucun essai depuis vingt minutes : vérifiez l’exécuteur.",
        )
    elif troubles:
        label, tone, says = "À surveiller", "alert", ""
    else:
        label, tone, says = "Répond", "ok", ""
    own = watch.hours(since=at - timedelta(days=DAYS))
    shown = hours if own is None else own
    return Board(
        watch=watch,
        seen=seen,
        label=label,
        tone=tone,  # type: ignore[arg-type]
        says=says,
        is_simulated=watch.is_simulated,
        tried_at=last.tried_at if last else None,
        slots=slots_of(shown, at=at) if shown else [],
        troubles=tuple(troubles),
        taken=_taken(watch.code, days) if days else None,
    )


# --- Trials -----------------------------------------------------------------------------------------------------------
def _last_trials() -> dict[str, EngineTrial]:
    newest = EngineTrial.objects.order_by().values_list("code").annotate(last=Max("pk"))
    return {one.code: one for one in EngineTrial.objects.filter(pk__in=[pk for _, pk in newest])}


def _hours(*, since: datetime) -> dict[str, list[Hour]]:
    rows = (
        EngineTrial.objects.filter(tried_at__gte=since)
        .order_by()
        .annotate(hour=TruncHour("tried_at"))
        .values_list("code", "hour")
        .annotate(times=Count("pk"), failed=Count("pk", filter=~Q(problem="")), slowest=Max("seconds"))
    )
    found: dict[str, list[Hour]] = {}
    for code, hour, times, failed, slowest in rows:
        found.setdefault(code, []).append(Hour(hour, times, failed, slowest))
    return found


def slots_of(hours: Sequence[Hour], *, at: datetime) -> list[Slot]:
    """One mark for each span of hours of the last days, the oldest first; a span without a trial is empty."""
    width = timedelta(hours=HOURS)
    end = at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    first = end - timedelta(days=DAYS)
    spans: dict[int, list[Hour]] = {}
    for one in hours:
        spans.setdefault(int((one.at - first) / width), []).append(one)
    return [_slot(first + rank * width, spans.get(rank, [])) for rank in range(DAYS * 24 // HOURS)]


def _slot(begins: datetime, those: list[Hour]) -> Slot:
    local = begins.astimezone(dates.PARIS)
    # Without its year: a week is shown.
    day = dates.in_words(local.date()).removesuffix(f"\u00a0{local.year}")
    label = f"{day}, dès {local.hour}\u00a0h"
    times, failed = sum(one.times for one in those), sum(one.failed for one in those)
    slowest = max((one.slowest for one in those if one.slowest is not None), default=None)
    if not times:
        return Slot(label, 0.06, "aucun essai", "neutral")
    if failed:
        said = "1 échec" if failed == 1 else f"{failed} échecs"
        return Slot(label, 1.0, f"{said} sur {times} {'essai' if times == 1 else 'essais'}", "danger")
    took = f", {_seconds(slowest)} au plus" if slowest is not None else ""
    tone: Tone = "alert" if slowest is not None and slowest > SLOW else "ok"
    said = "1 essai réussi" if times == 1 else f"{times} essais réussis"
    return Slot(label, 0.8 if tone == "alert" else 0.55, f"{said}{took}", tone)


def _seconds(seconds: float) -> str:
    if seconds < 0.1:
        return f"{max(1, round(seconds * 1000))}\u00a0ms"
    return f"{seconds:.1f}\u00a0s".replace(".", ",")


# --- Failures ---------------------------------------------------------------------------------------------------------
def _failed_tasks(every: Sequence[Watch], *, at: datetime) -> dict[str, int]:
    """How many tasks of each watch failed lately: each under the one that names it most precisely."""
    rows = (
        DBTaskResult.objects.filter(status=TaskResultStatus.FAILED, finished_at__gte=at - LATELY)
        .order_by()
        .values_list("task_path")
        .annotate(count=Count("pk"))
    )
    found: dict[str, int] = {}
    for path, count in rows:
        named = [(len(start), watch.code) for watch in every for start in watch.tasks if path.startswith(start)]
        if named:
            code = max(named)[1]
            found[code] = found.get(code, 0) + count
    return found


# --- Usage ------------------------------------------------------------------------------------------------------------
def _days(*, at: datetime) -> dict[str, dict[date, int]]:
    """The space taken with each engine, day by day, in the scope in force."""
    rows = (
        UsageReading.objects.filter(read_on__gte=dates.day_of(at) - GROWTH)
        .order_by("code", "read_on")
        .values_list("code", "read_on")
        .annotate(used=Sum("used_bytes"))
    )
    found: dict[str, dict[date, int]] = {}
    for code, on, used in rows:
        found.setdefault(code, {})[on] = used
    return found


def _taken(code: str, days: dict[date, int]) -> Taken:
    first, last = min(days), max(days)
    most = max(days.values()) or 1
    largest = UsageReading.objects.filter(code=code, read_on=last, used_bytes__gt=0)
    return Taken(
        on=last,
        used=days[last],
        since=first if first != last else None,
        before=days[first],
        slots=[
            Slot(dates.in_words(on), max(0.02, used / most), bytes_in_french(used), "info") for on, used in days.items()
        ],
        top=[
            (one.beneficiary, one.used_bytes)
            for one in largest.select_related("beneficiary__commune").order_by("-used_bytes", "beneficiary")[:TOP]
        ],
    )


@dataclass(frozen=True)
class Row:
    """The space of one beneficiary with one engine, for a file."""

    reading: UsageReading
    engine: str
    before: int | None


SHEET: Sheet[Row] = Sheet(
    "running",
    "exploitation",
    "Place occupée, par bénéficiaire et par moteur",
    (
        Field("Bénéficiaire", lambda row: row.reading.beneficiary.name),
        Field("Code INSEE", lambda row: row.reading.beneficiary.insee_code, Kind.CODE),
        Field("Moteur", lambda row: row.engine),
        Field("Octets", lambda row: row.reading.used_bytes, Kind.NUMBER),
        Field("Octets au premier relevé des 30 derniers jours", lambda row: row.before, Kind.NUMBER),
        Field("Relevé le", lambda row: row.reading.read_on, Kind.DAY),
    ),
)


def rows_of(*, at: datetime) -> Iterator[Row]:
    """The last reading of each beneficiary of the scope with each engine, beside the first of the last thirty days."""
    since = dates.day_of(at) - GROWTH
    for watch in watches():
        readings = UsageReading.objects.filter(code=watch.code, read_on__gte=since)
        last = readings.aggregate(last=Max("read_on"))["last"]
        first: dict[int, tuple[date, int]] = {}
        for pk, on, used in readings.order_by("read_on").values_list("beneficiary", "read_on", "used_bytes"):
            first.setdefault(pk, (on, used))
        for reading in readings.filter(read_on=last).select_related("beneficiary__commune").order_by("beneficiary"):
            on, used = first[reading.beneficiary_id]
            yield Row(reading, watch.label, used if on != last else None)


# --- Numbers ----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Measured:
    """Numbers of an engine for programs: whether it answered its last trial, the seconds, the bytes kept, the rest."""

    code: str
    is_up: bool | None
    seconds: float | None
    used_bytes: int | None
    numbers: dict[str, float]


def measured(*, at: datetime) -> list[Measured]:
    """The numbers of every engine, over all the beneficiaries: two queries, and what each watch asks."""
    with scopes_disabled():  # Sums over everybody, which say nothing of anyone.
        last, days = _last_trials(), _days(at=at)
        found = []
        for watch in watches():
            if watch.why_none() is not None:
                continue
            trial, used = last.get(watch.code), days.get(watch.code)
            found.append(
                Measured(
                    watch.code,
                    None if trial is None else not trial.problem,
                    None if trial is None else trial.seconds,
                    used[max(used)] if used else None,
                    dict(watch.numbers()),
                )
            )
    return found
