"""The agreement as a document: the facts it states, its PDF with three places to sign, and its reading page."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from socle.agreements import empowering, rules
from socle.agreements.changes import changes_of
from socle.agreements.contract import Mention, mentions
from socle.agreements.deeds import (
    ASSEMBLIES,
    TO_COMPLETE,
    ActFacts,
    PartyFacts,
    approves_document,
    approves_model,
    deed_to_come,
    facts_of,
    grounds_in_words,
    visa,
)
from socle.agreements.empowering import Grounds
from socle.agreements.models import Agreement, Party
from socle.documents import html, texts, tree, typst
from socle.lib import codes, dates, money, siret
from socle.lib.refusals import Refused
from socle.lib.text import number
from socle.people.models import Beneficiary
from socle.programme.models import AgreementType, Partner, Service
from socle.signing import fields
from socle.signing.prints import code_of

BLOCKS = ("parties", "visas", "changes", "services", "rgpd", "signatures")
NOTICE = "Modèle de démonstration, non approuvé\u00a0: personnes, montants et actes fictifs, sans valeur juridique."


@dataclass(frozen=True)
class ServiceFacts:
    """A service chosen, and who provides it."""

    code: str
    name: str
    summary: str
    legal_basis: str
    provided_by: str


@dataclass(frozen=True)
class ProcessingFacts:
    """The sheet of a service that handles personal data (RGPD, article 28)."""

    service: str
    purposes: str
    categories: str
    subjects: str
    retention: str
    processor: str
    sub_processors: tuple[str, ...] = ()


@dataclass(frozen=True)
class AgreementDocument:
    """Everything the document states, already in the words it uses. Parties are in the order of signature."""

    number: str
    title: str
    programme: str
    priority_below: str
    parties: tuple[PartyFacts, ...]
    services: tuple[ServiceFacts, ...]
    processings: tuple[ProcessingFacts, ...]
    price: str
    vat_regime: str
    price_note: str
    term_months: int
    model_name: str
    model_title: str
    model_version: str
    model_version_in_words: str
    is_demonstration: bool
    support: str
    drafted_on: str
    drafted_day: str = ""
    visas: tuple[str, ...] = field(default_factory=tuple)
    has_gaps: bool = False
    # What approves the model, or which version it is where the committee approves each.
    model_approval: str = ""
    # What the text says of its end, in months, and how often it is renewed: as its type says.
    notice_months: int = 3
    operators_notice_months: int = 6
    breach_months: int = 1
    reversibility_months: int = 3
    renewals: int = 1
    # Of an agreement between operators: how costs are reimbursed, and the equipment made available.
    basis: str = ""
    equipment: str = ""
    # Of an amendment: what it amends, when that was concluded, what it is for, and each clause before and after.
    amended: str = ""
    amended_on: str = ""
    purpose: str = ""
    changes: tuple[tuple[str, str, str], ...] = ()
    # Who pays for what it does, at the foot of its first page.
    mentions: tuple[Mention, ...] = ()
    # Printed at the head of each page of a demonstration, or of an example.
    notice: str = NOTICE

    @property
    def code(self) -> str:
        """The code of this very print, on each of its pages: its number, and all that it says."""
        return code_of(self.number, json.dumps(asdict(self), sort_keys=True).encode())

    def party(self, kind: str) -> PartyFacts:
        return next(party for party in self.parties if party.kind == kind)

    def variables(self) -> dict[str, Any]:
        """The named values a text may use."""
        return {
            "number": self.number,
            "programme": self.programme,
            "drafted_on": self.drafted_on,
            "priority_below": self.priority_below,
            "price": self.price,
            "vat_regime": self.vat_regime,
            "price_note": self.price_note,
            "term_months": self.term_months,
            "notice_months": self.notice_months,
            "operators_notice_months": self.operators_notice_months,
            "breach_months": self.breach_months,
            "reversibility_months": self.reversibility_months,
            "renewals": self.renewals,
            "model": {
                "name": self.model_title,
                "version": self.model_version_in_words,
                "approval": self.model_approval or f"dans sa version du {self.model_version_in_words}",
            },
            "support": {"name": self.support},
            "basis": self.basis,
            "equipment": self.equipment,
            "amended": {"number": self.amended, "signed_on": self.amended_on},
            "amendment": {"number": self.number.removeprefix(f"{self.amended}-A"), "purpose": self.purpose},
            **{
                party.kind: {
                    "name": party.name,
                    "legal_form": party.legal_form,
                    "siret": party.siret,
                    "seat": party.seat,
                    "representative": party.representative,
                    "quality": party.quality,
                    "act": party.act.sentence,
                }
                for party in self.parties
            },
        }


def build(agreement: Agreement, *, at: datetime, with_gaps: bool = False) -> AgreementDocument:
    """Gather the facts of an agreement; `at` is when it is printed. Raises `Refused` while one is missing.

    `with_gaps` is for the reading page of a draft, which an assembly reads before its own act exists: what is missing
    says so, and the result is refused by `render_agreement`.
    """
    programme = agreement.programme
    on = dates.day_of(at)
    parties = tuple(
        _party(party, agreement, with_gaps=with_gaps)
        for party in agreement.parties.select_related("operator", "act").order_by("rank")
    )
    grounds = _grounds(agreement, on=on, with_gaps=with_gaps)
    parties = tuple(_signing_by(grounds, party, agreement) for party in parties)
    wanted = agreement.type.amends or agreement.type
    if sorted(party.kind for party in parties) != sorted(wanted.parties.values_list("part", flat=True)):
        raise Refused(rules.MISSING_PARTIES)
    partners = {partner.part: partner.operator for partner in programme.partners.select_related("operator")}
    support = partners.get(Partner.Part.TECHNICAL_SUPPORT)
    providers = {party.kind: party.name for party in parties} | (
        {Partner.Part.TECHNICAL_SUPPORT.value: support.name} if support else {}
    )
    services = [
        choice.service
        for choice in agreement.choices.select_related("service").prefetch_related("service__sub_processors")
    ]
    return AgreementDocument(
        number=agreement.number,
        title=agreement.title,
        programme=tree.typography(programme.name),
        priority_below=number(programme.priority_below),
        parties=parties,
        services=tuple(
            ServiceFacts(
                s.code,
                tree.typography(s.name),
                tree.typography(s.summary),
                tree.typography(s.legal_basis),
                providers.get(s.provided_by, ""),
            )
            for s in services
        ),
        processings=tuple(_processing(s, providers) for s in services if s.handles_personal_data),
        price=money.euros(agreement.annual_price),
        vat_regime=tree.typography(rules.vat_regime_of(agreement)),
        price_note=_price_note(agreement),
        term_months=agreement.term_months,
        model_name=agreement.text.name,
        model_title=tree.parse(agreement.text.body, blocks=BLOCKS).facts.get("titre", agreement.text.name),
        model_version=agreement.text.version,
        model_version_in_words=dates.in_words(date.fromisoformat(agreement.text.version)),
        is_demonstration=agreement.text.is_demonstration,
        support=support.name if support else "",
        drafted_on=dates.in_words(on),
        drafted_day=on.isoformat(),
        visas=tuple(_visas(parties, grounds, agreement)),
        has_gaps=with_gaps,
        model_approval=_model_approval(grounds, agreement, on=on),
        notice_months=wanted.notice_months,
        operators_notice_months=wanted.operators_notice_months,
        breach_months=wanted.breach_months,
        reversibility_months=wanted.reversibility_months,
        renewals=wanted.renewals,
        basis=_sentence(tree.typography(agreement.type.basis)),
        equipment=_sentence(tree.typography(agreement.type.equipment)),
        mentions=tuple(mentions(programme.pk, on=on)),
        **(_amendment(agreement, agreement.amends, gap=TO_COMPLETE if with_gaps else "") if agreement.amends else {}),
    )


def _model_approval(grounds: Grounds | None, agreement: Agreement, *, on: date) -> str:
    """« approuvé par l’article 5 de la délibération n° 2021-16 … »; while no act approves its words, their version.

    Of a version whose date is yet to come, the digest: a document cites nothing later than itself.
    """
    text, article = agreement.text, grounds.approved_by if grounds is not None else None
    if article is None and text.version > on.isoformat():
        return f"d’empreinte SHA-256 {text.sha256[:16]}"
    if article is None:
        return ""
    is_fictitious = empowering.is_fictitious(article, agreement.text.sha256)
    said = " (approbation fictive de démonstration)" if is_fictitious else ""
    return f"approuvé par l’article\u00a0{article.number} de la {facts_of(article.act).name}{said}"


def _price_note(agreement: Agreement) -> str:
    """The note of the type, and how the price is made where it is the programme's and not the same for all."""
    price = rules.programme_price(agreement)
    detail = price.detail if price is not None and price.annual == agreement.annual_price else ""
    return " ".join(filter(None, (_sentence(detail), _sentence(tree.typography(agreement.type.price_note)))))


