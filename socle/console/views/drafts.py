"""The draft of an agreement: completed party by party, sent to signature, taken back, given up."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.agreements import actions, between_operators, emails, rules
from socle.agreements.models import Agreement, ChosenService, Party, Status
from socle.agreements.presenters import invite_signatory
from socle.console.views.people import operators_of
from socle.deliberations import actions as deliberations
from socle.deliberations.models import Act
from socle.deliberations.rules import why_not_may_record
from socle.documents.fields import PdfField
from socle.lib import dates
from socle.lib.refusals import Refused
from socle.lib.siret import spaced
from socle.people.models import Beneficiary, Membership, Operator
from socle.people.rules import why_not_propose
from socle.programme.models import Partner, Service
from socle.provisioning.desk.access import (
    Access,
    agreement_or_404,
    console_view,
    forbid,
    gesture,
    record_view,
    way_back,
)
from socle.ui.fields import DayInput
from socle.ui.meanwhile import Filled
from socle.ui.shapes import Link
from socle.ui.submit import refusal_shown_in

BODIES = {
    Party.Kind.BENEFICIARY: "assemblée délibérante",
    Party.Kind.CDG: "conseil d’administration",
    Party.Kind.SUPPORT: "comité syndical",
    Party.Kind.LEAD: "comité syndical",
}


@gesture
def draft_between_operators(request: HttpRequest, access: Access) -> HttpResponse:
    """Draft the agreement of a type that binds operators alone, or lead to the one that exists."""
    kind = access.programme.agreement_types.filter(code=request.POST.get("type", "")).first()
    if kind is None:
        raise Http404("Ce type de convention n’existe pas.")
    forbid(rules.why_not_of_the_lead(access.programme, by=access.user, on=dates.day_of(timezone.now())))
    made = between_operators.draft(kind, by=access.user, at=timezone.now())
    messages.success(request, f"Le projet n°\u00a0{made.number} est rédigé\u00a0: complétez ses parties.")
    return redirect("console:agreement", made.number)


# --- A draft is completed ---------------------------------------------------------------------------------------------
class ServicesForm(Filled, forms.Form):
    """The services ticked, by their codes; nothing that is not of the programme's offer."""

    services = forms.ModelMultipleChoiceField(
        label="Services de l’offre",
        queryset=Service.objects.none(),
        to_field_name="code",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "Ce service n’est pas de l’offre du programme : rechargez la page."},
    )

    def __init__(self, data: Any, agreement: Agreement) -> None:
        super().__init__(data, initial={"services": _codes(agreement)})
        field = self.fields["services"]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        field.queryset = agreement.programme.services.all()


def undo_key(agreement: Agreement) -> str:
    return f"services_before:{agreement.pk}"


def _codes(agreement: Agreement) -> list[str]:
    return sorted(ChosenService.objects.filter(agreement=agreement).values_list("service__code", flat=True))


@gesture
def choose_services(request: HttpRequest, access: Access, number: str) -> HttpResponse:
    """Replace the services of a draft; what was chosen before is remembered, for one undo."""
    agreement = agreement_or_404(access, number)
    forbid_following(access, agreement)
    form = ServicesForm(request.POST, agreement)
    if not form.is_valid():
        context = {
            "form": form,
            "back": reverse("console:agreement", args=[number]),
            "crumbs": crumbs(agreement, "Services"),
        }
        return render(request, "console/agreement_services.html", context, status=422 if form.errors else 200)
    before = _codes(agreement)
    actions.choose_services(agreement, services=form.cleaned_data["services"], by=access.user, at=timezone.now())
    if _codes(agreement) == before:
        messages.info(request, "Les services choisis n’ont pas changé.")
    else:
        request.session[undo_key(agreement)] = before
        messages.success(request, "Les services de la convention sont enregistrés.")
    return redirect("console:agreement", number)


@gesture
def undo_services(request: HttpRequest, access: Access, number: str) -> HttpResponse:
    """Choose again the services chosen before the last change."""
    agreement = agreement_or_404(access, number)
    forbid_following(access, agreement)
    before = request.session.get(undo_key(agreement))
    if before is None:
        messages.info(request, "Il n’y a plus rien à annuler.")
        return redirect("console:agreement", number)
    services = agreement.programme.services.filter(code__in=before)
    actions.choose_services(agreement, services=services, by=access.user, at=timezone.now())
    del request.session[undo_key(agreement)]
    messages.success(request, "Le changement de services est annulé.")
    return redirect("console:agreement", number)


