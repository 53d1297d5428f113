"""Agreements: the register, and the file of each, from the draft to the signatures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.db import models
from django.db.models import Prefetch, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.agreements import actions, priorities, rules
from socle.agreements.document import agreement_html, build
from socle.agreements.models import Agreement, ChosenService, Party, Status
from socle.agreements.queries import with_next_party
from socle.batches.contract import Subject
from socle.console import journal_lines
from socle.console.access import Access, agreement_or_404, chosen_officer, console_view, forbid, gesture, saw, way_back
from socle.console.lists import PLACE, Filters, attachment, choice, leave, page_of, text
from socle.console.picking import picking
from socle.console.stages import STATUSES, TURNS
from socle.deliberations.models import Act
from socle.deliberations.rules import why_not_may_record
from socle.documents import actions as documents
from socle.documents.fields import PdfField
from socle.lib import dates, money
from socle.lib.refusals import Refused
from socle.lib.siret import spaced
from socle.lib.spreadsheet import Cell, Field, Kind, Sheet
from socle.lib.text import folded, number
from socle.people.exports import PORTION
from socle.people.models import Beneficiary, Membership, Operator, Role, User
from socle.programme.models import Service
from socle.signing.models import Slot
from socle.ui.shapes import Column, Fact, Link, Sorting, files_of

COLUMNS = (
    Column("Numéro", sort="number"),
    Column("Bénéficiaire", sort="place"),
    Column("État", sort="status"),
    Column("Dates", sort="drafted_at"),
    Column("En vigueur", sort="starts_on"),
)
AMOUNT = Column("Par an", sort="annual_price", is_number=True)
NO_MONEY = (
    "Ce document porte des montants, que votre organisme ne voit pas. "
    "Demandez au syndicat ce qu’il vous faut en connaître."
)
SIGNERS = ("bénéficiaire", "CDG", "syndicat")
KINDS = (Party.Kind.BENEFICIARY, Party.Kind.CDG, Party.Kind.LEAD)
BODIES = {
    Party.Kind.BENEFICIARY: "assemblée délibérante",
    Party.Kind.CDG: "conseil d’administration",
    Party.Kind.LEAD: "comité syndical",
}


# Once concluded, nobody has to see an agreement through any more: these two filters show those in preparation.
FOLLOWED = [("moi", "En préparation, les miennes"), ("personne", "En préparation, que personne ne suit")]


class AgreementFilters(Filters):
    code, view, title = "conventions", "console:agreements", "Conventions"
    q = text("Recherche", placeholder="Numéro, commune ou code INSEE")
    etat = choice("État", [(look.code, look.label) for look in STATUSES.values()], every="Tous")
    departement = choice("Département", (), every="Tous")
    suivi = choice("Suivi", FOLLOWED, every="Toutes")

    def prepare(self, access: Access) -> None:
        self.user = access.user
        self.columns = columns(access)
        self.offer("departement", ((one.code, str(one)) for one in access.departments), every="Tous")

    def apply(self, agreements: models.QuerySet[Agreement]) -> models.QuerySet[Agreement]:
        """Narrow the register to what is asked for."""
        if status := self.chosen("etat"):
            agreements = agreements.filter(status=status)
        if department := self.chosen("departement"):
            agreements = agreements.filter(beneficiary__department__code=department)
        if followed := self.chosen("suivi"):
            mine = {"followed_by": self.user} if followed == "moi" else {"followed_by": None}
            agreements = agreements.filter(**mine, status__in=rules.IN_PREPARATION)
        if wanted := self.chosen("q").strip():
            agreements = agreements.filter(
                Q(number__icontains=wanted)
                | Q(beneficiary__name__icontains=wanted)
                | Q(beneficiary__commune__search_name__contains=folded(wanted))
                | Q(beneficiary__commune__insee_code=wanted.upper())
            )
        return agreements


def columns(access: Access) -> tuple[Column, ...]:
    """The columns of the register; the amount only for those who see money."""
    return (*COLUMNS, AMOUNT) if access.sees_money else COLUMNS


def _filtered(request: HttpRequest, access: Access) -> tuple[AgreementFilters, Sorting, models.QuerySet[Agreement]]:
    filters = AgreementFilters(request, access)
    sorting = Sorting.asked(request, columns(access), default="-number")
    agreements = (
        with_next_party(filters.apply(access.agreements()))
        .annotate(place=PLACE)
        .select_related("beneficiary__commune", "beneficiary__department", "round", "followed_by")
        .prefetch_related(Prefetch("round__slots", Slot.objects.order_by("rank")))
    )
    return filters, sorting, agreements.order_by(sorting.order, "number")


def signed_on(agreement: Agreement) -> list[Any]:
    """The instants at which each party signed, in the order of signature; None where it has not."""
    slots = {slot.rank: slot.signed_at for slot in agreement.round.slots.all()} if agreement.round else {}
    return [slots.get(rank) for rank in range(1, len(KINDS) + 1)]


def _dates(agreement: Agreement) -> list[tuple[str, Any]]:
    """When it was drafted, and when each party signed; those who have not are said once it is at the signature."""
    signatures = zip(SIGNERS, signed_on(agreement), strict=True)
    is_draft = agreement.status == Status.DRAFT
    return [("rédigée", agreement.drafted_at), *((who, at) for who, at in signatures if at or not is_draft)]


def filtered_rows(request: HttpRequest, access: Access) -> models.QuerySet[Agreement]:
    """Return the rows of the list as this address filters and sorts them."""
    return _filtered(request, access)[2]


@console_view
def show_all(request: HttpRequest, access: Access) -> HttpResponse:
    """Show the register of agreements."""
    filters, sorting, agreements = _filtered(request, access)
    page = page_of(request, agreements)
    context = {
        "access": access,
        "filters": filters,
        "sorting": sorting,
        **picking(access, Subject.AGREEMENT, columns(access)),
        "list_code": "conventions",
        "preparing": rules.IN_PREPARATION,
        "files": files_of(request, "console:agreements_file"),
        "page": page,
        "rows": [
            (one, STATUSES[one.status], TURNS.get(one.next_party or "", ""), _dates(one))  # type: ignore[attr-defined]
            for one in page
        ],
    }
    return render(request, "console/agreements.html", context)


def _signed_by(rank: int) -> Callable[[Agreement], Cell]:
    def at(agreement: Agreement) -> Cell:
        return signed_on(agreement)[rank]  # type: ignore[no-any-return]

    return at


FIELDS: tuple[Field[Agreement], ...] = (
    Field("Numéro", lambda one: one.number, Kind.CODE),
    Field("Bénéficiaire", lambda one: one.beneficiary.name),
    Field("Code INSEE", lambda one: one.beneficiary.commune.insee_code if one.beneficiary.commune else "", Kind.CODE),
    Field("Département", lambda one: one.beneficiary.department.code, Kind.CODE),
    Field("État", lambda one: one.get_status_display()),
    Field("Rédigée le", lambda one: one.drafted_at, Kind.INSTANT),
    Field("Signée par le bénéficiaire le", _signed_by(0), Kind.INSTANT),
    Field("Signée par le centre de gestion le", _signed_by(1), Kind.INSTANT),
    Field("Signée par le syndicat le", _signed_by(2), Kind.INSTANT),
    Field("Prend effet le", lambda one: one.starts_on, Kind.DAY),
    Field("Prend fin le", lambda one: one.ends_on, Kind.DAY),
)
AMOUNT_FIELD: Field[Agreement] = Field("Contribution annuelle (€)", lambda one: one.annual_price, Kind.AMOUNT)


def sheet(access: Access) -> Sheet[Agreement]:
    """The register as a file; the amount only for those who see money."""
    fields = (*FIELDS, AMOUNT_FIELD) if access.sees_money else FIELDS
    return Sheet("agreements", "conventions", "Registre des conventions", fields)


@console_view
def export(request: HttpRequest, access: Access, format: str) -> HttpResponse:
    """Give the register as filtered, whole, as a file."""
    saw(request, "agreements_file")
    rows = filtered_rows(request, access).iterator(chunk_size=PORTION)
    return leave(request, access, sheet(access), rows, format)


@console_view
def show(request: HttpRequest, access: Access, number: str) -> HttpResponse:
    """Show the file of an agreement: what is missing, services, parties, document, gestures."""
    agreement = agreement_or_404(access, number)
    saw(request, "agreement", agreement, agreement.number)
    on = dates.day_of(timezone.now())
    is_draft = agreement.status == Status.DRAFT
    missing = [(gap.sentence, _where_to_mend(agreement, gap)) for gap in rules.gaps(agreement)] if is_draft else []
    why_not_send = rules.why_not_make_ready(agreement, by=access.user, on=on)
    parties = list(agreement.parties.select_related("act", "operator", "signatory"))
    slots = {slot.rank: slot for slot in agreement.round.slots.select_related("signed_by")} if agreement.round else {}
    turn = next((rank for rank, slot in sorted(slots.items()) if slot.signed_at is None), None)
    chosen = [choice.service for choice in agreement.choices.select_related("service")]
    entries = access.entries().filter(object_type=Agreement._meta.label_lower, object_id=str(agreement.pk))
    context = {
        "access": access,
        "agreement": agreement,
        "look": STATUSES[agreement.status],
        "is_draft": is_draft,
        "missing": missing,
        "outside": rules.why_outside_delegation(agreement, on=on) if is_draft else None,
        "why_not_change": rules.why_not_change(agreement, by=access.user, on=on),
        "why_not_send": "Complétez d’abord ce qui manque." if missing and why_not_send else why_not_send,
        "why_not_reopen": rules.why_not_reopen(agreement, by=access.user, on=on),
        "why_not_cancel": rules.why_not_cancel(agreement, by=access.user, on=on),
        "signs": access.holds(Role.PRESIDENT, Role.CDG_PRESIDENT),
        "why_not_sign": rules.why_not_sign(agreement, by=access.user, on=on),
        "parties": [(party, slots.get(party.rank), party.rank == turn, rules.whose_act(party)) for party in parties],
        "services": _offer(agreement, chosen),
        "chosen": chosen,
        "can_undo": is_draft and _undo_key(agreement) in request.session,
        "facts": _facts(agreement, access),
        "lines": journal_lines.read(entries[:12]),
        "priority_changes": list(priorities.to_look_at(access.agreements().filter(pk=agreement.pk))),
        "why_not_see": priorities.why_not_see(agreement, by=access.user, on=on),
        "beneficiary_url": journal_lines.address_of(agreement.beneficiary),
        "followers": _followers(agreement, access, on=on),
        "crumbs": [Link("Conventions", reverse("console:agreements")), Link(f"n° {agreement.number}")],
    }
    return render(request, "console/agreement.html", context)


def _followers(agreement: Agreement, access: Access, *, on: date) -> list[User]:
    """To whom this person may entrust it; nobody when they may not, or when it is not in preparation."""
    if rules.why_not_entrust(agreement, None, by=access.user, on=on) is not None:
        return []
    return rules.followers_of(agreement.beneficiary, agreement.programme, on=on)


@gesture
def entrust(request: HttpRequest, access: Access, number: str) -> HttpResponse:
    """Entrust an agreement in preparation to somebody who sees it through, or to nobody again."""
    agreement = agreement_or_404(access, number)
    _forbid_following(access, agreement)
    at = timezone.now()
    to = chosen_officer(request, rules.followers_of(agreement.beneficiary, agreement.programme, on=dates.day_of(at)))
    actions.entrust(agreement, to=to, by=access.user, at=at)
    messages.success(
        request, f"La convention est confiée à {to.name}." if to else "La convention n’est plus confiée à personne."
    )
    return redirect("console:agreement", number)


def _where_to_mend(agreement: Agreement, gap: rules.Gap) -> str:
    """The address where an operator mends a gap; nothing when it is the beneficiary's to mend, or the offer's."""
    about = rules.Gap.About
    if gap.about in (about.SIGNATORY, about.ACT):
        return reverse("console:party", args=[agreement.number, gap.party])
    return "#services" if gap.about is about.SERVICES else ""


def _offer(agreement: Agreement, chosen: list[Service]) -> list[tuple[Service, bool]]:
    taken = {service.pk for service in chosen}
    return [(service, service.pk in taken) for service in agreement.programme.services.all()]


def _facts(agreement: Agreement, access: Access) -> list[Fact]:
    facts = [
        Fact("Programme", agreement.programme.name),
        *(
            [Fact("Suivie par", agreement.followed_by.name if agreement.followed_by else "personne")]
            if agreement.status in rules.IN_PREPARATION
            else []
        ),
        Fact("Durée", f"{agreement.term_months}\u00a0mois"),
        Fact(
            "Prend effet le",
            dates.in_words(agreement.starts_on) if agreement.starts_on else "le jour de la dernière signature",
        ),
    ]
    if agreement.ends_on:
        facts.append(Fact("Prend fin le", dates.in_words(agreement.ends_on)))
    if access.sees_money:
        facts.append(
            Fact(
                "Contribution annuelle",
                money.euros(agreement.annual_price),
                " ; ".join(part for part in (agreement.vat_regime, agreement.programme.price_note) if part),
            )
        )
    if (kept := agreement.assessment) is not None:
        ordinal = f"{number(kept.rank)}{'er' if kept.rank == 1 else 'e'} rang" if kept.rank else "sans rang"
        priority = "prioritaire" if kept.is_priority else "non prioritaire"
        detail = f"à la rédaction, millésime {kept.vintage.year}"
        facts.append(Fact("Rang de la commune", f"{ordinal}, {priority}", detail))
    mark = "modèle de démonstration, non approuvé" if agreement.text.is_demonstration else "modèle approuvé"
    facts.append(Fact("Modèle", f"{agreement.text.name}, {agreement.text.version}", mark))
    return facts


# --- A draft is completed ---------------------------------------------------------------------------------------------
class ServicesForm(forms.Form):
    """The services ticked, by their codes; nothing that is not of the programme's offer."""

    services = forms.ModelMultipleChoiceField(
        queryset=Service.objects.none(),
        to_field_name="code",
        required=False,
        error_messages={"invalid_choice": "Ce service n’est pas de l’offre du programme : rechargez la page."},
    )

    def __init__(self, data: Any, agreement: Agreement) -> None:
        super().__init__(data)
        field = self.fields["services"]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        field.queryset = agreement.programme.services.all()


