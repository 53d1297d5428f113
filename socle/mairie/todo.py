"""« À faire »: what waits in every room for the people of a mairie, by when it is to be done; theirs alone first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import models

from socle.lib import dates
from socle.lib.declared import ToDo, WaitingAtMairie, gathered
from socle.people.capabilities import Capability
from socle.people.models import Beneficiary, User
from socle.sites.models import WebSite

WEEK = timedelta(days=7)
# Of what has the time, the first ones are shown, and the others unfold: on a phone, « Publier » comes after.
SHOWN = 7


class Group(models.TextChoices):
    """Groups of what is to be done, in the order of the page."""

    ALONE = "alone", "Pour vous seulement"
    LATE = "late", "En retard"
    SOON = "soon", "Cette semaine"
    LATER = "later", "Quand vous pourrez"


@dataclass(frozen=True)
class Reader:
    """A person of a mairie and what their function opens: what they could not do does not wait for them."""

    user: User
    beneficiary: Beneficiary
    website: WebSite | None
    may: Callable[[Capability], bool]


@dataclass(frozen=True)
class ToDoLine:
    """One thing to do as the page shows it: by which day, in words, and whether a law is not kept."""

    task: ToDo
    group: Group
    by: str
    is_late: bool

    @property
    def is_unlawful(self) -> bool:
        """Whether it is late by law: the platform holds the article, with its day."""
        return self.is_late and bool(self.task.law)


def group_of(task: ToDo, *, on: date) -> Group:
    """Say in which group a thing is on this day. What has no day is never late."""
    if task.is_mine_alone:
        return Group.ALONE
    if task.due_on is None:
        return Group.LATER
    if task.due_on < on:
        return Group.LATE
    return Group.SOON if task.due_on <= on + WEEK else Group.LATER


def by_in_words(due_on: date | None, *, on: date) -> str:
    """Return « avant le 15 décembre », « aujourd’hui », or « dernier jour : 1er décembre » of a day gone."""
    if due_on is None:
        return ""
    if due_on == on:
        return "aujourd’hui"
    if due_on == on + timedelta(days=1):
        return "demain au plus tard"
    day = dates.in_words(due_on).removesuffix(f"\u00a0{on.year}")
    return f"avant le\u00a0{day}" if due_on > on else f"dernier jour\u00a0: {day}"


def to_do(reader: Reader, *, at: datetime) -> list[ToDo]:
    """Return what waits for this person in every room, within the scope in force; a constant number of queries."""
    kinds: list[WaitingAtMairie] = [
        kind for kind in gathered(settings.SOCLE_WAITING_AT_MAIRIE) if reader.may(Capability(kind.capability))
    ]
    return [task for kind in kinds for task in kind.find(reader, at)]


def grouped(tasks: Iterable[ToDo], *, at: datetime) -> dict[Group, list[ToDoLine]]:
    """Return these things group by group: the reader's first, what is due the soonest, then in the order given."""
    on = dates.day_of(at)
    lines = [
        ToDoLine(one, group_of(one, on=on), by_in_words(one.due_on, on=on), one.due_on is not None and one.due_on < on)
        for one in tasks
    ]
    lines.sort(key=lambda line: (bool(line.task.turn), line.task.due_on or date.max))
    by_group = {group: [line for line in lines if line.group == group] for group in Group}
    return {group: found for group, found in by_group.items() if found}
