"""The first page of the operators' door: the territory at a glance, and what waits for this person."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from csp.constants import SELF
from csp.decorators import csp_replace
from django.db.models import Count, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

from socle import __version__
from socle.agreements.models import Status
from socle.agreements.priorities import to_look_at
from socle.agreements.queries import awaiting
from socle.console import maps
from socle.console.access import Access, console_view
from socle.console.lists import place_name, whom
from socle.console.stages import STAGES, Look
from socle.joining.models import JoinRequest
from socle.joining.models import Status as Joining
from socle.lib import dates
from socle.mergers.models import MergerPlan
from socle.mergers.models import Status as PlanStatus
from socle.mergers.presenters import title_of
from socle.people.models import Role
from socle.programme.queries import with_priority
from socle.provisioning.models import State
from socle.provisioning.stages import ORDER, Stage, equipped_off_the_map, with_stage
from socle.provisioning.suspensions import by_hand
from socle.territory.maps import territory_map
from socle.ui.shapes import Link

SHOWN = 5


@dataclass(frozen=True)
class Row:
    """One commune of the dashboard's only pass over the territory."""

    pk: int
    insee_code: str
    name: str
    search_name: str
    population: int | None
    stage: str
    is_priority: bool


@dataclass(frozen=True)
class KeyItem:
    """One line of the map's key."""

    tone: str
    label: str
    count: int
    url: str


@dataclass(frozen=True)
class Reached:
    """How many communes have come at least to a stage."""

    look: Look
    priority: int
    others: int
    share: str
    priority_width: str
    others_width: str

    @property
    def total(self) -> int:
        return self.priority + self.others


@dataclass(frozen=True)
class Todo:
    """Something that waits for this person: what, how many, the first of them."""

    title: str
    icon: str
    tone: str
    url: str
    action: str
    items: tuple[Link, ...]
    count: int
    empty: str


@csp_replace({"frame-src": [SELF]})
@console_view
def show(request: HttpRequest, access: Access) -> HttpResponse:
    """Show the map, the counts, the funnel and the things to do."""
    communes = with_priority(with_stage(access.communes(), access.programme), access.programme)  # type: ignore[arg-type]
    fields = ("pk", "insee_code", "name", "search_name", "population", "stage", "is_priority")
    rows = [Row(*values) for values in communes.order_by().values_list(*fields)]
    counts = Counter(row.stage for row in rows)
    states = _states(access)
    listing = reverse("console:communes")
    gone, bodies = equipped_off_the_map(access.beneficiaries(), access.programme)
    return render(
        request,
        "console/home.html",
        {
            "access": access,
            "outlines": territory_map(access.departments) if rows else None,
            "key": [
                KeyItem(look.code, look.label, counts[look.code], f"{listing}?etape={look.code}")
                for look in STAGES.values()
            ],
            "total": len(rows),
            "priority": sum(row.is_priority for row in rows),
            "equipped": counts[Stage.LIVE] + gone,
            "off_the_map": _off_the_map(gone, bodies),
            "funnel": _funnel(rows),
            "todos": _todos(access, rows, failed=states["failed_services"]),
            "money": _money(access),
            **states,
        },
    )


def _off_the_map(gone: int, bodies: int) -> str:
    """Say who else has services: the map and the list of communes show neither."""
    said = []
    if gone:
        said.append(f"dont {gone} fusionnée{'s' if gone > 1 else ''} depuis, hors carte")
    if bodies:
        said.append(f"et {bodies} autre{'s' if bodies > 1 else ''} établissement{'s' if bodies > 1 else ''}")
    return ", ".join(said)


@require_safe
@csp_replace({"frame-ancestors": [SELF]})
@console_view
def show_map(request: HttpRequest, access: Access) -> HttpResponse:
    """The map of the dashboard, a page of its own in a frame: the dashboard does not carry it.

    It weighs 360 kB and changes when a commune comes to another stage: the browser keeps it, asks each time whether it
    is still the same, and is most often told so in a few bytes. It says nothing personal.
    """
    communes: Any = with_stage(access.communes(), access.programme)
    stages: dict[int, str] = dict(communes.order_by().values_list("pk", "stage"))
    outlines = territory_map(access.departments)
    stylesheets = [static(name) for name in ("ui/socle.css", "console/console.css")]
    said = (__version__, stylesheets, outlines.tag, sorted(stages.items()))
    tag = quote_etag(hashlib.sha256(repr(said).encode()).hexdigest()[:32])
    response = get_conditional_response(request, etag=tag)
    if response is None:
        response = render(request, "console/map.html", {"map": maps.draw(outlines, stages)})
    response["ETag"] = tag
    response["Cache-Control"] = "private, no-cache"
    return response


