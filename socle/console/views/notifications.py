"""The official letters about an agreement on the console: written, handed over on a certain date, withdrawn."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from socle.agreements import notifications
from socle.agreements.models import Agreement, Notification, Party
from socle.console.views.drafts import crumbs
from socle.console.views.endings import ActChoice
from socle.deliberations.models import Act
from socle.documents.serving import served
from socle.lib import dates
from socle.provisioning.desk.access import Access, agreement_or_404, console_view, forbid, gesture, record_view
from socle.ui.fields import DayField
from socle.ui.submit import refusal_shown_in

Kind = Notification.Kind
HELPS = {
    Kind.CONCLUSION: "La lettre accompagne l’exemplaire signé. Sa réception donne date certaine à la notification.",
    Kind.FORMAL_NOTICE: "Le délai qu’elle donne court du jour où la partie la reçoit.",
    Kind.TERMINATION: "Une fois reçue, enregistrez la résiliation\u00a0: ce courrier ne met fin à rien par lui-même.",
    Kind.SUSPENSION: "Elle reprend les motifs et les conditions de la suspension en cours.",
}


class PartyChoice(forms.ModelChoiceField[Party]):
    """One of the parties that the lead writes to."""

    def label_from_instance(self, obj: Party) -> str:
        return obj.name


class NotificationForm(forms.Form):
    """To whom, and what only this kind of letter says."""

    party = PartyChoice(label="Destinataire", queryset=Party.objects.none(), empty_label=None)
    ground = forms.ChoiceField(
        label="Motif", choices=[(one, said.capitalize()) for one, said in notifications.GROUNDS.items()]
    )
    act = ActChoice(
        label="Acte du syndicat",
        queryset=Act.of_operators.none(),
        required=False,
        help_text="Celui qui décide la résiliation, s’il y en a un\u00a0: exécutoire, et cité par la lettre.",
    )
    effective_on = DayField(label="Prend effet le", help_text="Le dernier jour de la convention, préavis compris.")
    reason = forms.CharField(label="Motifs", widget=forms.Textarea(attrs={"rows": 5}), max_length=3000)

    def __init__(self, *args: Any, agreement: Agreement, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        there = [one.pk for one in notifications.addressees(agreement)]
        self.fields["party"].queryset = Party.objects.filter(pk__in=there).order_by("rank")  # type: ignore[attr-defined]
        if kind != Kind.TERMINATION:
            for name in ("ground", "act", "effective_on"):
                del self.fields[name]
        else:
            self.fields["act"].queryset = Act.of(agreement.programme.lead())  # type: ignore[attr-defined]
        if kind not in notifications.WANTS_REASON:
            del self.fields["reason"]


class ReceiptForm(forms.Form):
    """On which day the party received the letter, and by which way."""

    way = forms.ChoiceField(label="Remise par", choices=Notification.Way.choices)
    reference = forms.CharField(
        label="Numéro de l’envoi",
        max_length=60,
        required=False,
        help_text="Celui de la lettre recommandée. Contre récépissé, il peut manquer.",
    )
    received_on = DayField(label="Reçue le")


def _kind_or_404(kind: str) -> Kind:
    found = next((one for one in Kind if one.value.replace("_", "-") == kind), None)
    if found is None:
        raise Http404("Ce courrier n’existe pas.")
    return found


def _notification_or_404(agreement: Agreement, pk: int) -> Notification:
    found = agreement.notifications.select_related("party", "document", "text").filter(pk=pk).first()
    if found is None:
        raise Http404("Ce courrier n’existe pas, ou n’est pas de cette convention.")
    found.agreement = agreement
    return found


@console_view
def write(request: HttpRequest, access: Access, number: str, kind: str) -> HttpResponse:
    """Write an official letter about an agreement."""
    agreement, wanted = agreement_or_404(access, number), _kind_or_404(kind)
    on = dates.day_of(timezone.now())
    forbid(notifications.why_not_notify(agreement, wanted, by=access.user, on=on))
    record_view(request, "agreement", agreement, agreement.number)
    form = NotificationForm(request.POST if request.method == "POST" else None, agreement=agreement, kind=wanted)
    if form.is_bound and form.is_valid():
        with refusal_shown_in(form):
            made = notifications.write(agreement, wanted, **form.cleaned_data, by=access.user, at=timezone.now())
            messages.success(
                request, "La lettre est établie\u00a0: faites-la signer, remettez-la, puis notez sa réception."
            )
            return redirect("console:notification", number, made.pk)
    title = wanted.label[:1].upper() + wanted.label[1:]
    context = {
        "agreement": agreement,
        "form": form,
        "title": title,
        "help": HELPS[wanted],
        "caution": notifications.caution(agreement, on=on) if wanted == Kind.TERMINATION else "",
        "crumbs": crumbs(agreement, title),
    }
    return render(request, "console/notification_form.html", context, status=422 if form.errors else 200)


@console_view
def show(request: HttpRequest, access: Access, number: str, notification_id: int) -> HttpResponse:
    """Show a letter and where it is; note that it was received."""
    agreement = agreement_or_404(access, number)
    notification = _notification_or_404(agreement, notification_id)
    record_view(request, "agreement", agreement, agreement.number)
    form = ReceiptForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        with refusal_shown_in(form):
            notifications.receive(notification, **form.cleaned_data, by=access.user, at=timezone.now())
            messages.success(request, "La réception est notée\u00a0: elle donne à ce courrier sa date certaine.")
            return redirect("console:notification", number, notification.pk)
    on = dates.day_of(timezone.now())
    title = str(notification)[:1].upper() + str(notification)[1:].partition(",")[0]
    context = {
        "agreement": agreement,
        "notification": notification,
        "form": form,
        "title": title,
        "why_not_withdraw": notifications.why_not_withdraw(notification, by=access.user, on=on),
        "ends": notification.kind == Kind.TERMINATION and notification.received_on and agreement.status == "signed",
        "crumbs": crumbs(agreement, title),
    }
    return render(request, "console/notification.html", context, status=422 if form.errors else 200)


@console_view
def pdf(request: HttpRequest, access: Access, number: str, notification_id: int) -> HttpResponse:
    """Give the letter as it was written."""
    agreement = agreement_or_404(access, number)
    notification = _notification_or_404(agreement, notification_id)
    record_view(request, "agreement", agreement, agreement.number)
    return served(notification.document, name=notifications.filename(notification))


@gesture
def withdraw(request: HttpRequest, access: Access, number: str, notification_id: int) -> HttpResponse:
    """Withdraw a letter that was not handed over."""
    agreement = agreement_or_404(access, number)
    notifications.withdraw(_notification_or_404(agreement, notification_id), by=access.user, at=timezone.now())
    messages.success(request, "Le courrier est retiré\u00a0: il reste lisible, et n’a pas été remis.")
    return redirect("console:agreement", number)