def _undo_key(agreement: Agreement) -> str:
    return f"services_before:{agreement.pk}"


def _codes(agreement: Agreement) -> list[str]:
    return sorted(ChosenService.objects.filter(agreement=agreement).values_list("service__code", flat=True))


@gesture
def choose_services(request: HttpRequest, access: Access, number: str) -> HttpResponse:
    """Replace the services of a draft; what was chosen before is remembered, for one undo."""
    agreement = agreement_or_404(access, number)
    _forbid_following(access, agreement)
    form = ServicesForm(request.POST, agreement)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return redirect("console:agreement", number)
    before = _codes(agreement)
    actions.choose_services(agreement, services=form.cleaned_data["services"], by=access.user, at=timezone.now())
    if _codes(agreement) == before:
        messages.info(request, "Les services choisis n’ont pas changé.")
    else:
        request.session[_undo_key(agreement)] = before
        messages.success(request, "Les services de la convention sont enregistrés.")
    return redirect("console:agreement", number)


@gesture
def undo_services(request: HttpRequest, access: Access, number: str) -> HttpResponse:
    """Choose again the services chosen before the last change."""
    agreement = agreement_or_404(access, number)
    _forbid_following(access, agreement)
    before = request.session.get(_undo_key(agreement))
    if before is None:
        messages.info(request, "Il n’y a plus rien à annuler.")
        return redirect("console:agreement", number)
    services = agreement.programme.services.filter(code__in=before)
    actions.choose_services(agreement, services=services, by=access.user, at=timezone.now())
    del request.session[_undo_key(agreement)]
    messages.success(request, "Le changement de services est annulé.")
    return redirect("console:agreement", number)


