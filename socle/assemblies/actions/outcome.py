"""Actions that draw the acts out of a session: each deliberation adopted, the list, the minutes."""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime

from django.conf import settings
from django.db import transaction

from socle.assemblies import papers
from socle.assemblies.actions.agenda import held_by
from socle.assemblies.actions.members import keep_or_refuse
from socle.assemblies.actions.session import settle
from socle.assemblies.functions import function_in_words
from socle.assemblies.models import Assembly, Item, Meeting, Posting, Register
from socle.assemblies.rules import (
    why_not_arrest,
    why_not_close,
    why_not_post,
)
from socle.assemblies.tally import roll_of, tally
from socle.deliberations import actions as acts
from socle.deliberations.models import Act, Author
from socle.deliberations.rules import next_number
from socle.documents import actions as documents
from socle.documents.merging import appended
from socle.journal import actions as journal
from socle.lib import dates
from socle.lib.refusals import refuse
from socle.people.models import User

Status = Meeting.Status


@documents.unless_refused()
def close(meeting: Meeting, *, by: User, at: datetime) -> Meeting:
    """Close the session: each item adopted becomes an act, with its number, its articles, its vote and its extract.

    The list of the deliberations examined is made too. Raises Refused.
    """
    meeting = held_by(meeting, by, at)
    body = meeting.assembly.body
    items = list(meeting.items.select_related("reporter"))
    roll = roll_of(meeting)
    refuse(why_not_close(meeting, items, roll))
    settle(meeting)
    meeting.status, meeting.closed_at = Status.HELD, at
    meeting.save(update_fields=["status", "closed_at"])
    roll = roll_of(meeting)
    author = author_of(meeting)
    for item in items:
        if item.outcome != Item.Outcome.ADOPTED:
            continue
        number = next_number(body, on=meeting.held_on)
        extract = papers.extract(item, number, roll, tally(item, roll), at=at)
        title = f"Délibération {number}, {body.name}"
        act = _record(meeting, Act.Kind.DELIBERATION, number, item.subject, extract, title, author, item, by=by, at=at)
        if item.articles:
            acts.record_articles(act, item.articles, by=by, at=at)
        item.act = act
        item.save(update_fields=["act"])
    meeting.list_act = _record(
        meeting,
        Act.Kind.LIST,
        _number(meeting, "LISTE"),
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


def _number(meeting: Meeting, prefix: str) -> str:
    """The number of what tells of a session: its day, and a rank when another one was held that day."""
    number = f"{prefix}-{meeting.held_on.isoformat()}"
    taken = set(Act.of(meeting.assembly.body).filter(number__startswith=number).values_list("number", flat=True))
    ranks = (f"{number}-{rank}" for rank in range(2, len(taken) + 3))
    return next(one for one in (number, *ranks) if one not in taken)


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


@documents.unless_refused()
def make_register(assembly: Assembly, year: int, *, by: User, at: datetime) -> tuple[Register, bool]:
    """Make the register of a year, to be printed: kept, and whether it is new: the same facts give the kept one.

    What changed since is another version, which says so. The texts of the delegated decisions follow. Raises Refused.
    """
    keep_or_refuse(assembly, by, at)
    meetings = sessions_of(assembly, year)
    refuse(None if meetings else f"Aucune séance n’a été tenue en {year} : il n’y a pas de registre à faire.")
    taken = Act.of(assembly.body).filter(kind=Act.Kind.DECISION, adopted_on__year=year, held_back_because="")
    decisions = list(taken.select_related("document").order_by("adopted_on", "number"))
    last = assembly.registers.filter(year=year).first()
    facts = papers.register(assembly, meetings, decisions, year=year).data()
    facts["decisions"] = [one.document.sha256 if one.document else "" for one in decisions]
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
    if last is not None and last.digest == digest:
        return last, False
    version = last.version + 1 if last else 1
    paper = papers.register(assembly, meetings, decisions, year=year, version=version).set(at=at)
    texts = [documents.read(one.document) for one in decisions if one.document is not None]
    document = documents.keep(
        appended(paper, texts) if texts else paper,
        title=f"Registre des délibérations {year}, version {version}, {assembly.body.name}",
        filename=f"registre-{year}-v{version}.pdf",
        beneficiary=assembly.beneficiary,
        by=by,
        at=at,
    )
    made = Register.objects.create(
        assembly=assembly, year=year, version=version, document=document, digest=digest, made_at=at
    )
    journal.record("assembly.register_made", assembly, by=by, at=at, year=year, version=version)
    return made, True


@documents.unless_refused()
def certify_posting(
    meeting: Meeting, *, what: str, first_on: date, last_on: date, has_copy: bool = False, by: User, at: datetime
) -> Posting:
    """Certify that a paper of a meeting was posted, and make the certificate that the head signs. Raises Refused."""
    meeting = held_by(meeting, by, at)
    refuse(why_not_post(meeting, what=what, first_on=first_on, last_on=last_on, on=dates.day_of(at)))
    posting = Posting(
        meeting=meeting, what=what, first_on=first_on, last_on=last_on, has_copy=has_copy, noted_at=at, noted_by=by
    )
    day = meeting.held_on.isoformat()
    posting.document = documents.keep(
        papers.posting_certificate(posting, at=at),
        title=f"Certificat d’affichage, {meeting.assembly.name}, {dates.in_words(meeting.held_on)}",
        filename=f"certificat-affichage-{posting.what}-{day}.pdf",
        beneficiary=meeting.assembly.beneficiary,
        by=by,
        at=at,
    )
    posting.save(force_insert=True)
    journal.record("meeting.posted", meeting, by=by, at=at, what=what, first_on=first_on.isoformat())
    return posting


def sessions_of(assembly: Assembly, year: int) -> list[Meeting]:
    """The sessions of a year that gave something to its register, the oldest first; three queries."""
    first, _ = dates.bounds_of(date(year, 1, 1))
    last, _ = dates.bounds_of(date(year + 1, 1, 1))
    held = assembly.meetings.filter(status=Status.HELD, starts_at__gte=first, starts_at__lt=last)
    rows = held.select_related("president", "secretary", "repeats").prefetch_related(
        "items__act", "items__annexes", "items__reporter", "postings"
    )
    found = list(rows.order_by("starts_at", "pk"))
    for meeting in found:
        meeting.assembly = assembly
    return found


@transaction.atomic
def write_discussion(meeting: Meeting, *, discussion: str, by: User, at: datetime) -> Meeting:
    """Write the substance of the discussions, which the minutes tell, while they are not arrested. Raises Refused."""
    meeting = held_by(meeting, by, at)
    refuse("Le procès-verbal est arrêté\u00a0: il ne change plus." if meeting.minutes_act_id else None)
    meeting.discussion = discussion
    meeting.save(update_fields=["discussion"])
    journal.record("meeting.discussion_written", meeting, by=by, at=at)
    return meeting


@documents.unless_refused()
def arrest_minutes(meeting: Meeting, *, later: Meeting, by: User, at: datetime) -> Act:
    """Arrest the minutes of a meeting at the beginning of a later one: they change no more. Raises Refused."""
    later = held_by(later, by, at)
    meeting = held_by(meeting, by, at)
    refuse(why_not_arrest(meeting, later=later))
    items = list(meeting.items.select_related("act", "reporter").prefetch_related("annexes"))
    meeting.minutes_act = _record(
        meeting,
        Act.Kind.MINUTES,
        _number(meeting, "PV"),
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
