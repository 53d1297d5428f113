"""« Tenir »: the session itself, on a phone or a tablet: who is there, each item voted, the session closed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone

from socle.assemblies import actions, rules
from socle.assemblies.actions import Asked, Noted
from socle.assemblies.actions.session import SENSES
from socle.assemblies.ballots import Votes
from socle.assemblies.desk import Desk, item_asked, item_or_404, meeting_or_404
from socle.assemblies.forms import BallotForm, RoundsForm, VoteForm
from socle.assemblies.models import Attendance, Item, Meeting, Member
from socle.assemblies.presenters import road_of
from socle.assemblies.tally import Roll, roll_of, tally, voters_of
from socle.lib.refusals import Refused, refuse
from socle.lib.text import whole
from socle.people.models import User
from socle.ui.meanwhile import Cell, Cells
from socle.ui.shapes import Link
from socle.ui.submit import refusal_shown_in


def show(request: HttpRequest, desk: Desk, meeting_id: int) -> HttpResponse:
    """Show the session: presence, then each item with its quorum and its buttons."""
    return _page(request, desk, meeting_or_404(desk, meeting_id))


def _page(
    request: HttpRequest,
    desk: Desk,
    meeting: Meeting,
    *,
    said: RollSheet | None = None,
    written: bool = False,
    refused: Mapping[int, tuple[str, QueryDict]] | None = None,
) -> HttpResponse:
    """The page of a session; `said` is what was sent and could not be saved, shown again as it was `written`.

    So are the figures of an item whose vote is `refused`, by item: the sentence that says why, and what was sent.
    """
    again = refused or {}
    at = timezone.now()
    roll = roll_of(meeting)
    items = list(meeting.items.select_related("act", "reporter").prefetch_related("annexes"))
    counted = [tally(item, roll) for item in items]
    noted = {one.member_id: one for one in roll.attendances}
    gone = {item: [row.member for row in roll.withdrawals if row.item_id == item.pk] for item in items}
    away = {item.pk: {one.pk for one in members} for item, members in gone.items()}
    shown = dict(noted)
    if said is not None and written:
        shown |= {pk: _with(noted[pk], row) for pk, row in said.rows.items() if pk in noted}
        away |= {item.pk: set(said.chosen(item)) for item in said.items}
    waiting = {item: members for item, members in gone.items() if _may_withdraw(item)}
    decisions = [item for item in items if _may_decide(item)] if meeting.status == Meeting.Status.OPEN else []
    typed = said.post if said is not None and written else QueryDict()
    context = {
        "crumbs": [Link("Séances", desk.address("meetings")), Link(meeting.name)],
        "meeting": meeting,
        "steps": road_of(desk, meeting),
        "is_open": meeting.status == Meeting.Status.OPEN,
        "why_not_open": rules.why_not_open(meeting, at=at),
        "rows": [
            (member, shown[member.pk], _paper_of(shown[member.pk], roll))
            for member in roll.members
            if member.pk in noted
        ],
        "roll_form": said.form if said is not None else _roll_form(roll.attendances, waiting, decisions),
        "to_withdraw": ",".join(str(item.pk) for item in waiting),
        "present": sum(1 for one in roll.attendances if one.state == Attendance.State.PRESENT),
        "members": roll.members,
        "seated": [one for one in roll.members if one.pk in noted and noted[one.pk].state == Attendance.State.PRESENT],
        "states": Attendance.State.choices,
        "pens": [one for one in roll.members if not one.is_head] if meeting.status == Meeting.Status.CONVENED else (),
        "ways": [(value, label) for value, label in Meeting.NamedBy.choices if value],
        "ranks": [item.rank for item in items],
        "lines": [
            {
                "item": item,
                "count": one,
                "annexes": item.annexes.all(),
                "why_not": rules.why_not_vote(item, roll, None),
                "is_to_decide": item in decisions,
                "decides_nothing": rules.why_decides_nothing(item),
                "away": away[item.pk],
                "out": {row.item_id for row in roll.withdrawals if row.is_out_of_office},
                "form": VoteForm(again[item.pk][1] if item.pk in again else None, prefix=str(item.pk)),
                **_typed(item, *again.get(item.pk, ("", typed))),
            }
            for item, one in zip(items, counted, strict=True)
        ],
        "why_not_close": rules.why_not_finish(meeting, items),
        "is_quorum_lost": rules.why_not_fail(meeting, items, counted) is None,
        "earlier": _to_arrest(meeting),
    }
    wrong = bool(again) or (said is not None and bool(said.form.errors))
    return desk.show(request, "holding", context, status=422 if wrong else 200)


def _typed(item: Item, sentence: str, sent: QueryDict) -> dict[str, str]:
    """The words typed of an appointment, and why it is refused; nothing but the usual way otherwise."""
    return {
        "refused": sentence,
        "decision": sent.get(f"decision-{item.pk}", actions.proposed(item)),
        "rounds": sent.get(f"tours-{item.pk}", ""),
        "way": sent.get(f"facon-{item.pk}", "secret"),
    }


def _may_withdraw(item: Item) -> bool:
    """Whether the page asks who withdraws from an item: it is to be voted."""
    return item.outcome == Item.Outcome.PENDING and item.kind != Item.Kind.INFORMATION


def _may_decide(item: Item) -> bool:
    """Whether the page asks what an item decides: it is to be voted, or was adopted and decides nothing."""
    is_asked = item.outcome == Item.Outcome.PENDING or rules.why_decides_nothing(item) is not None
    return is_asked and rules.why_not_write_decision(item, actions.proposed(item) or item.subject) is None


def _paper_of(one: Attendance, roll: Roll) -> list[tuple[str, str]]:
    """The choices of « même pouvoir ? », asked of a proxy to the same person as at the session before; else nothing."""
    if one.proxy_to_id is None or roll.proxies_before.get(one.member_id, (0, 0))[0] != one.proxy_to_id:
        return []
    return [(code, str(label).capitalize()) for code, label in Attendance.Paper.choices]


def _to_arrest(meeting: Meeting) -> list[Meeting]:
    """The meetings before this one whose minutes are to be arrested as it opens."""
    states = (Meeting.Status.HELD, Meeting.Status.FAILED)
    before = meeting.assembly.meetings.filter(status__in=states, starts_at__lt=meeting.starts_at, minutes_act=None)
    return list(before.order_by("starts_at")[:5])


def open_session(request: HttpRequest, desk: Desk, meeting_id: int) -> HttpResponse:
    """Open the session, with the secretary that the assembly names."""
    meeting = meeting_or_404(desk, meeting_id)
    meeting = actions.open_session(
        meeting,
        secretary=_member(request.POST, meeting, "secretaire"),
        named_by=_named_by(request.POST) or "",
        by=desk.by,
        at=timezone.now(),
    )
    return desk.to("meeting_hold", meeting.pk)


def attend(request: HttpRequest, desk: Desk, meeting_id: int) -> HttpResponse:
    """Note who is there, the proxies, who presides, who withdraws; then lead to the ballot that is asked, if one is."""
    meeting = meeting_or_404(desk, meeting_id)
    if (page := _first(request, desk, meeting)) is not None:
        return page
    if asked := request.POST.get("scrutin", ""):
        return desk.to("meeting_ballot", meeting.pk, item_asked(meeting, asked).pk)
    messages.success(request, "Présences notées.")
    return desk.to("meeting_hold", meeting.pk)


class RollSheet:
    """The sheet of a session: presence and withdrawals as the page of a session says them, with each of its presses."""

    def __init__(self, request: HttpRequest, meeting: Meeting) -> None:
        self.post, self.meeting = request.POST.copy(), meeting
        self.attendances = [
            one
            for one in meeting.attendances.select_related("member", "proxy_to")
            if f"etat-{one.member_id}" in self.post
        ]
        self.rows = {one.member_id: _noted(request, one) for one in self.attendances}
        shown = {pk for one in self.post.get("retraits", "").split(",") if (pk := whole(one)) is not None}
        items = meeting.items.filter(pk__in=shown).prefetch_related("withdrawals__member") if shown else ()
        self.items = list(items)
        self.members = {one.pk: one for one in meeting.assembly.members.all()} if self.items else {}
        for item in self.items:
            self.post[f"retires-{item.pk}"] = _names(self.chosen(item).values())
        kept = {item: [one.member for one in item.withdrawals.all()] for item in self.items}
        written = {
            pk: " ".join(self.post.getlist(name)).replace("\r\n", "\n").strip()
            for name in list(self.post)
            if name.startswith("decision-") and (pk := whole(name.removeprefix("decision-"))) is not None
        }
        self.decided = {item: written[item.pk] for item in meeting.items.filter(pk__in=written)} if written else {}
        for item, words in self.decided.items():
            self.post[f"decision-{item.pk}"] = words
        self.form = _roll_form(self.attendances, kept, self.decided, self.post)

    def chosen(self, item: Item) -> dict[int, Member]:
        """Who is ticked as withdrawing from an item."""
        ticked = [whole(one) for one in self.post.getlist(f"retrait-{item.pk}")]
        return {pk: self.members[pk] for pk in ticked if pk in self.members}

    def decide(self, *, by: User, at: datetime) -> tuple[Item, Refused] | None:
        """Write what items decide where it differs from what is kept; return the first that is refused, and why."""
        for item, said in self.decided.items():
            if said == actions.proposed(item):
                continue
            try:
                actions.write_decision(item, decision=said, by=by, at=at)
            except Refused as refusal:
                return item, refusal
        return None

    def note(self, *, by: User, at: datetime) -> None:
        """Note what differs from what is kept of presence and withdrawals, and nothing else."""
        meeting = self.meeting
        asked = {"oui": True, "non": False}.get(self.post.get("urgence", ""))
        president = _member(self.post, meeting, "president") or meeting.president
        secretary = _member(self.post, meeting, "secretaire") or meeting.secretary
        urgency = meeting.is_urgency_approved if asked is None else asked
        named_by = _named_by(self.post) or meeting.secretary_named_by
        changed = {one.member_id: noted for one in self.attendances if (noted := self.rows[one.member_id]) != _as(one)}
        was = (meeting.president, meeting.secretary, meeting.secretary_named_by, meeting.is_urgency_approved)
        if changed or was != (president, secretary, named_by, urgency):
            actions.note_attendance(
                meeting,
                changed,
                president=president,
                secretary=secretary,
                named_by=named_by,
                is_urgency_approved=urgency,
                by=by,
                at=at,
            )
        for item in self.items:
            members = self.chosen(item)
            leaves = bool(members) and self.post.get(f"exercice-{item.pk}", "") == "oui"
            if {one.member_id: one.is_out_of_office for one in item.withdrawals.all()} != dict.fromkeys(
                members, leaves
            ):
                actions.withdraw_from(item, members.values(), leaves_office=leaves, by=by, at=at)


def _first(request: HttpRequest, desk: Desk, meeting: Meeting) -> HttpResponse | None:
    """Note, before what a press asks, what its page says of presence and decisions: nothing waits for its own button.

    Return the page where one chooses, when another noted something else meanwhile.
    """
    said = RollSheet(request, meeting)
    if not said.form.is_valid():
        return _page(request, desk, meeting, said=said, written=not said.form.is_taken)
    if refused := said.decide(by=desk.by, at=timezone.now()):
        item, refusal = refused
        messages.error(request, f"Point {item.rank}\u00a0: {refusal.sentence}")
        again = {item.pk: (refusal.sentence, said.post)}
        return _page(request, desk, meeting_or_404(desk, meeting.pk), said=said, written=True, refused=again)
    pending = meeting.items.filter(outcome=Item.Outcome.PENDING)
    before = set(pending.values_list("pk", flat=True))
    said.note(by=desk.by, at=timezone.now())
    if ranks := ", ".join(str(one.rank) for one in pending.all() if one.pk not in before):
        messages.warning(request, f"Les présences ont changé après leur vote\u00a0: à noter de nouveau, point {ranks}.")
    return None


def _roll_form(
    attendances: Collection[Attendance],
    gone: Mapping[Item, Collection[Member]],
    decided: Collection[Item],
    data: Any = None,
) -> Cells:
    """Return the cells of a roll call, of withdrawals and of what is decided: two people may write the same one."""
    labels = {code: str(label) for code, label in Attendance.State.choices}
    members = {"": "personne", **{str(one.member_id): one.member.titled for one in attendances}}
    papers = {code: str(label) for code, label in Attendance.Paper.choices}
    cells: dict[str, Cell] = {}
    for one in attendances:
        name, pk = one.member.titled, one.member_id
        cells[f"etat-{pk}"] = Cell(name, one.state, labels)
        cells[f"pouvoir-{pk}"] = Cell(f"{name}, donne pouvoir à", one.proxy_to_id, members)
        cells[f"papier-{pk}"] = Cell(f"{name}, même pouvoir", one.paper, papers)
        cells[f"arrivee-{pk}"] = Cell(f"{name}, arrivée au point", one.arrived_for)
        cells[f"depart-{pk}"] = Cell(f"{name}, départ avant le point", one.left_before)
    for item, withdrawn in gone.items():
        # As many boxes as members: told together, by their names.
        cells[f"retires-{item.pk}"] = Cell(f"Retraits du point {item.rank}", _names(withdrawn))
    for item in decided:
        cells[f"decision-{item.pk}"] = Cell(f"Ce que décide le point {item.rank}", actions.proposed(item))
    return Cells(data, cells=cells)


def _names(members: Iterable[Member]) -> str:
    return ", ".join(sorted(one.titled for one in members))


def _as(one: Attendance) -> Noted:
    return Noted(one.state, one.arrived_for, one.left_before, one.proxy_to_id, one.is_proxy_written, one.paper)


def _with(kept: Attendance, written: Noted) -> Attendance:
    """The attendance to show as somebody wrote it and could not save it."""
    return Attendance(
        member_id=kept.member_id, state=written.state, arrived_for=written.arrived_for,
        left_before=written.left_before, proxy_to_id=written.proxy_to, paper=written.paper,
    )  # fmt: skip


def _noted(request: HttpRequest, one: Attendance) -> Noted:
    def number(name: str) -> int | None:
        return whole(request.POST.get(f"{name}-{one.member_id}", ""))

    state = request.POST.get(f"etat-{one.member_id}", "")
    holder = number("pouvoir")
    paper = request.POST.get(f"papier-{one.member_id}", one.paper)
    return Noted(
        state if state in Attendance.State.values else one.state,
        arrived_for=number("arrivee"),
        left_before=number("depart"),
        proxy_to=holder,
        is_proxy_written=True,
        # Given to another, it is another paper, of which nothing is said yet.
        paper=paper if holder and holder == one.proxy_to_id and paper in Attendance.Paper.values else "",
    )


def _named_by(post: Mapping[str, Any]) -> str | None:
    """How the secretary is said to be named, or None where that is not asked."""
    said = post.get("nomination", "")
    return said if said in Meeting.NamedBy.values and said else None


def _member(post: Mapping[str, Any], meeting: Meeting, name: str) -> Member | None:
    asked = whole(post.get(name, ""))
    return meeting.assembly.members.filter(pk=asked).first() if asked else None


def vote(request: HttpRequest, desk: Desk, meeting_id: int) -> HttpResponse:
    """Note the vote of an item: unanimous in one press, or by its figures."""
    meeting = meeting_or_404(desk, meeting_id)
    if (page := _first(request, desk, meeting)) is not None:
        return page
    unanimous = request.POST.get("unanime", "")
    item = item_asked(meeting, unanimous or request.POST.get("point", ""))
    others = "Des voix contre, ou des abstentions, sont écrites\u00a0: «\u00a0Noter ce vote\u00a0», ou effacez-les."
    try:
        votes = _votes(request, item)
        refuse(others if unanimous and (votes.against or votes.abstentions) else None)
        item = actions.vote(item, None if unanimous else votes, by=desk.by, at=timezone.now())
    except Refused as refusal:
        return _written_again(request, desk, item, refusal)
    said = "adoptée" if item.outcome == Item.Outcome.ADOPTED else "rejetée"
    messages.success(request, f"Point {item.rank}\u00a0: délibération {said}.")
    return desk.to("meeting_hold", meeting.pk)


def _written_again(request: HttpRequest, desk: Desk, item: Item, refusal: Refused) -> HttpResponse:
    """The page of the session with what was typed of an item, and why it is refused: nobody types it twice."""
    messages.error(request, f"Point {item.rank}\u00a0: {refusal.sentence}")
    return _page(
        request, desk, meeting_or_404(desk, item.meeting_id), refused={item.pk: (refusal.sentence, request.POST)}
    )


def _votes(request: HttpRequest, item: Item) -> Votes:
    form = VoteForm(request.POST, prefix=str(item.pk))
    if not form.is_valid():
        raise Refused("Les voix sont des nombres entiers\u00a0: corrigez-les.")
    said: dict[str, Any] = form.cleaned_data
    against, abstentions = said["against"] or 0, said["abstentions"] or 0
    voices = tally(item, roll_of(item.meeting)).voices
    refuse(rules.why_not_count(against + abstentions, voices))
    return Votes(
        in_favour=voices - against - abstentions,
        against=against,
        abstentions=abstentions,
        head_in_favour={"for": True, "against": False}.get(said["head"]),
        head_abstained=said["head"] == "none",
    )


def ballot(request: HttpRequest, desk: Desk, meeting_id: int, item_id: int) -> HttpResponse:
    """Note the vote of an item for which members ask a public ballot, or a secret one."""
    meeting = meeting_or_404(desk, meeting_id)
    item = item_or_404(meeting, item_id)
    roll = roll_of(meeting)
    voters = voters_of(tally(item, roll))
    form = BallotForm(request.POST or None)
    if form.is_valid():
        choices = {name: request.POST.get(f"voix-{rank}", "") for rank, name in enumerate(voters)}
        with refusal_shown_in(form):
            asked = Asked(**form.given(), choices=choices, as_usual="ordinaire" in request.POST)
            item = actions.vote_as_asked(item, asked, by=desk.by, at=timezone.now())
            messages.success(request, item.explained.splitlines()[1])
            return desk.to("meeting_hold", meeting.pk)
    context = {
        "crumbs": [
            Link("Séances", desk.address("meetings")),
            Link(meeting.name, desk.address("meeting_hold", meeting.pk)),
            Link(f"Point {item.rank}"),
        ],
        "meeting": meeting,
        "item": item,
        "form": form,
        "why_not": rules.why_not_by_figures(item) or rules.why_not_vote(item, roll, None),
        "voters": [(rank, name, request.POST.get(f"voix-{rank}", "for")) for rank, name in enumerate(voters)],
        "senses": SENSES.items(),
        # Too few asked: the vote may still be the usual one, and its act says that it was asked for.
        "is_usual": form.is_bound and any("Scrutin ordinaire" in str(one) for one in form.non_field_errors()),
    }
    return desk.show(request, "ballot", context, status=422 if form.errors else 200)


def appoint(request: HttpRequest, desk: Desk, meeting_id: int) -> HttpResponse:
    """Note an appointment: its rounds, in secret or not, or who is named at once by the only candidates."""
    meeting = meeting_or_404(desk, meeting_id)
    if (page := _first(request, desk, meeting)) is not None:
        return page
    item = item_asked(meeting, request.POST.get("point", ""))
    at, way = timezone.now(), request.POST.get(f"facon-{item.pk}", "secret")
    said = request.POST.get(f"tours-{item.pk}", "")[:10000]
    try:
        if way == "lecture":
            candidates = [line.strip() for line in said.splitlines() if line.strip()]
            item = actions.read_out(item, candidates, by=desk.by, at=at)
            told = item.manner
        else:
            form = RoundsForm({"rounds": said})
            refuse(None if form.is_valid() else str(form.errors["rounds"][0]))
            item = actions.appoint(item, form.cleaned_data["rounds"], is_open=way == "public", by=desk.by, at=at)
            told = item.explained.splitlines()[1]
    except Refused as refusal:
        return _written_again(request, desk, item, refusal)
    messages.success(request, told)
    return desk.to("meeting_hold", meeting.pk)


def decide(request: HttpRequest, desk: Desk, meeting_id: int) -> HttpResponse:
    """Write what an item decides, before its vote or, where nothing was written, after it."""
    meeting = meeting_or_404(desk, meeting_id)
    if (page := _first(request, desk, meeting)) is not None:
        return page
    item = item_asked(meeting, request.POST.get("decider", ""))
    if not item.articles:
        return _written_again(request, desk, item, Refused(rules.NOTHING_DECIDED))
    messages.success(request, f"Point {item.rank}\u00a0: ce qui est décidé est écrit.")
    return desk.to("meeting_hold", meeting.pk)


def set_aside(request: HttpRequest, desk: Desk, meeting_id: int) -> HttpResponse:
    """Postpone an item, take note of it, or put it back to the vote."""
    meeting = meeting_or_404(desk, meeting_id)
    if (page := _first(request, desk, meeting)) is not None:
        return page
    for name, outcome in (
        ("reporter", Item.Outcome.POSTPONED),
        ("acte", Item.Outcome.TOLD),
        ("revoter", Item.Outcome.PENDING),
    ):
        if asked := request.POST.get(name, ""):
            actions.set_aside(item_asked(meeting, asked), outcome=outcome, by=desk.by, at=timezone.now())
    return desk.to("meeting_hold", meeting.pk)


def fail(request: HttpRequest, desk: Desk, meeting_id: int) -> HttpResponse:
    """End the session for lack of a quorum, and lead to the second one, filled in."""
    meeting = meeting_or_404(desk, meeting_id)
    if (page := _first(request, desk, meeting)) is not None:
        return page
    again = actions.fail(meeting, by=desk.by, at=timezone.now())
    messages.info(request, "Le quorum est perdu\u00a0: la seconde séance est préparée, avec les points qui restent.")
    return desk.to("meeting", again.pk)


def arrest(request: HttpRequest, desk: Desk, meeting_id: int) -> HttpResponse:
    """Arrest the minutes of an earlier meeting, as this one opens."""
    later = meeting_or_404(desk, meeting_id)
    earlier = later.assembly.meetings.filter(pk=whole(request.POST.get("seance", "")) or 0).first()
    if earlier is None:
        raise Refused("Cette séance n’est pas de votre assemblée\u00a0: rechargez la page.")
    actions.arrest_minutes(earlier, later=later, by=desk.by, at=timezone.now())
    messages.success(request, f"Procès-verbal de la {earlier.name[0].lower()}{earlier.name[1:]} arrêté.")
    return desk.to("meeting_hold", later.pk)


def close(request: HttpRequest, desk: Desk, meeting_id: int) -> HttpResponse:
    """Close the session: its acts are made."""
    meeting = meeting_or_404(desk, meeting_id)
    if (page := _first(request, desk, meeting)) is not None:
        return page
    actions.close(meeting, by=desk.by, at=timezone.now())
    return desk.to("meeting_leave", meeting.pk)
