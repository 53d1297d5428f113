"""The domain names of the territory: what they serve, where each stands in the DNS, whose zone is ours."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import models
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.domains import actions, desk, rules
from socle.domains.contract import ZonesError
from socle.domains.models import DomainName
from socle.domains.presenters import NameRow, name_rows, show_name
from socle.domains.waiting import TO_MEND
from socle.lib import dates
from socle.lib.spreadsheet import Kind
from socle.mail.domain_use import domain_of
from socle.mail.domains import activate as activate_domain
from socle.mail.forms import ActivateForm
from socle.mail.models import Domain
from socle.provisioning.desk import journal_lines
from socle.provisioning.desk.access import Access, console_view, forbid, gesture
from socle.provisioning.desk.listing import ListColumn, Listing, on_page
from socle.provisioning.desk.lists import Filters, at_place, choice, text
from socle.sites.models import SiteName
from socle.sites.names.actions import withdraw_name
from socle.sites.names.rules import why_not_withdraw
from socle.sites.names.use import site_name_of
from socle.ui.shapes import Link

STATES = {
    "a-regler": ("à régler, tout ensemble", TO_MEND),
    "a-corriger": ("à corriger dans le DNS", Q(is_right=False)),
    "a-prouver": ("à prouver", Q(is_own=True, proved_at=None)),
    "zone-en-echec": ("zone en échec", ~Q(zone_problem="")),
    "juste": ("tout est juste", Q(is_right=True)),
}


def _state(use: str) -> Any:
    return lambda row: {label: state.label for label, state in row.uses}.get(use, "")


COLUMNS: tuple[ListColumn[NameRow], ...] = (
    ListColumn(header="Bénéficiaire", cell=lambda row: row.name.beneficiary.name),
    ListColumn(header="Code INSEE", cell=lambda row: row.name.beneficiary.insee_code, kind=Kind.CODE),
    ListColumn("Nom et bénéficiaire", lambda row: row.name.name, header="Nom de domaine", sort="name"),
    ListColumn(header="À l’organisme", cell=lambda row: row.name.is_own, kind=Kind.YES_NO),
    ListColumn(header="Donné le", cell=lambda row: row.name.claimed_at, kind=Kind.INSTANT),
    ListColumn(header="Prouvé le", cell=lambda row: row.name.proved_at, kind=Kind.INSTANT),
    ListColumn("Sert à"),
    ListColumn(header="Site internet", cell=_state("Site internet")),
    ListColumn(header="Messagerie", cell=_state("Messagerie")),
    ListColumn("Dans le DNS", lambda row: row.label, sort="is_right"),
    ListColumn("Zone tenue par", lambda row: row.name.get_holder_display(), sort="holder"),
    ListColumn(header="Zone juste le", cell=lambda row: row.name.zone_at, kind=Kind.INSTANT),
    ListColumn(header="Ce qui empêche d’écrire la zone", cell=lambda row: row.name.zone_problem),
    ListColumn("Vérifié", lambda row: row.name.checked_at, Kind.INSTANT, "Vérifié le", sort="checked_at"),
)


class NameFilters(Filters):
    code, view, title = "names", "console:domain_names", "Noms de domaine"
    columns = on_page(COLUMNS)
    q = text("Recherche", placeholder="Nom, commune ou code INSEE")
    etat = choice("État", [(code, label) for code, (label, _) in STATES.items()], every="Tous")
    sert = choice("Sert", [("site", "au site internet"), ("messagerie", "à la messagerie")], every="À tout")

    def apply(self, names: models.QuerySet[DomainName]) -> models.QuerySet[DomainName]:
        """Narrow the list to what is asked for."""
        if state := self.chosen("etat"):
            names = names.filter(STATES[state][1])
        if use := self.chosen("sert"):
            of_use = SiteName.objects.values("domain") if use == "site" else Domain.objects.values("name")
            names = names.filter(name__in=of_use)
        if wanted := self.chosen("q").strip():
            names = names.filter(Q(name__icontains=wanted) | at_place(wanted))
        return names


def _mine(access: Access) -> models.QuerySet[DomainName]:
    reached = DomainName.objects.filter(beneficiary__department__in=access.departments)
    return reached.select_related("beneficiary__commune", "beneficiary__department")


NAMES: Listing[Any] = Listing(
    NameFilters, COLUMNS, lambda access, filters: filters.apply(_mine(access)),
    "domain_names_file", "noms-de-domaine", "Noms de domaine", dress=lambda names: name_rows(names, at=timezone.now()),
    default="name", order=lambda asked: (asked.order, "name"),
)  # fmt: skip


@console_view
def show_all(request: HttpRequest, access: Access) -> HttpResponse:
    """List the names of the territory."""
    counts = _mine(access).aggregate(
        **{code.replace("-", "_"): models.Count("pk", filter=which) for code, (_, which) in STATES.items()}
    )
    context = NAMES.context(request, access)
    context |= {
        "rows": [(row, journal_lines.address_of(row.name.beneficiary)) for row in context["rows"]],
        "counts": [(code, label, counts[code.replace("-", "_")]) for code, (label, _) in STATES.items()],
    }
    return render(request, "console/names.html", context)


export = console_view(NAMES.export)


def name_or_404(access: Access, name_id: int) -> DomainName:
    """Return a name of a beneficiary this operator may see, or answer 404."""
    if (found := _mine(access).filter(pk=name_id).first()) is None:
        raise Http404("Ce nom de domaine n’existe pas, ou n’est pas de votre territoire.")
    return found


def _why_not_act(access: Access) -> str | None:
    if rules.is_keeper(access.user, on=dates.day_of(timezone.now())):
        return None
    return "Seules les personnes chargées du programme ou de la technique peuvent agir sur un nom de domaine."


def _page(
    request: HttpRequest, access: Access, name: DomainName, form: ActivateForm, status: int = 200
) -> HttpResponse:
    at, plan, problem = timezone.now(), None, ""
    if name.is_here:
        try:
            plan = actions.survey(name, at=at)
        except ZonesError as error:
            problem = error.sentence
    site_name, on = site_name_of(name), dates.day_of(at)
    context = {
        "access": access,
        "one": show_name(name, at=at),
        "plan": plan,
        "plan_problem": problem,
        "site_name": site_name,
        "why_not_withdraw": why_not_withdraw(site_name) if site_name else None,
        "domain": domain_of(name),
        "beneficiary": name.beneficiary,
        "beneficiary_url": journal_lines.address_of(name.beneficiary),
        "why_not_act": _why_not_act(access),
        "why_not_entrust": rules.why_not_entrust(name, by=access.user, on=on),
        "why_not_give_back": rules.why_not_give_back(name, by=access.user, on=on),
        "form": form,
        "crumbs": [Link("Noms de domaine", reverse("console:domain_names")), Link(name.shown)],
    }
    return render(request, "console/name.html", context, status=status)


@console_view
def show(request: HttpRequest, access: Access, name_id: int) -> HttpResponse:
    """Show a name: its state, its zone and what would change in it, what the DNS says."""
    return _page(request, access, name_or_404(access, name_id), ActivateForm())


@console_view
def download(request: HttpRequest, access: Access, name_id: int) -> HttpResponse:
    """Give the records as a fragment of a zone file."""
    return desk.zone_file(name_or_404(access, name_id))


@gesture
def check(request: HttpRequest, access: Access, name_id: int) -> HttpResponse:
    """Ask the DNS about a name now."""
    name = name_or_404(access, name_id)
    forbid(_why_not_act(access))
    desk.check(request, name, by=access.user)
    return redirect("console:domain_name", name.pk)


@gesture
def write(request: HttpRequest, access: Access, name_id: int) -> HttpResponse:
    """Write the zone of a name now."""
    name = name_or_404(access, name_id)
    forbid(_why_not_act(access))
    if sentence := desk.why_not_yet(name, "zone"):
        messages.error(request, sentence)
    elif (written := actions.make_zone(name, by=access.user, at=timezone.now())).zone_problem:
        messages.error(request, written.zone_problem)
    else:
        messages.success(request, f"La zone de «\u00a0{name.shown}\u00a0» est juste.")
    return redirect("console:domain_name", name.pk)


@gesture
def entrust(request: HttpRequest, access: Access, name_id: int) -> HttpResponse:
    """Make a zone for a body's own name on the operator's name servers."""
    name = name_or_404(access, name_id)
    forbid(_why_not_act(access))
    actions.entrust(name, by=access.user, at=timezone.now())
    messages.success(request, "La zone est créée dans la minute. Changez ensuite les serveurs de noms du domaine.")
    return redirect("console:domain_name", name.pk)


@gesture
def give_back(request: HttpRequest, access: Access, name_id: int) -> HttpResponse:
    """Write the zone of a body's own name no more."""
    name = name_or_404(access, name_id)
    forbid(_why_not_act(access))
    actions.give_back(name, by=access.user, at=timezone.now())
    messages.success(request, "La plateforme n’écrit plus cette zone\u00a0; ce qu’elle contient reste en place.")
    return redirect("console:domain_name", name.pk)


