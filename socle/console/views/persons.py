"""One person: their roles, the state of their account, and what is done for someone locked out or who must stop."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.console.access import Access, console_view, forbid, gesture, saw
from socle.console.views.people import reached
from socle.lib import dates
from socle.lib.refusals import Refused
from socle.people import rules
from socle.people.models import Membership, User
from socle.people.sign_in import factors, rescue, sessions
from socle.people.sign_in.rescue import Recognised
from socle.ui.shapes import Fact, Link

FACTORS = {"totp": "application d’authentification", "webauthn": "clé d’accès", "recovery_codes": "codes de secours"}
ELSEWHERE = "Cette personne exerce aussi là où vous n’agissez pas : demandez-le à l’opérateur qui conduit le programme."


class RescueForm(forms.Form):
    """How the person who asks was recognised."""

    recognised = forms.ChoiceField(
        label="Comment l’avez-vous reconnue ?",
        choices=Recognised.choices,
        widget=forms.RadioSelect,
        help_text="Un courriel ne suffit pas : il peut venir de quelqu’un d’autre.",
        error_messages={
            "required": "Dites comment vous avez reconnu cette personne.",
            "invalid_choice": "Choisissez une des façons proposées.",
        },
    )


def person_or_404(access: Access, user_id: int) -> User:
    """Return a person who holds, or held, a role in one's territory or operators, or answer 404."""
    user = User.objects.filter(pk=user_id, memberships__in=Membership.objects.filter(reached(access))).first()
    if user is None or user.is_system:
        raise Http404("Cette personne n’existe pas, ou n’est pas de votre territoire.")
    return user


def why_not_act_on(user: User, access: Access) -> str | None:
    """Say why the account of this person is not one's to close or to rescue, or None.

    An account opens every door its person has: whoever touches it must reach them all. The lead answers for the
    mairies and the partners; another operator, for its own people only.
    """
    on = dates.day_of(timezone.now())
    if not access.holds(*rules.RESCUERS):
        return rules.ONLY_RESCUERS
    held = user.memberships.active_on(on)
    within = held.filter(reached(access)) if access.is_lead else held.filter(operator=access.operator)
    if user.is_superuser or user.is_staff or held.exclude(pk__in=within.values("pk")).exists():
        return ELSEWHERE
    if not access.is_lead and not user.memberships.filter(operator=access.operator).exists():
        return ELSEWHERE
    return None


def _note_reading(request: HttpRequest, user: User, roles: list[Membership]) -> None:
    places = {role.beneficiary_id: role.beneficiary for role in roles if role.beneficiary is not None}
    for place in places.values():
        saw(request, "person", place, f"personne {user.pk}")
    if not places:
        saw(request, "person", user)


def _page(request: HttpRequest, access: Access, user: User, form: RescueForm) -> HttpResponse:
    at = timezone.now()
    on = dates.day_of(at)
    roles = list(
        user.memberships.filter(reached(access)).select_related("beneficiary", "operator").order_by("-ends_on", "pk")
    )
    _note_reading(request, user, roles)
    why_not = why_not_act_on(user, access)
    opened = sessions.listed(user, at=at)
    kinds = [FACTORS.get(kind, kind) for kind in factors.kinds_of(user)]
    facts = [
        Fact("Compte", "ouvert" if user.is_active else "fermé", "personne fictive" if user.is_fictitious else ""),
        Fact("Second contrôle", ", ".join(kinds) or "aucun"),
        Fact(
            "Sessions ouvertes",
            str(len(opened)),
            f"vue pour la dernière fois le {dates.at_in_words(opened[0].seen_at)}" if opened else "",
        ),
        Fact("Dernière connexion", dates.at_in_words(user.last_login) if user.last_login else "jamais"),
    ]
    if why_not is None:
        facts.insert(0, Fact("Adresse électronique", user.email))
    context = {
        "person": user,
        "facts": facts,
        "roles": [(role, rules.why_not_end(role, by=access.user, on=on)) for role in roles],
        "today": on,
        "form": form,
        "why_not_reset": why_not or rules.why_not_reset_second_factor(user, by=access.user, on=on),
        "why_not_close": why_not or rules.why_not_close(user, by=access.user, on=on),
        "why_not_reopen": why_not or rules.why_not_reopen(user, by=access.user, on=on),
        "why_not_end_sessions": why_not or rules.why_not_end_sessions(user, by=access.user, on=on),
        "crumbs": [Link("Personnes", reverse("console:people")), Link(user.name)],
    }
    return render(request, "console/person.html", context, status=422 if form.errors else 200)


@console_view
def show(request: HttpRequest, access: Access, user_id: int) -> HttpResponse:
    """Show one person, and erase their second factor once they were recognised."""
    user = person_or_404(access, user_id)
    form = RescueForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        forbid(why_not_act_on(user, access))
        if form.is_valid():
            try:
                recognised = Recognised(form.cleaned_data["recognised"])
                rescue.reset_second_factor(user, recognised=recognised, by=access.user, at=timezone.now())
            except Refused as refusal:
                form.add_error(None, refusal.sentence)
            else:
                messages.success(
                    request,
                    f"Le second contrôle de {user.name} est effacé, ses sessions sont closes : un message part.",
                )
                return redirect("console:person", user_id)
    return _page(request, access, user, form)


def _acted_on(access: Access, user_id: int) -> User:
    user = person_or_404(access, user_id)
    forbid(why_not_act_on(user, access))
    return user


@gesture
def close(request: HttpRequest, access: Access, user_id: int) -> HttpResponse:
    """Close an account: its person enters nowhere any more, until it is opened again."""
    user = rescue.close(_acted_on(access, user_id), by=access.user, at=timezone.now())
    messages.success(request, f"Le compte de {user.name} est fermé. Vous pouvez le rouvrir ici.")
    return redirect("console:person", user_id)


@gesture
def reopen(request: HttpRequest, access: Access, user_id: int) -> HttpResponse:
    """Open a closed account again, as it was."""
    user = rescue.reopen(_acted_on(access, user_id), by=access.user, at=timezone.now())
    messages.success(request, f"Le compte de {user.name} est rouvert, tel qu’il était.")
    return redirect("console:person", user_id)


@gesture
def end_sessions(request: HttpRequest, access: Access, user_id: int) -> HttpResponse:
    """End every session of a person: a lost telephone, a computer left open."""
    user = _acted_on(access, user_id)
    rescue.end_sessions(user, by=access.user, at=timezone.now())
    messages.success(request, f"Toutes les sessions de {user.name} sont closes.")
    return redirect("console:person", user_id)
