"""The mail of the mairie: its boxes, its aliases and groups, its domains, how a device is set."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.lib import dates
from socle.lib.text import bytes_in_french
from socle.mail import aliases, domains, queries, rules
from socle.mail.configuring import settings_of
from socle.mail.forms import AliasForm, DestinationForm
from socle.mail.models import Alias, Destination, Domain
from socle.mail.models.boxes import Status
from socle.mail.presenters import show_alias, show_box, show_destination
from socle.mairie.access import boxes_of, gesture, mairie_view, person
from socle.mairie.services import UNSERVED
from socle.people.models import Beneficiary
from socle.provisioning.engines import why_not_served
from socle.ui.shapes import Link
from socle.ui.submit import refusal_shown_in


def home() -> Link:
    """The way back to the list."""
    return Link("Messagerie", reverse("mairie:mail"))


@mairie_view
def show_all(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Show the boxes with what they use, the aliases and groups, the domains."""
    by, on = person(request), dates.day_of(timezone.now())
    boxes = list(
        boxes_of(request, beneficiary)
        .select_related("holder", "vacation", "forwarding")
        .prefetch_related("openings__user")
        .order_by("-kind", "address")
    )
    own = list(Domain.objects.filter(beneficiary=beneficiary))
    main = next((one for one in own if one.is_main), None)
    others = Alias.objects.filter(beneficiary=beneficiary).prefetch_related("destinations__mailbox")
    quota = queries.quota_of(beneficiary)
    context = {
        "main": main,
        "domains": [one for one in own if one.status != "closed"],
        "boxes": [show_box(one, on=on) for one in boxes if one.status != Status.DELETED],
        "deleted": [show_box(one, on=on) for one in boxes if one.status == Status.DELETED],
        "aliases": [show_alias(one, main) for one in others],
        "quota": quota,
        "quota_given": f"{bytes_in_french(quota.given)} donnés aux boîtes, sur {bytes_in_french(quota.total)}",
        "quota_used": bytes_in_french(quota.used),
        "why_not_keep": rules.why_not_keep(beneficiary, by=by, on=on),
        "unserved": UNSERVED if why_not_served("messagerie") else "",
    }
    return render(request, "mairie/mail.html", context)