def _amendment(amendment: Agreement, amended: Agreement, *, gap: str) -> dict[str, Any]:
    """Facts of an amendment beside those of any agreement."""
    return {
        "amended": amended.number,
        "amended_on": dates.in_words(dates.day_of(amended.signed_at)) if amended.signed_at else gap,
        "purpose": _sentence(tree.typography(amendment.purpose)) or gap,
        "changes": tuple(
            (clause, tree.typography(before), tree.typography(after)) for clause, before, after in changes_of(amendment)
        ),
    }


def render_agreement(data: AgreementDocument, text_body: str) -> bytes:
    """Compose the PDF of an agreement from its text, with the three places to sign, named and tagged.

    Returns PDF/A-3a and PDF/UA-1 as Typst checks them at export, then gives it its fields. Raises `Refused` when a
    variable of the text is unknown or empty, or when the layout is missing or fails.
    """
    if data.has_gaps:
        raise Refused(
            "Un projet à compléter se lit, et ne s’imprime pas pour la signature\u00a0: complétez-le d’abord."
        )
    _refuse_gaps(data)
    filled = tree.fill(tree.parse(text_body, blocks=BLOCKS), data.variables())
    layout = texts.layout_of(data.model_name, data.model_version, "convention.typ")
    facts = asdict(data)
    for party, given in zip(data.parties, facts["parties"], strict=True):
        given |= {"called": party.called, "opening": party.opening, "description": party.description}
        given |= {"field": party.field or party.kind}
    for sheet, given in zip(data.processings, facts["processings"], strict=True):
        given |= {"lines": sheet_lines(sheet)}
    for mention, given in zip(data.mentions, facts["mentions"], strict=True):
        given |= {"lines": mention.lines, "emblem": asdict(mention.drawn) if mention.drawn else None}
    facts["code"] = codes.drawn(data.code)
    pdf = typst.render(layout, {"notice": data.notice, "doc": facts, "nodes": tree.as_data(filled)})
    return fields.place(
        pdf, fields={party.field or party.kind: f"Signature pour {party.name}" for party in data.parties}
    )


