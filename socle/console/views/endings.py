"""The end of an agreement on the console: ended with notice, renewed, suspended, and what takes it back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from socle.agreements import endings, suspensions
from socle.agreements.models import Agreement, Suspension, Termination
from socle.console.views.drafts import crumbs, forbid_following
from socle.deliberations.models import Act
from socle.lib import dates
from socle.provisioning.desk.access import Access, agreement_or_404, console_view, gesture, record_view
from socle.ui.fields import DayField
from socle.ui.submit import refusal_shown_in


class ActChoice(forms.ModelChoiceField[Act]):
    """An act of the beneficiary, by its title and its day."""

    def label_from_instance(self, obj: Act) -> str:
        return f"{obj.name} du {dates.in_words(obj.adopted_on)}, {obj.subject}"


def _acts_of(agreement: Agreement) -> QuerySet[Act]:
    body = agreement.beneficiary
    return Act.of(body) if body is not None else Act.objects.none()


class TerminationForm(forms.Form):
    """Who ends the agreement, why, and when."""

    ground = forms.ChoiceField(label="Motif", choices=Termination.Ground.choices)
    act = ActChoice(
        label="Décision du bénéficiaire",
        queryset=Act.objects.none(),
        required=False,
        help_text="Quand le bénéficiaire résilie\u00a0: sa délibération, exécutoire le jour où elle est notifiée.",
    )
    notified_on = DayField(label="Notifiée le")
    effective_on = DayField(label="Prend effet le", help_text="Le dernier jour de la convention, préavis compris.")
    reason = forms.CharField(label="Précisions", required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, agreement: Agreement, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["act"].queryset = _acts_of(agreement)  # type: ignore[attr-defined]


class RenewalForm(forms.Form):
    """The decision by which the beneficiary renews."""

    act = ActChoice(label="Décision du bénéficiaire", queryset=Act.objects.none())
    notified_on = DayField(label="Notifiée le")

    def __init__(self, *args: Any, agreement: Agreement, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["act"].queryset = _acts_of(agreement)  # type: ignore[attr-defined]


class SuspensionForm(forms.Form):
    """Why the agreement is suspended, from when, and what brings it back."""

    ground = forms.ChoiceField(label="Motif", choices=Suspension.Ground.choices)
    reason = forms.CharField(label="Précisions", widget=forms.Textarea(attrs={"rows": 3}))
    conditions = forms.CharField(label="Conditions du rétablissement", widget=forms.Textarea(attrs={"rows": 2}))
    notified_on = DayField(label="Notifiée le", help_text="Le jour où le bénéficiaire en est informé par écrit.")
    effective_on = DayField(label="Prend effet le")


class LiftForm(forms.Form):
    """The day on which a suspension is lifted."""

    lifted_on = DayField(label="Rétablie le")


AnyForm = TerminationForm | RenewalForm | SuspensionForm | LiftForm
NOTES: dict[type[forms.Form], str] = {
    SuspensionForm: (
        "Aucun préavis n’est nécessaire quand la sécurité des autres bénéficiaires est en danger. Les services de la "
        "convention s’arrêtent le jour dit\u00a0; rien n’est effacé, et le terme ne bouge pas."
    ),
    LiftForm: "Les services que la suspension avait arrêtés reviennent, avec tout ce qu’ils contenaient.",
}


@console_view
def terminate(request: HttpRequest, access: Access, number: str) -> HttpResponse:
    """Record a termination with its notice."""
    agreement = agreement_or_404(access, number)
    form = TerminationForm(request.POST if request.method == "POST" else None, agreement=agreement)
    return _ask(request, access, agreement, form, "Mettre fin à la convention")


@console_view
def renew(request: HttpRequest, access: Access, number: str) -> HttpResponse:
    """Record the decision by which the beneficiary renews the agreement."""
    agreement = agreement_or_404(access, number)
    form = RenewalForm(request.POST if request.method == "POST" else None, agreement=agreement)
    return _ask(request, access, agreement, form, "Renouveler la convention")


@console_view
def suspend(request: HttpRequest, access: Access, number: str) -> HttpResponse:
    """Suspend the agreement."""
    agreement = agreement_or_404(access, number)
    form = SuspensionForm(request.POST if request.method == "POST" else None)
    return _ask(request, access, agreement, form, "Suspendre la convention")


@console_view
def lift(request: HttpRequest, access: Access, number: str) -> HttpResponse:
    """Lift the suspension of the agreement."""
    agreement = agreement_or_404(access, number)
    _suspension_of(agreement)
    form = LiftForm(request.POST if request.method == "POST" else None)
    return _ask(request, access, agreement, form, "Rétablir la convention")


def _suspension_of(agreement: Agreement) -> Suspension:
    suspension = suspensions.running(agreement)
    if suspension is None:
        raise Http404("Cette convention n’est pas suspendue.")
    return suspension


def _ask(request: HttpRequest, access: Access, agreement: Agreement, form: AnyForm, title: str) -> HttpResponse:
    forbid_following(access, agreement)
    record_view(request, "agreement", agreement, agreement.number)
    if form.is_bound and form.is_valid():
        with refusal_shown_in(form):
            sentence = _do(agreement, form, access)
            messages.success(request, sentence)
            return redirect("console:agreement", agreement.number)
    context = {
        "agreement": agreement,
        "form": form,
        "title": title,
        "is_end": isinstance(form, TerminationForm),
        "note": NOTES.get(type(form), ""),
        "crumbs": crumbs(agreement, title),
    }
    return render(request, "console/ending_form.html", context, status=422 if form.errors else 200)


def _do(agreement: Agreement, form: AnyForm, access: Access) -> str:
    at = timezone.now()
    if isinstance(form, SuspensionForm):
        held = suspensions.suspend(agreement, **form.cleaned_data, by=access.user, at=at)
        return (
            f"La suspension est enregistrée, à partir du {dates.in_words(held.effective_on)}\u00a0: rien n’est effacé."
        )
    if isinstance(form, LiftForm):
        suspensions.lift(_suspension_of(agreement), **form.cleaned_data, by=access.user, at=at)
        return "La suspension est levée\u00a0: les services reviennent."
    if isinstance(form, TerminationForm):
        done = endings.terminate(agreement, **form.cleaned_data, by=access.user, at=at)
        return f"La résiliation est enregistrée\u00a0: dernier jour, le {dates.in_words(done.effective_on)}."
    endings.renew(agreement, **form.cleaned_data, by=access.user, at=at)
    return "Le renouvellement est enregistré\u00a0: la convention court une durée de plus."


@gesture
def withdraw(request: HttpRequest, access: Access, number: str) -> HttpResponse:
    """Withdraw a termination that has not taken effect."""
    agreement = agreement_or_404(access, number)
    forbid_following(access, agreement)
    termination = agreement.terminations.filter(withdrawn_at__isnull=True).first()
    if termination is None:
        raise Http404("Cette convention n’a pas de résiliation en cours.")
    endings.withdraw(termination, by=access.user, at=timezone.now())
    messages.success(request, "La résiliation est retirée\u00a0: la convention a de nouveau son terme.")
    return redirect("console:agreement", number)
