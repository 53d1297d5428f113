"""Offboarding of a person: what they hold there, who takes it over, and the day it changes hands.

A role already ends by its last day, with nothing to run. What the person holds there (tokens, agreements they follow,
pages they locked…) is another matter, known by the rooms above: each declares its kinds of things in its own
`offboarding.py`, with two functions: what is held, in words, and what passes it on. Nothing is deleted: a thing changes
hands, or waits for someone to take it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string

from socle.journal import actions as journal
from socle.lib import dates
from socle.lib.declared import gathered
from socle.lib.refusals import refuse
from socle.people import emails, rules
from socle.people.devices import actions as devices
from socle.people.models import HelpAccess, Invitation, Membership, User
from socle.people.sign_in import sessions

log = logging.getLogger("socle.people")

# So many departures at most in one round: each is a transaction, and the next round does the others.
AT_ONCE = 200


class Handing(Protocol):
    """Function of a room: pass what this role holds to this person, or leave it to be given; return how many."""

    def __call__(self, membership: Membership, *, to: User | None, by: User, at: datetime) -> int: ...


@dataclass(frozen=True)
class Kind:
    """One kind of thing that a person may hold by a role.

    `held` names what lists them, each by a few words; `hand_over`, what passes them on: without it, they stay where
    they are. `with_nobody` says what becomes of them without a successor. `pages` name the page of each door where they
    are seen.
    """

    code: str
    title: str
    held: str
    with_nobody: str
    hand_over: str = ""
    pages: dict[str, str] = field(default_factory=dict)

    def of(self, membership: Membership, *, on: date) -> list[str]:
        """Return the holdings of this kind that this role has on this day, in words."""
        held: Callable[[Membership, date], list[str]] = import_string(self.held)
        return held(membership, on)

    @property
    def act(self) -> Handing | None:
        act: Handing | None = import_string(self.hand_over) if self.hand_over else None
        return act


HOLDINGS: tuple[Kind, ...] = (
    Kind(
        "filtres",
        "Filtres partagés avec l’opérateur",
        "socle.people.filters.shared_filters",
        "Ils restent dans les listes, et chaque personne de l’opérateur peut les renommer ou les supprimer.",
        "socle.people.filters.pass_shared_filters",
        {"console": "console:filters"},
    ),
    Kind(
        "appareils",
        "Appareils reliés à la messagerie, aux agendas et aux fichiers",
        "socle.people.devices.queries.held",
        "Ils n’ouvrent plus rien dès que la personne n’exerce plus aucune fonction ; ses messages restent.",
    ),
    Kind(
        "propositions",
        "Invitations proposées, pas encore acceptées",
        "socle.people.offboarding.invitations",
        "Elles restent valables : qui nomme les confirme ou les retire.",
        pages={"mairie": "mairie:people", "console": "console:people"},
    ),
    Kind(
        "assistance",
        "Accès d’assistance ouverts",
        "socle.people.offboarding.help_accesses",
        "Ils restent ouverts jusqu’à leur date, sauf si la mairie les ferme.",
        pages={"mairie": "mairie:people"},
    ),
)


@dataclass(frozen=True)
class Holding:
    """Holdings of one kind of a role."""

    kind: Kind
    membership: Membership
    things: list[str]

    @property
    def url(self) -> str:
        """Where these things are seen, at the door where the role is held; nothing when there is no such page."""
        page = self.kind.pages.get("mairie" if self.membership.beneficiary_id is not None else "console")
        return reverse(page) if page else ""


@dataclass(frozen=True)
class Departure:
    """Facts of the page of a departure: what the person holds, who could take over, what stands in the way."""

    membership: Membership
    holdings: list[Holding]
    successors: list[Membership]
    why_not: str | None
    is_last_mayor: bool

    @property
    def initial(self) -> dict[str, object]:
        """Return the departure that is already planned."""
        return {"last_day": self.membership.ends_on, "successor": self.membership.successor_id}


def departure_of(membership: Membership, *, by: User, on: date) -> Departure:
    """Read what the departure of this person is about; what they hold is for whoever may end the role only."""
    why_not = rules.why_not_end(membership, by=by, on=on)
    return Departure(
        membership,
        holdings_of(membership, on=on) if why_not is None else [],
        possible_successors(membership, on=on),
        why_not,
        rules.is_last_mayor(membership, on=on),
    )


def said_of(membership: Membership, last_day: date, successor: User | None) -> str:
    """Say what a departure just planned will be."""
    who = f"{successor.name} prendra la suite" if successor else "la suite reste à attribuer"
    return f"La fonction de {membership.user.name} finit le {dates.in_words(last_day)} ; {who}."


def table() -> tuple[Kind, ...]:
    """The kinds of things, as the rooms declare them, in their order."""
    return gathered(settings.SOCLE_HOLDINGS)


def holdings_of(membership: Membership, *, on: date) -> list[Holding]:
    """Return the holdings of this role on this day; a kind without any is left out."""
    found = (Holding(kind, membership, kind.of(membership, on=on)) for kind in table())
    return [holding for holding in found if holding.things]


def possible_successors(membership: Membership, *, on: date) -> list[Membership]:
    """The roles of the people who could take over: in function at the same place, and not leaving themselves."""
    colleagues = (
        Membership.objects.active_on(on)
        .filter(
            beneficiary=membership.beneficiary_id,
            operator=membership.operator_id,
            user__is_active=True,
            ends_on__isnull=True,
        )
        .exclude(user=membership.user_id)
        .select_related("user")
        .order_by("user__name", "pk")
    )
    return list({one.user_id: one for one in colleagues}.values())


@transaction.atomic
def hand_over(membership: Membership, *, by: User, at: datetime) -> Membership:
    """Once the last day is past: pass on what the role held, and end the sessions and devices of whoever holds no other
    role.

    A successor who left meanwhile takes nothing: the things wait for someone. Raises `Refused` before that day.
    """
    # Locked without any join: PostgreSQL checks a join again after the wait.
    Membership.objects.select_for_update().get(pk=membership.pk)
    membership = Membership.objects.select_related("user", "successor", "beneficiary", "operator").get(pk=membership.pk)
    on = dates.day_of(at)
    refuse(rules.why_not_hand_over(membership, on=on))
    to, ended = membership.successor, membership.ends_on
    assert ended is not None  # why_not_hand_over has refused a role without an end.
    if to is not None and rules.why_not_succeed(to, membership, after=max(ended, on - timedelta(days=1))):
        to = None
    passed = {kind.code: kind.act(membership, to=to, by=by, at=at) for kind in table() if kind.act is not None}
    membership.handed_over_at = at
    membership.save(update_fields=["handed_over_at"])
    if not membership.user.memberships.active_on(on).exists():
        sessions.end_all(membership.user, by=by, at=at)
        devices.end_all(membership.user, by=by, at=at)
    journal.record(
        "role.handed_over",
        membership,
        by=by,
        at=at,
        role=membership.role,
        ends_on=str(ended),
        successor=to.pk if to is not None else None,
        rows=sum(passed.values()),
        kinds=sorted(code for code, count in passed.items() if count),
    )
    return membership


def hand_over_due() -> int:
    """The tick: hand over what the roles ended yesterday or before held; return how many roles.

    One that fails stays due: it is as it was, the others change hands, and the next round tries again.
    """
    at, done = timezone.now(), 0
    due = Membership.objects.to_hand_over(dates.day_of(at)).order_by("ends_on", "pk")[:AT_ONCE]
    for membership in due:
        try:
            hand_over(membership, by=User.objects.system(), at=at)
            done += 1
        except Exception:
            # Its message may hold what was being handed over: its trace alone is told.
            log.exception("the role %s was not handed over", membership.pk)
    return done


def remind_due() -> int:
    """The tick: write, some days before, to whoever leaves, takes over or names there; return how many departures."""
    at = timezone.now()
    on, reminded = dates.day_of(at), 0
    until = on + timedelta(days=settings.SOCLE_DEPARTURE_REMINDER_DAYS)
    for pk in Membership.objects.to_remind(on, until=until).order_by("ends_on", "pk").values_list("pk", flat=True):
        try:
            reminded += _remind(pk, at=at)
        except Exception:
            log.exception("the reminder of the role %s did not leave", pk)
    return reminded


def _remind(pk: int, *, at: datetime) -> bool:
    # Each message leaves once at most, and out of any transaction: killed in the middle, the next round goes on.
    membership = Membership.objects.select_related("user", "successor", "beneficiary", "operator").get(pk=pk)
    things = [(holding.kind.title, len(holding.things)) for holding in holdings_of(membership, on=dates.day_of(at))]
    emails.write_departure(membership, things=things, at=at)
    # Two rounds at once: the second finds it noted.
    return Membership.objects.filter(pk=pk, reminded_at__isnull=True).update(reminded_at=at) == 1


# --- What people hold in this very room -------------------------------------------------------------------------------
def invitations(membership: Membership, on: date) -> list[str]:
    """The invitations this person proposed there that nobody answered yet."""
    proposed = Invitation.objects.open().filter(
        beneficiary=membership.beneficiary_id, operator=membership.operator_id, proposed_by=membership.user_id
    )
    return [invitation.name for invitation in proposed.order_by("name", "pk")]


def help_accesses(membership: Membership, on: date) -> list[str]:
    """The accesses this person opened there that let someone in, or will."""
    if membership.beneficiary_id is None:
        return []
    opened = HelpAccess.objects.filter(
        beneficiary=membership.beneficiary_id, opened_by=membership.user_id, closed_at__isnull=True, ends_on__gte=on
    )
    return [access.operator.name for access in opened.select_related("operator").order_by("pk")]