def agreement_html(data: AgreementDocument, text_body: str, *, top_level: int = 2) -> SafeString:
    """Return the reading page of the agreement: the same words as the PDF. Raises `Refused` like it."""
    _refuse_gaps(data)
    body = html.render_html(text_body, data.variables(), blocks=_html_blocks(data, top_level + 2), top_level=top_level)
    notice = format_html("<p><strong>{}</strong></p>\n", data.notice) if data.is_demonstration else ""
    funders = format_html_join("", "<p>{}</p>\n", ((" – ".join(one.lines),) for one in data.mentions))
    return format_html(
        "{}<p>{}, établi{} le {}.</p>\n{}{}",
        notice,
        data.title,
        "" if data.amended else "e",
        data.drafted_on,
        funders,
        body,
    )


def _refuse_gaps(data: AgreementDocument) -> None:
    """Refuse to print while what a block states is missing: a document never leaves a gap to be filled by hand."""
    for party in data.parties:
        wanted = {"nom": party.name, "SIRET": party.siret, "signataire": party.representative, "qualité": party.quality}
        for label, value in wanted.items():
            if not value.strip():
                raise Refused(f"Il manque à la convention\u00a0: {label}, pour {party.called}. Complétez le dossier.")
    if data.amended and not data.changes:
        raise Refused("L’avenant ne change rien\u00a0: changez les services, la contribution ou le terme.")
    if not data.services and any(party.kind == "beneficiary" for party in data.parties):
        raise Refused("Aucun service n’est choisi\u00a0: la convention n’aurait pas d’objet.")


