"""The names of the communes' sites: which are served, which wait, and for what."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import models
from django.db.models import Count, Q
from django.db.models.functions import Coalesce, Lower
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.console import journal_lines
from socle.console.access import Access, console_view, forbid, gesture
from socle.console.lists import Filters, at_place, choice, leave, page_of, text
from socle.lib import dates, limits
from socle.lib.spreadsheet import Field, Kind, Sheet
from socle.people.exports import PORTION
from socle.people.models import Role
from socle.people.rules import holds
from socle.sites.models import SiteName
from socle.sites.models.names import ANSWERING, Status
from socle.sites.naming import actions
from socle.sites.naming.shown import name_rows, show_name
from socle.ui.shapes import Column, Link, Sorting, files_of

COLUMNS = (
    Column("Nom et bénéficiaire", sort="domain"),
    Column("État", sort="status"),
    Column("Demandée", sort="asked_at"),
    Column("Dernière vérification"),
)
WRONG = "mal-dirigee"
PLACE = Coalesce("website__beneficiary__commune__search_name", Lower("website__beneficiary__name"))
CHECKS, PER = 6, 600

SHEET: Sheet[SiteName] = Sheet(
    "names",
    "adresses-des-sites",
    "Adresses des sites",
    (
        Field("Bénéficiaire", lambda one: one.website.beneficiary.name),
        Field(
            "Code INSEE",
            lambda one: one.website.beneficiary.commune.insee_code if one.website.beneficiary.commune else "",
            Kind.CODE,
        ),
        Field("Nom de domaine", lambda one: one.domain),
        Field("Adresse montrée", lambda one: one.host),
        Field("Principale", lambda one: one.is_main, Kind.YES_NO),
        Field("État", lambda one: one.get_status_display()),
        Field("Demandée le", lambda one: one.asked_at, Kind.INSTANT),
        Field("En service depuis", lambda one: one.served_at, Kind.INSTANT),
        Field("Mal dirigée depuis", lambda one: one.wrong_at, Kind.INSTANT),
        Field("Certificat valable jusqu’au", lambda one: one.certificate_until, Kind.INSTANT),
        Field("Ce qui manque au certificat", lambda one: one.problem),
    ),
)


class NameFilters(Filters):
    code, view, title = "names", "console:names", "Adresses des sites"
    columns = COLUMNS
    q = text("Recherche", placeholder="Nom, commune ou code INSEE")
    etat = choice("État", [*Status.choices, (WRONG, "mal dirigée")], every="Tous")

    def apply(self, names: models.QuerySet[SiteName]) -> models.QuerySet[SiteName]:
        """Narrow the list to what is asked for."""
        if state := self.chosen("etat"):
            is_wrong = Q(wrong_at__isnull=False, status__in=ANSWERING)
            names = names.filter(is_wrong if state == WRONG else Q(status=state))
        if wanted := self.chosen("q").strip():
            theirs = at_place(wanted, commune="website__beneficiary__commune__", name="website__beneficiary__name")
            names = names.filter(Q(domain__icontains=wanted) | theirs)
        return names


def _filtered(request: HttpRequest, access: Access) -> tuple[NameFilters, Sorting, models.QuerySet[SiteName]]:
    filters = NameFilters(request, access)
    sorting = Sorting.asked(request, COLUMNS, default="domain")
    names = filters.apply(_mine(access)).annotate(place=PLACE)
    return filters, sorting, names.order_by(sorting.order, "domain")


def _mine(access: Access) -> Any:
    return SiteName.objects.filter(website__beneficiary__department__in=access.departments).with_place()


@console_view
def show_all(request: HttpRequest, access: Access) -> HttpResponse:
    """List the names of the territory's sites."""
    filters, sorting, names = _filtered(request, access)
    page = page_of(request, names)
    counts = dict(_mine(access).order_by().values_list("status").annotate(count=Count("pk")))
    context = {
        "access": access,
        "filters": filters,
        "sorting": sorting,
        "columns": COLUMNS,
        "files": files_of(request, "console:names_file"),
        "page": page,
        "rows": [
            (row, journal_lines.address_of(row.name.website.beneficiary)) for row in name_rows(page, at=timezone.now())
        ],
        "counts": [(status, counts.get(status.value, 0)) for status in Status],
    }
    return render(request, "console/names.html", context)


@console_view
def export(request: HttpRequest, access: Access, format: str) -> HttpResponse:
    """Give the list as filtered, whole, as a file."""
    return leave(request, access, SHEET, _filtered(request, access)[2].iterator(chunk_size=PORTION), format)


def name_or_404(access: Access, name_id: int) -> SiteName:
    """Return a name of a site this operator may see, or answer 404."""
    found: SiteName | None = _mine(access).filter(pk=name_id).first()
    if found is None:
        raise Http404("Cette adresse n’existe pas, ou n’est pas de votre territoire.")
    return found


def _why_not_act(access: Access) -> str | None:
    if holds(access.user, Role.TECHNICIAN, Role.PROGRAMME_OFFICER, on=dates.day_of(timezone.now())):
        return None
    return "Seules les personnes chargées du programme ou de la technique peuvent agir sur une adresse."


@console_view
def show(request: HttpRequest, access: Access, name_id: int) -> HttpResponse:
    """Show a name: its state, what the DNS says, the records, what was seen before."""
    name = name_or_404(access, name_id)
    context = {
        "access": access,
        "one": show_name(name, at=timezone.now()),
        "site": name.website,
        "beneficiary": name.website.beneficiary,
        "beneficiary_url": journal_lines.address_of(name.website.beneficiary),
        "why_not_act": _why_not_act(access),
        "crumbs": [Link("Adresses des sites", reverse("console:names")), Link(name.domain)],
    }
    return render(request, "console/name.html", context)


@gesture
def check(request: HttpRequest, access: Access, name_id: int) -> HttpResponse:
    """Look at a name now."""
    name = name_or_404(access, name_id)
    forbid(_why_not_act(access))
    if sentence := limits.why_not_yet(f"name-check:{name.pk}", limit=CHECKS, per=PER):
        messages.error(request, sentence)
    elif (checked := actions.check_name(name, by=access.user, at=timezone.now())) is None:
        messages.info(request, "Une vérification est déjà en cours\u00a0: rechargez la page dans un instant.")
    elif checked.is_answering and checked.wrong_at is None:
        messages.success(request, f"«\u00a0{checked.domain}\u00a0» mène ici.")
    else:
        messages.warning(request, f"«\u00a0{checked.domain}\u00a0» n’est pas juste\u00a0: voyez ce qui reste à faire.")
    return redirect("console:name", name.pk)


@gesture
def free(request: HttpRequest, access: Access, name_id: int) -> HttpResponse:
    """Take a name away from a site: it was given to the wrong one, or by mistake."""
    name = name_or_404(access, name_id)
    forbid(_why_not_act(access))
    actions.withdraw_name(name, by=access.user, at=timezone.now())
    messages.success(request, f"«\u00a0{name.domain}\u00a0» est libre\u00a0: un autre site peut le recevoir.")
    return redirect("console:names")
