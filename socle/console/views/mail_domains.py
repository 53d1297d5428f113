"""The domains of the communes' mail: where each stands in the DNS, whose zone is ours, what is wrong or forced."""

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
from socle.mail import domains
from socle.mail.contract import ZonesError
from socle.mail.models import Domain, DomainWatch
from socle.mail.models.domains import Status
from socle.mail.records import as_zone_file
from socle.mail.rules import is_keeper
from socle.mail.zoning import actions, facts, rules
from socle.mail.zoning.forms import ReasonForm
from socle.mail.zoning.shown import show_domain, state_of
from socle.people.exports import PORTION
from socle.ui.shapes import Column, Link, Sorting, files_of

COLUMNS = (
    Column("Domaine et bénéficiaire", sort="name"),
    Column("En service", sort="status"),
    Column("Dans le DNS"),
    Column("Zone tenue par"),
    Column("Vérifié", sort="checked_at"),
)
WRONG, BLOCKED = "a-corriger", "zone-en-echec"
PLACE = Coalesce("beneficiary__commune__search_name", Lower("beneficiary__name"))
CHECKS, PER = 6, 600


def _watch(domain: Domain) -> DomainWatch | None:
    """The row beside, read with the list; None for one chosen a moment ago."""
    watch: DomainWatch | None = getattr(domain, "watch", None)
    return watch


def _of_watch(name: str) -> Any:
    return lambda domain: getattr(_watch(domain), name, None)


SHEET: Sheet[Domain] = Sheet(
    "mail-domains",
    "domaines-de-messagerie",
    "Domaines de messagerie",
    (
        Field("Bénéficiaire", lambda one: one.beneficiary.name),
        Field(
            "Code INSEE",
            lambda one: one.beneficiary.commune.insee_code if one.beneficiary.commune else "",
            Kind.CODE,
        ),
        Field("Domaine", lambda one: one.name),
        Field("À la commune", lambda one: one.is_own, Kind.YES_NO),
        Field("Principal", lambda one: one.is_main, Kind.YES_NO),
        Field("État", lambda one: one.get_status_display()),
        Field("Dans le DNS", lambda one: state_of(one, _watch(one))[0]),
        Field("Courrier arrivé ici", _of_watch("is_mail_here"), Kind.YES_NO),
        Field("Zone juste le", _of_watch("zone_at"), Kind.INSTANT),
        Field("Ce qui empêche d’écrire la zone", lambda one: getattr(_watch(one), "zone_problem", "")),
        Field("Vérifié le", lambda one: one.checked_at, Kind.INSTANT),
        Field("Mis en service d’office", lambda one: one.forced_reason),
    ),
)


class DomainFilters(Filters):
    code, view, title = "mail-domains", "console:mail_domains", "Domaines de messagerie"
    columns = COLUMNS
    q = text("Recherche", placeholder="Domaine, commune ou code INSEE")
    etat = choice(
        "État", [*Status.choices, (WRONG, "à corriger dans le DNS"), (BLOCKED, "zone en échec")], every="Tous"
    )

    def apply(self, found: models.QuerySet[Domain]) -> models.QuerySet[Domain]:
        """Narrow the list to what is asked for."""
        state = self.chosen("etat")
        if state == WRONG:
            found = found.filter(watch__is_right=False).exclude(status=Status.CLOSED)
        elif state == BLOCKED:
            found = found.exclude(watch__zone_problem="").filter(watch__isnull=False)
        elif state:
            found = found.filter(status=state)
        if wanted := self.chosen("q").strip():
            theirs = at_place(wanted, commune="beneficiary__commune__", name="beneficiary__name")
            found = found.filter(Q(name__icontains=wanted) | theirs)
        return found


def _mine(access: Access) -> Any:
    reached = Domain.objects.filter(beneficiary__department__in=access.departments)
    return reached.select_related("watch", "beneficiary__commune", "beneficiary__department")


def _filtered(request: HttpRequest, access: Access) -> tuple[DomainFilters, Sorting, models.QuerySet[Domain]]:
    filters = DomainFilters(request, access)
    sorting = Sorting.asked(request, COLUMNS, default="name")
    found = filters.apply(_mine(access)).annotate(place=PLACE)
    return filters, sorting, found.order_by(sorting.order, "name")


@console_view
def show_all(request: HttpRequest, access: Access) -> HttpResponse:
    """List the domains of the territory's mail."""
    filters, sorting, found = _filtered(request, access)
    page = page_of(request, found)
    counts = dict(_mine(access).order_by().values_list("status").annotate(count=Count("pk")))
    context = {
        "access": access,
        "filters": filters,
        "sorting": sorting,
        "columns": COLUMNS,
        "files": files_of(request, "console:mail_domains_file"),
        "page": page,
        "rows": [
            (one, _watch(one), state_of(one, _watch(one)), journal_lines.address_of(one.beneficiary)) for one in page
        ],
        "counts": [(status, counts.get(status.value, 0)) for status in Status],
    }
    return render(request, "console/mail_domains.html", context)


@console_view
def export(request: HttpRequest, access: Access, format: str) -> HttpResponse:
    """Give the list as filtered, whole, as a file."""
    return leave(request, access, SHEET, _filtered(request, access)[2].iterator(chunk_size=PORTION), format)