def _funnel(rows: list[Row]) -> list[Reached]:
    ranks = {stage.value: rank for rank, stage in enumerate(ORDER)}
    reached = []
    for rank, stage in enumerate(ORDER):
        there = [row for row in rows if ranks[row.stage] >= rank]
        priority = sum(row.is_priority for row in there)
        whole = len(rows) or 1
        share = 100 * len(there) / whole
        reached.append(
            Reached(
                look=STAGES[stage.value],
                priority=priority,
                others=len(there) - priority,
                share=f"{share:.1f}".replace(".", ",") if 0 < share < 100 else f"{share:.0f}",
                priority_width=f"{100 * priority / whole:.2f}",
                others_width=f"{100 * (len(there) - priority) / whole:.2f}",
            )
        )
    return reached


def _money(access: Access) -> Decimal | None:
    """The yearly contributions of the agreements concluded, for those who see money and follow it."""
    if not access.sees_money:
        return None
    concluded = access.agreements().filter(status=Status.SIGNED).aggregate(total=Sum("annual_price"))
    total: Decimal = concluded["total"] or Decimal(0)
    return total


def _states(access: Access) -> dict[str, Any]:
    states = dict(access.installations().order_by().values_list("state").annotate(count=Count("pk")))
    return {"live_services": states.get(State.LIVE.value, 0), "failed_services": states.get(State.FAILED.value, 0)}


def _first(waiting: QuerySet[Any]) -> tuple[list[Any], int]:
    """The first of what waits, and how many: counted apart only when there are more than are shown."""
    found = list(waiting[: SHOWN + 1])
    return found[:SHOWN], len(found) if len(found) <= SHOWN else waiting.count()


def _todos(access: Access, rows: list[Row], *, failed: int) -> list[Todo]:
    """Return the tasks that wait for this person, by role; a role with nothing of its own reads the counts above."""
    todos = []
    if access.holds(Role.PRESIDENT, Role.CDG_PRESIDENT):
        todos.append(_to_sign(access))
    if access.holds(Role.TECHNICIAN, Role.PROGRAMME_OFFICER):
        todos.append(_to_mend(access, count=failed))
        todos += [todo for todo in (_by_hand(access),) if todo.count]
    if access.holds(Role.PROGRAMME_OFFICER, Role.CDG_ADVISOR):
        todos += [_to_study(access), _to_complete(access), _to_propose(rows)]
        todos += [todo for todo in (_mergers(), _changed_priorities(access)) if todo.count]
    return todos


def _to_sign(access: Access) -> Todo:
    on = dates.day_of(timezone.now())
    waiting = awaiting(access.readable_agreements(), access.user, on=on)
    shown, count = _first(waiting.select_related("beneficiary__commune").order_by("drafted_at"))
    return Todo(
        title="Conventions à signer",
        icon="sign",
        tone="alert" if count else "ok",
        url=reverse("console:to_sign"),
        action="Lire et signer",
        items=tuple(
            Link(
                f"{whom(agreement)}, n°\u00a0{agreement.number}",
                reverse("console:sign", args=[agreement.number]),
            )
            for agreement in shown
        ),
        count=count,
        empty="Aucune convention n’attend votre signature.",
    )


def _to_mend(access: Access, *, count: int) -> Todo:
    failed = access.installations().filter(state=State.FAILED).select_related("beneficiary__commune", "service")
    # They are counted already: not looked for, most days, when there is none.
    shown = failed.order_by("next_look_at", "pk")[:SHOWN] if count else ()
    return Todo(
        title="Installations en échec",
        icon="alert",
        tone="danger" if count else "ok",
        url=f"{reverse('console:installations')}?etat=failed",
        action="Voir les installations en échec",
        items=tuple(
            Link(
                f"{place_name(installation.beneficiary)} : {installation.service.name}",
                reverse("console:installation", args=[installation.pk]),
            )
            for installation in shown
        ),
        count=count,
        empty="Toutes les installations répondent à ce qui est voulu.",
    )