def forbid_following(access: Access, agreement: Agreement) -> None:
    """Answer 403 to whoever does not write agreements, whatever the state of this one."""
    on = dates.day_of(timezone.now())
    forbid(rules.why_not_follow(agreement.beneficiary, agreement.programme, by=access.user, on=on))


def party_or_404(agreement: Agreement, kind: str) -> Party:
    """Return one party of an agreement, or answer 404."""
    try:
        return actions.party_of(agreement, kind)
    except Refused as refusal:
        raise Http404(refusal.sentence) from refusal


class PartyForm(Filled, forms.Form):
    """Who signs for a party, and the act that empowers them."""

    act = forms.ModelChoiceField(
        queryset=Act.objects.none(),
        label="Acte habilitant",
        required=False,
        empty_label="– à choisir –",
        error_messages={"invalid_choice": "Cet acte n’est pas celui de cette partie."},
    )
    membership = forms.ModelChoiceField(
        queryset=Membership.objects.none(),
        label="Signataire",
        required=False,
        empty_label="– à choisir –",
        error_messages={"invalid_choice": "Cette personne n’a pas qualité pour signer au nom de cette partie."},
    )

    def __init__(self, data: Any, *, party: Party, body: Operator | Beneficiary) -> None:
        place: dict[str, Any] = {"operator": body} if isinstance(body, Operator) else {"beneficiary": body}
        on = dates.day_of(timezone.now())
        signatories = Membership.objects.active_on(on).filter(role=rules.SIGNING_ROLE[Party.Kind(party.kind)], **place)
        current = signatories.filter(user=party.signatory).first()
        super().__init__(data, initial={"act": party.act, "membership": current})
        act, membership = self.fields["act"], self.fields["membership"]
        assert isinstance(act, forms.ModelChoiceField)
        assert isinstance(membership, forms.ModelChoiceField)
        act.queryset = Act.of(body)
        act.label_from_instance = _name_act  # type: ignore[assignment,method-assign]
        membership.queryset = signatories.select_related("user")
        membership.label_from_instance = _name_signatory  # type: ignore[assignment,method-assign]


def _name_act(act: Act) -> str:
    fictitious = " (fictif)" if act.is_fictitious else ""
    return f"n° {act.number} du {dates.in_words(act.adopted_on)}, {act.subject}{fictitious}"


def _name_signatory(membership: Membership) -> str:
    return f"{membership.user.name}, {membership.quality or membership.get_role_display()}"


