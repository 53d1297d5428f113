"""The programme as its file declares it: offer, partners, priority, founding act, funding."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.agreements import actions as agreements
from socle.agreements import text_rules, texts
from socle.agreements.empowering import why_not_by_delegation
from socle.agreements.models import Party
from socle.agreements.queries import Version, versions_of
from socle.console.views.drafts import BODIES, ActForm, LinkActForm
from socle.deliberations.models import Act
from socle.deliberations.rules import why_not_empowering, why_not_may_record, why_not_standing
from socle.lib import dates
from socle.lib.siret import spaced
from socle.lib.text import number
from socle.people.models import Operator
from socle.programme.models import AgreementType, FundingScheme, Partner, Power, Programme
from socle.programme.prices import in_words
from socle.provisioning.desk.access import Access, console_view, forbid, gesture
from socle.ui.shapes import Column, Fact, Link
from socle.ui.submit import refusal_shown_in

SERVICES = (Column("Service"), Column("Fondement"), Column("Fourni par"), Column("Mise en service"))
TYPES = (Column("Convention"), Column("Parties, dans l’ordre des signatures"), Column("Texte"), Column("Approbation"))
PARTNERS = (Column("Opérateur"), Column("Rôle"), Column("Départements"), Column("SIRET"))


@console_view
def show(request: HttpRequest, access: Access) -> HttpResponse:
    """Show what the operators offer, by which act, to whom first."""
    programme = access.programme
    on = dates.day_of(timezone.now())
    act = programme.founding_act
    partners = list(programme.partners.select_related("operator").prefetch_related("departments"))
    shown = _versions(programme, on)
    powers = list(programme.powers.select_related("article__act").prefetch_related("article__approvals__article__act"))
    context = {
        "access": access,
        "programme": programme,
        "facts": _facts(programme, access, shown),
        "partners": [(one, one.operator.siret and spaced(one.operator.siret)) for one in partners],
        "partner_columns": PARTNERS,
        "services": [(one, Partner.Part(one.provided_by).label) for one in programme.services.all()],
        "service_columns": SERVICES,
        "types": _types(programme, shown),
        "type_columns": TYPES,
        "act": act,
        "act_facts": _act_facts(act) if act else [],
        "why_not_empowering": why_not_empowering(act, on=on, whose="du comité syndical"),
        "powers": [_told(one, on) for one in powers if one.article.act_id == programme.founding_act_id],
        "delegations": [
            (one, why_not_by_delegation(one.article.act, programme, on=on))
            for one in powers
            if one.power == Power.Kind.DELEGATION
        ],
        "why_not_delegate": text_rules.why_not_write(programme, by=access.user, on=on),
        "schemes": [(one, one.is_open_on(on), _rate(one)) for one in programme.schemes.all()],
    }
    return render(request, "console/programme.html", context)


def _versions(programme: Programme, on: date) -> dict[int, Version | None]:
    """The version that each type of agreement is written on, by type, with what approves it."""
    kinds = list(programme.agreement_types.all())
    found = {
        (name, one.text.version): one
        for name in {kind.text_name for kind in kinds}
        for one in versions_of(programme, name, on=on)
    }
    return {kind.pk: found.get((kind.text_name, kind.text_version)) for kind in kinds}


def _told(power: Power, on: date) -> tuple[Power, list[tuple[Any, str | None]]]:
    """An article of the founding act, with what it approves, and why that does not count yet."""
    return power, [(one, why_not_standing(one, on=on)) for one in power.article.approvals.all()]


def _facts(programme: Programme, access: Access, shown: dict[int, Version | None]) -> list[Fact]:
    tripartite = programme.tripartite()
    version = shown[tripartite.pk]
    approved = f"approuvé par {version.approved}" if version and version.approved else "aucun acte ne l’approuve"
    facts = [
        Fact(
            "Priorité",
            f"moins de {number(programme.priority_below)}\u00a0habitants",
            "un rang, jamais un refus : toute commune du territoire peut être équipée",
        ),
        Fact("Population retenue", programme.population_definition),
        Fact("Millésime", str(programme.priority_vintage.year), programme.priority_vintage.source),
        Fact("Source de la priorité", programme.priority_source),
        Fact(
            "Modèle de convention",
            f"{tripartite.text_name}, {tripartite.text_version}",
            f"modèle de démonstration\u00a0; {approved}" if version and version.text.is_demonstration else approved,
        ),
        Fact("Durée d’une convention", f"{tripartite.term_months}\u00a0mois"),
    ]
    if access.sees_money:
        detail = " ; ".join(part for part in (tripartite.vat_regime, tripartite.price_note) if part)
        facts.append(Fact("Contribution annuelle", "\u00a0; ".join(in_words(tripartite)), detail))
    return facts


def _types(
    programme: Programme, shown: dict[int, Version | None]
) -> list[tuple[AgreementType, list[str], Version | None]]:
    """The types of agreement, the name of each party (or its part where the beneficiary decides), and their text."""
    kinds = programme.agreement_types.select_related("article").prefetch_related("parties__operator")
    return [
        (
            kind,
            [one.operator.name if one.operator else str(one.get_part_display()) for one in kind.parties.all()],
            shown[kind.pk],
        )
        for kind in kinds
    ]


def _act_facts(act: Act) -> list[Fact]:
    executory = act.executory_on
    return [
        Fact("Assemblée", act.body),
        Fact("Numéro", act.number, act.identifier),
        Fact("Objet", act.subject),
        Fact(act.adopted_words, dates.in_words(act.adopted_on)),
        Fact("Reçu en préfecture le", dates.in_words(act.received_on) if act.received_on else "date manquante"),
        Fact(
            "Publié le",
            dates.in_words(act.published_on) if act.published_on else "date manquante",
            act.publication_certificate,
        ),
        Fact("Exécutoire le", dates.in_words(executory) if executory else "pas encore"),
    ]


def _rate(scheme: FundingScheme) -> str:
    percent = (scheme.rate * 100).quantize(Decimal("0.01")).normalize()
    return f"{percent:f}\u00a0%".replace(".", ",")


# --- Which article delegates the signature ----------------------------------------------------------------------------
class DelegationForm(LinkActForm):
    """Which article of which act of the committee delegates the signature of the agreements on an approved model."""

    def __init__(self, data: Any, *, lead: Operator) -> None:
        super().__init__(data, lead=lead)
        self.fields["article"].label = "Article qui délègue la signature"


@console_view
def delegate(request: HttpRequest, access: Access) -> HttpResponse:
    """Say which article of which act of the committee delegates the signature."""
    _forbid_delegating(access)
    form = DelegationForm(request.POST if request.method == "POST" else None, lead=access.programme.lead())
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        with refusal_shown_in(form):
            texts.note_delegation(
                access.programme, act=given["act"], article=given["article"], words=given["text"],
                by=access.user, at=timezone.now(),
            )  # fmt: skip
            messages.success(request, "La délégation est notée\u00a0: les prochaines conventions la citent.")
            return redirect("console:programme")
    context = {"form": form, "crumbs": [*_crumbs(), Link("Délégation de signature")]}
    return render(request, "console/delegation.html", context, status=422 if form.errors else 200)


@console_view
def record_act(request: HttpRequest, access: Access) -> HttpResponse:
    """Record an act of the committee, to say next which of its articles delegates the signature."""
    _forbid_delegating(access)
    initial = {"body": BODIES[Party.Kind.LEAD], "subject": "Délégation de signature"}
    form = ActForm(request.POST, request.FILES) if request.method == "POST" else ActForm(initial=initial)
    back = reverse("console:delegation")
    if form.is_bound and form.is_valid():
        facts = form.facts()
        with refusal_shown_in(form):
            agreements.record_act_of_committee(access.programme, facts=facts, by=access.user, at=timezone.now())
            messages.success(
                request, f"L’acte n°\u00a0{facts.number} est enregistré\u00a0: dites quel article délègue."
            )
            return redirect(back)
    context = {
        "form": form,
        "what": "La délibération du comité syndical qui délègue la signature des conventions.",
        "label": "Enregistrer",
        "back": back,
        "crumbs": [*_crumbs(), Link("Délégation de signature", back), Link("Enregistrer un acte")],
    }
    return render(request, "console/act_form.html", context, status=422 if form.errors else 200)


@gesture
def withdraw_delegation(request: HttpRequest, access: Access, power_id: int) -> HttpResponse:
    """Take back a delegation noted here by mistake."""
    _forbid_delegating(access)
    noted = access.programme.powers.filter(pk=power_id, power=Power.Kind.DELEGATION).select_related("article").first()
    if noted is None:
        raise Http404("Cette délégation n’est pas notée ici.")
    texts.withdraw_delegation(access.programme, noted, by=access.user, at=timezone.now())
    messages.success(request, "La délégation est retirée\u00a0: plus rien ne se signe sur elle.")
    return redirect("console:programme")


def _forbid_delegating(access: Access) -> None:
    """Answer 403 to whoever writes no model of the programme, or records no act of its lead."""
    on = dates.day_of(timezone.now())
    forbid(text_rules.why_not_write(access.programme, by=access.user, on=on))
    forbid(why_not_may_record(access.user, access.programme.lead(), on=on))


def _crumbs() -> list[Link]:
    return [Link("Offre et acte fondateur", reverse("console:programme"))]