def _forbid_following(access: Access, agreement: Agreement) -> None:
    """Answer 403 to whoever does not write agreements, whatever the state of this one."""
    on = dates.day_of(timezone.now())
    forbid(rules.why_not_follow(agreement.beneficiary, agreement.programme, by=access.user, on=on))


def party_or_404(agreement: Agreement, kind: str) -> Party:
    """Return one party of an agreement, or answer 404."""
    party = agreement.parties.select_related("operator", "act", "signatory").filter(kind=kind).first()
    if party is None:
        raise Http404("Cette convention n’a pas de telle partie.")
    return party


class PartyForm(forms.Form):
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
        act.queryset = Act.objects.filter(**place)
        act.label_from_instance = _name_act  # type: ignore[assignment,method-assign]
        membership.queryset = signatories.select_related("user")
        membership.label_from_instance = _name_signatory  # type: ignore[assignment,method-assign]


def _name_act(act: Act) -> str:
    fictitious = " (fictif)" if act.is_fictitious else ""
    return f"n° {act.number} du {dates.in_words(act.adopted_on)}, {act.subject}{fictitious}"


def _name_signatory(membership: Membership) -> str:
    return f"{membership.user.name}, {membership.quality or membership.get_role_display()}"


@console_view
def complete_party(request: HttpRequest, access: Access, number: str, kind: str) -> HttpResponse:
    """Choose who signs for a party and by which act."""
    agreement = agreement_or_404(access, number)
    party = party_or_404(agreement, kind)
    _forbid_following(access, agreement)
    saw(request, "agreement", agreement, agreement.number)
    body = party.operator or agreement.beneficiary
    form = PartyForm(request.POST if request.method == "POST" else None, party=party, body=body)
    if form.is_bound and form.is_valid():
        try:
            actions.complete_party(
                agreement,
                kind=kind,
                act=form.cleaned_data["act"],
                membership=form.cleaned_data["membership"],
                by=access.user,
                at=timezone.now(),
            )
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, f"«\u00a0{party.name}\u00a0» est à jour dans la convention.")
            return redirect("console:agreement", number)
    on = dates.day_of(timezone.now())
    context = {
        "agreement": agreement,
        "party": party,
        "form": form,
        "whose_act": rules.whose_act(party),
        "why_not_change": rules.why_not_change(agreement, by=access.user, on=on),
        "why_not_record": why_not_may_record(access.user, body, on=on),
        "siret": spaced(body.siret) if body.siret else "",
        "crumbs": _crumbs(agreement, party.name),
    }
    return render(request, "console/party.html", context, status=422 if form.errors else 200)


