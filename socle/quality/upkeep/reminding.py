"""The monthly message « À faire »: one a month at most to each person, for all their communes, when something is to do.

A secretary receives it unless they said no; a mayor, if they said yes. It leaves on the first Monday of the
month, or the next two days when that was missed, never later: whoever was away reads nothing stale.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django_scopes import scopes_disabled

from socle.journal import actions as journal
from socle.lib import locks
from socle.lib.dates import PARIS, add_months, day_of
from socle.outbox import departures
from socle.people.models import BENEFICIARY_ROLES, Membership, Role, User
from socle.quality.models.score import SiteTask
from socle.quality.models.upkeep import MonthlyReminder
from socle.sections.subscriptions import emails
from socle.sites.models.sites import WebSite
from socle.sites.parameters import value_of

log = logging.getLogger("socle.sites")

SALT = "socle.quality.upkeep.reminder"
LONGEST = 120
HOUR = time(7)
# After so long, the month's message is let go.
MISSED = timedelta(days=2)
# Lines of one commune in a message, and communes: the rest is one click away.
MOST_LINES, MOST_SITES = 8, 10


# --- Who wants it ----------------------------------------------------------------------------------------------------
def is_wanted(person: User, *, on: date) -> bool:
    """Say whether this person receives the monthly message: what they chose, else what their roles give."""
    row = MonthlyReminder.objects.filter(user=person).first()
    if row is not None and row.is_wanted is not None:
        return row.is_wanted
    return bool(person.memberships.active_on(on).filter(role=Role.SECRETARY).exists())


@transaction.atomic
def choose(person: User, *, is_wanted: bool, by: User, at: datetime) -> MonthlyReminder:
    """Keep what a person wants; said again, it changes nothing."""
    row, _ = MonthlyReminder.objects.get_or_create(user=person)
    if row.is_wanted != is_wanted:
        row.is_wanted, row.chosen_at = is_wanted, at
        row.save(update_fields=["is_wanted", "chosen_at"])
        journal.record("website.reminder_chosen", person, by=by, at=at, wanted=is_wanted)
    return row


def leaving(person: User) -> str:
    """Return the token by which a person stops the message: signed, of them alone, never too old."""
    return signing.Signer(salt=SALT).sign(str(person.pk))


def to_leave(token: str) -> User | None:
    """Return the person whose message this link stops, or None."""
    try:
        key = signing.Signer(salt=SALT).unsign(token[:LONGEST])
    except signing.BadSignature:
        return None
    return User.objects.filter(pk=int(key)).first()


# --- What it says ----------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class OfSite:
    """Screens of the tasks on the site of one commune, and where."""

    name: str
    # « de Prisches », « d’Arras »: what follows « site ».
    of_name: str
    url: str
    tasks: list[SiteTask]
    count: int

    @property
    def more(self) -> int:
        return self.count - len(self.tasks)


def of_sites(websites: Iterable[WebSite]) -> list[OfSite]:
    """Return what the mairies have to do on these sites, as they were last examined; one query."""
    by_site: dict[int, list[SiteTask]] = {website.pk: [] for website in websites}
    tasks = SiteTask.objects.filter(score__website__in=by_site, who=SiteTask.Who.MAIRIE).select_related("score")
    for task in tasks.order_by("pk"):
        by_site[task.score.website_id].append(task)
    screen = f"{settings.PLATFORM_URL}{reverse('website_upkeep')}"
    return [
        OfSite(
            name_of(website),
            emails.of_site(website),
            f"{screen}?commune={website.beneficiary_id}",
            found[:MOST_LINES],
            len(found),
        )
        for website in websites
        if (found := by_site[website.pk])
    ]


def sites_of(person: User, *, on: date) -> list[WebSite]:
    """Return the sites that this person keeps up today, those that readers see, by name."""
    served = person.memberships.active_on(on).filter(role__in=BENEFICIARY_ROLES).values("beneficiary")
    live = WebSite.objects.filter(suspended_at=None, archived_at=None, redirects_to=None, beneficiary__in=served)
    return sorted(live.select_related("beneficiary__commune"), key=name_of)


def name_of(website: WebSite) -> str:
    """Return what a person calls it: the commune, else the body."""
    commune = website.beneficiary.commune
    return commune.name if commune else website.beneficiary.name


# --- When it leaves --------------------------------------------------------------------------------------------------
def month_of(at: datetime) -> datetime:
    """Return the moment of this month's message, the last one that has come: its first Monday, or what was chosen."""
    first = day_of(at).replace(day=1)
    moments = [_moment(first), _moment(add_months(first, -1))]
    return next(one for one in moments if one <= at)


def _moment(first: date) -> datetime:
    ahead = (value_of("reminder-weekday") - first.isoweekday()) % 7
    return datetime.combine(first + timedelta(days=ahead), HOUR, PARIS)


def due(month: datetime, *, on: date) -> list[User]:
    """Return those to whom this month's message was not looked at yet: by role, unless they said no, or by choice."""
    serving = Membership.objects.active_on(on).filter(role__in=BENEFICIARY_ROLES)
    secretaries = serving.filter(role=Role.SECRETARY)
    wanted = Q(monthly_reminder__is_wanted=True, pk__in=serving.values("user"))
    wanted |= Q(pk__in=secretaries.values("user")) & ~Q(monthly_reminder__is_wanted=False)
    people = User.objects.filter(wanted, is_active=True)
    return list(people.exclude(monthly_reminder__looked_at__gte=month).order_by("pk"))


def remind(*, at: datetime) -> int:
    """Write this month's message to those who have something to do; return how many left. Said again, none leaves."""
    month, on, sent = month_of(at), day_of(at), 0
    if at - month > MISSED:
        return 0
    with locks.held("monthly-reminder") as is_mine:
        if not is_mine:
            return 0
        with scopes_disabled():  # Each person, with the communes that they serve today.
            for person in due(month, on=on):
                try:
                    has_left = _write_to(person, month, on=on, at=at)
                except departures.ADDRESS_REFUSED as error:
                    log.warning("monthly reminder of %s is refused (%s)", person.pk, type(error).__name__)
                    has_left = False
                except departures.NOT_TAKEN as error:
                    # The server takes nothing: the next round goes on from there.
                    log.error("monthly reminders wait (%s)", type(error).__name__)
                    return sent
                sent += has_left
                row, _ = MonthlyReminder.objects.get_or_create(user=person)
                row.looked_at, row.written_at = at, at if has_left else row.written_at
                row.save(update_fields=["looked_at", "written_at"])
    return sent


def _write_to(person: User, month: datetime, *, on: date, at: datetime) -> bool:
    sites = of_sites(sites_of(person, on=on))
    if not sites:
        return False
    count = sum(site.count for site in sites)
    leave = f"{settings.PLATFORM_URL}{reverse('reminder_end', args=[leaving(person)])}"
    said = {"person": person, "sites": sites[:MOST_SITES], "more": max(0, len(sites) - MOST_SITES), "leave": leave}
    where = f"le site {sites[0].of_name}" if len(sites) == 1 else f"{len(sites)} sites"
    subject = f"{count} chose{'s' if count > 1 else ''} à faire sur {where}"
    headers = {
        "List-Unsubscribe": f"<{leave}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
    }
    text = render_to_string("websites/emails/reminder.txt", said)
    key = ("website.reminder", person.pk, day_of(month).isoformat())
    return departures.send_once(key, subject[:150], text, person.email, at=at, headers=headers)
