"""The people of the mairie: the mayor names them, the secretary may propose someone, whoever leaves has a last day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.lib import dates
from socle.lib.refusals import Refused, refuse
from socle.mairie.access import gesture, help_or_404, invitation_or_404, mairie_view, membership_or_404, person
from socle.mairie.files import leave
from socle.mairie.history import Line, paired
from socle.mairie.journey import programme_for
from socle.people import actions, help, helper_access, invitations, offboarding, rules
from socle.people.acting import help_in_force, stop_acting
from socle.people.forms import DepartureForm, HelpForm, InvitationForm
from socle.people.models import BENEFICIARY_ROLES, Beneficiary, HelpAccess, InvitationStatus, Operator, Role
from socle.people.roster import roster_of
from socle.ui.shapes import files_of
from socle.ui.submit import refusal_shown_in

FORMER_SHOWN, DONE_SHOWN = 10, 100


@dataclass(frozen=True)
class Done:
    """One gesture of a helper, and whether it left something open."""

    pk: int
    line: Line
    is_open: bool


@mairie_view
def show(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Show who acts for the mairie, who is invited, who left."""
    user, at = person(request), timezone.now()
    on = dates.day_of(at)
    accesses = HelpAccess.objects.filter(beneficiary=beneficiary).select_related("operator", "opened_by")
    context = {
        "beneficiary": beneficiary,
        "roster": roster_of(beneficiary=beneficiary, by=user, at=at),
        "open_accesses": _with_done(accesses.in_force_on(on), at=at),
        "former_accesses": _with_done(
            accesses.exclude(pk__in=accesses.in_force_on(on).values("pk"))[:FORMER_SHOWN], at=at
        ),
        "why_no_help": rules.why_not_decide_help(beneficiary, by=user, on=on),
        "files": files_of(request, "mairie:people_file"),
    }
    return render(request, "mairie/people.html", context)


@mairie_view
def export(request: HttpRequest, beneficiary: Beneficiary, format: str) -> HttpResponse:
    """Give who acts, who is invited and who left, as a file; addresses only to those whom the page shows them to."""
    roster = roster_of(beneficiary=beneficiary, by=person(request), at=timezone.now())
    return leave(request, beneficiary, roster.sheet(), roster.lines(), format)


