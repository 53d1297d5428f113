"""Who the beneficiary is, and its SIRET to be confirmed."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from socle.lib import siret as siret_numbers
from socle.lib.dates import day_of
from socle.mairie.access import mairie_view, person
from socle.mairie.forms import SiretForm
from socle.people import actions, rules
from socle.people.models import Beneficiary
from socle.ui.submit import refusal_shown_in


@mairie_view
def show(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Show what is known of the beneficiary; confirm or correct its SIRET."""
    user, at = person(request), timezone.now()
    form = SiretForm(request.POST or None, beneficiary=beneficiary)
    if request.method == "POST" and form.is_valid():
        with refusal_shown_in(form, "siret"):
            actions.confirm_siret(beneficiary, siret=form.cleaned_data["siret"], by=user, at=at)
            messages.success(request, f"SIRET confirmé\u00a0: {siret_numbers.spaced(beneficiary.siret)}.")
            return redirect("mairie:home")
    commune = beneficiary.commune
    return render(
        request,
        "mairie/identity.html",
        {
            "beneficiary": beneficiary,
            "commune": commune,
            "form": form,
            "siren": siret_numbers.spaced(commune.siren) if commune and commune.siren else "",
            "refusal": rules.why_not_confirm_siret(beneficiary, beneficiary.siret, by=user, on=day_of(at))
            if beneficiary.is_siret_confirmed
            else None,
        },
        status=422 if form.errors else 200,
    )
