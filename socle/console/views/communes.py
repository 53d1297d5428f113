"""Communes: the list, and the page of each."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import time
from typing import Any

from csp.constants import SELF
from csp.decorators import csp_replace
from django.contrib import messages
from django.db import models
from django.db.models import Count, Exists, OuterRef, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from socle.agreements import actions as agreements
from socle.agreements import rules
from socle.agreements.models import Status
from socle.batches.actions import Chosen
from socle.batches.contract import Subject
from socle.console.following import asked_by, follow
from socle.console.maps import FIRST
from socle.console.placed import body_of, pages_of
from socle.console.stages import STAGES
from socle.lib import dates
from socle.lib.siret import spaced
from socle.lib.spreadsheet import Kind
from socle.lib.text import folded, number, of_place
from socle.mergers.presenters import title_of
from socle.mergers.queries import plans_about
from socle.people.actions import seat_of
from socle.people.models import Beneficiary, Invitation, InvitationStatus
from socle.programme.eligibility import standing
from socle.programme.queries import with_priority, with_rank
from socle.programme.ranks import show_history, since_when
from socle.provisioning.desk import journal_lines
from socle.provisioning.desk.access import (
    Access,
    commune_or_404,
    console_view,
    forbid,
    gesture,
    gone_or_404,
    record_view,
)
from socle.provisioning.desk.listing import ListColumn, Listing, on_page
from socle.provisioning.desk.lists import Filters, choice, text
from socle.provisioning.handover.models import Handover, HandoverStatus
from socle.provisioning.stages import Stage, stage_of, with_stage
from socle.territory.maps import outline_svg, territory_map
from socle.territory.models import Commune, Epci, FormerCommune, PostalCode, TownHall
from socle.territory.queries import named
from socle.ui.shapes import Fact, Link, files_of

COLUMNS: tuple[ListColumn[Any], ...] = (
    ListColumn(header="Code INSEE", cell=lambda one: one.insee_code, kind=Kind.CODE),
    ListColumn("Commune", lambda one: one.name, sort="search_name"),
    ListColumn(header="Département", cell=lambda one: one.department.code, kind=Kind.CODE),
    ListColumn(header="SIREN", cell=lambda one: one.siren, kind=Kind.CODE),
    ListColumn(header="Intercommunalité", cell=lambda one: one.epci.name if one.epci else ""),
    ListColumn("Habitants", lambda one: one.population, Kind.NUMBER, "Population", sort="population", is_number=True),
    ListColumn(header="Prioritaire", cell=lambda one: bool(one.is_priority), kind=Kind.YES_NO),
    ListColumn(
        "Rang, et pourquoi", lambda one: one.priority_rank if one.reasons else None, Kind.NUMBER, "Rang",
        sort="priority_rank",
    ),
    ListColumn(header="Raisons", cell=lambda one: " ; ".join((one.reasons or "").splitlines())),
    ListColumn("Intercommunalité", sort="epci__name"),
    ListColumn("Étape", lambda one: STAGES[one.stage].label, sort="stage_rank"),
    ListColumn("Convention", lambda one: one.agreement_number or "", Kind.CODE),
)  # fmt: skip
# How many lines of its journal the page of a commune that is gone shows.
LATEST = 12
DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


AWAITED = [
    ("confirmation", "Une invitation à confirmer"),
    ("invitation", "La réponse à une invitation"),
    ("archive", "Que son archive soit emportée"),
]


class CommuneFilters(Filters):
    code, view, title = "communes", "console:communes", "Communes"
    columns = on_page(COLUMNS)
    q = text("Recherche", placeholder="Nom, code INSEE ou postal")
    departement = choice("Département", (), every="Tous")
    etape = choice("Étape", [(look.code, look.label) for look in STAGES.values()])
    priorite = choice("Priorité", [("oui", "Prioritaires"), ("non", "Autres")])
    epci = choice("Intercommunalité", ())
    attend = choice("Attend", AWAITED, every="Peu importe")

    def prepare(self, access: Access) -> None:
        epcis = Epci.objects.filter(communes__in=access.communes()).distinct().order_by("name")
        self.offer("departement", ((one.code, str(one)) for one in access.departments), every="Tous")
        self.offer("epci", epcis.values_list("siren", "name"))

    def apply(self, communes: Any) -> Any:
        """Narrow the list to what is asked for."""
        if department := self.chosen("departement"):
            communes = communes.filter(department__code=department)
        if stage := self.chosen("etape"):
            communes = communes.filter(stage=stage)
        if priority := self.chosen("priorite"):
            communes = communes.filter(is_priority=priority == "oui")
        if epci := self.chosen("epci"):
            communes = communes.filter(epci__siren=epci)
        if awaited := self.chosen("attend"):
            communes = communes.filter(beneficiary__in=_awaiting(awaited))
        if wanted := folded(self.chosen("q")):
            communes = communes.filter(_named(wanted))
        return communes


def _awaiting(awaited: str) -> models.QuerySet[Any]:
    """The beneficiaries that wait for this, as the first page counts them (`waiting.py` of each room)."""
    if awaited == "archive":
        return Handover.objects.filter(status=HandoverStatus.READY, taken_at=None).values("beneficiary")
    status = InvitationStatus.PROPOSED if awaited == "confirmation" else InvitationStatus.SENT
    return Invitation.objects.filter(status=status, beneficiary__isnull=False).values("beneficiary")


def _named(wanted: str) -> Q:
    """A commune whose name, INSEE code, postal code, or that of a part of it, is what someone typed."""
    if wanted[0].isdigit():
        code = wanted.upper()
        return Q(insee_code__startswith=code) | Q(
            Exists(PostalCode.objects.filter(commune=OuterRef("pk"), code__startswith=code))
        )
    return named(wanted) | Q(Exists(FormerCommune.objects.filter(named(wanted), commune=OuterRef("pk"))))


def _rows(access: Access, filters: CommuneFilters) -> models.QuerySet[Any]:
    communes = with_priority(with_stage(access.communes(), access.programme), access.programme)  # type: ignore[arg-type]
    return with_rank(filters.apply(communes), access.programme).select_related("department", "epci")


COMMUNES: Listing[Any] = Listing(
    CommuneFilters, COLUMNS, _rows, "communes_file", "communes", "Communes",
    default="search_name", order=lambda asked: (asked.order, "search_name", "insee_code"), is_read=True,
    subject=Subject.COMMUNE, call=lambda one: Chosen(str(one.pk), one.name, one.insee_code),
)  # fmt: skip


@dataclass(frozen=True)
class KeyItem:
    """One line of the map's key."""

    tone: str
    label: str
    count: int
    url: str