def _party(party: Party, agreement: Agreement, *, with_gaps: bool) -> PartyFacts:
    party.agreement = agreement
    body = party.body
    gap = TO_COMPLETE if with_gaps else ""
    if party.act is not None:
        act = facts_of(party.act)
    elif with_gaps:
        is_commune = isinstance(body, Beneficiary) and body.kind == Beneficiary.Kind.COMMUNE
        assembly = "conseil municipal" if is_commune else ASSEMBLIES[party.kind]
        act = ActFacts(body=assembly, number=gap, subject="", adopted_on=gap)
    else:
        raise Refused(
            f"L’acte qui habilite «\u00a0{party.name}\u00a0» à signer manque\u00a0: enregistrez-le, puis rattachez-le."
        )
    return PartyFacts(
        kind=party.kind,
        name=party.name,
        legal_form=body.legal_form,
        siret=siret.spaced(party.siret) or gap,
        seat=party.seat,
        representative=party.representative or gap,
        quality=party.quality or gap,
        act=act,
        is_siret_fictitious=body.is_fictitious,
        field=party.field,
    )


def _grounds(agreement: Agreement, *, on: date, with_gaps: bool) -> Grounds | None:
    """The grounds that it cites of the lead, as printed or as a draft would be; None: the committee approves it itself.

    A draft read before a model is approved, or a signature delegated, keeps its place: one of the two, or none, is
    known.
    """
    if agreement.round is not None or agreement.approved_by is not None:
        printed = Grounds(agreement.approved_by, agreement.delegated_by)
        return printed if printed.approved_by else None
    is_covered = rules.why_outside_delegation(agreement, on=on) is None
    awaits = with_gaps and agreement.type.approved_by == AgreementType.ApprovedBy.MODEL
    return empowering.grounds_of(agreement, on=on) if is_covered or awaits else None


def _signing_by(grounds: Grounds | None, party: PartyFacts, agreement: Agreement) -> PartyFacts:
    """The same party, its deed told as it empowers: for the lead, the article that delegates, or the act to come."""
    if party.kind != Party.Kind.LEAD:
        return party
    if grounds is None and agreement.committee_article is not None:
        article = agreement.committee_article
        return replace(party, act=replace(facts_of(article.act), article=str(article.number)))
    if grounds is None:
        return replace(party, act=deed_to_come(party.act.body, is_amendment=agreement.amends_id is not None))
    if grounds.delegated_by is None:
        gap = ActFacts(party.act.body, number=TO_COMPLETE, subject="", adopted_on=TO_COMPLETE)
        return replace(party, act=gap)
    return replace(party, act=replace(facts_of(grounds.delegated_by.act), article=str(grounds.delegated_by.number)))


