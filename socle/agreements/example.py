"""An example of an agreement of each type, wholly invented, on which a model is read before anybody uses it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from socle.agreements.deeds import (
    ASSEMBLIES,
    ActFacts,
    PartyFacts,
    approves_model,
    deed_to_come,
    grounds_in_words,
    visa,
)
from socle.agreements.document import NOTICE, AgreementDocument, ProcessingFacts, ServiceFacts
from socle.documents import tree
from socle.lib import dates, money
from socle.lib.refusals import Refused
from socle.lib.text import number
from socle.programme.models import AgreementType, Partner

NAMES = {
    "beneficiary": "Commune d’Exemple",
    "cdg": "Centre de gestion d’Exemple",
    "technical_support": "Appui technique d’Exemple",
    "lead": "Syndicat mixte d’Exemple",
}
LEGAL_FORMS = {
    "beneficiary": "commune",
    "cdg": "centre de gestion de la fonction publique territoriale",
    "technical_support": "syndicat mixte ouvert",
    "lead": "syndicat mixte ouvert",
}
QUALITIES = {"beneficiary": "maire", "cdg": "présidente", "technical_support": "président", "lead": "présidente"}
SERVICES = (
    ServiceFacts("site", "Site internet", "Un site pour la mairie.", "CGCT, article L. 5111-1", NAMES["lead"]),
    ServiceFacts("messagerie", "Messagerie", "Des boîtes aux lettres.", "CGCT, article L. 5111-1", NAMES["lead"]),
)
PROCESSINGS = (
    ProcessingFacts(
        "Messagerie",
        "échanger des messages",
        "adresses, contenu des messages",
        "personnel et correspondants",
        "tant que la boîte est ouverte",
        NAMES["lead"],
        (NAMES["technical_support"],),
    ),
)
CHANGES = (("Services", "Site internet", "Site internet, messagerie"),)


def blocks_of(kind: AgreementType) -> tuple[str, ...]:
    """The blocks that a text of this type may name."""
    found = ["parties", "visas", "signatures"]
    if kind.has_beneficiary:
        found += ["services", "rgpd"]
    return (*found, "changes") if kind.amends_id is not None else tuple(found)


def example_of(
    kind: AgreementType, body: str, *, name: str, at: datetime, approved: str = "", sha256: str = ""
) -> AgreementDocument:
    """The facts of an invented agreement of this type, said so on each page with what approves its words: `approved`.

    While nothing does, it is a draft for the assembly; `sha256` is that of a version published. It reads the type and
    its parties, and no agreement: nobody is in it. Raises `Refused` when the text does not parse.
    """
    words = tree.parse(body, blocks=blocks_of(kind))
    on = dates.day_of(at)
    wanted = kind.amends or kind
    parties = tuple(
        _party(one.part, "" if kind.has_beneficiary else f"{one.part}-{one.rank}", rank=one.rank, on=on)
        for one in wanted.parties.all()
    )
    amendment: dict[str, Any] = {}
    if kind.amends_id is not None:
        amendment = {
            "amended": "EXEMPLE",
            "amended_on": dates.in_words(on),
            "purpose": "Ajouter la messagerie aux services choisis.",
            "changes": CHANGES,
        }
    return AgreementDocument(
        number="EXEMPLE-A1" if amendment else "EXEMPLE",
        title="Avenant n°\u00a01 à la convention n°\u00a0EXEMPLE" if amendment else "Convention n°\u00a0EXEMPLE",
        programme=tree.typography(kind.programme.name),
        priority_below=number(kind.programme.priority_below),
        parties=parties,
        services=SERVICES if kind.has_beneficiary else (),
        processings=PROCESSINGS if kind.has_beneficiary else (),
        # Amounts are invented too, since not every operator sees those of the programme; what is empty stays so.
        price=money.euros(Decimal(100)),
        vat_regime="TVA d’exemple" if kind.vat_regime else "",
        price_note="Montant d’exemple." if kind.price_note else "",
        term_months=kind.term_months,
        model_name=name,
        model_title=words.facts.get("titre", name),
        model_version=on.isoformat(),
        model_version_in_words=dates.in_words(on),
        is_demonstration=True,
        # A text that names it where nobody plays this part is faulty now, and not on the day of the signature.
        support=NAMES["technical_support"] if _has_support(kind) else "",
        drafted_on=dates.in_words(on),
        drafted_day=on.isoformat(),
        visas=tuple(_visas(parties, kind)),
        notice_months=wanted.notice_months,
        operators_notice_months=wanted.operators_notice_months,
        breach_months=wanted.breach_months,
        reversibility_months=wanted.reversibility_months,
        renewals=wanted.renewals,
        basis="Base de remboursement d’exemple." if kind.basis else "",
        equipment="Équipements d’exemple." if kind.equipment else "",
        notice=NOTICE if words.is_demonstration else _notice(kind, approved=approved, sha256=sha256),
        **amendment,
    )


def _has_support(kind: AgreementType) -> bool:
    return any(one.part == Partner.Part.TECHNICAL_SUPPORT for one in kind.programme.partners.all())


def _notice(kind: AgreementType, *, approved: str, sha256: str) -> str:
    """The notice on each page of an example: nothing approved until an act did, then which one."""
    if approved:
        status = f"Modèle approuvé par {approved}."
    elif kind.approved_by == AgreementType.ApprovedBy.EACH:
        status = "Projet\u00a0: l’assemblée approuve elle-même chaque document qui en est tiré."
    else:
        status = "Projet de modèle, soumis à l’approbation de l’assemblée délibérante."
    digest = f" Empreinte du texte, SHA-256\u00a0: {sha256}." if sha256 else ""
    return f"{status} Exemple\u00a0: personnes, montants et actes inventés, sans valeur juridique.{digest}"


def _visas(parties: tuple[PartyFacts, ...], kind: AgreementType) -> Iterator[str]:
    """The visas of the example, as those of an agreement of the type: by delegation, or by an act to come."""
    is_amendment = kind.amends_id is not None
    for party in reversed(parties):
        if party.kind != "lead":
            yield visa(party.act)
        elif kind.approved_by == AgreementType.ApprovedBy.EACH:
            yield visa(deed_to_come(party.act.body, is_amendment=is_amendment))
        else:
            approves = approves_model("du présent avenant" if is_amendment else "de la présente convention")
            cited = [(party.act, "1", approves), (party.act, "2", "délègue la signature")]
            yield from grounds_in_words(cited, body=party.act.body)


def faults_of(kind: AgreementType, body: str, *, name: str, at: datetime) -> str | None:
    """Say in French, with its line, why an agreement of this type cannot be written on this text, or None."""
    blocks = blocks_of(kind)
    try:
        words = tree.parse(body, blocks=blocks)
        found = [node for node in words.nodes if node.kind == "block"]
        for block in blocks:
            lines = [node.line for node in found if node.name == block]
            if not lines and block != "visas":
                return f"Il manque le bloc «\u00a0{block}\u00a0»\u00a0: seul sur sa ligne, entre doubles accolades."
            if len(lines) > 1:
                again = f"le bloc «\u00a0{block}\u00a0» est déjà à la ligne {lines[0]}."
                return f"Texte, ligne {lines[1]}\u00a0: {again}"
        # Its sheets have titles of the third rank: a reader who goes from title to title would miss one.
        for node in found:
            above = [one.level for one in words.nodes if one.kind == "heading" and one.line < node.line]
            if node.name == "rgpd" and above[-1] == 1:
                return f"Texte, ligne {node.line}\u00a0: le bloc «\u00a0rgpd\u00a0» vient sous un titre de rang 2."
        tree.fill(words, example_of(kind, body, name=name, at=at).variables())
    except Refused as refusal:
        return refusal.sentence
    return None


def _party(part: str, field: str, *, rank: int, on: date) -> PartyFacts:
    quality = QUALITIES[part]
    body = "conseil municipal" if part == "beneficiary" else ASSEMBLIES[part]
    act = ActFacts(
        body=body,
        number=f"EX-{rank}",
        subject="Convention du programme",
        adopted_on=dates.in_words(on),
        received_on=dates.in_words(on),
        published_on=dates.in_words(on),
        executory_on=dates.in_words(on),
        is_fictitious=True,
    )
    return PartyFacts(
        kind=part,
        name=NAMES[part],
        legal_form=LEGAL_FORMS[part],
        siret="000\u202f000\u202f000\u202f00000",
        seat="Exemple",
        representative="Camille Exemple",
        quality=quality,
        act=act,
        is_siret_fictitious=True,
        field=field,
    )