def domain_or_404(access: Access, domain_id: int) -> Domain:
    """Return a domain of a beneficiary this operator may see, or answer 404."""
    found: Domain | None = _mine(access).filter(pk=domain_id).first()
    if found is None:
        raise Http404("Ce domaine n’existe pas, ou n’est pas de votre territoire.")
    return found


def _why_not_act(access: Access) -> str | None:
    if is_keeper(access.user, on=dates.day_of(timezone.now())):
        return None
    return "Seules les personnes chargées du programme ou de la technique peuvent agir sur un domaine."


def _page(request: HttpRequest, access: Access, domain: Domain, form: ReasonForm, status: int = 200) -> HttpResponse:
    at, plan, problem = timezone.now(), None, ""
    one = show_domain(domain, at=at)
    if one.watch.is_here:
        try:
            plan = actions.survey(domain, at=at)
        except ZonesError as error:
            problem = error.sentence
    context = {
        "access": access,
        "one": one,
        "plan": plan,
        "plan_problem": problem,
        "beneficiary": domain.beneficiary,
        "beneficiary_url": journal_lines.address_of(domain.beneficiary),
        "why_not_act": _why_not_act(access),
        "why_not_entrust": rules.why_not_entrust(domain, by=access.user, at=at),
        "why_not_give_back": rules.why_not_give_back(domain, by=access.user, at=at),
        "form": form,
        "crumbs": [Link("Domaines de messagerie", reverse("console:mail_domains")), Link(domain.shown)],
    }
    return render(request, "console/mail_domain.html", context, status=status)


@console_view
def show(request: HttpRequest, access: Access, domain_id: int) -> HttpResponse:
    """Show a domain: its state, its zone and what would change in it, what the DNS says."""
    return _page(request, access, domain_or_404(access, domain_id), ReasonForm())


@console_view
def download(request: HttpRequest, access: Access, domain_id: int) -> HttpResponse:
    """Give the records as a fragment of a zone file."""
    domain, at = domain_or_404(access, domain_id), timezone.now()
    zone = facts.zone_of(domain, is_here=False)
    content = as_zone_file(facts.records_for(domain, at=at, with_site=False), zone)
    response = HttpResponse(content, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{domain.name}.zone.txt"'
    response["Cache-Control"] = "private, no-store"
    return response


@gesture
def check(request: HttpRequest, access: Access, domain_id: int) -> HttpResponse:
    """Ask the DNS about a domain now."""
    domain = domain_or_404(access, domain_id)
    forbid(_why_not_act(access))
    if sentence := limits.why_not_yet(f"mail-domain-check:{domain.pk}", limit=CHECKS, per=PER):
        messages.error(request, sentence)
    elif (watch := actions.check_domain(domain, by=access.user, at=timezone.now())) is None:
        messages.info(request, "Une vérification est déjà en cours\u00a0: rechargez la page dans un instant.")
    elif watch.is_right and watch.is_mail_here:
        messages.success(request, f"«\u00a0{domain.shown}\u00a0»\u00a0: tout est juste.")
    else:
        messages.warning(request, f"«\u00a0{domain.shown}\u00a0»\u00a0: il reste à faire, voyez ci-dessous.")
    return redirect("console:mail_domain", domain.pk)


@gesture
def write(request: HttpRequest, access: Access, domain_id: int) -> HttpResponse:
    """Write the zone of a domain now."""
    domain = domain_or_404(access, domain_id)
    forbid(_why_not_act(access))
    if sentence := limits.why_not_yet(f"mail-domain-zone:{domain.pk}", limit=CHECKS, per=PER):
        messages.error(request, sentence)
    elif (watch := actions.make_zone(domain, by=access.user, at=timezone.now())).zone_problem:
        messages.error(request, watch.zone_problem)
    else:
        messages.success(request, f"La zone de «\u00a0{domain.shown}\u00a0» est juste.")
    return redirect("console:mail_domain", domain.pk)


@gesture
def activate(request: HttpRequest, access: Access, domain_id: int) -> HttpResponse:
    """Put a domain in service although its mail does not arrive here yet, and say why."""
    domain = domain_or_404(access, domain_id)
    forbid(_why_not_act(access))
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, access, domain, form, status=422)
    domains.activate(domain, reason=form.cleaned_data["reason"], by=access.user, at=timezone.now())
    actions.write_soon(domain, at=timezone.now())
    messages.success(request, f"«\u00a0{domain.shown}\u00a0» est en service\u00a0: la raison est au journal.")
    return redirect("console:mail_domain", domain.pk)


@gesture
def entrust(request: HttpRequest, access: Access, domain_id: int) -> HttpResponse:
    """Make a zone for a commune's own domain on the operator's name servers."""
    domain = domain_or_404(access, domain_id)
    forbid(_why_not_act(access))
    actions.entrust(domain, by=access.user, at=timezone.now())
    messages.success(request, "La zone est créée dans la minute. Changez ensuite les serveurs de noms du domaine.")
    return redirect("console:mail_domain", domain.pk)


@gesture
def give_back(request: HttpRequest, access: Access, domain_id: int) -> HttpResponse:
    """Write the zone of a commune's own domain no more."""
    domain = domain_or_404(access, domain_id)
    forbid(_why_not_act(access))
    actions.give_back(domain, by=access.user, at=timezone.now())
    messages.success(request, "La plateforme n’écrit plus cette zone\u00a0; ce qu’elle contient reste en place.")
    return redirect("console:mail_domain", domain.pk)
