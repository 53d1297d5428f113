"""The model of deliberation a mairie adapts: the published text, filled with what is known of the beneficiary."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from socle.agreements.deeds import approves_model, facts_of, grounds_in_words, visa
from socle.agreements.empowering import approving, is_fictitious
from socle.agreements.models import Agreement
from socle.assemblies.actions import Proposed
from socle.documents import html, tree
from socle.documents.models import Text
from socle.lib import dates, money
from socle.lib.refusals import Refused
from socle.lib.text import in_sentence
from socle.mairie.journey import Situation
from socle.people.models import Beneficiary
from socle.programme.models import Assessment, Programme
from socle.programme.prices import price_of

NAME = "deliberation-adhesion"
BLOCKS = ("services", "visas")


@dataclass(frozen=True)
class Model:
    """A text and what fills it."""

    text: Text
    data: dict[str, Any]
    services: list[str]
    # The acts of the lead that it cites.
    visas: list[str]

    @property
    def is_demonstration(self) -> bool:
        return self.text.is_demonstration

    def as_html(self) -> SafeString:
        """The reading page, to print."""
        items = format_html_join("", "<li>{}</li>", ((line,) for line in _ended(self.services)))
        visas = format_html_join("", "<p>{}</p>", ((line,) for line in self.visas))
        blocks = {"services": format_html("<ul>{}</ul>", items), "visas": visas}
        return html.render_html(self.text.body, self.data, blocks=blocks)

    def as_text(self) -> str:
        """The same words as plain text, for a word processor."""
        filled = tree.fill(tree.parse(self.text.body, blocks=BLOCKS), self.data)
        parts = []
        for node in filled.nodes:
            words = "".join(span.text for span in node.spans)
            if node.kind == "heading":
                parts.append(words.upper() if node.level == 1 else words)
            elif node.kind == "block" and node.name == "visas":
                parts += self.visas
            elif node.kind == "block":
                parts.append("\n".join(f"- {line}" for line in _ended(self.services)))
            elif node.kind == "list":
                parts.append("\n".join("- " + "".join(span.text for span in item) for item in node.items))
            else:
                parts.append(words)
        notice = "MODÈLE DE DÉMONSTRATION, NON APPROUVÉ\n\n" if self.is_demonstration else ""
        return notice + "\n\n".join(parts) + "\n"


def proposed_by(model: Model, *, asked_for: str) -> Proposed:
    """The same as an item of the agenda: its recitals, then a line an article. What is of the session is left out."""
    filled = tree.fill(tree.parse(model.text.body, blocks=BLOCKS), model.data)
    subject, grounds, articles = "", [], []
    for node in filled.nodes:
        words = "".join(span.text for span in node.spans).strip()
        if node.kind == "heading":
            if words.startswith("Objet"):
                subject = words.partition(":")[2].strip()
            elif words.startswith("Article"):
                articles.append("")
        elif articles:
            if words.startswith("Fait à"):
                break
            said = "\u00a0; ".join(model.services) if node.kind == "block" else words
            articles[-1] = f"{articles[-1]} {said}".strip()
        elif node.kind == "block" and node.name == "visas":
            grounds += model.visas
        elif words.startswith(("Vu ", "Considérant ")):
            grounds.append(words)
    return Proposed(subject, grounds="\n\n".join(grounds), decision="\n".join(articles), asked_for=asked_for)


def model_for(situation: Situation) -> Model:
    """Return the model filled for this beneficiary. Raises `Refused` when there is none, or no programme."""
    programme = situation.programme
    if programme is None:
        raise Refused("Aucun programme ne couvre votre département pour l’instant\u00a0: il n’y a rien à délibérer.")
    text = Text.objects.filter(name=NAME).order_by("-version").first()
    if text is None:
        raise Refused("Le modèle de délibération n’est pas encore publié\u00a0: demandez-le au syndicat.")
    beneficiary, agreement = situation.beneficiary, situation.agreement
    is_commune = beneficiary.kind == Beneficiary.Kind.COMMUNE
    own = situation.own_party
    chosen = (
        [choice.service.name for choice in agreement.choices.select_related("service")]
        if agreement is not None
        else list(programme.services.filter(is_essential=True).values_list("name", flat=True))
    )
    cdg = programme.centre_de_gestion_of(beneficiary.department)
    terms = agreement or programme.tripartite()
    data = {
        "beneficiary": {"name": beneficiary.name, "called": in_sentence(beneficiary.name)},
        "assembly": "Conseil municipal" if is_commune else "Assemblée délibérante",
        "assembly_subject": "Le conseil municipal" if is_commune else "L’assemblée délibérante",
        "programme": programme.name,
        "project": f"le projet de convention n°\u00a0{agreement.number}" if agreement else "le projet de convention",
        "cdg": {"name": in_sentence(cdg.name) if cdg else "le centre de gestion"},
        "lead": {"name": in_sentence(programme.lead().name)},
        "price": money.euros(agreement.annual_price)
        if agreement is not None
        else _price_before(beneficiary, programme),
        "term_months": terms.term_months,
        "signatory": f"{own.representative}, {own.quality.lower()},"
        if own is not None and own.representative
        else ("le maire" if is_commune else "la personne qui la représente"),
    }
    on = dates.day_of(timezone.now())
    return Model(text, data, chosen, _visas(programme, agreement, on=on))


def _price_before(beneficiary: Beneficiary, programme: Programme) -> str:
    """The price that an agreement drafted today would have, with the services proposed to all."""
    ranked = Assessment.objects.in_force().filter(programme=programme, commune__beneficiary=beneficiary).first()
    essential = programme.services.filter(is_essential=True)
    price = price_of(programme.tripartite(), population=ranked.population if ranked else None, services=essential)
    return money.euros(price.annual) if price is not None else "[montant à compléter]"


def _visas(programme: Programme, agreement: Agreement | None, *, on: date) -> list[str]:
    """The acts of the lead that the council cites: the one that founds the programme, the one that approves the model.

    Once when it is the same. While no executory act approves this very model, its place is between brackets; for an
    agreement that the committee approves itself, there is none.
    """
    founding = programme.founding_act
    cited = [] if founding is None else [visa(facts_of(founding))]
    if agreement is not None and agreement.is_for_the_committee:
        return cited
    kind = programme.tripartite()
    text = agreement.text if agreement else Text.objects.get(name=kind.text_name, version=kind.text_version)
    article = agreement.approved_by if agreement else None
    article = article or next(iter(approving(text, programme, on=on)), None)
    approves = approves_model("de la convention jointe", is_fictitious=is_fictitious(article, text.sha256))
    facts = facts_of(article.act) if article else None
    approved = list(
        grounds_in_words([(facts, str(article.number) if article else "", approves)], body="comité syndical")
    )
    return approved if article is not None and article.act == founding else [*cited, *approved]


def _ended(names: list[str]) -> list[str]:
    """The lines of a list as an act ends them: semicolons, then a full stop."""
    last = len(names) - 1
    return [f"{name}." if rank == last else f"{name}\u00a0;" for rank, name in enumerate(names)]
