"""The people of a beneficiary and those of an operator: who holds a role, who is invited, who leaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from django.contrib import messages
from django.db import transaction
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.agreements.rules import why_not_follow
from socle.console.placed import body_of, pages_of
from socle.console.views.bodies import body_or_404
from socle.lib import dates
from socle.people import actions, invitations, offboarding
from socle.people.acting import choose_beneficiary, helped_by
from socle.people.forms import DepartureForm, InvitationForm, noted
from socle.people.models import (
    BENEFICIARY_ROLES,
    OPERATOR_ROLES,
    Beneficiary,
    Invitation,
    InvitationStatus,
    Membership,
    Operator,
    Role,
)
from socle.people.roster import Roster, roster_of
from socle.programme.models import Partner
from socle.provisioning.desk.access import Access, commune_or_404, console_view, forbid, gesture, record_view, way_back
from socle.provisioning.desk.lists import leave
from socle.ui.shapes import Link, files_of
from socle.ui.submit import refusal_shown_in


@dataclass(frozen=True)
class Place:
    """Where people hold roles: a beneficiary, which may not be registered yet, or an operator."""

    name: str
    url: str
    invite_url: str
    crumbs: list[Link]
    # The address of its files: a view and its arguments.
    files: tuple[str, ...]
    beneficiary: Beneficiary | None = None
    operator: Operator | None = None

    def roster(self, access: Access) -> Roster:
        """Its people, as this person may act on them."""
        return roster_of(beneficiary=self.beneficiary, operator=self.operator, by=access.user, at=timezone.now())

    @property
    def roles(self) -> list[Role]:
        """The roles held there."""
        if self.beneficiary is not None:
            return list(BENEFICIARY_ROLES)
        assert self.operator is not None
        is_cdg = self.operator.partnerships.filter(part=Partner.Part.CDG).exists()
        of_cdg = (Role.CDG_ADVISOR, Role.CDG_PRESIDENT)
        everywhere = (Role.ASSEMBLY_SECRETARY, Role.CONTROLLER)
        return [role for role in OPERATOR_ROLES if role in everywhere or (role in of_cdg) == is_cdg]


def _of_commune(access: Access, insee_code: str) -> Place:
    commune = commune_or_404(access, insee_code)
    beneficiary = body_of(commune)
    page = reverse("console:commune", args=[insee_code])
    return Place(
        beneficiary.name,
        reverse("console:commune_people", args=[insee_code]),
        reverse("console:commune_invite", args=[insee_code]),
        [Link("Communes", reverse("console:communes")), Link(commune.name, page)],
        ("console:commune_people_file", insee_code),
        beneficiary=beneficiary,
    )


def _of_body(access: Access, body_id: int) -> Place:
    body = body_or_404(access, body_id)
    page = reverse("console:body", args=[body_id])
    return Place(
        body.name,
        reverse("console:body_people", args=[body_id]),
        reverse("console:body_invite", args=[body_id]),
        [Link("Autres établissements", reverse("console:bodies")), Link(body.name, page)],
        ("console:body_people_file", str(body_id)),
        beneficiary=body,
    )


def operators_of(access: Access) -> list[Operator]:
    """One's own operator; the lead, which answers for the programme, also sees the people of its partners."""
    if not access.is_lead:
        return [access.operator]
    others = Operator.objects.filter(partnerships__programme=access.programme).exclude(pk=access.operator.pk).distinct()
    return [access.operator, *others]


def _of_operator(access: Access, code: str) -> Place:
    operator = next((one for one in operators_of(access) if one.code == code), None)
    if operator is None:
        raise Http404("Cet opérateur n’existe pas, ou ses personnes ne sont pas les vôtres.")
    return Place(
        operator.name,
        reverse("console:operator_people", args=[code]),
        reverse("console:operator_invite", args=[code]),
        [Link("Personnes des opérateurs", reverse("console:people"))],
        ("console:operator_people_file", code),
        operator=operator,
    )


def _shown(request: HttpRequest, access: Access, place: Place) -> HttpResponse:
    record_view(request, "people", place.beneficiary or place.operator)
    context = {
        "place": place,
        "roster": place.roster(access),
        "crumbs": [*place.crumbs, Link("Personnes")],
        "files": files_of(request, *place.files),
        "pages": pages_of(place.beneficiary) if place.beneficiary else [],
        "others": [],
    }
    return render(request, "console/people.html", context)


def _inviting(request: HttpRequest, access: Access, place: Place) -> HttpResponse:
    at = timezone.now()
    beneficiary = place.beneficiary
    if beneficiary is not None:
        forbid(why_not_follow(beneficiary, access.programme, by=access.user, on=dates.day_of(at)))
    roster = place.roster(access)
    forbid(roster.powers.why_not_propose)
    asked = {"role": request.GET.get("fonction", "")}
    notes_calls = beneficiary is not None and roster.powers.why_not_name is None
    form = InvitationForm(request.POST or None, roles=place.roles, notes_calls=notes_calls, initial=asked)
    if request.method == "POST" and form.is_valid():
        with refusal_shown_in(form):
            invitation = _invite(form, place, access)
            messages.success(request, said_of(invitation, roster))
            return redirect(place.url)
    context = {
        "place": place,
        "form": form,
        "roster": roster,
        "back": place.url,
        "crumbs": [*place.crumbs, Link("Personnes", place.url), Link("Inviter")],
    }
    return render(request, "console/invite.html", context, status=422 if form.errors else 200)