@mairie_view
def show_devices(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Say how a telephone or a computer is set, with the boxes this person opens."""
    opened = list(queries.boxes_opened_by(person(request), dates.day_of(timezone.now())).order_by("address"))
    context = {"opened": opened, "servers": settings_of(), "crumbs": [home(), Link("Régler un appareil")]}
    return render(request, "mairie/mail_devices.html", context)


# --- Domains ----------------------------------------------------------------------------------------------------------
def domain_or_404(beneficiary: Beneficiary, domain_id: int) -> Domain:
    """Return a domain of the active beneficiary, or answer 404 as for one that does not exist."""
    found = Domain.objects.filter(beneficiary=beneficiary, pk=domain_id).select_related("beneficiary").first()
    if found is None:
        raise Http404("Ce domaine n’existe pas, ou n’est pas celui de votre organisme.")
    domain: Domain = found
    return domain


@gesture
def make_main(request: HttpRequest, beneficiary: Beneficiary, domain_id: int) -> HttpResponse:
    """Show every box under this domain."""
    domain = domains.make_main(domain_or_404(beneficiary, domain_id), by=person(request), at=timezone.now())
    messages.success(request, f"Vos adresses finissent maintenant par @{domain.shown} ; les autres reçoivent toujours.")
    return redirect("mairie:domain_names")


@gesture
def close_domain(request: HttpRequest, beneficiary: Beneficiary, domain_id: int) -> HttpResponse:
    """Stop receiving by a domain."""
    domain = domains.close_domain(domain_or_404(beneficiary, domain_id), by=person(request), at=timezone.now())
    messages.success(request, f"« {domain.shown} » est fermé. Pour le reprendre, notez-le à nouveau.")
    return redirect("mairie:domain_names")


# --- Aliases and groups -----------------------------------------------------------------------------------------------
def alias_or_404(beneficiary: Beneficiary, alias_id: int) -> Alias:
    """Return an alias of the active beneficiary, or answer 404 as for one that does not exist."""
    found = Alias.objects.filter(beneficiary=beneficiary, pk=alias_id).select_related("beneficiary").first()
    if found is None:
        raise Http404("Cette adresse n’existe pas, ou n’est pas celle de votre organisme.")
    alias: Alias = found
    return alias


@mairie_view
def make_alias(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Make an address that leads to others."""
    by, at = person(request), timezone.now()
    main = queries.main_domain(beneficiary)
    form = AliasForm(request.POST if request.method == "POST" else None, domain=main.shown if main else "…")
    if form.is_bound and form.is_valid():
        asked = form.cleaned_data
        with refusal_shown_in(form):
            alias = aliases.make_alias(
                beneficiary,
                local_part=asked["local_part"],
                name=asked["name"],
                is_group=asked["is_group"],
                destinations=asked["destinations"],
                by=by,
                at=at,
            )
            messages.success(request, f"« {alias.local_part}@ » est créée.")
            return redirect("mairie:mail_alias", alias.pk)
    context = {"form": form, "crumbs": [home(), Link("Créer une adresse de renvoi")]}
    return render(request, "mairie/mail_alias_make.html", context, status=422 if form.errors else 200)


@mairie_view
def show_alias_page(request: HttpRequest, beneficiary: Beneficiary, alias_id: int) -> HttpResponse:
    """Show where an alias leads."""
    return _alias_page(request, alias_or_404(beneficiary, alias_id), DestinationForm())


def _alias_page(request: HttpRequest, alias: Alias, form: DestinationForm) -> HttpResponse:
    by, on = person(request), dates.day_of(timezone.now())
    main = queries.main_domain(alias.beneficiary)
    shown = show_alias(alias, main)
    found = Destination.objects.filter(alias=alias).select_related("alias__beneficiary", "mailbox")
    context = {
        "alias": alias,
        "address": shown.address,
        "rows": [show_destination(one, by=by, on=on) for one in found],
        "form": form,
        "why_not_remove": aliases.why_not_remove(alias, by=by, on=on),
        "crumbs": [home(), Link(shown.address)],
    }
    return render(request, "mairie/mail_alias.html", context, status=422 if form.errors else 200)


@gesture
def add_destination(request: HttpRequest, beneficiary: Beneficiary, alias_id: int) -> HttpResponse:
    """Make the mail of an alias go to one more address."""
    alias = alias_or_404(beneficiary, alias_id)
    form = DestinationForm(request.POST)
    if form.is_valid():
        with refusal_shown_in(form, "address"):
            added = aliases.add_destination(alias, **form.cleaned_data, by=person(request), at=timezone.now())
            if added.mailbox is None:
                messages.info(request, f"Une demande d’accord part à {added.address} : rien n’y va avant sa réponse.")
            else:
                messages.success(request, f"{added.mailbox.address} est ajoutée.")
            return redirect("mairie:mail_alias", alias.pk)
    return _alias_page(request, alias, form)


@gesture
def withdraw_destination(
    request: HttpRequest, beneficiary: Beneficiary, alias_id: int, destination_id: int
) -> HttpResponse:
    """Stop sending the mail of an alias there."""
    alias = alias_or_404(beneficiary, alias_id)
    found = Destination.objects.filter(alias=alias, pk=destination_id).select_related("alias__beneficiary", "mailbox")
    if (destination := found.first()) is None:
        raise Http404("Ce destinataire n’est pas, ou n’est plus, dans cette liste.")
    address = destination.mailbox.address if destination.mailbox else destination.address
    aliases.withdraw_destination(destination, by=person(request), at=timezone.now())
    messages.success(request, f"{address} est retirée.")
    return redirect("mairie:mail_alias", alias.pk)


@gesture
def remove_alias(request: HttpRequest, beneficiary: Beneficiary, alias_id: int) -> HttpResponse:
    """Remove an alias."""
    alias = alias_or_404(beneficiary, alias_id)
    aliases.remove_alias(alias, by=person(request), at=timezone.now())
    messages.success(
        request, f"« {alias.local_part}@ » est supprimée : qui y écrit est averti que l’adresse n’existe pas."
    )
    return redirect("mairie:mail")
