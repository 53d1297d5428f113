"""The people of the mairie: the mayor names them, the secretary may propose someone, whoever leaves has a last day."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.lib import dates
from socle.lib.refusals import Refused, refuse
from socle.mairie.access import gesture, invitation_or_404, mairie_view, membership_or_404, person
from socle.people import actions, invitations, rules
from socle.people.forms import EndForm, InvitationForm
from socle.people.models import BENEFICIARY_ROLES, Beneficiary, InvitationStatus, Role
from socle.people.roster import roster_of


@mairie_view
def show(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Show who acts for the mairie, who is invited, who left."""
    roster = roster_of(beneficiary=beneficiary, by=person(request), at=timezone.now())
    return render(request, "mairie/people.html", {"beneficiary": beneficiary, "roster": roster})


@mairie_view
def invite(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Invite someone; whoever does not decide proposes, and the mayor confirms."""
    user, at = person(request), timezone.now()
    roster = roster_of(beneficiary=beneficiary, by=user, at=at)
    refuse(roster.powers.why_not_propose)
    form = InvitationForm(request.POST or None, roles=BENEFICIARY_ROLES)
    if request.method == "POST" and form.is_valid():
        facts = form.cleaned_data
        try:
            invitation = invitations.invite(
                facts["email"],
                name=facts["name"],
                role=Role(facts["role"]),
                beneficiary=beneficiary,
                quality=facts["quality"],
                last_day=facts["last_day"],
                by=user,
                at=at,
            )
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            if invitation.status == InvitationStatus.SENT:
                messages.success(request, f"L’invitation de {invitation.name} est partie.")
            else:
                messages.success(request, f"{invitation.name} est proposé·e\u00a0: il reste à confirmer l’invitation.")
            return redirect("mairie:people")
    context = {"beneficiary": beneficiary, "form": form, "roster": roster, "back": reverse("mairie:people")}
    return render(request, "mairie/invite.html", context, status=422 if form.errors else 200)


@gesture
def confirm(request: HttpRequest, beneficiary: Beneficiary, invitation_id: int) -> HttpResponse:
    """Send an invitation that someone proposed."""
    invitation = invitation_or_404(beneficiary, invitation_id)
    invitations.confirm(invitation, by=person(request), at=timezone.now())
    messages.success(request, f"L’invitation de {invitation.name} est partie.")
    return redirect("mairie:people")


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
    """End a role on a day."""
    user, at = person(request), timezone.now()
    membership = membership_or_404(beneficiary, membership_id)
    form = EndForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.end_role(membership, last_day=form.cleaned_data["last_day"], by=user, at=at)
        except Refused as refusal:
            form.add_error("last_day", refusal.sentence)
        else:
            last_day = dates.in_words(form.cleaned_data["last_day"])
            messages.success(request, f"La fonction de {membership.user.name} finit le {last_day}.")
            return redirect("mairie:people")
    context = {
        "beneficiary": beneficiary,
        "membership": membership,
        "form": form,
        "back": reverse("mairie:people"),
        "why_not": rules.why_not_end(membership, by=user, on=dates.day_of(at)),
        "is_last_mayor": rules.is_last_mayor(membership, on=dates.day_of(at)),
    }
    return render(request, "mairie/role_end.html", context, status=422 if form.errors else 200)


@gesture
def keep(request: HttpRequest, beneficiary: Beneficiary, membership_id: int) -> HttpResponse:
    """Take back the end of a role."""
    membership = membership_or_404(beneficiary, membership_id)
    actions.keep_role(membership, by=person(request), at=timezone.now())
    messages.success(request, f"{membership.user.name} garde sa fonction.")
    return redirect("mairie:people")
