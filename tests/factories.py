"""Situations the tests start from. Communes are real in name only; people are fictitious."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import pikepdf
from allauth.mfa.models import Authenticator
from django.db.models import QuerySet
from django_scopes import scope

from socle.agreements.endings import term_end
from socle.agreements.models import Agreement, ChosenService, Party, Status
from socle.deliberations.models import Act, Approval, Article
from socle.documents import tree
from socle.documents.models import Text
from socle.documents.texts import seeds
from socle.domains.models import DomainName
from socle.inbox.models import ContactMessage
from socle.joining.models import JoinRequest
from socle.joining.models import Status as Joining
from socle.lib import siret
from socle.lib.text import folded
from socle.people.models import Beneficiary, Membership, Operator, Role, User
from socle.programme.actions import shipped
from socle.programme.file import read as read_programme
from socle.programme.models import AgreementType, Partner, Power, Programme, Service, TypeParty
from socle.provisioning.models import Installation, Right
from socle.revenue.models import Contribution
from socle.sites import actions as sites
from socle.sites.models import WebSite
from socle.territory.models import Commune, CommuneInVintage, Department, Vintage

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 25)

_DEPARTMENTS = {"59": "Nord", "62": "Pas-de-Calais", "80": "Somme"}


@cache
def siren(number: int) -> str:
    """A SIREN with a right key, different for each number."""
    stem = f"{21_000_000 + number:08d}"
    return next(f"{stem}{key}" for key in range(10) if siret.why_not_siren(f"{stem}{key}") is None)


def department(code: str = "59") -> Department:
    found = Department.objects.filter(code=code).first()
    return found or Department.objects.create(code=code, name=_DEPARTMENTS.get(code, code))


def vintage(year: int = 2026) -> Vintage:
    found = Vintage.objects.filter(year=year).first()
    return found or Vintage.objects.create(year=year, source="essai", population_definition="population légale")


def commune(insee_code: str = "59474", name: str = "Prisches", population: int = 1000, **fields: Any) -> Commune:
    found = Commune.objects.filter(insee_code=insee_code).first()
    if found:
        return found
    made = Commune.objects.create(
        insee_code=insee_code,
        name=name,
        search_name=folded(name),
        department=department(insee_code[:2]),
        siren=siren(int(insee_code)),
        population=population,
        **fields,
    )
    CommuneInVintage.objects.create(
        commune=made,
        vintage=vintage(),
        insee_code=insee_code,
        name=name,
        department=made.department,
        population=population,
    )
    return made


def beneficiary(of: Commune | None = None, **fields: Any) -> Beneficiary:
    """A commune's beneficiary, its SIRET confirmed."""
    place = of or commune()
    defaults = {
        "name": f"Commune de {place.name}",
        "legal_form": "commune",
        "siret": siret.complete(place.siren),
        "is_siret_confirmed": True,
        "department": place.department,
    }
    return Beneficiary.objects.create(kind=Beneficiary.Kind.COMMUNE, commune=place, **{**defaults, **fields})


def prove(of: Beneficiary, name: str) -> None:
    """Whoever holds this name published our token there: it may serve."""
    with scope(beneficiary=of):
        DomainName.objects.filter(name=name).update(proved_at=NOW)


def user(email: str = "personne@exemple.invalid", name: str = "Camille Exemple", **fields: Any) -> User:
    return User.objects.filter(email=email).first() or User.objects.create_user(email, name=name, **fields)


def member(role: Role, where: Beneficiary | Operator, *, email: str = "", **fields: Any) -> User:
    """A fictitious person who holds this role there."""
    person = user(email or f"{role}-{where._meta.model_name}-{where.pk}@exemple.invalid", name=f"Camille {role.label}")
    place = {"beneficiary": where} if isinstance(where, Beneficiary) else {"operator": where}
    if not person.memberships.filter(role=role, **place).exists():
        Membership.objects.create(user=person, role=role, **place, **fields)
    return person


def second_factor(person: User) -> Authenticator:
    """Give this person a passkey: what a device or a token of theirs wants, where their role demands it."""
    kind = Authenticator.Type.WEBAUTHN
    return Authenticator.objects.get_or_create(user=person, type=kind, defaults={"data": {}})[0]


def operator(code: str, name: str, number: int) -> Operator:
    return _operators((code, name, number))[0]