@mairie_view
def invite(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Invite someone; whoever does not decide proposes, and the mayor confirms."""
    user, at = person(request), timezone.now()
    roster = roster_of(beneficiary=beneficiary, by=user, at=at)
    refuse(roster.powers.why_not_propose)
    asked = {"role": request.GET.get("fonction", "")}
    form = InvitationForm(request.POST or None, roles=BENEFICIARY_ROLES, initial=asked)
    if request.method == "POST" and form.is_valid():
        facts = form.cleaned_data
        with refusal_shown_in(form):
            invitation = invitations.invite(
                facts["email"],
                name=facts["name"],
                role=Role(facts["role"]),
                beneficiary=beneficiary,
                quality=facts["quality"],
                first_day=facts["first_day"],
                last_day=facts["last_day"],
                has_box=facts["has_box"],
                by=user,
                at=at,
            )
            if invitation.status == InvitationStatus.SENT:
                messages.success(request, f"L’invitation de {invitation.name} est partie.")
            else:
                messages.success(
                    request, f"L’invitation de {invitation.name} est proposée\u00a0: il reste à la confirmer."
                )
            return redirect("mairie:people")
    context = {"beneficiary": beneficiary, "form": form, "roster": roster, "back": reverse("mairie:people")}
    return render(request, "mairie/invite.html", context, status=422 if form.errors else 200)


@gesture
def confirm(request: HttpRequest, beneficiary: Beneficiary, invitation_id: int) -> HttpResponse:
    """Send an invitation that someone proposed."""
    invitation = invitation_or_404(beneficiary, invitation_id)
    invitations.confirm(invitation, by=person(request), at=timezone.now())
    messages.success(request, f"L’invitation de {invitation.name} est partie.")
    home = reverse("mairie:home")
    return redirect(home if request.POST.get("retour") == home else "mairie:people")


@gesture
def resend(request: HttpRequest, beneficiary: Beneficiary, invitation_id: int) -> HttpResponse:
    """Send an invitation again, with a new link."""
    invitation = invitation_or_404(beneficiary, invitation_id)
    invitations.resend(invitation, by=person(request), at=timezone.now())
    messages.success(
        request, f"L’invitation de {invitation.name} repart avec un nouveau lien\u00a0: le premier ne sert plus."
    )
    return redirect("mairie:people")


@gesture
def withdraw(request: HttpRequest, beneficiary: Beneficiary, invitation_id: int) -> HttpResponse:
    """Withdraw an invitation."""
    invitation = invitation_or_404(beneficiary, invitation_id)
    invitations.withdraw(invitation, by=person(request), at=timezone.now())
    messages.success(request, f"L’invitation de {invitation.name} est retirée\u00a0: son lien n’ouvre plus rien.")
    return redirect("mairie:people")


@mairie_view
def end(request: HttpRequest, beneficiary: Beneficiary, membership_id: int) -> HttpResponse:
    """Prepare someone's departure: what they hold, who takes over, the last day."""
    user, at = person(request), timezone.now()
    membership = membership_or_404(beneficiary, membership_id)
    departure = offboarding.departure_of(membership, by=user, on=dates.day_of(at))
    form = DepartureForm(request.POST or None, initial=departure.initial, successors=departure.successors)
    if request.method == "POST" and form.is_valid():
        last_day, successor = form.cleaned_data["last_day"], form.chosen_successor
        with refusal_shown_in(form, "last_day"):
            actions.end_role(membership, last_day=last_day, successor=successor, by=user, at=at)
            messages.success(request, offboarding.said_of(membership, last_day, successor))
            return redirect("mairie:people")
    context = {
        "beneficiary": beneficiary,
        "departure": departure,
        "membership": membership,
        "form": form,
        "back": reverse("mairie:people"),
    }
    return render(request, "mairie/role_end.html", context, status=422 if form.errors else 200)


@gesture
def keep(request: HttpRequest, beneficiary: Beneficiary, membership_id: int) -> HttpResponse:
    """Take back the end of a role."""
    membership = membership_or_404(beneficiary, membership_id)
    actions.keep_role(membership, by=person(request), at=timezone.now())
    messages.success(request, f"{membership.user.name} garde sa fonction.")
    return redirect("mairie:people")


# --- Being helped ----------------------------------------------------------------------------------------------------
def _helper(beneficiary: Beneficiary) -> Operator | None:
    """Who helps the mairies here: the centre de gestion of the department."""
    programme = programme_for(beneficiary)
    return programme.centre_de_gestion_of(beneficiary.department) if programme is not None else None


@mairie_view
def open_help(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Let the centre de gestion act here for some days."""
    user, at = person(request), timezone.now()
    on = dates.day_of(at)
    refuse(rules.why_not_decide_help(beneficiary, by=user, on=on))
    operator = _helper(beneficiary)
    if operator is None:
        raise Refused("Aucun centre de gestion du programme ne couvre votre département.")
    form = HelpForm(request.POST or None, initial={"last_day": on + timedelta(days=7)})
    if request.method == "POST" and form.is_valid():
        facts = form.cleaned_data
        with refusal_shown_in(form):
            access = help.open_access(
                beneficiary, operator, motive=facts["motive"], last_day=facts["last_day"], by=user, at=at
            )
            until = dates.in_words(access.ends_on)
            messages.success(
                request, f"{operator.name} peut agir ici jusqu’au {until}. Fermez cet accès quand vous voulez."
            )
            return redirect("mairie:people")
    context = {"beneficiary": beneficiary, "operator": operator, "form": form, "longest": settings.SOCLE_HELP_DAYS}
    return render(request, "mairie/help.html", context, status=422 if form.errors else 200)


@gesture
def close_help(request: HttpRequest, beneficiary: Beneficiary, help_id: int) -> HttpResponse:
    """Close an access at once."""
    access = help.close_access(help_or_404(beneficiary, help_id), by=person(request), at=timezone.now())
    messages.success(request, f"L’accès est fermé : {access.operator.name} ne peut plus agir ici.")
    return redirect("mairie:people")


@gesture
def take_back(request: HttpRequest, beneficiary: Beneficiary, help_id: int, line_id: int) -> HttpResponse:
    """Take back what a helper opened in the mairie's name."""
    access = help_or_404(beneficiary, help_id)
    line = helper_access.done_by(access).filter(pk=line_id).first()
    if line is None:
        raise Http404("Ce geste n’existe pas, ou n’a pas été fait par cet accès.")
    help.take_back(access, line, by=person(request), at=timezone.now())
    messages.success(request, "C’est retiré : il n’en reste rien d’ouvert.")
    return redirect("mairie:people")


def _with_done(accesses: Iterable[HelpAccess], *, at: datetime) -> list[tuple[HelpAccess, list[Done]]]:
    """Each access with what was done by it, the latest first."""
    return [
        (
            access,
            [
                Done(entry.pk, line, bool(helper_access.still_open(entry, at=at)))
                for entry, line in paired(list(helper_access.done_by(access)[:DONE_SHOWN]))
            ],
        )
        for access in accesses
    ]


@gesture
def stop_helping(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Go back to one's own door, for a helper; the access stays open until its day."""
    if help_in_force(request) is None:
        return redirect("mairie:home")
    stop_acting(request)
    messages.info(request, f"Vous n’agissez plus au nom de {beneficiary.name}.")
    return redirect("my_door")