def _key(access: Access) -> list[KeyItem]:
    """The key of the map: how many communes of the territory are at each stage, whatever the filters."""
    staged: Any = with_priority(with_stage(access.communes(), access.programme), access.programme)  # type: ignore[arg-type]
    counts, first = Counter[str](), 0
    for stage, has_priority, count in staged.order_by().values_list("stage", "is_priority").annotate(count=Count("pk")):
        counts[stage] += count
        first += count if has_priority and stage == Stage.ELIGIBLE else 0
    listing = reverse("console:communes")
    items = [
        KeyItem(look.code, look.label, counts[look.code], f"{listing}?etape={look.code}") for look in STAGES.values()
    ]
    prioritised = f"{listing}?etape={Stage.ELIGIBLE.value}&priorite=oui"
    return [items[0], KeyItem(FIRST, "dont prioritaires", first, prioritised), *items[1:]]


@csp_replace({"frame-src": [SELF]})
@console_view
def show_all(request: HttpRequest, access: Access) -> HttpResponse:
    """List the communes of the territory, with their map."""
    context, key = COMMUNES.context(request, access), _key(access)
    context |= {
        "rows": [(commune, STAGES[commune.stage]) for commune in context["page"]],
        "vintage": access.programme.priority_vintage,
        "threshold": access.programme.priority_below,
        "outlines": territory_map(access.departments) if any(item.count for item in key) else None,
        "key": key,
    }
    return render(request, "console/communes.html", context)