@transaction.atomic
def _invite(form: InvitationForm, place: Place, access: Access) -> Invitation:
    facts, at, beneficiary = form.cleaned_data, timezone.now(), place.beneficiary
    if beneficiary is not None and beneficiary.pk is None:
        assert beneficiary.commune is not None
        beneficiary = actions.register_beneficiary(beneficiary.commune, by=access.user, at=at)
    return invitations.invite(
        facts["email"],
        name=facts["name"],
        role=Role(facts["role"]),
        beneficiary=beneficiary,
        operator=place.operator,
        quality=facts["quality"],
        first_day=facts["first_day"],
        last_day=facts["last_day"],
        has_box=facts.get("has_box", True),
        check=form.check,
        by=access.user,
        at=at,
    )


def said_of(invitation: Invitation, roster: Roster) -> str:
    """Say what became of an invitation just made."""
    if invitation.status == InvitationStatus.SENT:
        return f"L’invitation de {invitation.name} est partie\u00a0: son lien est personnel et ne sert qu’une fois."
    if roster.powers.why_not_name is None:
        return f"L’invitation de {invitation.name} attend\u00a0: appelez la mairie, puis confirmez-la, l’appel noté."
    who = "la personne qui décide"
    return f"L’invitation de {invitation.name} est proposée\u00a0: elle partira quand {who} l’aura confirmée."


@console_view
def commune_people(request: HttpRequest, access: Access, insee_code: str) -> HttpResponse:
    """Show the people of a commune."""
    return _shown(request, access, _of_commune(access, insee_code))


@console_view
def commune_invite(request: HttpRequest, access: Access, insee_code: str) -> HttpResponse:
    """Invite someone for a commune; one that nobody registered yet is registered."""
    return _inviting(request, access, _of_commune(access, insee_code))


@console_view
def body_people(request: HttpRequest, access: Access, body_id: int) -> HttpResponse:
    """Show the people of another public body."""
    return _shown(request, access, _of_body(access, body_id))


@console_view
def body_invite(request: HttpRequest, access: Access, body_id: int) -> HttpResponse:
    """Invite someone for another public body."""
    return _inviting(request, access, _of_body(access, body_id))


@console_view
def own_people(request: HttpRequest, access: Access) -> HttpResponse:
    """Show the people of one's own operator, and the way to those of the partners for the lead."""
    place = _of_operator(access, access.operator.code)
    others = [one for one in operators_of(access) if one != access.operator]
    context = {
        "place": place,
        "roster": place.roster(access),
        "crumbs": [],
        "files": files_of(request, *place.files),
        "others": others,
    }
    return render(request, "console/people.html", context)


@console_view
def operator_people(request: HttpRequest, access: Access, code: str) -> HttpResponse:
    """Show the people of a partner."""
    return _shown(request, access, _of_operator(access, code))


@console_view
def operator_invite(request: HttpRequest, access: Access, code: str) -> HttpResponse:
    """Invite someone for an operator."""
    return _inviting(request, access, _of_operator(access, code))


# --- Files ------------------------------------------------------------------------------------------------------------
def _export(request: HttpRequest, access: Access, place: Place, format: str) -> HttpResponse:
    roster = place.roster(access)
    record_view(request, "people", place.beneficiary or place.operator)
    # A commune that nobody registered has no people, and nothing to write about in the journal.
    known = place.beneficiary if place.beneficiary is not None and place.beneficiary.pk else place.operator
    sheet = roster.sheet(f"personnes-{place.files[1]}")
    return leave(request, access, sheet, roster.lines(), format, owner=known)


@console_view
def export_of_commune(request: HttpRequest, access: Access, insee_code: str, format: str) -> HttpResponse:
    """Give the people of a commune as a file."""
    return _export(request, access, _of_commune(access, insee_code), format)


@console_view
def export_of_body(request: HttpRequest, access: Access, body_id: int, format: str) -> HttpResponse:
    """Give the people of another public body as a file."""
    return _export(request, access, _of_body(access, body_id), format)


@console_view
def export_of_operator(request: HttpRequest, access: Access, code: str, format: str) -> HttpResponse:
    """Give the people of one's operator, or of a partner, as a file."""
    return _export(request, access, _of_operator(access, code), format)


# --- Gestures ---------------------------------------------------------------------------------------------------------
def reached(access: Access) -> Q:
    """Return the filter on people within reach: the beneficiaries of one's territory, the operators one may see."""
    return Q(beneficiary__in=access.beneficiaries()) | Q(operator__in=operators_of(access))


