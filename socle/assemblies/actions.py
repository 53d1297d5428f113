"""Actions on an assembly and its meetings: members, agenda, convocation, roll, votes, and the acts that come out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from socle.assemblies import papers
from socle.assemblies.ballots import Votes
from socle.assemblies.functions import function_in_words
from socle.assemblies.law import confirmed, rule_on
from socle.assemblies.models import Assembly, Attendance, Convocation, Item, Meeting, Member, StatuteRule, Withdrawal
from socle.assemblies.rules import (
    judge_appointment,
    judge_vote,
    read_names,
    why_not_appoint,
    why_not_arrest,
    why_not_attend,
    why_not_close,
    why_not_convene,
    why_not_fail,
    why_not_item,
    why_not_keep,
    why_not_move,
    why_not_open,
    why_not_prepare,
    why_not_record,
    why_not_seat,
    why_not_set_aside,
    why_not_vote,
)
from socle.assemblies.tally import roll_of, tallies, tally
from socle.deliberations import actions as acts
from socle.deliberations.matters import suggested, why_not_matter
from socle.deliberations.models import Act, Author
from socle.deliberations.rules import next_number
from socle.documents import actions as documents
from socle.journal import actions as journal
from socle.lib import dates
from socle.lib.refusals import refuse
from socle.lib.text import folded
from socle.people.models import Beneficiary, Operator, User

Status = Meeting.Status
# How the article of an appointment begins.
ELECTED = "Est élu ou élue\u00a0: "


# --- Who sits ---------------------------------------------------------------------------------------------------------
@transaction.atomic
def open_assembly(body: Beneficiary | Operator, *, by: User, at: datetime) -> Assembly:
    """Give a body its assembly, or return the one it has. Raises Refused."""
    refuse(why_not_keep(by, body, on=dates.day_of(at)))
    return assembly_for(body)


def assembly_for(body: Beneficiary | Operator) -> Assembly:
    """The assembly of a body, made when it has none."""
    if (found := Assembly.of(body)) is not None:
        return found
    made = assembly_of(body)
    made.save(force_insert=True)
    return made


def assembly_of(body: Beneficiary | Operator) -> Assembly:
    """The assembly that a body is taken to have, not kept: of what is no commune, the statutes are to be confirmed."""
    if isinstance(body, Operator):
        return Assembly(operator=body, kind=Assembly.Kind.OPEN_SYNDICATE, name="assemblée délibérante")
    if body.kind != Beneficiary.Kind.COMMUNE:
        return Assembly(beneficiary=body, kind=Assembly.Kind.OPEN_SYNDICATE, name="assemblée délibérante")
    return Assembly(
        beneficiary=body,
        kind=Assembly.Kind.COMMUNE,
        name="conseil municipal",
        population=body.commune.population if body.commune else None,
        place="Salle du conseil",
    )


@transaction.atomic
def describe(
    assembly: Assembly, *, kind: str, name: str, population: int | None, place: str, by: User, at: datetime
) -> Assembly:
    """Say what an assembly is, and the population of its last general renewal. Raises Refused."""
    _keep(assembly, by, at)
    assembly.kind, assembly.name, assembly.population, assembly.place = kind, name, population, place
    assembly.save(update_fields=["kind", "name", "population", "place"])
    journal.record("assembly.described", assembly, by=by, at=at, kind=kind, population=population)
    return assembly


@dataclass(frozen=True)
class Seated:
    """A member of an assembly, as its people write them."""

    name: str
    function: str = Member.Function.MEMBER
    civility: str = ""
    delegation: str = ""
    college: str = ""
    email: str = ""
    born_on: date | None = None
    came_on: date | None = None


@transaction.atomic
def seat(assembly: Assembly, wanted: Seated, *, by: User, at: datetime) -> Member:
    """Write a person among the members, the last of the table. Raises Refused."""
    _keep(assembly, by, at)
    return write_member(assembly, wanted, by=by, at=at)


@transaction.atomic
def write_member(assembly: Assembly, wanted: Seated, *, by: User, at: datetime) -> Member:
    """The same as `seat`, for a door that let the person in by a rule of its own (the editor of a site)."""
    refuse(why_not_seat(assembly, wanted.name, function=wanted.function))
    last = assembly.members.aggregate(last=Max("position"))["last"] or 0
    who = Member.objects.create(assembly=assembly, position=last + 1, **vars(wanted))
    journal.record("assembly.member_seated", assembly, by=by, at=at, member=who.pk, function=who.function)
    return who


@transaction.atomic
def seat_all(assembly: Assembly, words: str, *, by: User, at: datetime) -> list[Member]:
    """Write the members given one a line, « Mme Claire Exemple, maire »: all or none. Raises Refused.

    Whoever is there already stays as they are.
    """
    _keep(assembly, by, at)
    known = {folded(name) for name in assembly.members.filter(left_on=None).values_list("name", flat=True)}
    seated = []
    for name, civility, said in read_names(words):
        if folded(name) in known:
            continue
        function = _function(assembly, said)
        seated.append(write_member(assembly, Seated(name, function, civility), by=by, at=at))
        known.add(folded(name))
    return seated


def _function(assembly: Assembly, said: str) -> str:
    """Read a function typed in words: « 1re adjointe », « maire »; a member without any."""
    words = folded(said)
    if words.startswith("vice") or "adjoint" in words:
        return Member.Function.DEPUTY
    if words.startswith("maire" if assembly.is_commune else "president"):
        return Member.Function.MAYOR
    return Member.Function.DELEGATED if "delegu" in words or "bureau" in words else Member.Function.MEMBER


@transaction.atomic
def correct(who: Member, wanted: Seated, *, by: User, at: datetime) -> Member:
    """Correct what is written of a member. Raises Refused."""
    _keep(who.assembly, by, at)
    return correct_member(who, wanted, by=by, at=at)


@transaction.atomic
def correct_member(who: Member, wanted: Seated, *, by: User, at: datetime) -> Member:
    """The same as `correct`, for a door that let the person in by a rule of its own."""
    refuse(why_not_seat(who.assembly, wanted.name, function=wanted.function, who=who))
    for name, value in vars(wanted).items():
        setattr(who, name, value)
    who.save(update_fields=list(vars(wanted)))
    journal.record("assembly.member_changed", who.assembly, by=by, at=at, member=who.pk, function=who.function)
    return who


@transaction.atomic
def leave(who: Member, *, left_on: date, by: User, at: datetime) -> Member:
    """Note that a member is no longer in office from this day on; what they voted before stays. Raises Refused."""
    _keep(who.assembly, by, at)
    return member_left(who, left_on=left_on, by=by, at=at)


@transaction.atomic
def member_left(who: Member, *, left_on: date, by: User, at: datetime) -> Member:
    """The same as `leave`, for a door that let the person in by a rule of its own."""
    who.left_on = max(left_on, who.came_on or left_on)
    who.save(update_fields=["left_on"])
    journal.record("assembly.member_left", who.assembly, by=by, at=at, member=who.pk, left_on=who.left_on.isoformat())
    return who


@transaction.atomic
def confirm_statute(assembly: Assembly, row: StatuteRule, *, by: User, at: datetime) -> StatuteRule:
    """Write a rule that the statutes say, with its article; said again, it replaces. Raises Refused."""
    _keep(assembly, by, at)
    assembly.statutes.filter(topic=row.topic, first_on=row.first_on).delete()
    row.assembly = assembly
    row.save(force_insert=True)
    journal.record("assembly.statute_confirmed", assembly, by=by, at=at, rule=row.topic)
    return row


@transaction.atomic
def withdraw_statute(row: StatuteRule, *, by: User, at: datetime) -> None:
    """Take back a rule of the statutes written by mistake. Raises Refused."""
    _keep(row.assembly, by, at)
    journal.record("assembly.statute_withdrawn", row.assembly, by=by, at=at, rule=row.topic)
    row.delete()


# --- The agenda -------------------------------------------------------------------------------------------------------
@transaction.atomic
def prepare(
    assembly: Assembly, *, starts_at: datetime, place: str = "", copies: Meeting | None = None, by: User, at: datetime
) -> Meeting:
    """Open a meeting to be prepared; `copies` is an older one whose agenda is taken again. Raises Refused."""
    _keep(assembly, by, at)
    meeting = Meeting.objects.create(assembly=assembly, starts_at=starts_at, place=place or assembly.place)
    if copies is not None:
        _copy(copies.items.all(), meeting)
    journal.record("meeting.prepared", meeting, by=by, at=at, held_on=meeting.held_on.isoformat())
    return meeting


def _copy(items: Iterable[Item], meeting: Meeting) -> None:
    kept = ("kind", "subject", "matter", "college", "proposer", "grounds", "decision", "asked_for", "reporter_id")
    Item.objects.bulk_create(
        Item(meeting=meeting, rank=rank, **{name: getattr(item, name) for name in kept})
        for rank, item in enumerate(items, 1)
    )


@transaction.atomic
def change(
    meeting: Meeting, *, starts_at: datetime, place: str, note: str, urgency: str, by: User, at: datetime
) -> Meeting:
    """Change when and where a meeting in preparation is held, its note, why it is urgent. Raises Refused."""
    meeting = _held(meeting, by, at)
    refuse(why_not_prepare(meeting))
    meeting.starts_at, meeting.place, meeting.note, meeting.urgency = starts_at, place, note, urgency
    meeting.save(update_fields=["starts_at", "place", "note", "urgency"])
    journal.record("meeting.changed", meeting, by=by, at=at, held_on=meeting.held_on.isoformat())
    return meeting


@dataclass(frozen=True)
class Proposed:
    """An item of the agenda, as its people write it. Without a matter, the words of its subject call for one."""

    subject: str
    kind: str = Item.Kind.DELIBERATION
    matter: str = ""
    college: str = ""
    reporter: Member | None = None
    proposer: str = ""
    grounds: str = ""
    decision: str = ""
    asked_for: str = ""


@transaction.atomic
def add_item(meeting: Meeting, wanted: Proposed, *, by: User, at: datetime) -> Item:
    """Write an item last on the agenda. Raises Refused."""
    meeting = _held(meeting, by, at)
    _refuse_item(meeting, wanted, adds=True)
    last = meeting.items.aggregate(last=Max("rank"))["last"] or 0
    item = Item.objects.create(meeting=meeting, rank=last + 1, **_written(wanted))
    journal.record("meeting.item_added", meeting, by=by, at=at, item=item.pk)
    return item


@transaction.atomic
def propose(body: Beneficiary | Operator, wanted: Proposed, *, by: User, at: datetime) -> Item:
    """Write an item on the agenda of the next meeting in preparation; without one, open it a week ahead at 19 h.

    What asked for it once is not asked for twice: the item that is there is returned. Raises Refused.
    """
    assembly = open_assembly(body, by=by, at=at)
    waiting = assembly.meetings.filter(status=Status.PREPARED).order_by("starts_at")
    there = Item.objects.filter(meeting__in=waiting, asked_for=wanted.asked_for).exclude(asked_for="").first()
    if there is not None:
        return there
    week = at.astimezone(dates.PARIS) + timedelta(days=7)
    starts_at = week.replace(hour=19, minute=0, second=0, microsecond=0)
    return add_item(waiting.first() or prepare(assembly, starts_at=starts_at, by=by, at=at), wanted, by=by, at=at)


@transaction.atomic
def correct_item(item: Item, wanted: Proposed, *, by: User, at: datetime) -> Item:
    """Correct an item of the agenda while it may change. Raises Refused."""
    meeting = _held(item.meeting, by, at)
    _refuse_item(meeting, wanted, adds=False)
    for name, value in _written(wanted).items():
        setattr(item, name, value)
    item.save(update_fields=list(_written(wanted)))
    journal.record("meeting.item_changed", meeting, by=by, at=at, item=item.pk)
    return item


def _refuse_item(meeting: Meeting, wanted: Proposed, *, adds: bool) -> None:
    refuse(
        why_not_item(
            meeting,
            subject=wanted.subject,
            matter=wanted.matter,
            college=wanted.college,
            decision=wanted.decision,
            adds=adds,
        )
    )


def _written(wanted: Proposed) -> dict[str, object]:
    called = suggested(wanted.subject)
    matter = wanted.matter or (called[0] if len(called) == 1 else "")
    return {**vars(wanted), "subject": " ".join(wanted.subject.split()), "matter": matter}


@transaction.atomic
def say_matter(item: Item, *, matter: str, by: User, at: datetime) -> Item:
    """Say which matter an item is of, until its act is made. Raises Refused."""
    meeting = _held(item.meeting, by, at)
    refuse(why_not_matter(matter) or ("L’acte est fait\u00a0: sa matière ne change plus." if item.act_id else None))
    item.matter = matter
    item.save(update_fields=["matter"])
    journal.record("meeting.item_changed", meeting, by=by, at=at, item=item.pk)
    return item


@transaction.atomic
def remove_item(item: Item, *, by: User, at: datetime) -> None:
    """Take an item off the agenda while it may change. Raises Refused."""
    meeting = _held(item.meeting, by, at)
    refuse(why_not_prepare(meeting))
    journal.record("meeting.item_removed", meeting, by=by, at=at, item=item.pk)
    item.delete()
    _rank(meeting, list(meeting.items.all()))


@transaction.atomic
def move_item(item: Item, *, up: bool, by: User, at: datetime) -> None:
    """Put an item before, or after, its neighbour; at the end of the agenda nothing moves. Raises Refused."""
    meeting = _held(item.meeting, by, at)
    refuse(why_not_prepare(meeting))
    items = list(meeting.items.all())
    here = next(place for place, one in enumerate(items) if one.pk == item.pk)
    there = here + (-1 if up else 1)
    if not 0 <= there < len(items):
        return
    items[here], items[there] = items[there], items[here]
    _rank(meeting, items)
    journal.record("meeting.item_moved", meeting, by=by, at=at, item=item.pk)


def _rank(meeting: Meeting, items: list[Item]) -> None:
    # Two rows never bear the same rank, even for the time of a statement: all go out of the way first.
    for offset in (1000, 0):
        for rank, one in enumerate(items, 1):
            Item.objects.filter(pk=one.pk).update(rank=rank + offset)


@transaction.atomic
def convene(meeting: Meeting, *, by: User, at: datetime) -> Meeting:
    """Send the convocation: to each member by e-mail, or by a letter to print where no address is known.

    The convocation is kept as it left, which is its proof. Raises Refused.
    """
    meeting = _held(meeting, by, at)
    refuse(why_not_convene(meeting, at=at))
    members = list(meeting.assembly.members.in_office(meeting.held_on))
    meeting.convocation = documents.keep(
        papers.convocation(meeting, list(meeting.items.all()), at=at),
        title=f"Convocation, {meeting.assembly.name}, {dates.in_words(meeting.held_on)}",
        filename=f"convocation-{meeting.held_on.isoformat()}.pdf",
        beneficiary=meeting.assembly.beneficiary,
        by=by,
        at=at,
    )
    meeting.status, meeting.convened_at = Status.CONVENED, at
    meeting.save(update_fields=["status", "convened_at", "convocation"])
    Convocation.objects.bulk_create(
        Convocation(
            meeting=meeting,
            member=one,
            way=Convocation.Way.EMAIL if one.email else Convocation.Way.LETTER,
            due_at=at,
            by=by,
        )
        for one in members
    )
    journal.record("meeting.convened", meeting, by=by, at=at, members=len(members))
    return meeting


@transaction.atomic
def cancel(meeting: Meeting, *, by: User, at: datetime) -> Meeting:
    """Call a meeting off before it opens; what was prepared stays, to be copied. Raises Refused."""
    meeting = _held(meeting, by, at)
    refuse(why_not_move(meeting, Status.CANCELLED))
    was_convened = meeting.status == Status.CONVENED
    meeting.status = Status.CANCELLED
    meeting.save(update_fields=["status"])
    journal.record("meeting.cancelled", meeting, by=by, at=at, was_convened=was_convened)
    return meeting


# --- The session ------------------------------------------------------------------------------------------------------
@transaction.atomic
def open_session(meeting: Meeting, *, by: User, at: datetime) -> Meeting:
    """Open the session: everybody in office is noted present, the head presides. Raises Refused."""
    meeting = _held(meeting, by, at)
    refuse(why_not_open(meeting, at=at))
    members = list(meeting.assembly.members.in_office(meeting.held_on))
    meeting.status, meeting.opened_at = Status.OPEN, at
    meeting.president = next((one for one in members if one.is_head), None)
    meeting.save(update_fields=["status", "opened_at", "president"])
    Attendance.objects.bulk_create(Attendance(meeting=meeting, member=one) for one in members)
    journal.record("meeting.opened", meeting, by=by, at=at, members=len(members))
    return meeting


@dataclass(frozen=True)
class Noted:
    """How a member attends: state, from which item, until which, and who holds their proxy."""

    state: str
    arrived_for: int | None = None
    left_before: int | None = None
    proxy_to: int | None = None
    is_proxy_written: bool = True


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
    meeting = _held(meeting, by, at)
    known = {one.member_id: one for one in meeting.attendances.all()}
    said = {pk: (rows[pk].state, rows[pk].proxy_to) if pk in rows else (one.state, one.proxy_to_id)
            for pk, one in known.items()}  # fmt: skip
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
    meeting = _held(item.meeting, by, at)
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
    meeting = _held(item.meeting, by, at)
    item.refresh_from_db()
    item.meeting = meeting
    roll = roll_of(meeting)
    refuse(why_not_vote(item, roll, votes))
    counted = tally(item, roll)
    votes = votes or Votes(in_favour=counted.voices, against=0)
    answer = judge_vote(item, roll, votes)
    item.outcome = Item.Outcome.ADOPTED if answer.is_met else Item.Outcome.REJECTED
    item.members_in_office = counted.in_office
    item.votes_for, item.votes_against = votes.in_favour, votes.against
    item.abstentions = votes.abstentions + votes.blank
    item.is_secret, item.is_head_in_favour = votes.is_secret, votes.head_in_favour
    item.explained = "\n".join([counted.quorum.sentence, answer.sentence, *(flag.sentence for flag in counted.flags)])
    item.save(
        update_fields=[
            "outcome", "members_in_office", "votes_for", "votes_against", "abstentions", "is_secret",
            "is_head_in_favour", "explained",
        ]
    )  # fmt: skip
    journal.record("meeting.item_voted", meeting, by=by, at=at, item=item.pk, outcome=item.outcome)
    return item


@transaction.atomic
def appoint(item: Item, rounds: Sequence[Mapping[str, int]], *, by: User, at: datetime) -> Item:
    """Note the rounds of an appointment, each the voices by candidate; who is appointed is an article of the act.

    The ballot is secret. Noted again, it corrects. Raises Refused.
    """
    meeting = _held(item.meeting, by, at)
    item.refresh_from_db()
    item.meeting = meeting
    roll = roll_of(meeting)
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
    journal.record("meeting.item_voted", meeting, by=by, at=at, item=item.pk, outcome=item.outcome)
    return item


@transaction.atomic
def set_aside(item: Item, *, outcome: str, by: User, at: datetime) -> Item:
    """Postpone an item, take note of one that is not voted, or put it back to be voted. Raises Refused."""
    meeting = _held(item.meeting, by, at)
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
    meeting = _held(meeting, by, at)
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
    _copy(left, again)
    journal.record("meeting.prepared", again, by=by, at=at, held_on=again.held_on.isoformat())
    return again


# --- What comes out of it ---------------------------------------------------------------------------------------------
@transaction.atomic
def close(meeting: Meeting, *, by: User, at: datetime) -> Meeting:
    """Close the session: each item adopted becomes an act, with its number, its articles, its vote and its extract.

    The list of the deliberations examined is made too. Raises Refused.
    """
    meeting = _held(meeting, by, at)
    body = meeting.assembly.body
    refuse(why_not_record(meeting, by=by, on=dates.day_of(at)))
    items = list(meeting.items.select_related("reporter"))
    refuse(why_not_close(meeting, items))
    meeting.status, meeting.closed_at = Status.HELD, at
    meeting.save(update_fields=["status", "closed_at"])
    roll = roll_of(meeting)
    author = author_of(meeting)
    for item in items:
        if item.outcome != Item.Outcome.ADOPTED:
            continue
        number = next_number(body, on=meeting.held_on)
        extract = papers.extract(item, number, roll, tally(item, roll), author, at=at)
        title = f"Délibération {number}, {body.name}"
        act = _record(meeting, Act.Kind.DELIBERATION, number, item.subject, extract, title, author, item, by=by, at=at)
        if item.articles:
            acts.record_articles(act, item.articles, by=by, at=at)
        item.act = act
        item.save(update_fields=["act"])
    meeting.list_act = _record(
        meeting,
        Act.Kind.LIST,
        f"LISTE-{meeting.held_on.isoformat()}",
        f"Liste des délibérations examinées par le {meeting.assembly.name} le {dates.in_words(meeting.held_on)}",
        papers.list_of(meeting, items, at=at),
        f"Liste des délibérations, {body.name}, {dates.in_words(meeting.held_on)}",
        author,
        by=by,
        at=at,
    )
    meeting.save(update_fields=["list_act"])
    journal.record("meeting.closed", meeting, by=by, at=at, acts=sum(1 for item in items if item.act_id))
    return meeting


def author_of(meeting: Meeting) -> Author:
    """Who answers for the acts of a meeting: whoever presided, and their quality."""
    head = meeting.president
    if head is None:
        return Author()
    rank = 1 + meeting.assembly.members.filter(function=head.function, position__lt=head.position).count()
    quality = function_in_words(head.function, head.civility, rank, is_commune=meeting.assembly.is_commune)
    return Author(head.name, quality)


def _record(
    meeting: Meeting,
    kind: str,
    number: str,
    subject: str,
    pdf: bytes,
    title: str,
    author: Author,
    item: Item | None = None,
    *,
    by: User,
    at: datetime,
) -> Act:
    body = meeting.assembly.body
    document = documents.keep(
        pdf,
        title=title,
        filename=f"{number}.pdf",
        beneficiary=meeting.assembly.beneficiary,
        by=by,
        at=at,
    )
    return acts.record_act(
        body,
        kind=kind,
        body=meeting.assembly.name,
        number=number,
        subject=subject,
        adopted_on=meeting.held_on,
        document=document,
        matter=item.matter if item else "",
        author=author,
        vote=item.vote if item else None,
        is_fictitious=settings.DEMO,
        by=by,
        at=at,
    )


@transaction.atomic
def write_discussion(meeting: Meeting, *, discussion: str, by: User, at: datetime) -> Meeting:
    """Write the substance of the discussions, which the minutes tell, while they are not arrested. Raises Refused."""
    meeting = _held(meeting, by, at)
    refuse("Le procès-verbal est arrêté\u00a0: il ne change plus." if meeting.minutes_act_id else None)
    meeting.discussion = discussion
    meeting.save(update_fields=["discussion"])
    journal.record("meeting.discussion_written", meeting, by=by, at=at)
    return meeting


@transaction.atomic
def arrest_minutes(meeting: Meeting, *, later: Meeting, by: User, at: datetime) -> Act:
    """Arrest the minutes of a meeting at the beginning of a later one: they change no more. Raises Refused."""
    later = _held(later, by, at)
    meeting = _held(meeting, by, at)
    refuse(why_not_arrest(meeting, later=later))
    items = list(meeting.items.select_related("act", "reporter"))
    meeting.minutes_act = _record(
        meeting,
        Act.Kind.MINUTES,
        f"PV-{meeting.held_on.isoformat()}",
        f"Procès-verbal de la séance du {meeting.assembly.name} du {dates.in_words(meeting.held_on)}",
        papers.minutes(meeting, items, roll_of(meeting), arrested_on=later.held_on, at=at),
        f"Procès-verbal, {meeting.assembly.body.name}, {dates.in_words(meeting.held_on)}",
        author_of(meeting),
        by=by,
        at=at,
    )
    meeting.minutes_arrested_in = later
    meeting.save(update_fields=["minutes_act", "minutes_arrested_in"])
    journal.record("meeting.minutes_arrested", meeting, by=by, at=at, later=later.pk)
    return meeting.minutes_act


def earliest_on(assembly: Assembly, *, sent_on: date) -> date | None:
    """The first day on which a meeting convened this day may be held; None while the statutes are to be confirmed."""
    population = assembly.population if assembly.needs_population else None
    if assembly.needs_population and population is None:
        return None
    rule = confirmed(assembly.law, "clear_days", on=sent_on, population=population)
    return sent_on + timedelta(days=rule.number + 1) if rule.is_confirmed else None


def _keep(assembly: Assembly, by: User, at: datetime) -> None:
    refuse(why_not_keep(by, assembly.body, on=dates.day_of(at)))


def _held(meeting: Meeting, by: User, at: datetime) -> Meeting:
    """The same meeting, read again and held until the transaction ends, for whoever keeps its assembly."""
    rows = Meeting.objects.select_related(
        "assembly__beneficiary__commune", "assembly__operator", "president", "secretary", "repeats"
    )
    held = rows.select_for_update(of=("self",)).get(pk=meeting.pk)
    _keep(held.assembly, by, at)
    return held