def _operators(*wanted: tuple[str, str, int]) -> list[Operator]:
    """Those of these codes, made together where they are missing."""
    there = {one.code: one for one in Operator.objects.filter(code__in=[code for code, _, _ in wanted])}
    missing = Operator.objects.bulk_create(
        Operator(
            code=code,
            name=name,
            legal_form="établissement public",
            siret=siret.complete(siren(number)),
            is_siret_confirmed=True,
            seat="Arras",
        )
        for code, name, number in wanted
        if code not in there
    )
    there.update((one.code, one) for one in missing)
    return [there[code] for code, _, _ in wanted]


def act(owner: Beneficiary | Operator, number: str = "2026-01", **fields: Any) -> Act:
    """An executory act of this body's assembly."""
    place = {"beneficiary": owner} if isinstance(owner, Beneficiary) else {"operator": owner}
    defaults = {
        "kind": Act.Kind.DELIBERATION,
        "body": "conseil municipal" if isinstance(owner, Beneficiary) else "conseil d’administration",
        "subject": "Adhésion au programme",
        "adopted_on": date(2026, 10, 1),
        "received_on": date(2026, 10, 2),
        "published_on": date(2026, 10, 3),
    }
    said = {**defaults, **fields}
    return Act.objects.create(**place, number=number, search_text=folded(f"{number} {said['subject']}"), **said)


def pdf(pages: int = 1) -> bytes:
    """A drawing of so many pages, blank and wider than high."""
    content = io.BytesIO()
    with pikepdf.new() as drawn:
        for _ in range(pages):
            drawn.add_blank_page(page_size=(1190, 842))
        drawn.save(content, deterministic_id=True)
    return content.getvalue()


def acts() -> QuerySet[Act]:
    """Every act that was recorded, whatever the scope."""
    return Act._base_manager.all()


def text(body: str | None = None) -> Text:
    """The demonstration's model of agreement, published."""
    return Text.objects.get_or_create(
        name="convention-tripartite",
        version="2026-11-25",
        defaults={"body": body or "# Convention", "sha256": "0" * 64},
    )[0]


def amendment_text(body: str | None = None) -> Text:
    """The demonstration's model of amendment, published."""
    return Text.objects.get_or_create(
        name="avenant", version="2026-11-29", defaults={"body": body or "# Avenant", "sha256": "a" * 64}
    )[0]


def shipped_texts() -> None:
    """The models that the programme which comes with us names, published under its dates; short ones."""
    declared, _ = read_programme(shipped())
    for rank, (name, version) in enumerate(
        sorted({(one.text, one.version) for one in (*declared.agreement, *declared.amendment)})
    ):
        Text.objects.get_or_create(name=name, version=version, defaults={"body": f"# {name}", "sha256": f"{rank:064x}"})


def letter_texts() -> None:
    """The letters that come with the platform, published under a day that has come."""
    for seed in seeds():
        if tree.parse(seed.body).facts.get("statut", "").startswith("lettre type"):
            given = {"body": seed.body, "sha256": seed.sha256, "is_demonstration": False}
            Text.objects.get_or_create(name=seed.name, version="2026-11-25", defaults=given)


def approval(article: Article, sha256: str, **fields: Any) -> Approval:
    """This article approves the very bytes of this digest."""
    defaults = {"subject": Approval.Subject.MODEL, "title": "convention-tripartite", "recorded_at": NOW}
    return Approval.objects.create(article=article, sha256=sha256, **{**defaults, **fields})


TERMS = ("term_months", "annual_price", "vat_regime", "price_note")


def tripartite(of: Programme, model: Text, **fields: Any) -> AgreementType:
    """The type of agreement that binds a beneficiary, its centre de gestion and the lead."""
    terms = {"term_months": 36, "annual_price": Decimal("240.00"), "vat_regime": "hors du champ de la TVA"}
    made = AgreementType.objects.create(
        programme=of,
        code="tripartite",
        name="Convention tripartite",
        approved_by=AgreementType.ApprovedBy.MODEL,
        has_beneficiary=True,
        text_name=model.name,
        text_version=model.version,
        order=0,
        **(terms | fields),
    )
    TypeParty.objects.bulk_create(
        TypeParty(type=made, rank=rank, part=part, operator=of.lead() if part == "lead" else None)
        for rank, part in enumerate(("beneficiary", "cdg", "lead"), start=1)
    )
    return made


