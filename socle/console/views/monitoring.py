"""State of the engines, for whoever runs them; and all the services of one beneficiary on one page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope

from socle.console.following import Shown, show_installations
from socle.console.placed import crumbs_of, pages_of
from socle.console.views.handovers import beneficiary_or_404
from socle.console.views.platform import why_not_read
from socle.lib.text import bytes_in_french, number
from socle.people.models import Beneficiary
from socle.provisioning.desk.access import Access, console_view, forbid, record_view
from socle.provisioning.desk.lists import leave
from socle.provisioning.monitoring.board import SHEET, Board, boards, rows_of
from socle.provisioning.monitoring.contract import Own, watches
from socle.ui.shapes import Column, Link, Tone, files_of

SUMMARY_COLUMNS = (
    Column("Moteur"),
    Column("État"),
    Column("Place occupée", is_number=True),
    Column("Dernier essai"),
)


@dataclass(frozen=True)
class Figure:
    """One of the numbers on top of the page."""

    value: str
    label: str
    tone: Tone


@dataclass(frozen=True)
class Largest:
    """Whoever takes most of the space of an engine."""

    name: str
    url: str
    shown: str


@dataclass(frozen=True)
class Line:
    """One engine of the board, with what only this door knows: where its largest beneficiaries are."""

    board: Board
    used: str
    top: list[Largest]


@console_view
def show(request: HttpRequest, access: Access) -> HttpResponse:
    """Show every engine: whether it answers, its load, its failures, the space it takes, the history of its trials."""
    forbid(why_not_read(access))
    lines = [_line(board) for board in boards(at=timezone.now())]
    context = {
        "lines": lines,
        "figures": _figures(lines),
        "columns": SUMMARY_COLUMNS,
        "files": files_of(request, "console:running_file"),
        "is_demo": settings.DEMO,
    }
    return render(request, "console/monitoring.html", context)


@console_view
def export(request: HttpRequest, access: Access, format: str) -> HttpResponse:
    """Give the space each beneficiary takes with each engine, as a file."""
    forbid(why_not_read(access))
    return leave(request, access, SHEET, rows_of(at=timezone.now()), format)


def _line(board: Board) -> Line:
    taken = board.taken
    top = [
        Largest(one.name, reverse("console:body_services", args=[one.pk]), bytes_in_french(used))
        for one, used in (taken.top if taken else [])
    ]
    return Line(board, bytes_in_french(taken.used) if taken else "", top)


def _figures(lines: list[Line]) -> list[Figure]:
    there = [line.board for line in lines if line.board.label != "Absent"]
    down = sum(board.tone == "danger" for board in there)
    troubles = [trouble for board in there for trouble in board.troubles]
    grave = any(trouble.tone == "danger" for trouble in troubles)
    used = sum(board.taken.used for board in there if board.taken)
    answering = sum(board.tone in ("ok", "alert") and board.label != "Essai ancien" for board in there)
    return [
        Figure(
            f"{answering} sur {len(there)}",
            "Moteurs qui répondent",
            "danger" if down else "ok" if answering == len(there) else "wait",
        ),
        Figure(
            number(len(troubles)),
            "Points à regarder",
            "danger" if grave else "alert" if troubles else "ok",
        ),
        Figure(bytes_in_french(used), "Place occupée par vos bénéficiaires", "info"),
    ]


# --- One beneficiary --------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Card:
    """One service of a beneficiary: its installation, when it has one, and what its engine's room says of it."""

    title: str
    icon: str
    own: Own
    one: Shown | None


@console_view
def show_own(request: HttpRequest, access: Access, body_id: int) -> HttpResponse:
    """Show all the services of one beneficiary on one page: state, space, failures, last use, the gestures."""
    place = beneficiary_or_404(access, body_id)
    record_view(request, "installation", place)
    with scope(beneficiary=place):
        cards = _cards(access, place, at=timezone.now())
        context = {
            "place": place,
            "cards": cards,
            "pages": pages_of(place),
            "crumbs": crumbs_of(request, place, Link("Services")),
        }
        return render(request, "console/body_services.html", context)


def _cards(access: Access, place: Beneficiary, *, at: datetime) -> list[Card]:
    installations = access.installations().filter(beneficiary=place).select_related("service", "beneficiary__commune")
    shown = {
        one.installation.service.code: one
        for one in show_installations(list(installations.order_by("service__order")), access)
    }
    every = watches()
    icons = {watch.code: watch.icon for watch in every}
    known = {watch.code: watch for watch in every if watch.why_none() is None}
    cards = []
    for code, one in shown.items():
        watch = known.get(code)
        own = watch.see_own(place, at=at) if watch else Own()
        cards.append(Card(one.installation.service.name, icons.get(code, "website"), own, one))
    # What an engine keeps for it without being a service of the offer: its names; or what came before its agreement.
    for code, watch in known.items():
        if code not in shown and (own := watch.see_own(place, at=at)) != Own():
            cards.append(Card(watch.label, watch.icon, own, None))
    return cards
