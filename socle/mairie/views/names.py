"""The domain names of the mairie: what they serve, what the DNS says of them, what remains to be copied."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.domains import desk
from socle.domains.actions import check_name
from socle.domains.models import DomainName
from socle.domains.presenters import name_rows, show_name
from socle.lib import dates
from socle.lib.domains import read_domain
from socle.mail.domain_use import domain_of
from socle.mail.domains import take_domain
from socle.mail.models import Domain
from socle.mail.presenters import show_domain
from socle.mairie.access import gesture, mairie_view, person
from socle.mairie.forms import NameForm
from socle.people.models import Beneficiary
from socle.sites.models import SiteName, WebSite
from socle.sites.names import actions, rules
from socle.sites.names.use import site_name_of
from socle.ui.shapes import Link
from socle.ui.submit import refusal_shown_in


def name_or_404(beneficiary: Beneficiary, name_id: int) -> DomainName:
    """Return a name of the active beneficiary, or answer 404 as for one that does not exist."""
    found = DomainName.objects.filter(beneficiary=beneficiary, pk=name_id).select_related("beneficiary").first()
    if found is None:
        raise Http404("Ce nom de domaine n’existe pas, ou n’est pas celui de votre organisme.")
    return found


def site_name_or_404(beneficiary: Beneficiary, site_name_id: int) -> SiteName:
    """Return a name of the site of the active beneficiary, or answer 404 as for one that does not exist."""
    found = SiteName.objects.filter(website__beneficiary=beneficiary, pk=site_name_id).with_place().first()
    if found is None:
        raise Http404("Cette adresse n’existe pas, ou n’est pas celle de votre site.")
    return found


def _site(beneficiary: Beneficiary) -> WebSite | None:
    site: WebSite | None = WebSite.objects.filter(beneficiary=beneficiary).first()
    return site


def _crumbs(name: DomainName, *more: Link) -> list[Link]:
    here = Link(name.shown, reverse("mairie:domain_name", args=[name.pk]) if more else "")
    return [Link("Noms de domaine", reverse("mairie:domain_names")), here, *more]


@mairie_view
def show_all(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Show the names, what each serves, and the address of the site."""
    site = _site(beneficiary)
    context = {
        "site": site,
        "rows": name_rows(DomainName.objects.filter(beneficiary=beneficiary), at=timezone.now()),
        "can_ask": bool(_offered(beneficiary)),
        "why_not_leave": rules.why_not_leave(site) if site else None,
    }
    return render(request, "mairie/names.html", context)


def _offered(beneficiary: Beneficiary) -> list[tuple[str, str]]:
    """List what a name may serve here: the site once it is born, the mail likewise."""
    has_mail = Domain.objects.filter(beneficiary=beneficiary).exists()
    return [("site", "Au site internet")] * bool(_site(beneficiary)) + [("mail", "À la messagerie")] * has_mail


