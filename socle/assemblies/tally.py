"""Counting an item of a meeting from its rows: who is there, quorum, proxies, how many voices there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from socle.assemblies.ballots import Proxy, ceiling, count_proxies, flags_of_accounts
from socle.assemblies.law import Flag, Law
from socle.assemblies.models import Attendance, Item, Meeting, Member, Withdrawal
from socle.assemblies.quorum import Attendance as Figures
from socle.assemblies.quorum import Quorum, quorum


@dataclass(frozen=True)
class Roll:
    """The roll of a meeting, read once: its law, who sits, who came, who withdrew from which item, older proxies."""

    meeting: Meeting
    law: Law
    members: tuple[Member, ...]
    attendances: tuple[Attendance, ...]
    withdrawals: tuple[Withdrawal, ...]
    # By giver: to whom their last proxy was given, and for how many meetings held just before the same paper served.
    proxies_before: dict[int, tuple[int, int]]

    @property
    def on(self) -> date:
        return self.meeting.held_on

    @property
    def head(self) -> Member | None:
        return next((one for one in self.members if one.is_head), None)

    def of(self, college: str) -> list[Member]:
        """Those who vote: all, or those of a college."""
        return [one for one in self.members if not college or one.college == college]

    def present_at(self, rank: int, college: str = "") -> list[Member]:
        """Those in the room for the item of this rank, in the order of the table."""
        there = {one.member_id for one in self.attendances if one.is_there_for(rank)}
        return [one for one in self.of(college) if one.pk in there]


@dataclass(frozen=True)
class Tally:
    """An item counted: its quorum with its sentence, the proxies that count, the voices there are, what is wrong."""

    quorum: Quorum
    in_office: int
    present: tuple[Member, ...]
    withdrawn: tuple[Member, ...]
    proxies: tuple[Proxy, ...]
    voices: int
    flags: tuple[Flag, ...]

    @property
    def who(self) -> tuple[object, ...]:
        """Who counted, and on which basis: a vote that was noted among others is to be noted again."""
        return (
            self.in_office,
            {one.pk for one in self.present},
            {one.pk for one in self.withdrawn},
            {(one.giver, one.holder) for one in self.proxies},
        )


def roll_of(meeting: Meeting) -> Roll:
    """Read the roll of a meeting; six queries, however many members and items.

    Once it was held, those who sat are on its sheet, and who leaves later, or comes, changes nothing of it.
    """
    attendances = tuple(meeting.attendances.select_related("member", "proxy_to"))
    if meeting.status in (Meeting.Status.HELD, Meeting.Status.FAILED):
        members = tuple(one.member for one in attendances)
    else:
        members = tuple(meeting.assembly.members.in_office(meeting.held_on))
    return Roll(
        meeting=meeting,
        law=meeting.assembly.law,
        members=members,
        attendances=attendances,
        withdrawals=tuple(Withdrawal.objects.filter(item__meeting=meeting).select_related("member")),
        proxies_before=_proxies_before(meeting),
    )


def _proxies_before(meeting: Meeting) -> dict[int, tuple[int, int]]:
    earlier = meeting.assembly.meetings.filter(status=Meeting.Status.HELD, starts_at__lt=meeting.starts_at)
    last = list(earlier.order_by("-starts_at").values_list("pk", flat=True)[:6])
    rows = Attendance.objects.filter(meeting__in=last, proxy_to__isnull=False)
    given = {
        (one.meeting_id, one.member_id): one for one in rows.only("meeting_id", "member_id", "proxy_to_id", "paper")
    }
    before = {}
    for giver in {member_id for _, member_id in given}:
        streak, holder = 0, 0
        for pk in last:
            one = given.get((pk, giver))
            if one is None or one.proxy_to_id is None or holder not in (0, one.proxy_to_id):
                break
            streak, holder = streak + 1, one.proxy_to_id
            if one.paper == Attendance.Paper.NEW:
                break
        if streak:
            before[giver] = (holder, streak)
    return before


def sessions_served(one: Attendance, roll: Roll) -> int:
    """For how many sessions in a row this proxy serves, this one included, if it is not said to be a new paper."""
    holder, streak = roll.proxies_before.get(one.member_id, (0, 0))
    return streak + 1 if holder == one.proxy_to_id and one.paper != Attendance.Paper.NEW else 1


def tally(item: Item, roll: Roll) -> Tally:
    """Count an item: the basis and the quorum of those who vote it, proxies, withdrawals and the voices that remain."""
    members = roll.of(item.college)
    present = roll.present_at(item.rank, item.college)
    here = {one.pk for one in present}
    gone = {one.member_id: one for one in roll.withdrawals if one.item_id == item.pk}
    withdrawn = [one for one in members if one.pk in gone]
    quorate = quorum(
        Figures(
            in_office=len(members),
            present=len(present),
            withdrawn=sum(1 for one in present if one.pk in gone),
            leave_office=sum(1 for one in present if one.pk in gone and gone[one.pk].is_out_of_office),
        ),
        law=roll.law,
        on=roll.on,
        is_second=roll.meeting.repeats_id is not None,
    )
    names = {one.pk: one.name for one in members}
    asked = [
        Proxy(
            one.member.name,
            names.get(one.proxy_to_id, one.proxy_to.name if one.proxy_to else ""),
            is_written=one.is_proxy_written,
            sessions=sessions_served(one, roll),
            for_illness=one.paper == Attendance.Paper.ILLNESS,
            is_said=one.paper != Attendance.Paper.UNSAID,
        )
        for one in roll.attendances
        # Who arrives takes their voice back: nothing is wrong with the proxy that ends there.
        if one.proxy_to_id and one.member_id in names and one.member_id not in here
    ]
    valid, flags = count_proxies(
        asked, present=[names[pk] for pk in here], members=list(names.values()), law=roll.law, on=roll.on
    )
    away = {one.name for one in withdrawn}
    serving = tuple(one for one in valid if one.giver not in away and one.holder not in away)
    voices = ceiling(present=len(present), proxies=len(serving), withdrawn=sum(1 for one in present if one.pk in gone))
    head = roll.head
    if item.kind == Item.Kind.ACCOUNTS and head is not None:
        voters = [one.name for one in present if one.pk not in gone]
        flags += flags_of_accounts(head=head.name, voters=voters, proxies=serving, law=roll.law, on=roll.on)
    return Tally(
        quorum=quorate,
        in_office=quorate.basis or len(members),
        present=tuple(one for one in present if one.pk not in gone),
        withdrawn=tuple(withdrawn),
        proxies=serving,
        voices=voices,
        flags=flags,
    )


def voters_of(counted: Tally) -> list[str]:
    """Who has a voice in an item, by name: those present, and those whose proxy counts."""
    return [*(one.name for one in counted.present), *(one.giver for one in counted.proxies)]


def tallies(items: Sequence[Item], roll: Roll) -> list[Tally]:
    """Count each item; no query."""
    return [tally(item, roll) for item in items]