def _forbid_stranger(access: Access, thing: Invitation | Membership) -> None:
    if thing.beneficiary is not None:
        on = dates.day_of(timezone.now())
        forbid(why_not_follow(thing.beneficiary, access.programme, by=access.user, on=on))


def invitation_or_404(access: Access, invitation_id: int) -> Invitation:
    """Return an invitation of one's territory or operators, or answer 404."""
    found = Invitation.objects.filter(reached(access), pk=invitation_id).select_related("beneficiary", "operator")
    if (invitation := found.first()) is None:
        raise Http404("Cette invitation n’existe pas, ou n’est pas de votre territoire.")
    return invitation


def membership_or_404(access: Access, membership_id: int) -> Membership:
    """Return a role held in one's territory or operators, or answer 404."""
    found = Membership.objects.filter(reached(access), pk=membership_id)
    membership = found.select_related("user", "beneficiary__commune", "beneficiary__department", "operator").first()
    if membership is None:
        raise Http404("Cette fonction n’existe pas, ou n’est pas de votre territoire.")
    return membership


def _on_invitation(
    request: HttpRequest, access: Access, invitation_id: int, act: Callable[..., Invitation], words: str
) -> HttpResponse:
    invitation = invitation_or_404(access, invitation_id)
    _forbid_stranger(access, invitation)
    invitation = act(invitation, by=access.user, at=timezone.now())
    messages.success(request, words.format(name=invitation.name))
    return redirect(way_back(request))


@gesture
def confirm(request: HttpRequest, access: Access, invitation_id: int) -> HttpResponse:
    """Send an invitation that was proposed; of whoever signs for a mairie, once the call to it is noted."""
    act = partial(invitations.confirm, check=noted(request.POST.get("note", "")))
    return _on_invitation(request, access, invitation_id, act, "L’invitation de {name} est partie.")


@gesture
def resend(request: HttpRequest, access: Access, invitation_id: int) -> HttpResponse:
    """Send an invitation again, with a new link."""
    words = "L’invitation de {name} repart avec un nouveau lien\u00a0: le premier ne sert plus."
    return _on_invitation(request, access, invitation_id, invitations.resend, words)


@gesture
def withdraw(request: HttpRequest, access: Access, invitation_id: int) -> HttpResponse:
    """Withdraw an invitation."""
    words = "L’invitation de {name} est retirée\u00a0: son lien n’ouvre plus rien."
    return _on_invitation(request, access, invitation_id, invitations.withdraw, words)


@console_view
def end(request: HttpRequest, access: Access, membership_id: int) -> HttpResponse:
    """Prepare someone's departure: what they hold, who takes over, the last day."""
    membership, at = membership_or_404(access, membership_id), timezone.now()
    if membership.user_id != access.user.pk:
        _forbid_stranger(access, membership)
    place, on = _place_of(access, membership), dates.day_of(at)
    record_view(request, "people", place.beneficiary or place.operator)
    departure = offboarding.departure_of(membership, by=access.user, on=on)
    form = DepartureForm(request.POST or None, initial=departure.initial, successors=departure.successors)
    if request.method == "POST" and form.is_valid():
        last_day, successor = form.cleaned_data["last_day"], form.chosen_successor
        with refusal_shown_in(form, "last_day"):
            actions.end_role(membership, last_day=last_day, successor=successor, by=access.user, at=at)
            messages.success(request, offboarding.said_of(membership, last_day, successor))
            return redirect(place.url)
    context = {
        "departure": departure,
        "membership": membership,
        "form": form,
        "place": place,
        "back": place.url,
        "crumbs": [*place.crumbs, Link("Personnes", place.url), Link(f"Départ de {membership.user.name}")],
    }
    return render(request, "console/role_end.html", context, status=422 if form.errors else 200)


def _place_of(access: Access, thing: Membership) -> Place:
    if thing.operator is not None:
        return _of_operator(access, thing.operator.code)
    assert thing.beneficiary is not None
    if thing.beneficiary.commune is not None:
        return _of_commune(access, thing.beneficiary.commune.insee_code)
    return _of_body(access, thing.beneficiary.pk)


@gesture
def keep(request: HttpRequest, access: Access, membership_id: int) -> HttpResponse:
    """Take back the end of a role."""
    membership = membership_or_404(access, membership_id)
    _forbid_stranger(access, membership)
    actions.keep_role(membership, by=access.user, at=timezone.now())
    messages.success(request, f"{membership.user.name} garde sa fonction.")
    return redirect(way_back(request))


@gesture
def help_now(request: HttpRequest, access: Access, help_id: int) -> HttpResponse:
    """Go and act in a mairie's name, by the access it opened."""
    on = dates.day_of(timezone.now())
    opened = next((one for one in helped_by(access.user, on=on) if one.pk == help_id), None)
    if opened is None or not choose_beneficiary(request, opened.beneficiary):
        raise Http404("Cet accès n’existe pas, ou il est fermé.")
    messages.info(request, "L’assistance commence : quittez-la quand vous avez fini.")
    return redirect("mairie:home")
