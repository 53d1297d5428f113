"""Sessions drawn gesture by gesture, and what their acts must then say: figures, names and table of the last state.

What is believed of the session is kept here apart, from the gestures that were accepted alone; the acts are read as
their words and their tables, which the layout only sets.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from unittest.mock import patch

from django.db import transaction

from socle.assemblies import actions
from socle.assemblies.actions import Asked, Noted, outcome
from socle.assemblies.ballots import Votes
from socle.assemblies.models import Item, Meeting, Member
from socle.assemblies.papers import layout, session
from socle.lib.refusals import Refused
from socle.people.models import User
from tests import factories as f
from tests.assemblies.conftest import SESSION

SENSES = ("for", "for", "for", "against", "abstention")
VOICES = re.compile(r"(?:à l’unanimité(?: des suffrages exprimés)? \(|par )(\d+) voix(?: pour, (\d+) voix contre)?")
FIGURES = re.compile(r"(\d+) membres? présents? sur (\d+) en exercice")


@dataclass
class Believed:
    """A session as the gestures that were accepted left it."""

    names: list[str]
    noted: dict[str, Noted] = field(default_factory=dict)
    holders: dict[str, str] = field(default_factory=dict)
    withdrawn: dict[int, dict[str, bool]] = field(default_factory=dict)
    public: dict[int, dict[str, str]] = field(default_factory=dict)

    def in_room(self, rank: int) -> list[str]:
        def there(one: Noted) -> bool:
            return one.state == "present" and (one.arrived_for or 0) <= rank < (one.left_before or 10_000)

        return [name for name in self.names if there(self.noted[name])]

    def gone(self, rank: int) -> dict[str, bool]:
        return {name: out for name, out in self.withdrawn.get(rank, {}).items() if name in self.names}

    def proxies(self, rank: int) -> dict[str, str]:
        """The proxies that serve: one a holder, the first of the table, from somebody away to somebody there."""
        room, gone = self.in_room(rank), self.gone(rank)
        first: dict[str, str] = {}
        for name in self.names:
            holder = self.holders.get(name)
            if holder in room and name not in room:
                first.setdefault(holder, name)
        return {name: holder for holder, name in first.items() if name not in gone and holder not in gone}

    def present(self, rank: int) -> list[str]:
        return [name for name in self.in_room(rank) if name not in self.gone(rank)]

    def voters(self, rank: int) -> list[str]:
        return [*self.present(rank), *self.proxies(rank)]

    def basis(self, rank: int) -> int:
        gone = self.gone(rank)
        return len(self.names) - sum(1 for name in self.in_room(rank) if gone.get(name))

    def is_quorate(self, rank: int) -> bool:
        return len(self.present(rank)) * 2 > self.basis(rank)


class Play:
    """One session, drawn from a seed."""

    def __init__(self, meeting: Meeting, by: User, seed: int) -> None:
        self.meeting, self.by, self.draw = meeting, by, random.Random(seed)
        self.pks = {one.name: one.pk for one in meeting.assembly.members.in_office(meeting.held_on)}
        self.believed = Believed(list(self.pks), {name: Noted("present") for name in self.pks})

    def items(self) -> list[Item]:
        return list(self.meeting.items.order_by("rank"))

    def gesture(self) -> None:
        kinds = (self.attend, self.attend, self.withdraw, self.withdraw, self.vote, self.vote, self.vote, self.ask)
        with_doubt = (*kinds, self.ask, self.name, self.name, self.leave_it, self.chair, self.resign)
        try:
            with transaction.atomic():
                self.draw.choice(with_doubt)()
        except Refused:
            return

    def attend(self) -> None:
        rows, holders = {}, {}
        for name in self.draw.sample(self.believed.names, self.draw.randint(1, 4)):
            state = self.draw.choice(("present", "present", "excused", "absent"))
            rank = self.draw.choice((None, None, 2, 3, 4))
            is_away = state != "present" or rank is not None
            holder = self.draw.choice(self.believed.names) if is_away and self.draw.random() < 0.9 else ""
            arrives = state == "present" and self.draw.random() < 0.5
            rows[name] = Noted(
                state,
                arrived_for=rank if arrives else None,
                left_before=None if arrives or state != "present" else rank,
                proxy_to=self.pks[holder] if holder else None,
            )
            holders[name] = holder
        by_key = {self.pks[name]: noted for name, noted in rows.items()}
        self._note(by_key)
        self.believed.noted |= rows
        self.believed.holders |= holders

    def _note(self, rows: dict[int, Noted], **who: Member) -> None:
        self.meeting.refresh_from_db()
        chair, pen = who.get("president", self.meeting.president), who.get("secretary", self.meeting.secretary)
        actions.note_attendance(self.meeting, rows, president=chair, secretary=pen, by=self.by, at=SESSION)

    def withdraw(self) -> None:
        item, out = self.draw.choice(self.items()), self.draw.random() < 0.3
        holders = sorted({one for one in self.believed.holders.values() if one in self.believed.names})
        names = self.draw.sample(self.believed.names, self.draw.randint(0, 2))
        if holders and self.draw.random() < 0.6:
            names = [self.draw.choice(holders)]
        members = self.meeting.assembly.members.filter(name__in=names)
        actions.withdraw_from(item, members, leaves_office=out, by=self.by, at=SESSION)
        self.believed.withdrawn[item.rank] = dict.fromkeys(names, out)

    def vote(self) -> None:
        item = self.draw.choice(self.items())
        voices = len(self.believed.voters(item.rank))
        against = self.draw.randint(0, voices // 2)
        votes = Votes(voices - against, against, head_in_favour=True) if self.draw.random() < 0.6 else None
        actions.vote(item, votes, by=self.by, at=SESSION)
        self.believed.public.pop(item.rank, None)

    def ask(self) -> None:
        item, count = self.draw.choice(self.items()), len(self.believed.present(self.draw.randint(1, 4)))
        voters = self.believed.voters(item.rank)
        if self.draw.random() < 0.5:
            choices = {name: self.draw.choice(SENSES) for name in voters}
            asked = Asked(public=min(count, len(self.believed.present(item.rank))), choices=choices, head="for")
            actions.vote_as_asked(item, asked, by=self.by, at=SESSION)
            self.believed.public[item.rank] = choices
        else:
            secret = Asked(secret=len(self.believed.present(item.rank)), against=self.draw.randint(0, len(voters) // 2))
            actions.vote_as_asked(item, secret, by=self.by, at=SESSION)
            self.believed.public.pop(item.rank, None)

    def name(self) -> None:
        item = next(one for one in self.items() if one.names_people)
        if self.draw.random() < 0.3:
            actions.read_out(item, self.draw.sample(self.believed.names, 2), by=self.by, at=SESSION)
        else:
            voices = len(self.believed.voters(item.rank))
            one, other = self.draw.sample(self.believed.names, 2)
            rounds = [{one: voices // 2 + 1, other: voices - voices // 2 - 1}]
            actions.appoint(item, rounds, is_open=self.draw.random() < 0.3, by=self.by, at=SESSION)

    def leave_it(self) -> None:
        outcome = self.draw.choice(("postponed", "pending"))
        actions.set_aside(self.draw.choice(self.items()), outcome=outcome, by=self.by, at=SESSION)

    def chair(self) -> None:
        members = self.meeting.assembly.members
        who = [members.get(name=name) for name in self.draw.sample(self.believed.names, 2)]
        actions.note_attendance(self.meeting, {}, president=who[0], secretary=who[1], by=self.by, at=SESSION)
        self.meeting.refresh_from_db()

    def resign(self) -> None:
        """Somebody had left before that day, which is told of late."""
        if len(self.believed.names) < len(self.pks):
            return
        name = self.draw.choice(self.believed.names[2:])
        member = self.meeting.assembly.members.get(name=name)
        actions.leave(member, left_on=self.meeting.held_on - timedelta(days=1), by=self.by, at=SESSION)
        self.believed.names.remove(name)

    def close(self) -> Meeting:
        """Note what is left as it can be, then close: what contradicts itself is refused first, and noted again."""
        names = self.believed.names[:2]
        back = {name: Noted("present") for name in names if self.believed.noted[name].state != "present"}
        chair, pen = (self.meeting.assembly.members.get(name=name) for name in names)
        self._note({self.pks[name]: noted for name, noted in back.items()}, president=chair, secretary=pen)
        self.believed.noted |= back
        self.believed.holders |= dict.fromkeys(back, "")
        for _ in range(len(self.items()) + 1):
            for item in self.items():
                if item.outcome == Item.Outcome.PENDING:
                    self._settle(item)
            try:
                with transaction.atomic():
                    return actions.close(self.meeting, by=self.by, at=SESSION)
            except Refused as refusal:
                again = re.match(r"Point (\d+)\u00a0: revenez sur ce point", refusal.sentence)
                if again is None:
                    raise
                item = self.items()[int(again[1]) - 1]
                actions.set_aside(item, outcome="pending", by=self.by, at=SESSION)
        raise AssertionError("nothing closes this session")

    def _settle(self, item: Item) -> None:
        self.believed.public.pop(item.rank, None)
        voices = len(self.believed.voters(item.rank))
        try:
            with transaction.atomic():
                if item.names_people:
                    actions.appoint(item, [{self.believed.names[0]: voices}], by=self.by, at=SESSION)
                else:
                    actions.vote(item, None, by=self.by, at=SESSION)
        except Refused:
            if self.believed.is_quorate(item.rank):
                raise
            actions.set_aside(item, outcome="postponed", by=self.by, at=SESSION)
        else:
            assert self.believed.is_quorate(item.rank)


@dataclass
class Printed:
    """A paper as it was given to be set: its words, and its table of presence."""

    title: str
    words: list[str]
    rows: dict[str, tuple[str, str]]


@contextmanager
def read_as_words(*, are_kept: bool) -> Iterator[list[Printed]]:
    """Papers are read before they are set: a page of nothing is kept in their place, or nothing at all."""
    printed: list[Printed] = []

    def render(paper: layout.Paper, *, at: datetime) -> bytes:
        nodes = [node for one in paper.sections for node in one.nodes]
        words = ["".join(span.text for span in node.spans) for node in nodes]
        words += ["".join(span.text for span in one) for node in nodes for one in node.items]
        table = paper.tables.get("attendance", {"groups": [[None, []]]})
        rows = {name.partition(",")[0]: (said, proxy) for name, said, proxy in table["groups"][0][1]}
        printed.append(Printed(paper.title, [one.replace("\u00a0", " ") for one in words], rows))
        return f.pdf()

    with ExitStack() as stack:
        stack.enter_context(patch.object(layout.Paper, "set", render))
        stack.enter_context(patch.object(session.fields, "place", lambda content, fields: content))
        if not are_kept:  # The disk is waited for at each file, three times.
            stack.enter_context(patch.object(outcome.documents, "keep", lambda pdf, **named: None))
            stack.enter_context(patch.object(outcome.acts, "record_articles", lambda act, articles, **who: None))
        yield printed


def played(meeting: Meeting, by: User, seed: int) -> int:
    """Play one session and read its acts; return how many there are. Nothing of it is kept.

    The words and the tables are read in each; the files and the articles are kept in one of ten.
    """
    with read_as_words(are_kept=seed % 10 == 0) as printed, transaction.atomic():
        play = Play(meeting, by, seed)
        for _ in range(play.draw.randint(4, 12)):
            play.gesture()
        held = play.close()
        items = list(held.items.select_related("act").order_by("rank"))
        extracts = {one.title: one for one in printed}
        count = 0
        for item in items:
            if item.act is not None:
                count += 1
                contradictions = _wrong(item, extracts[f"Délibération {item.act.number}"], play)
                assert not contradictions, f"seed {seed}, item {item.rank}: {contradictions}"
        transaction.set_rollback(True)
    return count


def _wrong(item: Item, paper: Printed, play: Play) -> list[str]:
    """Say where an act differs from what is believed."""
    believed, rank, act = play.believed, item.rank, item.act
    assert act is not None
    titled = {one.titled: one.name for one in play.meeting.assembly.members.all()}
    rows = {titled[name]: row for name, row in paper.rows.items()}
    there = {name for name, (said, _) in rows.items() if said.startswith("présen") and "pas à ce point" not in said}
    told = {
        "table": (list(rows), believed.names),
        "who is there": (there, set(believed.in_room(rank))),
        "who withdrew": (
            {name for name, (said, _) in rows.items() if "retir" in said or "retrait" in said}, set(believed.gone(rank))
        ),
        "proxies": (
            {name: titled[proxy] for name, (_, proxy) in rows.items() if proxy and "sans effet" not in proxy},
            believed.proxies(rank),
        ),
        "quorum": (
            [(int(found[1]), int(found[2])) for line in paper.words if (found := FIGURES.search(line))][:1],
            [(len(believed.present(rank)), believed.basis(rank))],
        ),
    }  # fmt: skip
    if item.is_without_vote:
        told["figures"] = (act.vote, None)
    else:
        assert act.vote is not None
        told["figures"] = ((act.vote.members, act.vote.total), (believed.basis(rank), len(believed.voters(rank))))
        figures = [found.groups() for line in paper.words if (found := VOICES.search(line))]
        told["figures in words"] = (
            [int(one) for found in figures for one in found if one and int(one)],
            [] if item.names_people else [one for one in (act.vote.in_favour, act.vote.against) if one],
        )
    senses = ("Pour : ", "Contre : ", "Abstention : ")
    lines = [line.partition(" : ")[2].split(", ") for line in paper.words if line.startswith(senses)]
    named = sorted(name for names in lines for name in names)
    told["names"] = (named, sorted(believed.voters(rank)) if rank in believed.public else [])
    told["secret"] = (any("Au scrutin secret" in line for line in paper.words), item.is_secret)
    return [f"{what}: {said}, and {true}" for what, (said, true) in told.items() if said != true]
