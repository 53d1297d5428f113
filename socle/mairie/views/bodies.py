"""In whose name one acts, when one serves several beneficiaries."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from socle.lib.dates import day_of
from socle.mairie.access import gesture, mairie_view
from socle.people.acting import beneficiaries_served, choose_beneficiary
from socle.people.models import Beneficiary


@mairie_view
def show_all(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Show the beneficiaries this person serves, the active one marked."""
    served = beneficiaries_served(request.user, on=day_of(timezone.now()))
    return render(request, "mairie/bodies.html", {"beneficiary": beneficiary, "served": served})


@gesture
def choose(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Act for another of them from now on; 404 for one this person does not serve."""
    asked = request.POST.get("organisme", "")
    served = beneficiaries_served(request.user, on=day_of(timezone.now()))
    chosen = next((one for one in served if str(one.pk) == asked), None)
    if chosen is None or not choose_beneficiary(request, chosen):
        raise Http404("Cet organisme n’existe pas, ou vous n’y avez pas de fonction aujourd’hui.")
    messages.success(request, f"Vous agissez maintenant pour {chosen.name}.")
    after = request.POST.get("suite", "")
    is_ours = after.startswith("/mairie/") and url_has_allowed_host_and_scheme(after, allowed_hosts=None)
    return redirect(after if is_ours else "mairie:home")
