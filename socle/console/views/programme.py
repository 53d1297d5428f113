"""The programme as its file declares it: offer, partners, priority, founding act, funding."""

from __future__ import annotations

from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from socle.console.access import Access, console_view
from socle.deliberations.models import Act
from socle.deliberations.rules import why_not_empowering
from socle.lib import dates
from socle.lib.siret import spaced
from socle.lib.text import number
from socle.programme.models import AgreementType, FundingScheme, Partner, Programme
from socle.programme.prices import in_words
from socle.ui.shapes import Column, Fact

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
    context = {
        "access": access,
        "programme": programme,
        "facts": _facts(programme, access),
        "partners": [(one, one.operator.siret and spaced(one.operator.siret)) for one in partners],
        "partner_columns": PARTNERS,
        "services": [(one, Partner.Part(one.provided_by).label) for one in programme.services.all()],
        "service_columns": SERVICES,
        "types": _types(programme),
        "type_columns": TYPES,
        "act": act,
        "act_facts": _act_facts(act) if act else [],
        "why_not_empowering": why_not_empowering(act, on=on, whose="du comité syndical"),
        "powers": list(programme.powers.select_related("article").prefetch_related("article__approvals")),
        "schemes": [(one, one.is_open_on(on), _rate(one)) for one in programme.schemes.all()],
    }
    return render(request, "console/programme.html", context)


def _facts(programme: Programme, access: Access) -> list[Fact]:
    tripartite = programme.tripartite()
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
            "modèle de démonstration, non approuvé" if tripartite.text_is_demonstration else "",
        ),
        Fact("Durée d’une convention", f"{tripartite.term_months}\u00a0mois"),
    ]
    if access.sees_money:
        detail = " ; ".join(part for part in (tripartite.vat_regime, tripartite.price_note) if part)
        facts.append(Fact("Contribution annuelle", "\u00a0; ".join(in_words(tripartite)), detail))
    return facts


def _types(programme: Programme) -> list[tuple[AgreementType, list[str]]]:
    """The types of agreement, and the name of each party: an operator's, or its part where the beneficiary decides."""
    kinds = programme.agreement_types.select_related("article").prefetch_related("parties__operator")
    return [
        (kind, [one.operator.name if one.operator else str(one.get_part_display()) for one in kind.parties.all()])
        for kind in kinds
    ]


def _act_facts(act: Act) -> list[Fact]:
    executory = act.executory_on
    return [
        Fact("Assemblée", act.body),
        Fact("Numéro", act.number, act.identifier),
        Fact("Objet", act.subject),
        Fact("Adopté le", dates.in_words(act.adopted_on)),
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
