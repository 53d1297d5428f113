"""« Tenir »: the session itself, on a phone or a tablet: who is there, each item voted, the session closed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from socle.assemblies import actions, rules
from socle.assemblies.actions import Asked, Noted
from socle.assemblies.actions.session import SENSES
from socle.assemblies.ballots import Votes
from socle.assemblies.desk import Desk, item_asked, item_or_404, meeting_or_404
from socle.assemblies.forms import BallotForm, RoundsForm, VoteForm
from socle.assemblies.models import Attendance, Item, Meeting, Member
from socle.assemblies.presenters import road_of
from socle.assemblies.tally import roll_of, tally, voters_of
from socle.lib.refusals import Refused, refuse
from socle.lib.text import whole
from socle.ui.meanwhile import Cell, Cells
from socle.ui.shapes import Link


def show(request: HttpRequest, desk: Desk, meeting_id: int) -> HttpResponse:
    """Show the session: presence, then each item with its quorum and its buttons."""
    return _page(request, desk, meeting_or_404(desk, meeting_id))


def _page(
    request: HttpRequest,
    desk: Desk,
    meeting: Meeting,
    *,
    roll_form: Cells | None = None,
    written: Mapping[int, Noted] | None = None,
) -> HttpResponse:
    at = timezone.now()
    roll = roll_of(meeting)
    items = list(meeting.items.select_related("act", "reporter").prefetch_related("annexes"))
    counted = [tally(item, roll) for item in items]
    noted = {one.member_id: one for one in roll.attendances}
    shown = {pk: _with(one, (written or {}).get(pk)) for pk, one in noted.items()}
    context = {
        "crumbs": [Link("Séances", desk.address("meetings")), Link(meeting.name)],
        "meeting": meeting,
        "steps": road_of(desk, meeting),
        "is_open": meeting.status == Meeting.Status.OPEN,
        "why_not_open": rules.why_not_open(meeting, at=at),
        "rows": [(member, shown[member.pk]) for member in roll.members if member.pk in noted],
        "roll_form": roll_form or _roll_form(roll.attendances),
        "present": sum(1 for one in roll.attendances if one.state == Attendance.State.PRESENT),
        "members": roll.members,
        "states": Attendance.State.choices,
        "ranks": [item.rank for item in items],
        "lines": [
            {
                "item": item,
                "count": one,
                "annexes": item.annexes.all(),
                "why_not": rules.why_not_vote(item, roll, None),
                "away": {row.member_id for row in roll.withdrawals if row.item_id == item.pk},
                "form": VoteForm(prefix=str(item.pk)),
            }
            for item, one in zip(items, counted, strict=True)
        ],
        "why_not_close": rules.why_not_finish(meeting, items),
        "is_quorum_lost": rules.why_not_fail(meeting, items, counted) is None,
        "earlier": _to_arrest(meeting),
    }
    return desk.show(request, "holding", context, status=422 if roll_form and roll_form.errors else 200)


def _to_arrest(meeting: Meeting) -> list[Meeting]:
    """The meetings before this one whose minutes are to be arrested as it opens."""
    states = (Meeting.Status.HELD, Meeting.Status.FAILED)
    before = meeting.assembly.meetings.filter(status__in=states, starts_at__lt=meeting.starts_at, minutes_act=None)
    return list(before.order_by("starts_at")[:5])


def open_session(request: HttpRequest, desk: Desk, meeting_id: int) -> HttpResponse:
    """Open the session."""
    meeting = actions.open_session(meeting_or_404(desk, meeting_id), by=desk.by, at=timezone.now())
    return desk.to("meeting_hold", meeting.pk)


def attend(request: HttpRequest, desk: Desk, meeting_id: int) -> HttpResponse:
    """Note who is there, the proxies, who presides."""
    meeting = meeting_or_404(desk, meeting_id)
    attendances = [
        one for one in meeting.attendances.select_related("member") if f"etat-{one.member_id}" in request.POST
    ]
    form = _roll_form(attendances, request.POST)
    rows = {one.member_id: _noted(request, one) for one in attendances}
    if not form.is_valid():
        return _page(request, desk, meeting, roll_form=form, written=None if form.is_taken else rows)
    asked = request.POST.get("urgence", "")
    actions.note_attendance(
        meeting,
        rows,
        president=_member(request, meeting, "president") or meeting.president,
        secretary=_member(request, meeting, "secretaire") or meeting.secretary,
        is_urgency_approved={"oui": True, "non": False}.get(asked, meeting.is_urgency_approved),
        by=desk.by,
        at=timezone.now(),
    )
    messages.success(request, "Présences notées.")
    return desk.to("meeting_hold", meeting.pk)


def _roll_form(attendances: Collection[Attendance], data: Any = None) -> Cells:
    """Return the cells of a roll call, member by member: two people may note the same one."""
    labels = {code: str(label) for code, label in Attendance.State.choices}
    members = {"": "personne", **{str(one.member_id): one.member.titled for one in attendances}}
    cells: dict[str, Cell] = {}
    for one in attendances:
        name, pk = one.member.titled, one.member_id
        cells[f"etat-{pk}"] = Cell(name, one.state, labels)
        cells[f"pouvoir-{pk}"] = Cell(f"{name}, donne pouvoir à", one.proxy_to_id, members)
        cells[f"arrivee-{pk}"] = Cell(f"{name}, arrivée au point", one.arrived_for)
        cells[f"depart-{pk}"] = Cell(f"{name}, départ avant le point", one.left_before)
    return Cells(data, cells=cells)


def _with(kept: Attendance, written: Noted | None) -> Attendance:
    """The attendance to show: as it is kept, or as somebody wrote it and could not save it."""
    if written is None:
        return kept
    return Attendance(
        member_id=kept.member_id, state=written.state, arrived_for=written.arrived_for,
        left_before=written.left_before, proxy_to_id=written.proxy_to,
    )  # fmt: skip


def _noted(request: HttpRequest, one: Attendance) -> Noted:
    def number(name: str) -> int | None:
        return whole(request.POST.get(f"{name}-{one.member_id}", ""))

    state = request.POST.get(f"etat-{one.member_id}", "")
    return Noted(
        state if state in Attendance.State.values else one.state,
        arrived_for=number("arrivee"),
        left_before=number("depart"),
        proxy_to=number("pouvoir"),
        is_proxy_written=True,
    )


def _member(request: HttpRequest, meeting: Meeting, name: str) -> Member | None:
    return meeting.assembly.members.filter(pk=whole(request.POST.get(name, "")) or 0).first()


def vote(request: HttpRequest, desk: Desk, meeting_id: int) -> HttpResponse:
    """Note the vote of an item: unanimous in one press, or by its figures."""
    meeting = meeting_or_404(desk, meeting_id)
    unanimous = request.POST.get("unanime", "")
    item = item_asked(meeting, unanimous or request.POST.get("point", ""))
    votes = None if unanimous else _votes(request, item)
    item = actions.vote(item, votes, by=desk.by, at=timezone.now())
    said = "adoptée" if item.outcome == Item.Outcome.ADOPTED else "rejetée"
    messages.success(request, f"Point {item.rank}\u00a0: délibération {said}.")
    return desk.to("meeting_hold", meeting.pk)


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
        head_in_favour=said["head_in_favour"],
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
        try:
            item = actions.vote_as_asked(item, Asked(**form.given(), choices=choices), by=desk.by, at=timezone.now())
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
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
        "why_not": rules.why_not_vote(item, roll, None),
        "voters": [(rank, name, request.POST.get(f"voix-{rank}", "for")) for rank, name in enumerate(voters)],
        "senses": SENSES.items(),
    }
    return desk.show(request, "ballot", context, status=422 if form.errors else 200)


def appoint(request: HttpRequest, desk: Desk, meeting_id: int) -> HttpResponse:
    """Note the rounds of an appointment."""
    meeting = meeting_or_404(desk, meeting_id)
    item = item_asked(meeting, request.POST.get("point", ""))
    form = RoundsForm(request.POST)
    if not form.is_valid():
        raise Refused(str(form.errors["rounds"][0]))
    item = actions.appoint(item, form.cleaned_data["rounds"], by=desk.by, at=timezone.now())
    messages.success(request, item.explained.splitlines()[1])
    return desk.to("meeting_hold", meeting.pk)


def set_aside(request: HttpRequest, desk: Desk, meeting_id: int) -> HttpResponse:
    """Postpone an item, take note of it, or put it back to the vote."""
    meeting = meeting_or_404(desk, meeting_id)
    for name, outcome in (
        ("reporter", Item.Outcome.POSTPONED),
        ("acte", Item.Outcome.TOLD),
        ("revoter", Item.Outcome.PENDING),
    ):
        if asked := request.POST.get(name, ""):
            actions.set_aside(item_asked(meeting, asked), outcome=outcome, by=desk.by, at=timezone.now())
    return desk.to("meeting_hold", meeting.pk)


def withdraw(request: HttpRequest, desk: Desk, meeting_id: int) -> HttpResponse:
    """Note who takes no part in an item."""
    meeting = meeting_or_404(desk, meeting_id)
    item = item_asked(meeting, request.POST.get("point", ""))
    chosen = [pk for one in request.POST.getlist("retrait") if (pk := whole(one)) is not None]
    members = list(meeting.assembly.members.filter(pk__in=chosen))
    leaves = request.POST.get("exercice", "") == "oui"
    actions.withdraw_from(item, members, leaves_office=leaves, by=desk.by, at=timezone.now())
    return desk.to("meeting_hold", meeting.pk)


def fail(request: HttpRequest, desk: Desk, meeting_id: int) -> HttpResponse:
    """End the session for lack of a quorum, and lead to the second one, filled in."""
    again = actions.fail(meeting_or_404(desk, meeting_id), by=desk.by, at=timezone.now())
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
    at = timezone.now()
    with transaction.atomic():
        actions.note_attendance(
            meeting,
            {},
            president=_member(request, meeting, "president") or meeting.president,
            secretary=_member(request, meeting, "secretaire") or meeting.secretary,
            is_urgency_approved=meeting.is_urgency_approved,
            by=desk.by,
            at=at,
        )
        actions.close(meeting, by=desk.by, at=at)
    return desk.to("meeting_leave", meeting.pk)