export = console_view(COMMUNES.export)


@console_view
def show(request: HttpRequest, access: Access, insee_code: str) -> HttpResponse:
    """Show one commune: what it is, its rank and why, its agreement, its services, its journal.

    One that merged says where, with the plan; a code nobody bears any more leads to the commune that stands there.
    """
    try:
        commune = commune_or_404(access, insee_code)
    except Http404:
        if (heir := _renumbered(access, insee_code)) is not None:
            messages.info(request, f"Le code {insee_code} est aujourd’hui celui d’une partie {of_place(heir.name)}.")
            return redirect("console:commune", heir.insee_code)
        return _show_gone(request, access, gone_or_404(access, insee_code))
    stage = stage_of(commune, access.programme)
    eligibility = standing(access.programme, commune)
    history = show_history(access.programme, commune)
    beneficiary = body_of(commune)
    record_view(request, "record", beneficiary)
    context = {
        "commune": commune,
        "stage": STAGES[stage.value],
        "eligibility": eligibility,
        "pages": pages_of(beneficiary),
        "since": since_when(history, eligibility),
        "facts": _facts(commune, access, beneficiary),
        "hall_facts": _hall_facts(commune),
        "outline": outline_svg(commune),
        "crumbs": [Link("Communes", reverse("console:communes")), Link(commune.name)],
        "plans": [(plan, title_of(plan)) for plan in plans_about(commune)],
        "join_requests": asked_by(access, beneficiary),
        **follow(access, beneficiary, stage=stage, rank=eligibility.rank),
    }
    return render(request, "console/commune.html", context)


def _renumbered(access: Access, insee_code: str) -> Commune | None:
    """The commune that stands where this code, which is no commune's own any more, was: renumbered or delegated."""
    here = access.communes().exclude(insee_code=insee_code)
    if Commune.objects.filter(insee_code=insee_code).exists():
        return None
    return here.filter(Q(former_communes__insee_code=insee_code) | Q(vintages__insee_code=insee_code)).first()


def _show_gone(request: HttpRequest, access: Access, commune: Commune) -> HttpResponse:
    """Show a commune that is no more: who stands there, what its plan does, what it has left."""
    beneficiary = getattr(commune, "beneficiary", None)
    heir = commune.heir if commune.merged_into is not None else None
    mine = Q(beneficiary=beneficiary) | Q(successions__predecessor=beneficiary, successions__withdrawn_at=None)
    entries = access.entries().filter(beneficiary_ref=str(beneficiary.pk)) if beneficiary else None
    theirs = access.agreements().filter(mine).select_related("beneficiary").distinct()
    context = {
        "access": access,
        "commune": commune,
        "heir": heir,
        "heir_is_mine": heir is not None and heir.department in access.departments,
        "beneficiary": beneficiary,
        "plans": [(plan, title_of(plan)) for plan in plans_about(commune)],
        "join_requests": asked_by(access, beneficiary or Beneficiary(commune=commune)),
        "agreements": list(theirs) if beneficiary else [],
        "history": show_history(access.programme, commune),
        "lines": journal_lines.read(entries[:LATEST]) if entries is not None else [],
        "journal_files": files_of(
            request, "console:commune_journal", commune.insee_code, formats=journal_lines.FORMATS
        ),
        "crumbs": [Link("Communes", reverse("console:communes")), Link(commune.name)],
    }
    return render(request, "console/commune_gone.html", context)


