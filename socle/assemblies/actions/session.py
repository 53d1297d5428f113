"""Actions during a session: the roll, withdrawals, votes, and what is left when the quorum is lost."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from socle.assemblies.actions.agenda import copy_items, held_by
from socle.assemblies.ballots import Ballot, Votes, ballot, names_of, told_rounds
from socle.assemblies.law import Rule, confirmed, rule_on
from socle.assemblies.models import Attendance, Item, Meeting, Member, Withdrawal
from socle.assemblies.rules import (
    Noted,
    judge_appointment,
    judge_vote,
    why_not_appoint,
    why_not_ask,
    why_not_attend,
    why_not_by_figures,
    why_not_count,
    why_not_fail,
    why_not_move,
    why_not_open,
    why_not_read_out,
    why_not_set_aside,
    why_not_vote,
    why_not_write_decision,
)
from socle.assemblies.tally import Roll, Tally, roll_of, tallies, tally, voters_of
from socle.journal import actions as journal
from socle.lib import dates
from socle.lib.refusals import Refused, refuse
from socle.lib.text import folded
from socle.people.models import User

Status = Meeting.Status
# How the article of an appointment begins: of one person, by their civility, of several; voted, or read out.
ELECTED = ("Est élu ou élue\u00a0: ", "Est élue\u00a0: ", "Est élu\u00a0: ", "Sont élus, dans cet ordre\u00a0: ")
NAMED = (
    "Est nommé ou nommée\u00a0: ",
    "Est nommée\u00a0: ",
    "Est nommé\u00a0: ",
    "Sont nommés, dans cet ordre\u00a0: ",
)
# How one votes, as the act names it.
SENSES = {"for": "Pour", "against": "Contre", "abstention": "Abstention"}


@transaction.atomic
def open_session(
    meeting: Meeting, *, secretary: Member | None = None, named_by: str = "", by: User, at: datetime
) -> Meeting:
    """Open the session: everybody in office is noted present, the head presides, the secretary is named.

    `named_by` is how (`Meeting.NamedBy`). Raises Refused.
    """
    meeting = held_by(meeting, by, at)
    refuse(why_not_open(meeting, at=at))
    members = list(meeting.assembly.members.in_office(meeting.held_on))
    meeting.status, meeting.opened_at = Status.OPEN, at
    meeting.president = next((one for one in members if one.is_head), None)
    meeting.secretary, meeting.secretary_named_by = secretary, named_by if secretary else ""
    meeting.save(update_fields=["status", "opened_at", "president", "secretary", "secretary_named_by"])
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
    named_by: str | None = None,
    is_urgency_approved: bool | None = None,
    by: User,
    at: datetime,
) -> Meeting:
    """Note who is there, whose voice is held by whom, who presides and who keeps the minutes. Raises Refused.

    `rows` are by member; a member left out stays as noted before. `named_by` None leaves how the secretary was named as
    it was said. What was voted among others is to be noted again.
    """
    meeting = held_by(meeting, by, at)
    before = _voted(meeting)
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
        one.paper = noted.paper if noted.proxy_to else ""
        changed.append(one)
    fields = ["state", "arrived_for", "left_before", "proxy_to", "is_proxy_written", "paper"]
    Attendance.objects.bulk_update(changed, fields)
    is_other = president != meeting.president
    meeting.president, meeting.secretary = president, secretary
    meeting.secretary_named_by = meeting.secretary_named_by if named_by is None else named_by
    meeting.is_urgency_approved = is_urgency_approved if meeting.urgency else None
    meeting.save(update_fields=["president", "secretary", "secretary_named_by", "is_urgency_approved"])
    present = sum(1 for one in known.values() if one.state == Attendance.State.PRESENT)
    journal.record("meeting.attendance_noted", meeting, by=by, at=at, present=present)
    _put_back(meeting, before, is_presided_by_another=is_other, by=by, at=at)
    return meeting


def _voted(meeting: Meeting) -> dict[int, tuple[object, ...]]:
    """Who counted in each vote noted so far, by item."""
    voted = [item for item in meeting.items.all() if item.is_voted]
    roll = roll_of(meeting) if voted else None
    return {item.pk: tally(item, roll).who for item in voted if roll is not None}


def _put_back(
    meeting: Meeting,
    before: Mapping[int, tuple[object, ...]],
    *,
    is_presided_by_another: bool = False,
    by: User,
    at: datetime,
) -> None:
    """Put back, to be noted again, the votes among others than those who are there now; the journal has the first."""
    now = _voted(meeting)
    for item in meeting.items.filter(pk__in=before):
        # The one who presides breaks a tie in the open, and reads who is appointed without a vote.
        hangs = item.is_without_vote or (item.votes_for == item.votes_against and not item.is_secret)
        if now[item.pk] == before[item.pk] and not (hangs and is_presided_by_another):
            continue
        facts = _figures(item)
        told = "Les présences ont changé depuis son vote\u00a0: notez-le de nouveau."
        if item.vote is not None:
            told += f" Il avait {item.votes_for} pour, {item.votes_against} contre, {item.abstentions} abstentions."
        _unsay(item)
        item.outcome, item.explained = Item.Outcome.PENDING, told
        item.save(update_fields=COUNTED)
        journal.record("meeting.item_put_back", meeting, by=by, at=at, item=item.pk, **facts)


# All that a vote says of its item.
COUNTED = [
    "decision", "outcome", "members_in_office", "votes_for", "votes_against", "abstentions", "is_secret",
    "is_head_in_favour", "has_head_abstained", "is_without_vote", "manner", "named", "explained",
]  # fmt: skip


def _unsay(item: Item) -> None:
    """Forget the vote of an item, what it named and whom it elected."""
    item.votes_for = item.votes_against = item.abstentions = item.members_in_office = None
    item.is_secret = item.has_head_abstained = item.is_without_vote = False
    item.is_head_in_favour = None
    item.manner = item.named = item.explained = ""
    item.decision = proposed(item)


def proposed(item: Item) -> str:
    """Return what an item decides as it was written, without whom its vote appointed."""
    return "\n".join(line for line in item.decision.splitlines() if not line.startswith(ELECTED + NAMED))


def _figures(item: Item) -> dict[str, object]:
    """The figures of a vote, for the journal."""
    return {
        "outcome": item.outcome,
        "votes_for": item.votes_for,
        "votes_against": item.votes_against,
        "abstentions": item.abstentions,
    }


@transaction.atomic
def withdraw_from(
    item: Item, members: Iterable[Member], *, leaves_office: bool = False, by: User, at: datetime
) -> None:
    """Note who takes no part in an item; said again, it replaces, and a vote is to be noted again. Raises Refused."""
    meeting = held_by(item.meeting, by, at)
    refuse(why_not_move(meeting, Status.HELD))
    before = _voted(meeting)
    item.withdrawals.all().delete()
    rows = [Withdrawal(item=item, member=one, is_out_of_office=leaves_office) for one in members]
    Withdrawal.objects.bulk_create(rows)
    journal.record("meeting.withdrawals_noted", meeting, by=by, at=at, item=item.pk, members=len(rows))
    _put_back(meeting, before, by=by, at=at)
    item.refresh_from_db()


@transaction.atomic
def write_decision(item: Item, *, decision: str, by: User, at: datetime) -> Item:
    """Write what an item decides, an article a line, until it is voted; an item voted without any, after. Raises
    Refused.
    """
    meeting = held_by(item.meeting, by, at)
    item.refresh_from_db()
    item.meeting = meeting
    refuse(why_not_write_decision(item, decision))
    item.decision = decision.replace("\r\n", "\n").strip()
    item.save(update_fields=["decision"])
    journal.record("meeting.decision_written", meeting, by=by, at=at, item=item.pk)
    return item


@transaction.atomic
def vote(item: Item, votes: Votes | None, *, by: User, at: datetime) -> Item:
    """Note the vote of an item; `None` is unanimous, by every voice there is. Voted again, it corrects.

    The quorum and the vote are counted now, and explained in a sentence that is kept with them. Raises Refused.
    """
    item, roll = _to_vote(item, by, at)
    refuse(why_not_by_figures(item))
    return _note(item, roll, votes, by=by, at=at)


@dataclass(frozen=True)
class Asked:
    """A ballot that members ask for: how many of those present ask it public, or secret, and how it went.

    Public, `choices` says how each voter voted, by name (« against », « abstention », else for). Secret, the figures.
    `as_usual`: too few asked, which is told, and the vote is by its figures. `head` is how whoever presides voted
    (« for », « against », « none »), where the names do not say it.
    """

    public: int = 0
    secret: int = 0
    choices: Mapping[str, str] = field(default_factory=dict)
    against: int = 0
    abstentions: int = 0
    as_usual: bool = False
    head: str = ""


@transaction.atomic
def vote_as_asked(item: Item, asked: Asked, *, by: User, at: datetime) -> Item:
    """Note the vote of an item for which members asked a public or a secret ballot. Raises Refused when too few did."""
    item, roll = _to_vote(item, by, at)
    refuse(why_not_by_figures(item))
    counted = tally(item, roll)
    refuse(why_not_ask(asked.public, asked.secret, present=len(counted.present)))
    which, sentence = ballot(
        present=len(counted.present), ask_public=asked.public, ask_secret=asked.secret, law=roll.law, on=roll.on
    )
    if which == Ballot.ORDINARY and not asked.as_usual:
        raise Refused(sentence)
    named, head = "", asked.head
    against, abstentions = asked.against, asked.abstentions
    if which == Ballot.PUBLIC:
        senses = {voter: _sense(asked, voter) for voter in voters_of(counted)}
        chosen = list(senses.values())
        against, abstentions = chosen.count("against"), chosen.count("abstention")
        named = _named(senses)
        if (chair := roll.meeting.president) is not None and chair.name in senses:
            head = senses[chair.name]
    refuse(why_not_count(against + abstentions, counted.voices))
    votes = Votes(
        in_favour=counted.voices - against - abstentions,
        against=against,
        abstentions=abstentions,
        is_secret=which == Ballot.SECRET,
        head_in_favour={"for": True, "against": False}.get(head) if which != Ballot.SECRET else None,
        head_abstained=head in ("abstention", "none") and which != Ballot.SECRET,
    )
    return _note(item, roll, votes, manner=sentence, named=named, by=by, at=at)


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
    item: Item, roll: Roll, votes: Votes | None, *, manner: str = "", named: str = "", by: User, at: datetime
) -> Item:
    refuse(why_not_vote(item, roll, votes))
    counted = tally(item, roll)
    votes = votes or Votes(in_favour=counted.voices, against=0)
    answer = judge_vote(item, roll, votes)
    _unsay(item)
    item.outcome = Item.Outcome.ADOPTED if answer.is_met else Item.Outcome.REJECTED
    item.votes_for, item.votes_against = votes.in_favour, votes.against
    item.abstentions = votes.abstentions + votes.blank
    item.is_secret, item.is_head_in_favour = votes.is_secret, votes.head_in_favour
    item.has_head_abstained, item.manner, item.named = votes.head_abstained, manner, named
    return _count(item, counted, [answer.sentence], by=by, at=at)


def _count(item: Item, counted: Tally, told: Iterable[str], *, by: User, at: datetime) -> Item:
    """Keep how an item was counted, in sentences."""
    item.members_in_office = counted.in_office
    item.explained = "\n".join([counted.quorum.sentence, *told, *(flag.sentence for flag in counted.flags)])
    item.save(update_fields=COUNTED)
    journal.record("meeting.item_voted", item.meeting, by=by, at=at, item=item.pk, **_figures(item))
    return item


@transaction.atomic
def appoint(item: Item, rounds: Sequence[Mapping[str, int]], *, is_open: bool = False, by: User, at: datetime) -> Item:
    """Note the rounds of an appointment, each the voices by candidate or list; who is elected is an article of the act.

    The ballot is secret, unless `is_open`: the assembly, unanimous, decided that it is not, and no text commands it.
    Noted again, it corrects. Raises Refused.
    """
    item, roll = _to_vote(item, by, at)
    refuse(why_not_appoint(item, roll, rounds, is_open=is_open))
    counted, outcome = tally(item, roll), judge_appointment(roll, rounds)
    last = rounds[outcome.round - 1]
    elected = str(outcome.elected)
    _unsay(item)
    _elect(item, roll, names_of(elected), ELECTED)
    item.is_secret = not is_open
    item.manner = "\n".join(
        [_manner(item, roll, counted, is_open=is_open), *told_rounds(rounds[: outcome.round], voices=counted.voices)]
    )
    item.votes_for = last[elected]
    item.votes_against = sum(last.values()) - last[elected]
    item.abstentions = counted.voices - sum(last.values())
    return _count(item, counted, [outcome.sentence, *(flag.sentence for flag in outcome.flags)], by=by, at=at)


@transaction.atomic
def read_out(item: Item, candidates: Sequence[str], *, by: User, at: datetime) -> Item:
    """Note an appointment that takes effect at once, read by whoever presides: one candidate a seat, or one list.

    Nobody votes, in secret or otherwise (CGCT, L. 2121-21). Raises Refused.
    """
    item, roll = _to_vote(item, by, at)
    refuse(why_not_read_out(item, roll, candidates))
    chair = roll.meeting.president
    is_list = any(len(names_of(one)) > 1 for one in candidates)
    _unsay(item)
    _elect(item, roll, [name for one in candidates for name in names_of(one)], NAMED)
    rule = confirmed(roll.law, "secret_ballot", on=roll.on)
    item.is_without_vote = True
    alone = "Une seule liste" if is_list else "Une seule candidature par poste"
    item.manner = (
        f"{alone} a été présentée\u00a0: la nomination prend effet immédiatement, et il en est donné lecture par "
        f"{chair.titled if chair else ''}{_article(rule)}."
    )
    return _count(item, tally(item, roll), [], by=by, at=at)


def _elect(item: Item, roll: Roll, names: Collection[str], beginnings: tuple[str, str, str, str]) -> None:
    unsaid, woman, man, several = beginnings
    civilities = {one.name: one.civility for one in roll.members}
    said = [civilities.get(name, "") for name in names]
    beginning = several if len(names) > 1 else {"mrs": woman, "mr": man}.get("".join(said), unsaid)
    elected = f"{beginning}{', '.join(names)}."
    item.outcome = Item.Outcome.ADOPTED
    item.decision = "\n".join([*item.decision.splitlines(), elected])


def _manner(item: Item, roll: Roll, counted: Tally, *, is_open: bool) -> str:
    """How an appointment is voted, and why, as its act tells it."""
    rule = confirmed(roll.law, "secret_ballot", on=roll.on)
    if is_open:
        return f"L’assemblée, à l’unanimité, a décidé de ne pas voter au scrutin secret{_article(rule)}."
    if item.kind == Item.Kind.ELECTION:
        return "Au scrutin secret, que la loi exige pour cette élection."
    what = "une présentation" if "presentation" in folded(item.subject).split() else "une nomination"
    return ballot(present=len(counted.present), appoints=what, law=roll.law, on=roll.on)[1]


def _article(rule: Rule) -> str:
    return rule.in_brackets if rule.is_confirmed else ""


@transaction.atomic
def set_aside(item: Item, *, outcome: str, by: User, at: datetime) -> Item:
    """Postpone an item, take note of one that is not voted, or put it back to be voted. Raises Refused."""
    meeting = held_by(item.meeting, by, at)
    item.refresh_from_db()
    item.meeting = meeting
    refuse(why_not_set_aside(item, outcome=outcome))
    first = _figures(item) if item.is_voted else {}
    _unsay(item)
    item.outcome = outcome
    item.save(update_fields=COUNTED)
    facts = {f"first_{name}": value for name, value in first.items()}
    journal.record("meeting.item_set_aside", meeting, by=by, at=at, item=item.pk, outcome=outcome, **facts)
    return item


def settle(meeting: Meeting) -> None:
    """Leave on the sheet of a session that ends those in office that day, and nobody else: it changes no more."""
    sitting = {one.pk for one in meeting.assembly.members.in_office(meeting.held_on)}
    meeting.attendances.exclude(member__in=sitting).delete()
    late = sitting - set(meeting.attendances.values_list("member_id", flat=True))
    absent = Attendance.State.ABSENT
    Attendance.objects.bulk_create(Attendance(meeting=meeting, member_id=pk, state=absent) for pk in sorted(late))


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
        settle(meeting)
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
