"""The address of the website: the name it is born with, the commune's own, what the DNS says of them."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.lib import limits
from socle.lib.refusals import Refused
from socle.mairie.access import gesture, mairie_view, person
from socle.people.models import Beneficiary
from socle.sites.models import SiteName, WebSite
from socle.sites.naming import actions, rules
from socle.sites.naming.forms import MainForm, NameForm
from socle.sites.naming.shown import name_rows, show_name
from socle.ui.shapes import Link

# Each check asks servers that are not ours.
CHECKS, PER = 6, 600


def _site(beneficiary: Beneficiary) -> WebSite | None:
    site: WebSite | None = WebSite.objects.filter(beneficiary=beneficiary).first()
    return site


def site_or_404(beneficiary: Beneficiary) -> WebSite:
    """Return the site of the active beneficiary, or answer 404."""
    if (site := _site(beneficiary)) is None:
        raise Http404("Votre organisme n’a pas encore de site internet.")
    return site


def name_or_404(beneficiary: Beneficiary, name_id: int) -> SiteName:
    """Return a name of the site of the active beneficiary, or answer 404 as for one that does not exist."""
    found = SiteName.objects.filter(website__beneficiary=beneficiary, pk=name_id).with_place().first()
    if found is None:
        raise Http404("Cette adresse n’existe pas, ou n’est pas celle de votre site.")
    return found


@mairie_view
def show_all(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Show where the site is, and its other names."""
    at, site = timezone.now(), _site(beneficiary)
    names = (
        SiteName.objects.filter(website=site).select_related("website").order_by("-is_main", "domain") if site else []
    )
    context = {
        "site": site,
        "rows": name_rows(names, at=at),
        "why_not_leave": rules.why_not_leave(site) if site else None,
    }
    return render(request, "mairie/names.html", context)


@mairie_view
def ask(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Give a domain to the site, and look at it at once."""
    site, by, at = site_or_404(beneficiary), person(request), timezone.now()
    form = NameForm(request.POST) if request.method == "POST" else NameForm()
    if form.is_bound and form.is_valid():
        chosen = form.cleaned_data
        try:
            name = actions.ask_name(
                site,
                chosen["domain"],
                is_www_first=chosen["is_www_first"],
                wanted_main=chosen["wanted_main"],
                by=by,
                at=at,
            )
        except Refused as refusal:
            form.add_error("domain", refusal.sentence)
        else:
            limits.seconds_to_wait(f"name-check:{name.pk}", limit=CHECKS, per=PER)
            name = actions.check_name(name, by=by, at=at) or name
            messages.success(request, f"«\u00a0{name.domain}\u00a0» est noté. Voici ce que le DNS en dit.")
            return redirect("mairie:name", name.pk)
    crumbs = [Link("Adresse internet", reverse("mairie:names")), Link("Donner un nom de domaine")]
    status = 422 if form.errors else 200
    return render(request, "mairie/name_ask.html", {"form": form, "site": site, "crumbs": crumbs}, status=status)


@mairie_view
def show(request: HttpRequest, beneficiary: Beneficiary, name_id: int) -> HttpResponse:
    """Show a name: its state, what the DNS says, the records to copy."""
    name = name_or_404(beneficiary, name_id)
    crumbs = [Link("Adresse internet", reverse("mairie:names")), Link(name.domain)]
    shown = show_name(name, at=timezone.now())
    return render(request, "mairie/name.html", {"one": shown, "site": name.website, "crumbs": crumbs})


@gesture
def check(request: HttpRequest, beneficiary: Beneficiary, name_id: int) -> HttpResponse:
    """Look at a name now."""
    name = name_or_404(beneficiary, name_id)
    if sentence := limits.why_not_yet(f"name-check:{name.pk}", limit=CHECKS, per=PER):
        messages.error(request, sentence)
    elif (checked := actions.check_name(name, by=person(request), at=timezone.now())) is None:
        messages.info(request, "Une vérification est déjà en cours\u00a0: rechargez la page dans un instant.")
    else:
        tell(request, checked)
    return redirect("mairie:name", name.pk)


def tell(request: HttpRequest, name: SiteName) -> None:
    """Say what a check found, in one sentence."""
    if name.is_answering and name.wrong_at is None:
        messages.success(request, f"«\u00a0{name.domain}\u00a0» mène ici.")
    else:
        messages.warning(request, f"«\u00a0{name.domain}\u00a0» n’est pas juste\u00a0: voyez ce qui reste à faire.")


@gesture
def choose(request: HttpRequest, beneficiary: Beneficiary, name_id: int) -> HttpResponse:
    """Make a name the main one."""
    name = name_or_404(beneficiary, name_id)
    form = MainForm(request.POST)
    with_www = form.cleaned_data["avec_www"] == "oui" if form.is_valid() else name.is_www_first
    name = actions.choose_main(name, is_www_first=with_www, by=person(request), at=timezone.now())
    messages.success(request, f"Le site est maintenant à l’adresse {name.host}\u00a0; les autres y conduisent.")
    return redirect("mairie:name", name.pk)


@gesture
def leave(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Go back to the name the site is born with."""
    site = actions.leave_main(site_or_404(beneficiary), by=person(request), at=timezone.now())
    messages.success(request, f"Le site est de nouveau à l’adresse {site.host}.")
    return redirect("mairie:names")


@gesture
def withdraw(request: HttpRequest, beneficiary: Beneficiary, name_id: int) -> HttpResponse:
    """Take a name away."""
    name = name_or_404(beneficiary, name_id)
    actions.withdraw_name(name, by=person(request), at=timezone.now())
    messages.success(request, f"«\u00a0{name.domain}\u00a0» est retiré\u00a0: le site n’y répond plus.")
    return redirect("mairie:names")