def _crumbs(agreement: Agreement, last: str) -> list[Link]:
    return [
        Link("Conventions", reverse("console:agreements")),
        Link(f"n° {agreement.number}", reverse("console:agreement", args=[agreement.number])),
        Link(last),
    ]


class ActForm(forms.Form):
    """What is asked of an act: what it is, and its road to the prefecture and to the public."""

    body = forms.CharField(label="Assemblée", max_length=120)
    number = forms.CharField(label="Numéro", max_length=30, help_text="Tel que l’acte le porte. Exemple : 2026-12.")
    subject = forms.CharField(label="Objet", max_length=500)
    adopted_on = forms.DateField(label="Adoptée le", widget=forms.DateInput(attrs={"type": "date"}))
    received_on = forms.DateField(
        label="Reçue en préfecture le",
        required=False,
        help_text="La date de l’accusé de réception.",
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    published_on = forms.DateField(
        label="Publiée le",
        required=False,
        help_text="Sans cette date et celle de la préfecture, l’acte n’est pas exécutoire : rien ne se signe sur lui.",
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    not_transmissible_because = forms.CharField(
        label="Motif de non-transmission",
        required=False,
        max_length=300,
        help_text="À remplir seulement si l’acte n’est pas soumis à transmission à la préfecture.",
    )
    document = PdfField(label="Acte signé", required=False)


@console_view
def record_act(request: HttpRequest, access: Access, number: str, kind: str) -> HttpResponse:
    """Record the act that empowers a party, and attach it to the agreement."""
    agreement = agreement_or_404(access, number)
    party = party_or_404(agreement, kind)
    body = party.operator or agreement.beneficiary
    on = dates.day_of(timezone.now())
    _forbid_following(access, agreement)
    forbid(why_not_may_record(access.user, body, on=on))
    saw(request, "agreement", agreement, agreement.number)
    is_commune = kind == Party.Kind.BENEFICIARY and agreement.beneficiary.kind == Beneficiary.Kind.COMMUNE
    initial = {
        "body": "conseil municipal" if is_commune else BODIES[Party.Kind(kind)],
        "subject": f"Convention tripartite, {agreement.programme.name}",
    }
    form = ActForm(request.POST, request.FILES) if request.method == "POST" else ActForm(initial=initial)
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        facts = actions.ActFacts(
            **{name: given[name] for name in given if name != "document"},
            content=given["document"],
        )
        try:
            actions.record_act_of_party(agreement, kind=kind, facts=facts, by=access.user, at=timezone.now())
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, f"L’acte n°\u00a0{facts.number} est enregistré et rattaché à la convention.")
            return redirect("console:agreement", number)
    context = {
        "agreement": agreement,
        "party": party,
        "form": form,
        "whose_act": rules.whose_act(party),
        "crumbs": [
            *_crumbs(agreement, "")[:2],
            Link(party.name, reverse("console:party", args=[agreement.number, kind])),
            Link("Enregistrer un acte"),
        ],
    }
    return render(request, "console/act_form.html", context, status=422 if form.errors else 200)


# --- A draft leaves, comes back, is given up --------------------------------------------------------------------------
@gesture
def send(request: HttpRequest, access: Access, number: str) -> HttpResponse:
    """Send a draft to signature; one already sent is left as it is."""
    agreement = agreement_or_404(access, number)
    _forbid_following(access, agreement)
    if agreement.status == Status.READY:
        messages.info(request, "La convention est déjà à la signature.")
        return redirect("console:agreement", number)
    actions.make_ready(agreement, by=access.user, at=timezone.now())
    messages.success(request, "La convention est à la signature : le bénéficiaire signe en premier.")
    return redirect("console:agreement", number)


@gesture
def reopen(request: HttpRequest, access: Access, number: str) -> HttpResponse:
    """Make a draft again of an agreement nobody has signed."""
    agreement = agreement_or_404(access, number)
    _forbid_following(access, agreement)
    if agreement.status == Status.DRAFT:
        messages.info(request, "La convention est déjà un projet.")
        return redirect("console:agreement", number)
    actions.reopen(agreement, by=access.user, at=timezone.now())
    messages.success(request, "La convention est redevenue un projet : modifiez-la, puis envoyez-la de nouveau.")
    return redirect("console:agreement", number)


@gesture
def see_priority(request: HttpRequest, access: Access, number: str) -> HttpResponse:
    """Say that the change of priority of the commune was looked at."""
    agreement = agreement_or_404(access, number)
    forbid(priorities.why_not_see(agreement, by=access.user, on=dates.day_of(timezone.now())))
    priorities.see(agreement, by=access.user, at=timezone.now())
    messages.success(request, "C’est noté au journal. La convention n’est pas touchée.")
    return redirect(way_back(request))


@console_view
def cancel(request: HttpRequest, access: Access, number: str) -> HttpResponse:
    """Give up an agreement, after a page that says what it means."""
    agreement = agreement_or_404(access, number)
    _forbid_following(access, agreement)
    saw(request, "agreement", agreement, agreement.number)
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
        "crumbs": _crumbs(agreement, "Abandonner"),
    }
    return render(request, "console/cancel.html", context)