class CdgForm(Filled, forms.Form):
    """Which centre de gestion of the programme is a party, and why when it is not the department's."""

    cdg = forms.ModelChoiceField(
        queryset=Operator.objects.none(),
        label="Centre de gestion",
        empty_label=None,
        error_messages={"invalid_choice": "Ce n’est pas un centre de gestion du programme."},
    )
    reason = forms.CharField(
        label="Motif",
        required=False,
        max_length=300,
        help_text="Obligatoire si ce centre de gestion n’est pas celui du département du bénéficiaire.",
    )

    def __init__(self, data: Any, *, agreement: Agreement, party: Party) -> None:
        super().__init__(data, initial={"cdg": party.operator, "reason": agreement.cdg_reason})
        field = self.fields["cdg"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Operator.objects.filter(
            partnerships__programme=agreement.programme, partnerships__part=Partner.Part.CDG
        )


@console_view
def choose_cdg(request: HttpRequest, access: Access, number: str) -> HttpResponse:
    """Choose the centre de gestion of a draft; another than the department's, with its reason."""
    agreement = agreement_or_404(access, number)
    forbid(rules.why_not_of_the_lead(agreement.programme, by=access.user, on=dates.day_of(timezone.now())))
    record_view(request, "agreement", agreement, agreement.number)
    party = party_or_404(agreement, Party.Kind.CDG)
    form = CdgForm(request.POST if request.method == "POST" else None, agreement=agreement, party=party)
    if form.is_bound and form.is_valid():
        with refusal_shown_in(form):
            actions.choose_cdg(agreement, **form.cleaned_data, by=access.user, at=timezone.now())
            messages.success(
                request, f"Le centre de gestion de la convention est «\u00a0{form.cleaned_data['cdg']}\u00a0»."
            )
            return redirect("console:agreement", number)
    context = {
        "agreement": agreement,
        "form": form,
        "back": reverse("console:party", args=[agreement.number, Party.Kind.CDG]),
        "crumbs": crumbs(agreement, "Centre de gestion"),
    }
    return render(request, "console/choose_cdg.html", context, status=422 if form.errors else 200)


@console_view
def complete_party(request: HttpRequest, access: Access, number: str, kind: str) -> HttpResponse:
    """Choose who signs for a party and by which act."""
    agreement = agreement_or_404(access, number)
    party = party_or_404(agreement, kind)
    forbid_following(access, agreement)
    record_view(request, "agreement", agreement, agreement.number)
    body = party.body
    form = PartyForm(request.POST if request.method == "POST" else None, party=party, body=body)
    if form.is_bound and form.is_valid():
        with refusal_shown_in(form):
            actions.complete_party(
                agreement,
                kind=kind,
                act=form.cleaned_data["act"],
                membership=form.cleaned_data["membership"],
                by=access.user,
                at=timezone.now(),
            )
            messages.success(request, f"«\u00a0{party.name}\u00a0» est à jour dans la convention.")
            return redirect("console:agreement", number)
    on = dates.day_of(timezone.now())
    context = {
        "agreement": agreement,
        "party": party,
        "form": form,
        "whose_act": rules.whose_act(party),
        "may_choose_cdg": party.kind == Party.Kind.CDG
        and agreement.beneficiary_id is not None
        and rules.why_not_of_the_lead(agreement.programme, by=access.user, on=on) is None,
        "why_not_change": rules.why_not_change(agreement, by=access.user, on=on),
        "why_not_record": why_not_may_record(access.user, body, on=on),
        "siret": spaced(body.siret) if body.siret else "",
        "invite_url": _where_to_invite(access, kind=party.kind, body=body, on=on),
        "crumbs": crumbs(agreement, party.name),
    }
    return render(request, "console/party.html", context, status=422 if form.errors else 200)


def _where_to_invite(access: Access, *, kind: str, body: Operator | Beneficiary, on: date) -> str:
    """Where this person invites whoever signs for a party; nothing when its people are not theirs to propose."""
    place = {"operator": body} if isinstance(body, Operator) else {"beneficiary": body}
    if isinstance(body, Operator) and body not in operators_of(access):
        return ""
    return "" if why_not_propose(access.user, on=on, **place) else invite_signatory(kind, body)


def crumbs(agreement: Agreement, last: str) -> list[Link]:
    return [
        Link("Conventions", reverse("console:agreements")),
        Link(f"n° {agreement.number}", reverse("console:agreement", args=[agreement.number])),
        Link(last),
    ]


class ActForm(forms.Form):
    """The facts of an act: its kind, and its road to the prefecture and to the public."""

    body = forms.CharField(label="Assemblée", max_length=120)
    number = forms.CharField(label="Numéro", max_length=30, help_text="Tel que l’acte le porte. Exemple : 2026-12.")
    subject = forms.CharField(label="Objet", max_length=500)
    adopted_on = forms.DateField(label="Adoptée le", widget=DayInput())
    received_on = forms.DateField(
        label="Reçue en préfecture le",
        required=False,
        help_text="La date de l’accusé de réception.",
        widget=DayInput(),
    )
    published_on = forms.DateField(
        label="Publiée le",
        required=False,
        help_text="Sans cette date et celle de la préfecture, l’acte n’est pas exécutoire : rien ne se signe sur lui.",
        widget=DayInput(),
    )
    not_transmissible_because = forms.CharField(
        label="Motif de non-transmission",
        required=False,
        max_length=300,
        help_text="À remplir seulement si l’acte n’est pas soumis à transmission à la préfecture.",
    )
    document = PdfField(label="Acte signé", required=False)

    def facts(self) -> actions.ActFacts:
        """Return the facts that were written, once they are valid."""
        given = {name: value for name, value in self.cleaned_data.items() if name != "document"}
        return actions.ActFacts(**given, content=self.cleaned_data["document"])


@console_view
def record_act(request: HttpRequest, access: Access, number: str, kind: str) -> HttpResponse:
    """Record the act that empowers a party, and attach it to the agreement."""
    agreement = agreement_or_404(access, number)
    party = party_or_404(agreement, kind)
    body = party.body
    on = dates.day_of(timezone.now())
    forbid_following(access, agreement)
    forbid(why_not_may_record(access.user, body, on=on))
    record_view(request, "agreement", agreement, agreement.number)
    is_commune = isinstance(body, Beneficiary) and body.kind == Beneficiary.Kind.COMMUNE
    initial = {
        "body": "conseil municipal" if is_commune else BODIES[Party.Kind(party.kind)],
        "subject": f"{agreement.type.name}, {agreement.programme.name}"[:500],
    }
    form = ActForm(request.POST, request.FILES) if request.method == "POST" else ActForm(initial=initial)
    if form.is_bound and form.is_valid():
        facts = form.facts()
        with refusal_shown_in(form):
            actions.record_act_of_party(agreement, kind=kind, facts=facts, by=access.user, at=timezone.now())
            messages.success(request, f"L’acte n°\u00a0{facts.number} est enregistré et rattaché à la convention.")
            return redirect("console:agreement", number)
    back = reverse("console:party", args=[agreement.number, kind])
    context = {
        "form": form,
        "what": f"La délibération {rules.whose_act(party)} qui autorise «\u00a0{party.name}\u00a0» à conclure la "
        "convention.",
        "label": "Enregistrer et rattacher",
        "back": back,
        "crumbs": [*crumbs(agreement, "")[:2], Link(party.name, back), Link("Enregistrer un acte")],
    }
    return render(request, "console/act_form.html", context, status=422 if form.errors else 200)


class DatesForm(forms.Form):
    """The dates that the road of an act lacks, as its body tells them."""

    received_on = forms.DateField(
        label="Reçue en préfecture le",
        required=False,
        help_text="La date de l’accusé de réception.",
        widget=DayInput(),
    )
    published_on = forms.DateField(label="Publiée le", required=False, widget=DayInput())
    certificate = forms.CharField(
        label="Comment a-t-elle été publiée, et qui le dit\u00a0?",
        required=False,
        max_length=1000,
        help_text="Par exemple\u00a0: affichée à la porte de la mairie, d’après son secrétariat.",
    )

    def __init__(self, data: Any, *, act: Act) -> None:
        super().__init__(data)
        if act.received_on is not None or act.not_transmissible_because:
            del self.fields["received_on"]
        if act.published_on is not None:
            del self.fields["published_on"], self.fields["certificate"]

    def clean(self) -> dict[str, Any]:
        """Refuse a form that says nothing."""
        given = {"received_on": None, "published_on": None, "certificate": "", **self.cleaned_data}
        if not self.errors and given["received_on"] is None and given["published_on"] is None:
            raise forms.ValidationError("Indiquez au moins une date.")
        return given


@console_view
def date_act(request: HttpRequest, access: Access, number: str, kind: str) -> HttpResponse:
    """Note the dates that the act of a party lacks to be executory, as its body told them."""
    agreement = agreement_or_404(access, number)
    party = party_or_404(agreement, kind)
    forbid_following(access, agreement)
    forbid(why_not_may_record(access.user, party.body, on=dates.day_of(timezone.now())))
    record_view(request, "agreement", agreement, agreement.number)
    if (act := party.act) is None:
        raise Http404("Cette partie n’a pas encore d’acte.")
    form = DatesForm(request.POST if request.method == "POST" else None, act=act)
    if form.is_bound and form.is_valid():
        with refusal_shown_in(form):
            act = deliberations.complete_dates(act, **form.cleaned_data, by=access.user, at=timezone.now())
            messages.success(request, f"Les dates de l’acte n°\u00a0{act.number} sont notées, à votre nom au journal.")
            return redirect("console:agreement", number)
    context = {
        "heading": f"Les dates de l’acte n°\u00a0{act.number}",
        "form": form,
        "what": f"{act.name}, pour «\u00a0{party.name}\u00a0»\u00a0: ce que cet organisme vous en a dit. "
        "Le journal garde que c’est vous qui l’avez noté."
        if form.fields
        else f"Il ne manque aucune date à l’acte n°\u00a0{act.number}.",
        "label": "Noter ces dates",
        "back": reverse("console:agreement", args=[number]),
        "crumbs": crumbs(agreement, "Dates de l’acte"),
    }
    return render(request, "console/act_form.html", context, status=422 if form.errors else 200)


# --- Outside the delegation, the committee decides --------------------------------------------------------------------
class LinkActForm(forms.Form):
    """Which article of which act of the committee approves the agreement as it is printed."""

    act = forms.ModelChoiceField(
        queryset=Act.objects.none(),
        label="Acte du comité syndical",
        empty_label="– à choisir –",
        error_messages={"invalid_choice": "Cet acte n’est pas du comité syndical."},
        help_text="La signature du syndicat attend le jour où il est exécutoire.",
    )
    article = forms.IntegerField(label="Article qui approuve", min_value=1, max_value=999, initial=1)
    text = forms.CharField(
        label="Texte de cet article",
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="À recopier de l’acte, si cet article n’y est pas encore enregistré.",
    )

    def __init__(self, data: Any, *, lead: Operator) -> None:
        super().__init__(data)
        act = self.fields["act"]
        assert isinstance(act, forms.ModelChoiceField)
        act.queryset = Act.of(lead)
        act.label_from_instance = _name_act  # type: ignore[assignment,method-assign]


@console_view
def link_act(request: HttpRequest, access: Access, number: str) -> HttpResponse:
    """Say which article of which act of the committee approves an agreement that the delegation does not cover."""
    agreement = agreement_or_404(access, number)
    lead = agreement.programme.lead()
    on = dates.day_of(timezone.now())
    forbid(rules.why_not_of_the_lead(agreement.programme, by=access.user, on=on))
    record_view(request, "agreement", agreement, agreement.number)
    form = LinkActForm(request.POST if request.method == "POST" else None, lead=lead)
    if form.is_bound and form.is_valid():
        with refusal_shown_in(form):
            actions.link_act(agreement, **form.cleaned_data, by=access.user, at=timezone.now())
            agreement.refresh_from_db(fields=["committee_print", "committee_article"])
            follows = (
                "elle s’imprimera avec lui une fois qu’il sera exécutoire."
                if agreement.awaits_act
                else "elle est imprimée avec lui, et se signe."
            )
            messages.success(request, f"L’acte est rattaché à la convention\u00a0: {follows}")
            return redirect("console:agreement", number)
    first = Act.of(lead).first()
    context = {
        "agreement": agreement,
        "form": form,
        "outside": rules.why_for_the_committee(agreement, on=on),
        "why_not_link": rules.why_not_link_act(agreement, first, by=access.user, on=on) if first else None,
        "why_not_record": why_not_may_record(access.user, lead, on=on),
        "crumbs": crumbs(agreement, "Acte du comité syndical"),
    }
    return render(request, "console/link_act.html", context, status=422 if form.errors else 200)


@gesture
def print_again(request: HttpRequest, access: Access, number: str) -> HttpResponse:
    """Print with the act that approves it an agreement that the committee read with a deed to come."""
    agreement = agreement_or_404(access, number)
    forbid(rules.why_not_of_the_lead(agreement.programme, by=access.user, on=dates.day_of(timezone.now())))
    actions.print_again(agreement, by=access.user, at=timezone.now())
    messages.success(request, "La convention est imprimée avec l’acte qui l’approuve\u00a0: elle est à la signature.")
    return redirect("console:agreement", number)


@console_view
def record_act_of_committee(request: HttpRequest, access: Access, number: str) -> HttpResponse:
    """Record an act of the committee, to say next which of its articles approves the agreement."""
    agreement = agreement_or_404(access, number)
    forbid(rules.why_not_of_the_lead(agreement.programme, by=access.user, on=dates.day_of(timezone.now())))
    record_view(request, "agreement", agreement, agreement.number)
    initial = {"body": BODIES[Party.Kind.LEAD], "subject": f"Convention n°\u00a0{agreement.number}"}
    form = ActForm(request.POST, request.FILES) if request.method == "POST" else ActForm(initial=initial)
    if form.is_bound and form.is_valid():
        facts = form.facts()
        with refusal_shown_in(form):
            actions.record_act_of_committee(agreement.programme, facts=facts, by=access.user, at=timezone.now())
            messages.success(request, f"L’acte n°\u00a0{facts.number} est enregistré : dites quel article approuve.")
            return redirect("console:agreement_link_act", number)
    back = reverse("console:agreement_link_act", args=[agreement.number])
    context = {
        "form": form,
        "what": "La délibération du comité syndical qui approuve cette convention, que la délégation ne couvre pas.",
        "label": "Enregistrer",
        "back": back,
        "crumbs": [*crumbs(agreement, "")[:2], Link("Acte du comité syndical", back), Link("Enregistrer un acte")],
    }
    return render(request, "console/act_form.html", context, status=422 if form.errors else 200)


# --- A draft leaves, comes back, is given up --------------------------------------------------------------------------
@gesture
def send(request: HttpRequest, access: Access, number: str) -> HttpResponse:
    """Send a draft to signature, or print it for the committee; one already sent is left as it is."""
    agreement = agreement_or_404(access, number)
    forbid_following(access, agreement)
    if agreement.status == Status.READY:
        messages.info(request, "La convention est déjà à la signature.")
        return redirect("console:agreement", number)
    is_for_the_committee = bool(request.POST.get("for_the_committee"))
    actions.make_ready(agreement, for_the_committee=is_for_the_committee, by=access.user, at=timezone.now())
    if is_for_the_committee:
        messages.success(
            request,
            "La convention est imprimée, hors délégation\u00a0: elle se signera une fois rattaché l’acte du comité "
            "syndical qui l’approuve, et imprimée de nouveau avec lui.",
        )
    else:
        messages.success(request, "La convention est à la signature : le bénéficiaire signe en premier.")
    return redirect("console:agreement", number)


@gesture
def remind(request: HttpRequest, access: Access, number: str) -> HttpResponse:
    """Write to the mairie what its draft waits for."""
    agreement = agreement_or_404(access, number)
    forbid_following(access, agreement)
    count = emails.remind_mairie(agreement, by=access.user, at=timezone.now())
    messages.success(request, f"La mairie est relancée\u00a0: {count} message{'s partent' if count > 1 else ' part'}.")
    return redirect(way_back(request))


@gesture
def reopen(request: HttpRequest, access: Access, number: str) -> HttpResponse:
    """Make a draft again of an agreement nobody has signed."""
    agreement = agreement_or_404(access, number)
    forbid_following(access, agreement)
    if agreement.status == Status.DRAFT:
        messages.info(request, "La convention est déjà un projet.")
        return redirect("console:agreement", number)
    actions.reopen(agreement, by=access.user, at=timezone.now())
    messages.success(request, "La convention est redevenue un projet : modifiez-la, puis envoyez-la de nouveau.")
    return redirect("console:agreement", number)


@console_view
def cancel(request: HttpRequest, access: Access, number: str) -> HttpResponse:
    """Give up an agreement, after a page that says what it means."""
    agreement = agreement_or_404(access, number)
    forbid_following(access, agreement)
    record_view(request, "agreement", agreement, agreement.number)
    if request.method == "POST":
        if agreement.status == Status.CANCELLED:
            messages.info(request, "La convention est déjà abandonnée.")
            return redirect("console:agreement", number)
        actions.cancel(agreement, by=access.user, at=timezone.now())
        messages.success(request, "La convention est abandonnée : une autre peut être rédigée.")
        return redirect("console:agreement", number)
    on = dates.day_of(timezone.now())
    context = {
        "agreement": agreement,
        "why_not_cancel": rules.why_not_cancel(agreement, by=access.user, on=on),
        "crumbs": crumbs(agreement, "Abandonner"),
    }
    return render(request, "console/cancel.html", context)