def _visas(parties: tuple[PartyFacts, ...], grounds: Grounds | None, agreement: Agreement) -> Iterator[str]:
    """The acts that the document cites, the lead's first: which article approves its model, which one delegates."""
    for party in reversed(parties):
        if party.kind != Party.Kind.LEAD or grounds is None:
            founding = agreement.programme.founding_act
            if party.kind == Party.Kind.LEAD and founding is not None:
                yield visa(facts_of(founding))
            if party.kind == Party.Kind.LEAD and party.act.article:
                does = approves_document(is_amendment=agreement.amends_id is not None)
                yield from grounds_in_words([(replace(party.act, article=""), party.act.article, does)], body="")
            else:
                yield visa(party.act)
            continue
        is_fictitious = empowering.is_fictitious(grounds.approved_by, agreement.text.sha256)
        of = "du présent avenant" if agreement.amends_id else "de la présente convention"
        what = approves_model(of, is_fictitious=is_fictitious)
        cited = [(grounds.approved_by, what), (grounds.delegated_by, "délègue la signature")]
        yield from grounds_in_words(
            [(facts_of(one.act) if one else None, str(one.number) if one else "", does) for one, does in cited],
            body=party.act.body,
        )


def _processing(service: Service, providers: Mapping[str, str]) -> ProcessingFacts:
    return ProcessingFacts(
        service=service.name,
        purposes=tree.typography(service.purposes),
        categories=tree.typography(service.data_categories),
        subjects=tree.typography(service.data_subjects),
        retention=tree.typography(service.retention),
        processor=providers.get(service.provided_by, ""),
        sub_processors=tuple(operator.name for operator in service.sub_processors.all()),
    )


def _sentence(text: str) -> str:
    """Make a sentence of a note: a capital first, a full stop last."""
    text = text.strip()
    return f"{text[0].upper()}{text[1:].rstrip('.')}." if text else ""


def _html_blocks(data: AgreementDocument, rank: int) -> dict[str, SafeString]:
    parties = format_html_join(
        "", "<li><strong>{}</strong>, {}\u00a0;</li>", ((party.opening, party.description) for party in data.parties)
    )
    services = format_html_join(
        "",
        '<tr><th scope="row">{}</th><td>{}</td><td>{}</td><td>{}</td></tr>',
        ((s.name, s.summary, s.provided_by, s.legal_basis) for s in data.services),
    )
    sheets = format_html_join("", "{}", ((_html_sheet(sheet, rank),) for sheet in data.processings))
    signatures = format_html_join(
        "", "<li>{}\u00a0: {}, {}</li>", ((p.name, p.representative, p.quality) for p in data.parties)
    )
    return {
        "parties": format_html("<ul>{}</ul>", parties),
        "visas": format_html_join("", "<p>{}</p>", ((visa,) for visa in data.visas)),
        "changes": format_html(
            "<table><caption>Ce que l’avenant modifie</caption><thead><tr>"
            '<th scope="col">Clause</th><th scope="col">Jusqu’alors</th><th scope="col">Désormais</th>'
            "</tr></thead><tbody>{}</tbody></table>",
            format_html_join("", '<tr><th scope="row">{}</th><td>{}</td><td>{}</td></tr>', data.changes),
        ),
        "services": format_html(
            "<table><caption>Services choisis</caption><thead><tr>"
            '<th scope="col">Service</th><th scope="col">Contenu</th>'
            '<th scope="col">Fourni par</th><th scope="col">Rattachement</th>'
            "</tr></thead><tbody>{}</tbody></table>",
            services,
        ),
        "rgpd": sheets,
        "signatures": format_html("<ol>{}</ol>", signatures),
    }


def _html_sheet(sheet: ProcessingFacts, rank: int) -> SafeString:
    lines = format_html_join("", "<dt>{}</dt><dd>{}</dd>", sheet_lines(sheet))
    return format_html("<h{}>{}</h{}><dl>{}</dl>", min(rank, 6), sheet.service, min(rank, 6), lines)


def sheet_lines(sheet: ProcessingFacts) -> list[tuple[str, str]]:
    """The lines of a sheet, in the order a reader expects."""
    return [
        ("Finalités", sheet.purposes),
        ("Catégories de données", sheet.categories),
        ("Personnes concernées", sheet.subjects),
        ("Conservation", sheet.retention),
        ("Sous-traitant", sheet.processor),
        ("Sous-traitants ultérieurs", ", ".join(sheet.sub_processors) or "aucun"),
    ]
