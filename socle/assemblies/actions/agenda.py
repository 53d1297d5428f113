"""Actions on a meeting to come: its agenda, item by item, and its convocation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max

from socle.assemblies import papers
from socle.assemblies.actions.members import keep_or_refuse, open_assembly
from socle.assemblies.models import Annex, Assembly, Convocation, Item, Meeting, Member
from socle.assemblies.rules import (
    why_not_annex,
    why_not_convene,
    why_not_item,
    why_not_move,
    why_not_prepare,
)
from socle.deliberations.matters import suggested, why_not_matter
from socle.deliberations.models import Act
from socle.documents import actions as documents
from socle.journal import actions as journal
from socle.lib import dates
from socle.lib.refusals import refuse
from socle.people.models import Beneficiary, Operator, User

Status = Meeting.Status
# What asked for the item that tells the decisions of the executive.
BY_DELEGATION = "decisions"
FIRST_REPORT = timedelta(days=92)


@transaction.atomic
def prepare(
    assembly: Assembly, *, starts_at: datetime, place: str = "", copies: Meeting | None = None, by: User, at: datetime
) -> Meeting:
    """Open a meeting to be prepared; `copies` is an older one whose agenda is taken again. Raises Refused."""
    keep_or_refuse(assembly, by, at)
    meeting = Meeting.objects.create(assembly=assembly, starts_at=starts_at, place=place or assembly.place)
    if copies is not None:
        copy_items(copies.items.all(), meeting)
    journal.record("meeting.prepared", meeting, by=by, at=at, held_on=meeting.held_on.isoformat())
    return meeting


def copy_items(items: Iterable[Item], meeting: Meeting, *, with_annexes: bool = False) -> None:
    """Write these items on the agenda of another meeting, in their order, as they were proposed."""
    items = list(items)
    kept = ("kind", "subject", "matter", "college", "proposer", "grounds", "decision", "asked_for", "reporter_id")
    made = Item.objects.bulk_create(
        Item(meeting=meeting, rank=rank, **{name: getattr(item, name) for name in kept})
        for rank, item in enumerate(items, 1)
    )
    if with_annexes:
        copies = zip(items, made, strict=True)
        Annex.objects.bulk_create(
            Annex(item=copy, title=one.title, document=one.document)
            for item, copy in copies
            for one in item.annexes.select_related("document")
        )


@transaction.atomic
def change(
    meeting: Meeting, *, starts_at: datetime, place: str, note: str, urgency: str, by: User, at: datetime
) -> Meeting:
    """Change when and where a meeting in preparation is held, its note, why it is urgent. Raises Refused."""
    meeting = held_by(meeting, by, at)
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
    meeting = held_by(meeting, by, at)
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
    meeting = held_by(item.meeting, by, at)
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
def annex(item: Item, content: bytes, *, title: str, by: User, at: datetime) -> Annex:
    """Join a PDF to an item, until it is voted. Raises Refused."""
    item.meeting = held_by(item.meeting, by, at)
    item.refresh_from_db(fields=["outcome"])
    refuse(why_not_annex(item, title=title, size=len(content)))
    document = documents.keep(
        content,
        title=" ".join(title.split()),
        filename=f"annexe-{item.meeting.held_on.isoformat()}-{item.rank}.pdf",
        beneficiary=item.meeting.assembly.beneficiary,
        by=by,
        at=at,
    )
    joined = Annex.objects.create(item=item, title=document.title, document=document)
    journal.record("meeting.annexed", item.meeting, by=by, at=at, item=item.pk, sha256=document.sha256)
    return joined


@transaction.atomic
def remove_annex(annex: Annex, *, by: User, at: datetime) -> None:
    """Take a PDF off an item, until it is voted. Raises Refused."""
    item = annex.item
    item.meeting = held_by(item.meeting, by, at)
    item.refresh_from_db(fields=["outcome"])
    refuse(why_not_annex(item, title=annex.title, size=0))
    journal.record("meeting.annex_removed", item.meeting, by=by, at=at, item=item.pk, sha256=annex.document.sha256)
    annex.delete()


@transaction.atomic
def report_decisions(meeting: Meeting, *, by: User, at: datetime) -> Item:
    """Write on the agenda the decisions taken by delegation since the last session, to be told (CGCT, L. 2122-23).

    Asked again, the item is written anew. Raises Refused.
    """
    meeting = held_by(meeting, by, at)
    decided = delegated(meeting)
    refuse(None if decided else "Aucune décision n’a été prise par délégation depuis la dernière séance.")
    words = "\n\n".join(f"{one.name} du {dates.in_words(one.adopted_on)}\u00a0: {one.subject}." for one in decided)
    told = Proposed(
        "Décisions prises par délégation", kind=Item.Kind.INFORMATION, grounds=words, asked_for=BY_DELEGATION
    )
    known = meeting.items.filter(asked_for=BY_DELEGATION).first()
    return correct_item(known, told, by=by, at=at) if known else add_item(meeting, told, by=by, at=at)


def delegated(meeting: Meeting) -> list[Act]:
    """The decisions of the executive since the last session held, up to the day of this one, the oldest first."""
    before = meeting.assembly.meetings.filter(status=Status.HELD, starts_at__lt=meeting.starts_at)
    last = before.order_by("-starts_at").first()
    # Everything that was ever decided is not the business of the first session held here.
    since = last.held_on if last else meeting.held_on - FIRST_REPORT
    taken = Act.of(meeting.assembly.body).filter(kind=Act.Kind.DECISION, held_back_because="")
    found = taken.filter(adopted_on__gte=since, adopted_on__lte=meeting.held_on)
    return list(found.order_by("adopted_on", "number"))


@transaction.atomic
def say_matter(item: Item, *, matter: str, by: User, at: datetime) -> Item:
    """Say which matter an item is of, until its act is made. Raises Refused."""
    meeting = held_by(item.meeting, by, at)
    refuse(why_not_matter(matter) or ("L’acte est fait\u00a0: sa matière ne change plus." if item.act_id else None))
    item.matter = matter
    item.save(update_fields=["matter"])
    journal.record("meeting.item_changed", meeting, by=by, at=at, item=item.pk)
    return item


@transaction.atomic
def remove_item(item: Item, *, by: User, at: datetime) -> None:
    """Take an item off the agenda while it may change. Raises Refused."""
    meeting = held_by(item.meeting, by, at)
    refuse(why_not_prepare(meeting))
    journal.record("meeting.item_removed", meeting, by=by, at=at, item=item.pk)
    item.delete()
    _rank(meeting, list(meeting.items.all()))


@transaction.atomic
def move_item(item: Item, *, up: bool, by: User, at: datetime) -> None:
    """Put an item before, or after, its neighbour; at the end of the agenda nothing moves. Raises Refused."""
    meeting = held_by(item.meeting, by, at)
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
    meeting = held_by(meeting, by, at)
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
    meeting = held_by(meeting, by, at)
    refuse(why_not_move(meeting, Status.CANCELLED))
    was_convened = meeting.status == Status.CONVENED
    meeting.status = Status.CANCELLED
    meeting.save(update_fields=["status"])
    journal.record("meeting.cancelled", meeting, by=by, at=at, was_convened=was_convened)
    return meeting


def held_by(meeting: Meeting, by: User, at: datetime) -> Meeting:
    """The same meeting, read again and held until the transaction ends, for whoever keeps its assembly."""
    rows = Meeting.objects.select_related(
        "assembly__beneficiary__commune", "assembly__operator", "president", "secretary", "repeats"
    )
    held = rows.select_for_update(of=("self",)).get(pk=meeting.pk)
    keep_or_refuse(held.assembly, by, at)
    return held