# --- What a name serves ----------------------------------------------------------------------------------------------
def _site_name_or_404(access: Access, site_name_id: int) -> SiteName:
    mine = SiteName.objects.filter(website__beneficiary__department__in=access.departments).with_place()
    if (found := mine.filter(pk=site_name_id).first()) is None:
        raise Http404("Cette adresse n’existe pas, ou n’est pas de votre territoire.")
    site_name: SiteName = found
    return site_name


def _domain_or_404(access: Access, domain_id: int) -> Domain:
    mine = Domain.objects.filter(beneficiary__department__in=access.departments).select_related("beneficiary")
    if (found := mine.filter(pk=domain_id).first()) is None:
        raise Http404("Ce domaine n’existe pas, ou n’est pas de votre territoire.")
    domain: Domain = found
    return domain


@gesture
def free(request: HttpRequest, access: Access, site_name_id: int) -> HttpResponse:
    """Take a name away from a site: it was given to the wrong one, or by mistake."""
    name = _site_name_or_404(access, site_name_id)
    forbid(_why_not_act(access))
    withdraw_name(name, by=access.user, at=timezone.now())
    messages.success(request, f"«\u00a0{name.domain}\u00a0» est libre\u00a0: un autre site peut le recevoir.")
    return redirect("console:domain_names")