@gesture
def draft(request: HttpRequest, access: Access, insee_code: str) -> HttpResponse:
    """Draft the agreement of a commune; asked twice, it leads to the one there is."""
    commune = commune_or_404(access, insee_code)
    candidate = Beneficiary(kind=Beneficiary.Kind.COMMUNE, commune=commune, department=commune.department)
    forbid(rules.why_not_follow(candidate, access.programme, by=access.user, on=dates.day_of(timezone.now())))
    running = access.agreements().filter(beneficiary__commune=commune).exclude(status=Status.CANCELLED).first()
    if running is None:
        running = agreements.draft_for_commune(commune, programme=access.programme, by=access.user, at=timezone.now())
        messages.success(request, f"Le projet de convention n°\u00a0{running.number} est rédigé\u00a0: complétez-le.")
    return redirect("console:agreement", running.number)


@console_view
def export_journal(request: HttpRequest, access: Access, insee_code: str, kind: str) -> HttpResponse:
    """Give the journal of a commune, as a file."""
    try:
        commune = commune_or_404(access, insee_code)
    except Http404:
        commune = gone_or_404(access, insee_code)
    beneficiary = getattr(commune, "beneficiary", None)
    if beneficiary is None:
        raise Http404("Cette commune n’a pas encore de journal.")
    record_view(request, "journal_file", beneficiary)
    entries = access.entries().filter(beneficiary_ref=str(beneficiary.pk))
    return journal_lines.export(request, access, entries, insee_code, kind, owner=beneficiary)


def _facts(commune: Commune, access: Access, beneficiary: Beneficiary) -> list[Fact]:
    facts = [
        Fact(
            "Population",
            "inconnue" if commune.population is None else f"{number(commune.population)} habitants",
            f"{access.programme.population_definition}, millésime {access.programme.priority_vintage.year}",
        ),
        Fact("Département", str(commune.department)),
        Fact("Intercommunalité", commune.epci.name if commune.epci else "aucune"),
        Fact("Code INSEE", commune.insee_code),
        Fact("SIREN", spaced(commune.siren) if commune.siren else "inconnu"),
    ]
    if beneficiary.siret:
        is_sure = "confirmé par la mairie" if beneficiary.is_siret_confirmed else "proposé, à confirmer par la mairie"
        facts.append(Fact("SIRET", spaced(beneficiary.siret), is_sure))
    return facts


def _hall_facts(commune: Commune) -> list[Fact]:
    hall: TownHall | None = getattr(commune, "town_hall", None)
    if hall is None:
        return []
    withheld = "non montré : l’adresse publiée semble être celle d’une personne"
    facts = [
        Fact("Adresse", seat_of(hall) or "inconnue"),
        Fact("Téléphone", hall.phone or "inconnu"),
        Fact("Courriel", hall.email or (withheld if hall.email_withheld else "inconnu")),
        Fact("Horaires", _hours(hall)),
    ]
    if hall.website:
        facts.append(Fact("Site", format_html('<a href="{0}" rel="external">{0}</a>', hall.website)))
    return facts


def _hours(hall: TownHall) -> SafeString | str:
    """The opening hours, a line per span of days, as an annuaire writes them."""
    lines: dict[str, list[str]] = {}
    for opening in hall.opening_hours.all():
        first, last = DAYS[opening.first_day - 1], DAYS[opening.last_day - 1]
        days = first if first == last else f"{first} au {last}"
        span = f"{_hour(opening.opens)} – {_hour(opening.closes)}"
        lines.setdefault(days, []).append(f"{span} ({opening.note})" if opening.note else span)
    if not lines:
        return "inconnus"
    return format_html_join(
        mark_safe("<br>"), "{}\u00a0: {}", ((days, ", ".join(spans)) for days, spans in lines.items())
    )


def _hour(at: time) -> str:
    return f"{at.hour}\u00a0h\u00a0{at.minute:02d}" if at.minute else f"{at.hour}\u00a0h"
