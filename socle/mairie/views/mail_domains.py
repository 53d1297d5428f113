"""DNS of a domain of the mairie's mail: what it is to say, what it says, and what remains to be copied."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.lib import dates, limits
from socle.mail.models import Domain
from socle.mail.models.watches import DomainWatch
from socle.mail.records import as_zone_file
from socle.mail.zoning import actions, facts
from socle.mail.zoning.shown import show_domain
from socle.mairie.access import gesture, mairie_view, person
from socle.people.models import Beneficiary
from socle.ui.shapes import Link

# Each check asks servers that are not ours.
CHECKS, PER = 6, 600


def domain_or_404(beneficiary: Beneficiary, domain_id: int) -> Domain:
    """Return a domain of the active beneficiary, or answer 404 as for one that does not exist."""
    found = Domain.objects.filter(beneficiary=beneficiary, pk=domain_id).select_related("beneficiary").first()
    if found is None:
        raise Http404("Ce domaine n’existe pas, ou n’est pas celui de votre organisme.")
    domain: Domain = found
    return domain


def _crumbs(domain: Domain, *more: Link) -> list[Link]:
    here = Link(domain.shown, reverse("mairie:mail_domain", args=[domain.pk]) if more else "")
    return [Link("Messagerie", reverse("mairie:mail")), Link("Domaines", reverse("mairie:mail_domains")), here, *more]


@mairie_view
def show(request: HttpRequest, beneficiary: Beneficiary, domain_id: int) -> HttpResponse:
    """Show a domain: its state, what the DNS says, what to copy and in which order."""
    domain = domain_or_404(beneficiary, domain_id)
    context = {"one": show_domain(domain, at=timezone.now()), "crumbs": _crumbs(domain)}
    return render(request, "mairie/mail_domain.html", context)


@mairie_view
def show_sheet(request: HttpRequest, beneficiary: Beneficiary, domain_id: int) -> HttpResponse:
    """Show what remains to be copied, to be printed and handed over."""
    domain, at = domain_or_404(beneficiary, domain_id), timezone.now()
    context = {
        "one": show_domain(domain, at=at),
        "today": dates.day_of(at),
        "crumbs": _crumbs(domain, Link("Feuille à imprimer")),
    }
    return render(request, "mairie/mail_domain_sheet.html", context)


@mairie_view
def download(request: HttpRequest, beneficiary: Beneficiary, domain_id: int) -> HttpResponse:
    """Give the records as a fragment of a zone file."""
    return zone_file(domain_or_404(beneficiary, domain_id))


def zone_file(domain: Domain) -> HttpResponse:
    """The records of a domain, as a technician loads them into a name server."""
    records = facts.records_for(domain, at=timezone.now(), with_site=False)
    zone = facts.zone_of(domain, is_here=False)
    response = HttpResponse(as_zone_file(records, zone), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{domain.name}.zone.txt"'
    response["Cache-Control"] = "private, no-store"
    return response


@gesture
def check(request: HttpRequest, beneficiary: Beneficiary, domain_id: int) -> HttpResponse:
    """Ask the DNS about a domain now."""
    domain = domain_or_404(beneficiary, domain_id)
    if sentence := limits.why_not_yet(f"mail-domain-check:{domain.pk}", limit=CHECKS, per=PER):
        messages.error(request, sentence)
    else:
        tell(request, domain, actions.check_domain(domain, by=person(request), at=timezone.now()))
    return redirect("mairie:mail_domain", domain.pk)


def tell(request: HttpRequest, domain: Domain, watch: DomainWatch | None) -> None:
    """Say what a check found, in one sentence."""
    if watch is None:
        messages.info(request, "Une vérification est déjà en cours\u00a0: rechargez la page dans un instant.")
    elif watch.is_right and watch.is_mail_here:
        messages.success(request, f"«\u00a0{domain.shown}\u00a0»\u00a0: tout est juste, le courrier arrive ici.")
    elif watch.is_mail_here is None:
        messages.warning(request, "Le DNS n’a pas répondu\u00a0: une nouvelle vérification aura lieu d’elle-même.")
    else:
        messages.warning(request, f"«\u00a0{domain.shown}\u00a0»\u00a0: il reste à faire, voyez ci-dessous.")