def _by_hand(access: Access) -> Todo:
    """Shown only when there is one: suspensions are rare, and lifted."""
    waiting = by_hand(access.rights(), on=dates.day_of(timezone.now())).order_by("pk")
    shown, count = _first(waiting.select_related("beneficiary__commune", "service"))
    url = reverse("console:installations")
    return Todo(
        title="Services à arrêter ou à rétablir à la main",
        icon="stop",
        tone="alert",
        url=url,
        action="Voir ce qui est à faire",
        items=tuple(Link(f"{place_name(one.beneficiary)}\u00a0: {one.service.name}", url) for one in shown),
        count=count,
        empty="",
    )


def _to_study(access: Access) -> Todo:
    mine = JoinRequest.objects.filter(programme=access.programme, department__in=access.departments)
    shown, count = _first(mine.filter(status=Joining.CONFIRMED).select_related("commune").order_by("asked_at"))
    return Todo(
        title="Demandes à étudier",
        icon="mail",
        tone="alert" if count else "ok",
        url=f"{reverse('console:join_requests')}?etat=confirmed",
        action="Voir les demandes",
        items=tuple(
            Link(f"{one.place_name}, {one.reference}", reverse("console:join_request", args=[one.reference]))
            for one in shown
        ),
        count=count,
        empty="Aucune mairie n’attend de réponse.",
    )


def _to_complete(access: Access) -> Todo:
    drafts = (
        access.every_agreement()
        .filter(status=Status.DRAFT)
        .select_related("beneficiary__commune")
        .order_by("drafted_at")
    )
    shown, count = _first(drafts)
    return Todo(
        title="Projets à compléter",
        icon="edit",
        tone="wait" if count else "ok",
        url=f"{reverse('console:agreements')}?etat=draft",
        action="Voir les projets",
        items=tuple(
            Link(
                f"{whom(agreement)}, n°\u00a0{agreement.number}",
                reverse("console:agreement", args=[agreement.number]),
            )
            for agreement in shown
        ),
        count=count,
        empty="Aucun projet de convention n’attend.",
    )


def _mergers() -> Todo:
    """Shown only when there is one: mergers come once a year. Within the scope of the console."""
    waiting = MergerPlan.objects.filter(status=PlanStatus.DRAFT).select_related("beneficiary__commune", "other")
    shown, count = _first(waiting)
    return Todo(
        title="Fusions et scissions à relire",
        icon="swap",
        tone="alert",
        url=f"{reverse('console:mergers')}?etat=draft",
        action="Voir les plans",
        items=tuple(Link(title_of(plan), reverse("console:merger", args=[plan.pk])) for plan in shown),
        count=count,
        empty="",
    )


def _changed_priorities(access: Access) -> Todo:
    """Shown only when there is one: a vintage comes once a year."""
    changes = list(to_look_at(access.agreements()))
    return Todo(
        title="Priorités qui ont changé sous une convention",
        icon="swap",
        tone="alert",
        url=reverse("console:priorities"),
        action="Les regarder",
        items=tuple(
            Link(
                f"{one.commune.name} : {'devient' if one.is_priority else 'n’est plus'} prioritaire",
                reverse("console:agreement", args=[one.agreement_number]),  # type: ignore[attr-defined]
            )
            for one in changes[:SHOWN]
        ),
        count=len(changes),
        empty="",
    )


def _to_propose(rows: list[Row]) -> Todo:
    free = [row for row in rows if row.stage == Stage.ELIGIBLE and row.is_priority]
    free.sort(key=lambda row: (row.population or 0, row.search_name))
    return Todo(
        title="Communes prioritaires à proposer",
        icon="mairie",
        tone="neutral",
        url=f"{reverse('console:communes')}?etape=eligible&priorite=oui&tri=population",
        action="Voir les communes à proposer",
        items=tuple(
            Link(f"{row.name} ({row.insee_code})", reverse("console:commune", args=[row.insee_code]))
            for row in free[:SHOWN]
        ),
        count=len(free),
        empty="Toutes les communes prioritaires ont au moins un projet.",
    )


@console_view
def show_settings(request: HttpRequest, access: Access) -> HttpResponse:
    """List what is set once, and what one looks up."""
    return render(request, "console/settings.html", {"access": access})
