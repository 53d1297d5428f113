"""One person: their roles, the state of their account, and what is done for someone locked out or who must stop."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.console.views.people import reached
from socle.lib import dates
from socle.lib.refusals import Refused
from socle.people import rules
from socle.people.models import Membership, Rescue, User
from socle.people.sign_in import factors, rescue, sessions
from socle.people.sign_in.rescue import Closing, Lost, Recognised, Reopening
from socle.provisioning.desk.access import Access, console_view, forbid, gesture, record_view
from socle.ui.shapes import Fact, Link
from socle.ui.submit import refusal_shown_in

FACTORS = {"totp": "application d’authentification", "webauthn": "clé d’accès", "recovery_codes": "codes de secours"}
ERASED = "Le second contrôle de {name} est effacé, ses sessions sont closes : un message part."
ASKED = "C’est demandé. Rien n’est effacé avant l’accord d’une autre personne, qui en est prévenue."
ELSEWHERE = "Cette personne exerce aussi là où vous n’agissez pas : demandez-le à l’opérateur qui conduit le programme."


def _why(choices: list[tuple[str, str]]) -> forms.ChoiceField:
    return forms.ChoiceField(
        label="Motif",
        choices=[("", "Choisissez"), *choices],
        help_text="Noté au journal.",
        error_messages={"required": "Choisissez le motif.", "invalid_choice": "Choisissez un des motifs proposés."},
    )


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
    reason = _why(Lost.choices)


class ClosingForm(forms.Form):
    """Why an account is closed."""

    reason = _why(Closing.choices)


class ReopeningForm(forms.Form):
    """Why an account is opened again."""

    reason = _why(Reopening.choices)


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
        record_view(request, "person", place, f"personne {user.pk}")
    if not places:
        record_view(request, "person", user)


def _page(
    request: HttpRequest,
    access: Access,
    user: User,
    *,
    form: RescueForm | None = None,
    closing: ClosingForm | None = None,
    reopening: ReopeningForm | None = None,
) -> HttpResponse:
    at = timezone.now()
    on = dates.day_of(at)
    roles = list(
        user.memberships.filter(reached(access)).select_related("beneficiary", "operator").order_by("-ends_on", "pk")
    )
    _note_reading(request, user, roles)
    why_not = why_not_act_on(user, access)
    opened = sessions.listed(user, at=at)
    pending = rescue.waiting_for(user, at=at)
    kinds = [FACTORS.get(kind, kind) for kind in factors.kinds_of(user)]
    devices = user.device_passwords.live().count()
    facts = [
        Fact("Compte", "ouvert" if user.is_active else "fermé", "personne fictive" if user.is_fictitious else ""),
        Fact("Second contrôle", ", ".join(kinds) or "aucun"),
        Fact(
            "Sessions ouvertes",
            str(len(opened)),
            f"vue pour la dernière fois le {dates.at_in_words(opened[0].seen_at)}" if opened else "",
        ),
        Fact(
            "Appareils reliés",
            str(devices) if devices else "aucun",
            "à la messagerie, aux agendas ou aux fichiers" if devices else "",
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
        "form": form or RescueForm(),
        # Two forms of a page never share an identifier.
        "closing": closing or ClosingForm(auto_id="fermer-%s"),
        "reopening": reopening or ReopeningForm(auto_id="rouvrir-%s"),
        "devices": devices,
        "needs_two": rules.opens_many(user, on=on),
        "rescue": pending,
        "why_not_approve": pending and (why_not or rules.why_not_approve(pending, by=access.user, at=at, on=on)),
        "why_not_decline": pending and (why_not or rules.why_not_decline(pending, by=access.user, on=on)),
        "how": Recognised(pending.recognised).label if pending else "",
        "lost": Lost(pending.reason).label if pending else "",
        "why_not_reset": why_not or rules.why_not_reset_second_factor(user, by=access.user, on=on),
        "why_not_close": why_not or rules.why_not_close(user, by=access.user, on=on),
        "why_not_reopen": why_not or rules.why_not_reopen(user, by=access.user, on=on),
        "why_not_end_sessions": why_not or rules.why_not_end_sessions(user, by=access.user, on=on),
        "crumbs": [Link("Personnes", reverse("console:people")), Link(user.name)],
    }
    is_wrong = any(one is not None and one.errors for one in (form, closing, reopening))
    return render(request, "console/person.html", context, status=422 if is_wrong else 200)


@console_view
def show(request: HttpRequest, access: Access, user_id: int) -> HttpResponse:
    """Show one person, and erase their second factor once they were recognised."""
    user = person_or_404(access, user_id)
    if request.method != "POST":
        return _page(request, access, user)
    forbid(why_not_act_on(user, access))
    form = RescueForm(request.POST)
    if form.is_valid():
        recognised, reason = Recognised(form.cleaned_data["recognised"]), Lost(form.cleaned_data["reason"])
        with refusal_shown_in(form):
            waiting = rescue.reset_second_factor(
                user, recognised=recognised, reason=reason, by=access.user, at=timezone.now()
            )
            messages.success(request, ASKED if waiting else ERASED.format(name=user.name))
            return redirect("console:person", user_id)
    return _page(request, access, user, form=form)


def _acted_on(access: Access, user_id: int) -> User:
    user = person_or_404(access, user_id)
    forbid(why_not_act_on(user, access))
    return user


def _pending(user: User) -> Rescue:
    pending = rescue.waiting_for(user, at=timezone.now())
    if pending is None:
        raise Refused("Plus rien n’attend d’accord pour ce compte : c’est décidé, ou trop ancien.")
    return pending


@gesture
def approve(request: HttpRequest, access: Access, user_id: int) -> HttpResponse:
    """Approve that a second factor is erased, which another agent asked."""
    user = _acted_on(access, user_id)
    rescue.approve(_pending(user), by=access.user, at=timezone.now())
    messages.success(request, ERASED.format(name=user.name))
    return redirect("console:person", user_id)


@gesture
def decline(request: HttpRequest, access: Access, user_id: int) -> HttpResponse:
    """Drop an erasing that was asked: the second factor stays."""
    user = _acted_on(access, user_id)
    rescue.decline(_pending(user), by=access.user, at=timezone.now())
    messages.success(request, "C’est laissé : le second contrôle reste en place.")
    return redirect("console:person", user_id)


@gesture
def close(request: HttpRequest, access: Access, user_id: int) -> HttpResponse:
    """Close an account: its person enters nowhere any more, until it is opened again."""
    user, form = _acted_on(access, user_id), ClosingForm(request.POST, auto_id="fermer-%s")
    if not form.is_valid():
        return _page(request, access, user, closing=form)
    rescue.close(user, reason=Closing(form.cleaned_data["reason"]), by=access.user, at=timezone.now())
    messages.success(request, f"Le compte de {user.name} est fermé, un message part. Vous pouvez le rouvrir ici.")
    return redirect("console:person", user_id)


@gesture
def reopen(request: HttpRequest, access: Access, user_id: int) -> HttpResponse:
    """Open a closed account again, as it was."""
    user, form = _acted_on(access, user_id), ReopeningForm(request.POST, auto_id="rouvrir-%s")
    if not form.is_valid():
        return _page(request, access, user, reopening=form)
    rescue.reopen(user, reason=Reopening(form.cleaned_data["reason"]), by=access.user, at=timezone.now())
    messages.success(request, f"Le compte de {user.name} est rouvert, tel qu’il était ; un message part.")
    return redirect("console:person", user_id)


@gesture
def end_sessions(request: HttpRequest, access: Access, user_id: int) -> HttpResponse:
    """End every session of a person: a computer left open; a stolen telephone, then its password too."""
    user, with_devices = _acted_on(access, user_id), "appareils" in request.POST
    rescue.end_sessions(user, with_devices=with_devices, by=access.user, at=timezone.now())
    also = ", et ses appareils n’ouvrent plus rien" if with_devices else ""
    messages.success(request, f"Toutes les sessions de {user.name} sont closes{also}.")
    return redirect("console:person", user_id)