def amendments(of: Programme, body: str | None = None) -> AgreementType:
    """The type of its amendments, each of which the committee approves."""
    model = amendment_text(body)
    return AgreementType.objects.create(
        programme=of,
        code="avenant",
        name="Avenant",
        amends=of.tripartite(),
        approved_by=AgreementType.ApprovedBy.EACH,
        has_beneficiary=True,
        text_name=model.name,
        text_version=model.version,
        term_months=36,
        annual_price=Decimal("240.00"),
        vat_regime="hors du champ de la TVA",
        order=1,
    )


def programme(**fields: Any) -> Programme:
    """The programme with its four operators, one essential service of each engine, an executory founding act."""
    found = Programme.objects.filter(code="pack").first()
    if found:
        return found
    model = text()
    lead, *others = _operators(
        ("npdcn", "Syndicat mixte d’essai", 1),
        ("cdg59", "Centre de gestion du Nord", 2),
        ("cdg62", "Centre de gestion du Pas-de-Calais", 3),
        ("somme-numerique", "Somme Numérique", 4),
    )
    terms = {name: fields.pop(name) for name in TERMS if name in fields}
    made = Programme.objects.create(
        **{
            "code": "pack",
            "name": "Pack d’essai",
            "number_prefix": "PMC",
            "file_sha256": "0" * 64,
            "priority_below": 1000,
            "priority_vintage": vintage(),
            "population_definition": "population légale",
            "priority_source": "acte d’essai",
            "founding_act": act(lead, "2021-16", body="comité syndical", adopted_on=date(2021, 11, 23)),
            **fields,
        }
    )
    parts = (Partner.Part.LEAD, Partner.Part.CDG, Partner.Part.CDG, Partner.Part.TECHNICAL_SUPPORT)
    everywhere = [department("59"), department("62")]
    plays = Partner.departments.through
    partners = Partner.objects.bulk_create(
        Partner(programme=made, operator=body, part=part, sees_money=part != Partner.Part.TECHNICAL_SUPPORT)
        for body, part in zip((lead, *others), parts, strict=True)
    )
    plays.objects.bulk_create(
        plays(partner=partner, department=place)
        for partner, places in zip(partners, (everywhere, everywhere[:1], everywhere[1:], everywhere), strict=True)
        for place in places
    )
    Service.objects.bulk_create(
        Service(
            programme=made,
            code=code,
            name=name,
            summary=f"{name} de la commune.",
            legal_basis="délibération d’essai",
            provided_by=Partner.Part.LEAD,
            is_essential=is_essential,
            is_provisioned=is_essential,
            handles_personal_data=is_essential,
            purposes="informer" if is_essential else "",
            data_categories="identité" if is_essential else "",
            data_subjects="habitantes et habitants" if is_essential else "",
            retention="durée de la convention" if is_essential else "",
            order=order,
        )
        for order, (code, name, is_essential) in enumerate(
            (
                ("site-internet", "Site internet", True),
                ("messagerie", "Messagerie", True),
                ("telephonie", "Téléphonie", False),
            )
        )
    )
    if made.founding_act is not None:
        articles = Article.objects.bulk_create(
            Article(act=made.founding_act, number=number, text=text)
            for number, text in ((5, "Approuve le modèle."), (7, "Délègue la signature à sa présidence."))
        )
        Power.objects.bulk_create(
            Power(programme=made, article=article, power=power)
            for article, power in zip(articles, (Power.Kind.MODEL, Power.Kind.DELEGATION), strict=True)
        )
        approval(articles[0], model.sha256)
    tripartite(made, model, **terms)
    return made