@mairie_view
def ask(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Give a name to the site, to the mail or to both, and look at it at once."""
    if not (offered := _offered(beneficiary)):
        raise Http404("Votre organisme n’a encore ni site internet, ni messagerie.")
    by, at = person(request), timezone.now()
    data = request.POST if request.method == "POST" else None
    initial = {"domain": request.GET.get("nom", ""), "uses": [request.GET.get("sert", "site")]}
    form = NameForm(data, uses=offered, initial=initial)
    name: DomainName | None = None
    if form.is_valid():
        with refusal_shown_in(form, "domain"):
            name = _give(beneficiary, form, by=by, at=at)
        if name is not None:
            desk.why_not_yet(name)
            check_name(name, by=by, at=at)
            messages.success(request, f"«\u00a0{name.shown}\u00a0» est noté. Voici ce que le DNS en dit.")
            return redirect("mairie:domain_name", name.pk)
    crumbs = [Link("Noms de domaine", reverse("mairie:domain_names")), Link("Donner un nom de domaine")]
    return render(request, "mairie/name_ask.html", {"form": form, "crumbs": crumbs}, status=422 if form.errors else 200)


@transaction.atomic
def _give(beneficiary: Beneficiary, form: NameForm, **by_at: Any) -> DomainName:
    text, chosen = form.cleaned_data["domain"], form.chosen
    if "site" in chosen and (site := _site(beneficiary)) is not None:
        shown = {key: form.cleaned_data[key] for key in ("is_www_first", "wanted_main")}
        actions.ask_name(site, text, **shown, **by_at)
    if "mail" in chosen:
        take_domain(beneficiary, text, **by_at)
    return DomainName.objects.select_related("beneficiary").get(beneficiary=beneficiary, name=read_domain(text))


@mairie_view
def show(request: HttpRequest, beneficiary: Beneficiary, name_id: int) -> HttpResponse:
    """Show a name: its state, what the DNS says, what to copy and in which order, what may be done with it."""
    name, at = name_or_404(beneficiary, name_id), timezone.now()
    site_name, domain = site_name_of(name), domain_of(name)
    served = {"site": site_name, "mail": domain}
    context = {
        "one": show_name(name, at=at),
        "site_name": site_name,
        "why_not_main": rules.why_not_main(site_name) if site_name else None,
        "why_not_withdraw": rules.why_not_withdraw(site_name) if site_name else None,
        "domain": show_domain(domain, by=person(request), on=dates.day_of(at)) if domain else None,
        # What else the name may serve.
        "other": next((one for one, _ in _offered(beneficiary) if name.is_own and not served[one]), ""),
        "crumbs": _crumbs(name),
    }
    return render(request, "mairie/name.html", context)


@mairie_view
def show_sheet(request: HttpRequest, beneficiary: Beneficiary, name_id: int) -> HttpResponse:
    """Show what remains to be copied, to be printed and handed over."""
    name, at = name_or_404(beneficiary, name_id), timezone.now()
    crumbs = _crumbs(name, Link("Feuille à imprimer"))
    context = {"one": show_name(name, at=at), "today": dates.day_of(at), "crumbs": crumbs}
    return render(request, "mairie/name_sheet.html", context)


@mairie_view
def download(request: HttpRequest, beneficiary: Beneficiary, name_id: int) -> HttpResponse:
    """Give the records as a fragment of a zone file."""
    return desk.zone_file(name_or_404(beneficiary, name_id))


@gesture
def check(request: HttpRequest, beneficiary: Beneficiary, name_id: int) -> HttpResponse:
    """Ask the DNS about a name now."""
    name = name_or_404(beneficiary, name_id)
    desk.check(request, name, by=person(request))
    return redirect("mairie:domain_name", name.pk)


# --- The site under its names ----------------------------------------------------------------------------------------
@gesture
def choose(request: HttpRequest, beneficiary: Beneficiary, site_name_id: int) -> HttpResponse:
    """Make a name the main one."""
    name = site_name_or_404(beneficiary, site_name_id)
    with_www = {"oui": True, "non": False}.get(request.POST.get("avec_www", ""), name.is_www_first)
    name = actions.choose_main(name, is_www_first=with_www, by=person(request), at=timezone.now())
    messages.success(request, f"Le site est maintenant à l’adresse {name.host}\u00a0; les autres y conduisent.")
    return redirect("mairie:former_site_name", name.pk)


@gesture
def leave(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Go back to the name the site is born with."""
    if (site := _site(beneficiary)) is None:
        raise Http404("Votre organisme n’a pas encore de site internet.")
    site = actions.leave_main(site, by=person(request), at=timezone.now())
    messages.success(request, f"Le site est de nouveau à l’adresse {site.host}.")
    return redirect("mairie:domain_names")


@gesture
def withdraw(request: HttpRequest, beneficiary: Beneficiary, site_name_id: int) -> HttpResponse:
    """Take a name away from the site."""
    name = site_name_or_404(beneficiary, site_name_id)
    actions.withdraw_name(name, by=person(request), at=timezone.now())
    messages.success(request, f"«\u00a0{name.domain}\u00a0» est retiré\u00a0: le site n’y répond plus.")
    return redirect("mairie:domain_names")


# --- Former addresses ------------------------------------------------------------------------------------------------
@mairie_view
def former(
    request: HttpRequest, beneficiary: Beneficiary, rest: str = "", site_name_id: int = 0, domain_id: int = 0
) -> HttpResponse:
    """Lead from the former pages, of the site or of the mail, to those of names; a gesture goes there as it came."""
    if not (site_name_id or domain_id):
        return redirect("mairie:domain_names")
    if site_name_id:
        text = site_name_or_404(beneficiary, site_name_id).domain
    else:
        found = Domain.objects.filter(beneficiary=beneficiary, pk=domain_id).values_list("name", flat=True).first()
        text = found or ""
    name = DomainName.objects.filter(beneficiary=beneficiary, name=text).first()
    if name is None:
        raise Http404("Ce domaine n’existe pas, ou n’est pas celui de votre organisme.")
    page = reverse("mairie:domain_name", args=[name.pk])
    return HttpResponseRedirect(page + rest, preserve_request=bool(rest))
