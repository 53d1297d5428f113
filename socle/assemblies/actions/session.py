"""Actions during a session: the roll, withdrawals, votes, and what is left when the quorum is lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from socle.assemblies.actions.agenda import copy_items, held_by
from socle.assemblies.ballots import Ballot, Votes, ballot
from socle.assemblies.law import rule_on
from socle.assemblies.models import Attendance, Item, Meeting, Member, Withdrawal
from socle.assemblies.rules import (
    Noted,
    judge_appointment,
    judge_vote,
    why_not_appoint,
    why_not_ask,
    why_not_attend,
    why_not_count,
    why_not_fail,
    why_not_move,
    why_not_open,
    why_not_set_aside,
    why_not_vote,
)
from socle.assemblies.tally import Roll, roll_of, tallies, tally, voters_of
from socle.journal import actions as journal
from socle.lib import dates
from socle.lib.refusals import Refused, refuse
from socle.people.models import User

Status = Meeting.Status
# How the article of an appointment begins.
ELECTED = "Est élu ou élue\u00a0: "
# How one votes, as the act names it.
SENSES = {"for": "Pour", "against": "Contre", "abstention": "Abstention"}


@transaction.atomic
def open_session(meeting: Meeting, *, by: User, at: datetime) -> Meeting:
    """Open the session: everybody in office is noted present, the head presides. Raises Refused."""
    meeting = held_by(meeting, by, at)
    refuse(why_not_open(meeting, at=at))
    members = list(meeting.assembly.members.in_office(meeting.held_on))
    meeting.status, meeting.opened_at = Status.OPEN, at
    meeting.president = next((one for one in members if one.is_head), None)
    meeting.save(update_fields=["status", "opened_at", "president"])
    Attendance.objects.bulk_create(Attendance(meeting=meeting, member=one) for one in members)
    journal.record("meeting.opened", meeting, by=by, at=at, members=len(members))
    return meeting


@transaction.atomic
def note_attendance(
    meeting: Meeting,
    rows: Mapping[int, Noted],
    *,
    president: Member | None,
    secretary: Member | None,
    is_urgency_approved: bool | None = None,
    by: User,
    at: datetime,
) -> Meeting:
    """Note who is there, whose voice is held by whom, who presides and who keeps the minutes. Raises Refused.

    `rows` are by member; a member left out stays as noted before.
    """
    meeting = held_by(meeting, by, at)
    known = {one.member_id: one for one in meeting.attendances.all()}
    as_it_was = {pk: Noted(one.state, one.arrived_for, one.left_before, one.proxy_to_id) for pk, one in known.items()}
    said = as_it_was | {pk: noted for pk, noted in rows.items() if pk in known}
    refuse(why_not_attend(meeting, said))
    changed = []
    for pk, noted in rows.items():
        one = known.get(pk)
        if one is None:
            continue
        one.state, one.arrived_for, one.left_before = noted.state, noted.arrived_for, noted.left_before
        one.proxy_to_id, one.is_proxy_written = noted.proxy_to, noted.is_proxy_written
        changed.append(one)
    fields = ["state", "arrived_for", "left_before", "proxy_to", "is_proxy_written"]
    Attendance.objects.bulk_update(changed, fields)
    meeting.president, meeting.secretary = president, secretary
    meeting.is_urgency_approved = is_urgency_approved if meeting.urgency else None
    meeting.save(update_fields=["president", "secretary", "is_urgency_approved"])
    present = sum(1 for one in known.values() if one.state == Attendance.State.PRESENT)
    journal.record("meeting.attendance_noted", meeting, by=by, at=at, present=present)
    return meeting


@transaction.atomic
def withdraw_from(
    item: Item, members: Iterable[Member], *, leaves_office: bool = False, by: User, at: datetime
) -> None:
    """Note who takes no part in an item; said again, it replaces. Raises Refused."""
    meeting = held_by(item.meeting, by, at)
    refuse(why_not_move(meeting, Status.HELD))
    item.withdrawals.all().delete()
    rows = [Withdrawal(item=item, member=one, is_out_of_office=leaves_office) for one in members]
    Withdrawal.objects.bulk_create(rows)
    journal.record("meeting.withdrawals_noted", meeting, by=by, at=at, item=item.pk, members=len(rows))


@transaction.atomic
def vote(item: Item, votes: Votes | None, *, by: User, at: datetime) -> Item:
    """Note the vote of an item; `None` is unanimous, by every voice there is. Voted again, it corrects.

    The quorum and the vote are counted now, and explained in a sentence that is kept with them. Raises Refused.
    """
    item, roll = _to_vote(item, by, at)
    return _note(item, roll, votes, by=by, at=at)


@dataclass(frozen=True)
class Asked:
    """A ballot that members ask for: how many of those present ask it public, or secret, and how it went.

    Public, `choices` says how each voter voted, by name (« against », « abstention », else for). Secret, the figures.
    """

    public: int = 0
    secret: int = 0
    choices: Mapping[str, str] = field(default_factory=dict)
    against: int = 0
    abstentions: int = 0


@transaction.atomic
def vote_as_asked(item: Item, asked: Asked, *, by: User, at: datetime) -> Item:
    """Note the vote of an item for which members asked a public or a secret ballot. Raises Refused when too few did."""
    item, roll = _to_vote(item, by, at)
    counted = tally(item, roll)
    refuse(why_not_ask(asked.public, asked.secret, present=len(counted.present)))
    which, sentence = ballot(
        present=len(counted.present), ask_public=asked.public, ask_secret=asked.secret, law=roll.law, on=roll.on
    )
    if which == Ballot.ORDINARY:
        raise Refused(sentence)
    named, head_in_favour = "", None
    against, abstentions = asked.against, asked.abstentions
    if which == Ballot.PUBLIC:
        senses = {voter: _sense(asked, voter) for voter in voters_of(counted)}
        chosen = list(senses.values())
        against, abstentions = chosen.count("against"), chosen.count("abstention")
        named = _named(senses)
        if (head := roll.meeting.president) is not None and head.name in senses:
            head_in_favour = senses[head.name] == "for"
    refuse(why_not_count(against + abstentions, counted.voices))
    votes = Votes(
        in_favour=counted.voices - against - abstentions,
        against=against,
        abstentions=abstentions,
        is_secret=which == Ballot.SECRET,
        head_in_favour=head_in_favour,
    )
    return _note(item, roll, votes, said=sentence, named=named, by=by, at=at)


def _sense(asked: Asked, voter: str) -> str:
    said = asked.choices.get(voter, "for")
    return said if said in SENSES else "for"


def _named(senses: Mapping[str, str]) -> str:
    """« Pour : Anne, Brice », one sense a line; those that nobody chose are left out."""
    lines = []
    for sense, label in SENSES.items():
        if names := [voter for voter, chosen in senses.items() if chosen == sense]:
            lines.append(f"{label}\u00a0: {', '.join(names)}")
    return "\n".join(lines)


def _to_vote(item: Item, by: User, at: datetime) -> tuple[Item, Roll]:
    meeting = held_by(item.meeting, by, at)
    item.refresh_from_db()
    item.meeting = meeting
    return item, roll_of(meeting)


def _note(
    item: Item, roll: Roll, votes: Votes | None, *, said: str = "", named: str = "", by: User, at: datetime
) -> Item:
    refuse(why_not_vote(item, roll, votes))
    counted = tally(item, roll)
    votes = votes or Votes(in_favour=counted.voices, against=0)
    answer = judge_vote(item, roll, votes)
    item.outcome = Item.Outcome.ADOPTED if answer.is_met else Item.Outcome.REJECTED
    item.members_in_office = counted.in_office
    item.votes_for, item.votes_against = votes.in_favour, votes.against
    item.abstentions = votes.abstentions + votes.blank
    item.is_secret, item.is_head_in_favour, item.named = votes.is_secret, votes.head_in_favour, named
    told = [counted.quorum.sentence, answer.sentence, said, *(flag.sentence for flag in counted.flags)]
    item.explained = "\n".join(filter(None, told))
    item.save(
        update_fields=[
            "outcome", "members_in_office", "votes_for", "votes_against", "abstentions", "is_secret",
            "is_head_in_favour", "explained", "named",
        ]
    )  # fmt: skip
    journal.record("meeting.item_voted", item.meeting, by=by, at=at, item=item.pk, outcome=item.outcome)
    return item


@transaction.atomic
def appoint(item: Item, rounds: Sequence[Mapping[str, int]], *, by: User, at: datetime) -> Item:
    """Note the rounds of an appointment, each the voices by candidate; who is appointed is an article of the act.

    The ballot is secret. Noted again, it corrects. Raises Refused.
    """
    item, roll = _to_vote(item, by, at)
    refuse(why_not_appoint(item, roll, rounds))
    counted, outcome = tally(item, roll), judge_appointment(roll, rounds)
    last = rounds[outcome.round - 1]
    elected = str(outcome.elected)
    kept = [line for line in item.decision.splitlines() if not line.startswith(ELECTED)]
    item.decision = "\n".join([*kept, f"{ELECTED}{elected}."])
    item.outcome, item.is_secret, item.is_head_in_favour = Item.Outcome.ADOPTED, True, None
    item.members_in_office, item.votes_for = counted.in_office, last[elected]
    item.votes_against = sum(last.values()) - last[elected]
    item.abstentions = counted.voices - sum(last.values())
    said = [counted.quorum.sentence, outcome.sentence, *(flag.sentence for flag in (*outcome.flags, *counted.flags))]
    item.explained = "\n".join(said)
    item.save(
        update_fields=[
            "decision", "outcome", "is_secret", "is_head_in_favour", "members_in_office", "votes_for", "votes_against",
            "abstentions", "explained",
        ]
    )  # fmt: skip
    journal.record("meeting.item_voted", item.meeting, by=by, at=at, item=item.pk, outcome=item.outcome)
    return item


@transaction.atomic
def set_aside(item: Item, *, outcome: str, by: User, at: datetime) -> Item:
    """Postpone an item, take note of one that is not voted, or put it back to be voted. Raises Refused."""
    meeting = held_by(item.meeting, by, at)
    item.meeting = meeting
    refuse(why_not_set_aside(item, outcome=outcome))
    item.outcome = outcome
    item.votes_for = item.votes_against = item.abstentions = item.members_in_office = None
    item.explained = ""
    fields = ["outcome", "votes_for", "votes_against", "abstentions", "members_in_office", "explained"]
    item.save(update_fields=fields)
    journal.record("meeting.item_set_aside", meeting, by=by, at=at, item=item.pk, outcome=outcome)
    return item


@transaction.atomic
def fail(meeting: Meeting, *, by: User, at: datetime) -> Meeting:
    """End a session that lost its quorum, and prepare the second one, filled in, which needs none. Raises Refused.

    What was voted before the quorum was lost stays voted. Return the second meeting.
    """
    meeting = held_by(meeting, by, at)
    items = list(meeting.items.all())
    refuse(why_not_fail(meeting, items, tallies(items, roll_of(meeting))))
    left = [item for item in items if item.outcome == Item.Outcome.PENDING]
    Item.objects.filter(pk__in=[item.pk for item in left]).update(outcome=Item.Outcome.POSTPONED)
    is_whole = len(left) == len(items)
    if is_whole:
        meeting.status, meeting.closed_at = Status.FAILED, at
        meeting.save(update_fields=["status", "closed_at"])
        journal.record("meeting.failed", meeting, by=by, at=at)
    rule = rule_on(meeting.assembly.law, "second_clear_days", on=dates.day_of(at))
    days = rule.number if rule is not None and rule.is_confirmed else 3
    # The first day on which it may be held when its convocation leaves tomorrow, at the same hour.
    day = max(meeting.held_on, dates.day_of(at)) + timedelta(days=days + 2)
    starts_at = datetime.combine(day, meeting.starts_at.astimezone(dates.PARIS).time(), dates.PARIS)
    again = Meeting.objects.create(
        assembly=meeting.assembly, starts_at=starts_at, place=meeting.place, note=meeting.note, repeats=meeting
    )
    copy_items(left, again, with_annexes=True)
    journal.record("meeting.prepared", again, by=by, at=at, held_on=again.held_on.isoformat())
    return again
