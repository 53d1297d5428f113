"""The communes' sites: what is missing on each and who must do it, one page per site."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import models
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from socle.lib import dates
from socle.lib.spreadsheet import Kind
from socle.lib.text import folded, number
from socle.provisioning.desk import journal_lines
from socle.provisioning.desk.access import Access, console_view, record_view
from socle.provisioning.desk.listing import ListColumn, Listing, on_page
from socle.provisioning.desk.lists import PLACE, Filters, choice, text
from socle.quality.accessibility.statement import conformity_of, end_of, last_audit
from socle.quality.audience import presenters as audience
from socle.quality.audience.rules import why_not_measure
from socle.quality.models.score import SiteTask
from socle.quality.upkeep.checks import BY_CODE, CHECKS
from socle.quality.upkeep.score import examine, label_of
from socle.sites.models import WebSite
from socle.ui.shapes import Bar, Fact, Link

# Things to do that the list names, for each who does them.
MOST_NAMED = 4


def state_of(website: WebSite) -> tuple[str, str]:
    """Say how a site stands, with the tone of its badge."""
    if website.archived_at is not None:
        return "archivé", "neutral"
    if website.redirects_to_id is not None:
        return "redirigé", "neutral"
    if website.suspended_at is not None:
        return "suspendu", "alert"
    return ("ouvert", "ok") if website.opened_at is not None else ("pas encore ouvert", "wait")


def _tasks(website: WebSite, who: str) -> list[SiteTask]:
    score = getattr(website, "score", None)
    return [task for task in score.tasks.all() if task.who == who] if score is not None else []


def _in_brief(website: WebSite, *, wanted: str) -> list[tuple[str, str]]:
    """Say in a line who has what to do; beyond a few things, how many more: the page of the site has them all.

    `wanted` is the code of what the list is filtered on, which is said first.
    """
    said = []
    for who in SiteTask.Who:
        tasks = sorted(_tasks(website, who), key=lambda task: task.code != wanted)
        labels = [label_of(task) for task in tasks]
        more = len(labels) - MOST_NAMED
        # One more is said as shortly as « et 1 autre ».
        shown = labels if more <= 1 else [*labels[:MOST_NAMED], f"et {more}\u00a0autres"]
        if labels:
            said.append((str(who.label).capitalize(), ", ".join(shown)))
    return said


def _said(website: WebSite, who: str) -> str:
    return " ".join(task.says for task in _tasks(website, who))


def _broken_links(website: WebSite) -> int | None:
    """How many links of a site led nowhere when it was last examined; nothing when it never was."""
    if getattr(website, "score", None) is None:
        return None
    return sum(task.count for task in _tasks(website, SiteTask.Who.MAIRIE) if task.code == "links")


COLUMNS: tuple[ListColumn[Any], ...] = (
    ListColumn("Site", lambda one: one.beneficiary.name, header="Bénéficiaire", sort="place_name"),
    ListColumn(header="Code INSEE", cell=lambda one: one.beneficiary.insee_code, kind=Kind.CODE),
    ListColumn(header="Adresse", cell=lambda one: f"{one.root_url}/"),
    ListColumn("État", lambda one: state_of(one)[0]),
    ListColumn(header="Ouvert le", cell=lambda one: one.opened_at, kind=Kind.INSTANT),
    ListColumn("En ordre", lambda one: one.passed, Kind.NUMBER, "Points en ordre", sort="missing", is_number=True),
    ListColumn(header="Points examinés", cell=lambda one: one.checked, kind=Kind.NUMBER),
    ListColumn("Liens cassés", _broken_links, Kind.NUMBER, sort="broken_links", is_number=True),
    ListColumn("À faire"),
    ListColumn(header="À faire par la mairie", cell=lambda one: _said(one, SiteTask.Who.MAIRIE)),
    ListColumn(header="À faire par l’opérateur", cell=lambda one: _said(one, SiteTask.Who.OPERATOR)),
    ListColumn("Vues", sort="views", is_number=True),
    ListColumn("Examiné le", lambda one: one.scored_at, Kind.INSTANT, sort="scored_at"),
    ListColumn(
        header="Pages vues, mois dernier",
        cell=lambda one: one.views if why_not_measure() is None else None,
        kind=Kind.NUMBER,
    ),
)


class SiteFilters(Filters):
    code, view, title = "sites", "console:sites", "Sites"
    columns = on_page(COLUMNS)
    q = text("Recherche", placeholder="Commune, code INSEE ou adresse")
    manque = choice("Ce qui manque", [(check.code, check.label) for check in CHECKS], every="Peu importe")
    etat = choice(
        "État",
        [("opened", "ouvert"), ("unopened", "pas encore ouvert"), ("suspended", "suspendu")],
        every="Tous",
    )

    def apply(self, websites: models.QuerySet[WebSite]) -> models.QuerySet[WebSite]:
        """Narrow the list to what is asked for."""
        if missing := self.chosen("manque"):
            websites = websites.filter(score__tasks__code=missing)
        if state := self.chosen("etat"):
            online = Q(suspended_at=None, archived_at=None, redirects_to=None)
            websites = websites.filter(
                {
                    "opened": online & Q(opened_at__isnull=False),
                    "unopened": online & Q(opened_at=None),
                    "suspended": Q(suspended_at__isnull=False),
                }[state]
            )
        if wanted := self.chosen("q").strip():
            websites = websites.filter(
                Q(beneficiary__name__icontains=wanted)
                | Q(beneficiary__commune__search_name__contains=folded(wanted))
                | Q(beneficiary__commune__insee_code=wanted.upper())
                | Q(host__icontains=wanted)
            )
        return websites


def _sites(access: Access) -> models.QuerySet[WebSite]:
    return WebSite.objects.filter(beneficiary__department__in=access.departments)


def _rows(access: Access, filters: SiteFilters) -> models.QuerySet[Any]:
    links = SiteTask.objects.filter(score__website=OuterRef("pk"), code="links").values("count")[:1]
    websites = filters.apply(_sites(access)).annotate(
        place_name=PLACE,
        passed=F("score__passed"),
        checked=F("score__checked"),
        missing=F("score__checked") - F("score__passed"),
        scored_at=F("score__scored_at"),
        broken_links=Coalesce(Subquery(links), 0),
        views=audience.views_of_last_month(dates.day_of(timezone.now())),
    )
    return websites.select_related("score", "beneficiary__commune").prefetch_related("score__tasks")


SITES: Listing[Any] = Listing(
    SiteFilters, COLUMNS, _rows, "sites_file", "sites", "Sites des communes",
    default="place_name", order=lambda asked: (asked.order, "place_name", "pk"),
)  # fmt: skip


@console_view
def show_all(request: HttpRequest, access: Access) -> HttpResponse:
    """List the sites of the territory with what is missing on each, as last examined."""
    context = SITES.context(request, access)
    counts = dict(
        SiteTask.objects.filter(score__website__in=_sites(access)).values_list("code").annotate(count=Count("pk"))
    )
    named = ((BY_CODE[code].label, code, count) for code, count in counts.items() if code in BY_CODE)
    rows = [
        {
            "website": one,
            "name": one.beneficiary.place_name,
            "state": state_of(one),
            "broken_links": _broken_links(one),
            "tasks": _in_brief(one, wanted=context["filters"].chosen("manque")),
        }
        for one in context["page"]
    ]
    context |= {
        "rows": rows,
        "is_measured": why_not_measure() is None,
        # The most frequent gaps first: where one gesture helps the most communes.
        "counts": sorted(named, key=_often)[:4],
    }
    return render(request, "console/sites.html", context)


def _often(row: tuple[str, str, int]) -> tuple[int, str]:
    return -row[2], row[0]


export = console_view(SITES.export)


def site_or_404(access: Access, website_id: int) -> WebSite:
    """Return a site this operator may see, or answer 404."""
    found: WebSite | None = (
        _sites(access)
        .select_related("facts", "beneficiary__commune__department", "beneficiary__department", "root_page", "site")
        .filter(pk=website_id)
        .first()
    )
    if found is None:
        raise Http404("Ce site n’existe pas, ou n’est pas de votre territoire.")
    return found


def _audience(website: WebSite, *, on: date) -> dict[str, Any] | None:
    """The pages seen of a site, month by month; nothing where nothing is counted."""
    if why_not_measure() is not None:
        return None
    found = audience.audience_of(website, on=on)
    return {
        "bars": [Bar(one.label, one.views, number(one.views)) for one in found.months if found.total],
        "pages": found.pages[:5],
        "since": dates.in_words(found.since) if found.since else "",
    }


@console_view
def show(request: HttpRequest, access: Access, website_id: int) -> HttpResponse:
    """Show one site: what is missing now, who must do it, its accessibility, its journal."""
    website = site_or_404(access, website_id)
    record_view(request, "record", website.beneficiary)
    on = dates.day_of(timezone.now())
    found = examine(website, on=on)
    audit = last_audit(website)
    end = end_of(audit) if audit is not None else None
    state, tone = state_of(website)
    entries = access.entries().filter(object_type=WebSite._meta.label_lower, object_id=str(website.pk))
    context: dict[str, Any] = {
        "access": access,
        "website": website,
        "name": website.beneficiary.place_name,
        "state": state,
        "tone": tone,
        "checked": len(CHECKS),
        "passed": len(CHECKS) - len(found),
        "mairie": [one for one in found if one.check.who == SiteTask.Who.MAIRIE],
        "operator": [one for one in found if one.check.who == SiteTask.Who.OPERATOR],
        "facts": [
            Fact("Déclaration", str(conformity_of(website, on=on).label)),
            Fact("Dernier audit", dates.in_words(audit.made_on) if audit else "aucun"),
            Fact("Valable jusqu’au", dates.in_words(end) if end else "sans objet"),
        ],
        "audience": _audience(website, on=on),
        "beneficiary_url": journal_lines.address_of(website.beneficiary),
        "lines": journal_lines.read(entries[:20]),
        "crumbs": [Link("Sites", reverse("console:sites")), Link(website.beneficiary.place_name)],
    }
    return render(request, "console/site.html", context)