@gesture
def activate(request: HttpRequest, access: Access, domain_id: int) -> HttpResponse:
    """Put a domain of mail in service although its mail does not arrive here yet, and say why."""
    domain = _domain_or_404(access, domain_id)
    forbid(_why_not_act(access))
    name, form = _mine(access).get(name=domain.name), ActivateForm(request.POST)
    if not form.is_valid():
        return _page(request, access, name, form, status=422)
    activate_domain(domain, reason=form.cleaned_data["reason"], by=access.user, at=timezone.now())
    messages.success(request, f"«\u00a0{domain.shown}\u00a0» est en service\u00a0: la raison est au journal.")
    return redirect("console:domain_name", name.pk)


# --- Former addresses ------------------------------------------------------------------------------------------------
@console_view
def former(
    request: HttpRequest, access: Access, rest: str = "", format: str = "", site_name_id: int = 0, domain_id: int = 0
) -> HttpResponse:
    """Lead from the former pages, of the sites or of the mail, to those of names; a gesture goes there as it came."""
    if site_name_id:
        text = _site_name_or_404(access, site_name_id).domain
    elif domain_id:
        text = _domain_or_404(access, domain_id).name
    else:
        page = reverse("console:domain_names_file", args=[format]) if format else reverse("console:domain_names")
        return redirect(f"{page}?{request.GET.urlencode()}" if request.GET else page)
    if (name := _mine(access).filter(name=text).first()) is None:
        raise Http404("Ce nom de domaine n’existe pas, ou n’est pas de votre territoire.")
    page = reverse("console:domain_name", args=[name.pk])
    return HttpResponseRedirect(page + rest, preserve_request=bool(rest))