def signed_agreement(of: Beneficiary, **fields: Any) -> Agreement:
    """An agreement concluded without its PDF: enough for what follows a signature."""
    pack = programme()
    ends_on = term_end(fields.get("starts_on", TODAY), fields.get("term_months", 36))
    with scope(beneficiary=of):
        made = Agreement.objects.create(
            **{
                "number": f"PMC-2026-{of.pk:04d}",
                "programme": pack,
                "type": pack.tripartite(),
                "beneficiary": of,
                "text": text(),
                "status": Status.SIGNED,
                "term_months": 36,
                "annual_price": Decimal("240.00"),
                "vat_regime": "hors du champ de la TVA",
                "drafted_at": NOW,
                "signed_at": NOW,
                "starts_on": TODAY,
                "ends_on": ends_on,
                **fields,
            }
        )
        ChosenService.objects.bulk_create(
            ChosenService(agreement=made, service=service) for service in pack.services.filter(is_essential=True)
        )
        Party.objects.bulk_create(
            Party(agreement=made, rank=rank, kind=kind, name=kind)
            for rank, kind in enumerate(("beneficiary", "cdg", "lead"), start=1)
        )
    return made


def join_request(of: Commune | None = None, **fields: Any) -> JoinRequest:
    """A request to join that a fictitious person confirmed from another address than the mairie's."""
    number = JoinRequest.objects.count() + 1
    return JoinRequest.objects.create(
        **{
            "reference": f"ADH-TEST{number}",
            "programme": programme(),
            "commune": of,
            "department": of.department if of else department(),
            "name": "Camille Exemple",
            "function": JoinRequest.Function.MAYOR,
            "email": f"demande{number}@exemple.invalid",
            "form_sha256": f"{number:064d}",
            "asked_at": NOW,
            "confirmed_at": NOW,
            "status": Joining.CONFIRMED,
            **fields,
        }
    )


def named(website: WebSite) -> WebSite:
    """This site, with all that it must say before it opens: who directs it, how the mairie is reached, who hosts it."""
    facts, lead = website.facts, programme().partners.get(part=Partner.Part.LEAD).operator
    said = {
        "publication_director": "Camille Exemple, maire",
        "phone": facts.phone or "03 53 01 00 02",
        "address": facts.address or "1 rue d’Essai",
    }
    sites.correct_facts(website, said, by=user(), at=NOW)
    lead.phone = "03 53 01 00 00"
    lead.save(update_fields=["phone"])
    return website


def open_site(website: WebSite, *, by: User | None = None, at: datetime = NOW) -> WebSite:
    """Open a site that says all that it must."""
    return sites.open_site(named(website), by=by or user(), at=at)


def contact_message(of: Beneficiary, **fields: Any) -> ContactMessage:
    """What an inhabitant wrote on the site of this body, with a file whose bytes are nowhere."""
    count = ContactMessage._base_manager.count() + 1
    with scope(beneficiary=of):
        made = ContactMessage.objects.create(
            **{
                "beneficiary": of,
                "number": f"TEST-{count:04d}",
                "name": "Dominique Exemple",
                "email": "dominique@exemple.invalid",
                "subject": ContactMessage.Subject.QUESTION,
                "words": "À quelle heure ouvre la salle des fêtes ?",
                "search_text": "dominique exemple a quelle heure ouvre la salle des fetes",
                "receipt": "Accusé de réception électronique",
                "form_sha256": f"{of.pk:032d}{count:032d}",
                "received_at": NOW,
                **fields,
            }
        )
    made.files.create(file="messages/nulle-part", filename="photo.jpg", content_type="image/jpeg", size=12)
    return made


def installation(of: Beneficiary, service_code: str = "messagerie", **fields: Any) -> Installation:
    """A right just opened and the installation it wants."""
    with scope(beneficiary=of):
        agreement = Agreement.objects.filter(beneficiary=of).first() or signed_agreement(of)
        service = agreement.programme.services.get(code=service_code)
        right = Right.objects.create(beneficiary=of, service=service, agreement=agreement, opened_at=NOW)
        return Installation.objects.create(beneficiary=of, service=service, right=right, **fields)


def contribution(of: Agreement, *, by: User, **fields: Any) -> Contribution:
    """What an agreement was called to pay for a year, as it left."""
    defaults = {
        "year": 2026, "export_rank": 1, "reference": f"{of.number}/2026", "first_on": TODAY, "last_on": TODAY,
        "debtor_name": of.bound.name, "debtor_siret": of.bound.siret, "subject": "Contribution", "made": "12 mois",
        "net": 100, "vat_regime": "hors du champ de la TVA", "vat_rate": 0, "vat": 0, "total": 100, "due_on": TODAY,
        "exported_at": NOW,
    }  # fmt: skip
    return Contribution.objects.create(agreement=of, exported_by=by, **{**defaults, **fields})