# --- The document -----------------------------------------------------------------------------------------------------
def see_document(access: Access) -> None:
    """Answer 403 where money is not seen: the document states the contribution."""
    forbid(None if access.sees_money else NO_MONEY)


def read_aloud(agreement: Agreement) -> Any:
    """Return the reading page of an agreement, as printed when it was sent, or as it would be today."""
    at = agreement.round.opened_at if agreement.round else timezone.now()
    return agreement_html(build(agreement, at=at), agreement.text.body)


@console_view
def read(request: HttpRequest, access: Access, number: str) -> HttpResponse:
    """Show the words of the agreement."""
    agreement = agreement_or_404(access, number)
    see_document(access)
    saw(request, "agreement_text", agreement, agreement.number)
    context = {
        "agreement": agreement,
        "look": STATUSES[agreement.status],
        "words": read_aloud(agreement),
        "crumbs": _crumbs(agreement, "Texte"),
    }
    return render(request, "console/agreement_text.html", context)


@console_view
def download(request: HttpRequest, access: Access, number: str) -> HttpResponse:
    """Give the PDF as it stands, checked against its fingerprint."""
    agreement = agreement_or_404(access, number)
    see_document(access)
    if agreement.round is None:
        raise Http404("Cette convention est encore un projet : elle n’a pas de PDF.")
    saw(request, "agreement_file", agreement, agreement.number)
    content = documents.read(agreement.round.current)
    filename = f"convention-{agreement.number.lower()}.pdf"
    return attachment(content, filename=filename, content_type="application/pdf")
