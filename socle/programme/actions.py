"""Loading a programme: the file is the source, the rows are its image."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import ProtectedError

from socle.deliberations import actions as deliberations
from socle.deliberations.models import Act, Approval, Article
from socle.deliberations.rules import why_approves_nothing, why_empowers_nobody
from socle.documents.models import Text
from socle.journal import actions as journal
from socle.lib.refusals import Refused
from socle.people.models import Operator, User
from socle.programme.file import (
    ActEntry,
    AgreementEntry,
    AmendmentEntry,
    ApprovalEntry,
    Fault,
    ProgrammeFile,
    WrongFile,
    examine,
    line_of,
    party_of,
    read,
)
from socle.programme.models import (
    AgreementType,
    FundingScheme,
    Partner,
    Power,
    PriceStratum,
    Programme,
    Promise,
    Service,
    TypeParty,
)
from socle.territory.models import Department, Vintage


def shipped() -> Path:
    """The programme that comes with the platform: the example of a demonstration, or the syndicate's own."""
    return Path(settings.ROOT) / "programmes" / "pack-mairies-connectees.toml"


def folder() -> Path:
    """Where an operator puts its programme files, in the data directory."""
    return Path(settings.DATA_DIR) / "programmes"


def placed(named: Path) -> Path:
    """The file of this name: in the operator's folder, when it is a bare name and nothing here bears it."""
    return folder() / named if named.name == str(named) and not named.exists() else named


def files() -> list[Path]:
    """The operator's own programme files, in order of name; a demonstration shows the one that comes with us first."""
    return ([shipped()] if settings.DEMO else []) + sorted(folder().glob("*.toml"))


@transaction.atomic
def load(path: Path, *, by: User, at: datetime, demonstration: bool) -> tuple[Programme, bool]:
    """Make the rows say what the file says; return the programme and whether anything was written.

    With `demonstration`, the fictitious certificate of publication, acts and approvals of the file are added, marked as
    such. An approval of a model that the file no longer says is withdrawn.
    Raises WrongFile (French, with lines) and then writes nothing.
    """
    declared, sha256 = read(path)
    known = Programme.objects.filter(code=declared.code).first()
    if faults := _faults_in_base(path.read_text(encoding="utf-8"), declared, known):
        raise WrongFile("\n".join(fault.said_of(path) for fault in faults))
    if known is not None and known.file_sha256 == sha256 and (known.has_demonstration or not demonstration):
        return known, False
    operators = {entry.code: _operator(entry.code, declared) for entry in declared.operator}
    programme = _programme(declared, sha256)
    _partners(programme, declared, operators)
    _offer(programme, declared, operators)
    try:
        founding = _act(declared.founding_act, operators, by=by, at=at)
    except Refused as refusal:
        line = line_of(path.read_text(encoding="utf-8"), ("founding_act", "number"))
        raise WrongFile(Fault(line, refusal.sentence).said_of(path)) from refusal
    former, programme.founding_act = programme.founding_act, founding
    programme.has_demonstration = demonstration and declared.demonstration is not None
    programme.save(update_fields=["founding_act", "has_demonstration"])
    articles = _powers(programme, founding, declared, former=former, by=by, at=at)
    _types(programme, declared, operators, articles)
    _types_of_amendment(programme, declared, articles)
    _approvals(founding, declared, by=by, at=at, demonstration=demonstration)
    if demonstration and declared.demonstration is not None:
        if founding.published_on is None:
            deliberations.certify_publication(
                founding,
                published_on=declared.demonstration.published_on,
                certificate=declared.demonstration.publication_certificate,
                by=by,
                at=at,
            )
        lead = operators[next(one.code for one in declared.operator if one.part == "lead")]
        if declared.demonstration.lead_phone and not lead.phone:
            lead.phone = declared.demonstration.lead_phone
            lead.save(update_fields=["phone"])
        for entry in declared.demonstration.cdg_acts:
            _act(entry, operators, by=by, at=at, is_fictitious=True)
    kept = programme.agreement_types.filter(text_chosen_at__isnull=False).values_list("code", flat=True)
    journal.record("programme.loaded", programme, by=by, at=at, file_sha256=sha256, texts_kept=[*kept])
    return programme, True


def faults_of(path: Path, *, by: User, at: datetime, demonstration: bool) -> list[str]:
    """Say in French every fault of a programme's file, those that only the base can tell included; change nothing.

    A file without a fault is loaded, and the loading undone: what would be refused then is said now. Raises `WrongFile`
    when nothing can be read of it.
    """
    examined = examine(path)
    faults = {*examined.faults}
    if examined.programme is not None:
        known = Programme.objects.filter(code=examined.programme.code).first()
        faults |= {*_faults_in_base(examined.text, examined.programme, known)}
    if faults:
        return [fault.said_of(path) for fault in sorted(faults)]
    try:
        with transaction.atomic():
            load(path, by=by, at=at, demonstration=demonstration)
            transaction.set_rollback(True)
    except Refused as refusal:
        return refusal.sentence.splitlines()
    return []


def _faults_in_base(text: str, declared: ProgrammeFile, known: Programme | None) -> list[Fault]:
    """Check what only the base can tell: the departments, the vintage, the text, the services already in use."""
    faults: list[Fault] = []

    def add(place: tuple[int | str, ...], reason: str) -> None:
        faults.append(Fault(line_of(text, place), reason))

    departments = set(Department.objects.values_list("code", flat=True))
    for index, operator in enumerate(declared.operator):
        for code in operator.departments:
            if code not in departments:
                add(("operator", index, "departments"), f"le département «\u00a0{code}\u00a0» n’existe pas")
    if not Vintage.objects.filter(year=declared.priority.vintage).exists():
        years = ", ".join(str(year) for year in Vintage.objects.values_list("year", flat=True))
        loaded = f"ceux qui le sont\u00a0: {years}" if years else "lancez «\u00a0socle load-territory\u00a0»"
        add(("priority", "vintage"), f"le millésime {declared.priority.vintage} n’est pas chargé\u00a0; {loaded}")
    written = [("agreement", index, one.text, one.version) for index, one in enumerate(declared.agreement)]
    written += [("amendment", index, one.text, one.version) for index, one in enumerate(declared.amendment)]
    for what, index, name, version in written:
        if not Text.objects.filter(name=name, version=version).exists():
            add((what, index, "version"), f"le modèle «\u00a0{name}\u00a0» n’a pas de version {version}")
    for index, one in enumerate(declared.agreement):
        for rank, promise in enumerate(one.promise):
            if promise.kept_by is not None and promise.kept_by not in settings.SOCLE_PROMISE_KEEPERS:
                known_ones = ", ".join(settings.SOCLE_PROMISE_KEEPERS) or "rien"
                add(
                    ("agreement", index, "promise", rank, "kept_by"),
                    f"rien ne tient de promesse sous le nom «\u00a0{promise.kept_by}\u00a0», mais\u00a0: {known_ones}",
                )
    for index, approval in enumerate(declared.approval):
        if reason := _why_not_approval(approval, declared):
            add(("approval", index, reason[0]), reason[1])
    if known is not None:
        kept = {service.code for service in declared.service}
        for service in known.services.exclude(code__in=kept):
            if service.rights.exists():
                place = "est ouvert à des bénéficiaires\u00a0; il ne peut pas être retiré de l’offre"
                add(("service",), f"le service «\u00a0{service.code}\u00a0» {place}")
    return sorted(faults)


def _why_not_approval(entry: ApprovalEntry, declared: ProgrammeFile) -> tuple[str, str] | None:
    """The field of an approval that the database contradicts, and why, or None."""
    text = Text.objects.filter(name=entry.text, version=entry.version).first()
    if text is None:
        return "version", f"le modèle « {entry.text} » n’a pas de version {entry.version}."
    if entry.sha256 is not None and entry.sha256 != text.sha256:
        return "sha256", f"ce n’est pas l’empreinte du texte publié, qui est {text.sha256}."
    if entry.act is not None and entry.act != declared.founding_act.number:
        article = (
            Article.objects.select_related("act")
            .filter(act__operator__code=declared.founding_act.operator, act__number=entry.act, number=entry.article)
            .first()
        )
        if article is None:
            return "act", f"l’acte n°\u00a0{entry.act}, ou son article {entry.article}, n’est pas enregistré."
        if reason := why_empowers_nobody(article.act) or why_approves_nothing(article):
            return "article", reason
    if text.is_demonstration and not entry.fictitious:
        return (
            "text",
            "ce texte se dit modèle de démonstration, et aucune assemblée ne l’a approuvé\u00a0: écrivez "
            "«\u00a0fictitious\u00a0=\u00a0true\u00a0», ou publiez le vôtre, et faites-le approuver.",
        )
    return None


def _operator(code: str, declared: ProgrammeFile) -> Operator:
    """The operator of this code, or that of its SIREN that no programme knew yet, which takes this code."""
    entry = next(entry for entry in declared.operator if entry.code == code)
    known = Operator.objects.filter(code=code).first() or (
        # Made by the command that invites the first person, before any programme was loaded.
        Operator.objects.filter(siret__startswith=entry.siret[:9], partnerships=None).first()
    )
    operator, _ = Operator.objects.update_or_create(
        code=known.code if known is not None else code,
        defaults={
            "code": code,
            "name": entry.name,
            "legal_form": entry.legal_form,
            "siret": entry.siret,
            "is_siret_confirmed": not entry.fictitious,
            "is_fictitious": entry.fictitious,
            "seat": entry.seat,
            "phone": entry.phone,
            "email": entry.email,
        },
    )
    return operator


def _programme(declared: ProgrammeFile, sha256: str) -> Programme:
    programme, _ = Programme.objects.update_or_create(
        code=declared.code,
        defaults={
            "name": declared.name,
            "summary": declared.summary,
            "number_prefix": declared.number_prefix,
            "file_sha256": sha256,
            "priority_below": declared.priority.below,
            "priority_vintage": Vintage.objects.get(year=declared.priority.vintage),
            "population_definition": declared.priority.population,
            "priority_source": declared.priority.source,
        },
    )
    return programme


def _partners(programme: Programme, declared: ProgrammeFile, operators: dict[str, Operator]) -> None:
    programme.partners.exclude(operator__in=operators.values()).delete()
    for entry in declared.operator:
        partner, _ = Partner.objects.update_or_create(
            programme=programme,
            operator=operators[entry.code],
            defaults={"part": entry.part, "sees_money": entry.sees_money},
        )
        partner.departments.set(Department.objects.filter(code__in=entry.departments))


def _offer(programme: Programme, declared: ProgrammeFile, operators: dict[str, Operator]) -> None:
    codes = [entry.code for entry in declared.service]
    programme.services.exclude(code__in=codes).delete()
    for order, entry in enumerate(declared.service):
        data = entry.personal_data
        service, _ = Service.objects.update_or_create(
            programme=programme,
            code=entry.code,
            defaults={
                "name": entry.name,
                "summary": entry.summary,
                "legal_basis": entry.legal_basis,
                "provided_by": entry.provided_by,
                "is_essential": entry.essential,
                "extra_price": entry.extra_price,
                "is_provisioned": entry.provisioned,
                "handles_personal_data": data is not None,
                "purposes": data.purposes if data else "",
                "data_categories": data.categories if data else "",
                "data_subjects": data.subjects if data else "",
                "retention": data.retention if data else "",
                "order": order,
            },
        )
        service.sub_processors.set([operators[code] for code in data.sub_processors] if data else [])
    programme.schemes.exclude(code__in=[scheme.code for scheme in declared.scheme]).delete()
    for scheme in declared.scheme:
        FundingScheme.objects.update_or_create(
            programme=programme,
            code=scheme.code,
            defaults={
                "name": scheme.name,
                "rate": scheme.rate,
                "spend_from": scheme.spend_from,
                "spend_until": scheme.spend_until,
                "source": scheme.source,
            },
        )


def _powers(
    programme: Programme, founding: Act, declared: ProgrammeFile, *, former: Act | None, by: User, at: datetime
) -> dict[int, Article]:
    """Make the articles of the founding act empower as the file says; a delegation noted on another act stays."""
    entries = declared.founding_act.article
    articles = deliberations.record_articles(founding, [(one.number, one.text) for one in entries], by=by, at=at)
    of_the_file = programme.powers.filter(article__act__in=[act for act in (former, founding) if act is not None])
    of_the_file.exclude(article__in=articles.values()).delete()
    for one in entries:
        Power.objects.update_or_create(programme=programme, article=articles[one.number], defaults={"power": one.power})
    return articles


def _types(
    programme: Programme, declared: ProgrammeFile, operators: dict[str, Operator], articles: dict[int, Article]
) -> None:
    kept = [*(one.code for one in declared.agreement), *(one.code for one in declared.amendment)]
    try:
        programme.agreement_types.exclude(code__in=kept).delete()
    except ProtectedError as error:
        raise WrongFile(
            "Un type de convention retiré du fichier a des conventions\u00a0: remettez-le, elles en dépendent."
        ) from error
    for order, one in enumerate(declared.agreement):
        has_beneficiary = "beneficiary" in one.parties
        kind, _ = AgreementType.objects.update_or_create(
            programme=programme,
            code=one.code,
            defaults={
                "name": one.name,
                "approved_by": one.approved,
                "article": articles[one.article] if one.article is not None else None,
                "has_beneficiary": has_beneficiary,
                "term_months": one.term_months,
                "notice_months": one.notice_months,
                "operators_notice_months": one.operators_notice_months,
                "breach_months": one.breach_months,
                "reversibility_months": one.reversibility_months,
                "renewals": one.renewals,
                "annual_price": one.annual_price,
                "per_inhabitant": one.per_inhabitant,
                "vat_regime": one.vat_regime,
                "price_note": one.price_note,
                "basis": one.basis,
                "equipment": one.equipment,
                "order": order,
            }
            | _text_of(programme, one),
        )
        kind.services.set(programme.services.filter(code__in=one.services))
        _promises(kind, one)
        kind.strata.filter(order__gte=len(one.stratum)).delete()
        for place, stratum in enumerate(one.stratum):
            PriceStratum.objects.update_or_create(
                type=kind,
                order=place,
                defaults={
                    "up_to": stratum.up_to,
                    "annual_price": stratum.annual,
                    "first_year_price": stratum.first_year,
                },
            )
        kind.parties.filter(rank__gt=len(one.parties)).delete()
        for rank, word in enumerate(one.parties, start=1):
            follows = has_beneficiary and word in ("beneficiary", "cdg")
            entry = None if follows else party_of(declared, word)
            TypeParty.objects.update_or_create(
                type=kind,
                rank=rank,
                defaults={
                    "part": entry.part if entry else word,
                    "operator": operators[entry.code] if entry else None,
                },
            )


def _promises(kind: AgreementType, entry: AgreementEntry) -> None:
    """Make the promises of a type say what the file says; one that was kept stays, its proof depends on it."""
    try:
        kind.promises.exclude(code__in=[one.code for one in entry.promise]).delete()
    except ProtectedError as error:
        raise WrongFile(
            "Une promesse retirée du fichier a déjà été tenue\u00a0: remettez-la, sa preuve en dépend."
        ) from error
    for order, one in enumerate(entry.promise):
        Promise.objects.update_or_create(
            type=kind,
            code=one.code,
            defaults={
                "name": one.name,
                "clause": one.clause,
                "owed_by": one.by,
                "every_months": one.every_months,
                "kept_by": one.kept_by or "",
                "order": order,
            },
        )


def _types_of_amendment(programme: Programme, declared: ProgrammeFile, articles: dict[int, Article]) -> None:
    """An amendment has the parties and the terms of what it amends; its text and its approval are its own."""
    for order, one in enumerate(declared.amendment, start=len(declared.agreement)):
        amended = next(entry for entry in declared.agreement if entry.code == one.of)
        AgreementType.objects.update_or_create(
            programme=programme,
            code=one.code,
            defaults={
                "name": one.name,
                "amends": programme.agreement_types.get(code=one.of),
                "approved_by": one.approved,
                "article": articles[one.article] if one.article is not None else None,
                "has_beneficiary": "beneficiary" in amended.parties,
                "term_months": amended.term_months,
                "annual_price": amended.annual_price,
                "vat_regime": amended.vat_regime,
                "price_note": amended.price_note,
                "order": order,
            }
            | _text_of(programme, one),
        )


def _text_of(programme: Programme, one: AgreementEntry | AmendmentEntry) -> dict[str, Any]:
    """The text that the file names for a type; nothing where a version of this same text was chosen on a screen."""
    if programme.agreement_types.filter(code=one.code, text_name=one.text, text_chosen_at__isnull=False).exists():
        return {}
    said = {"text_name": one.text, "text_version": one.version, "text_is_demonstration": one.demonstration}
    return {**said, "text_chosen_at": None}


def _approvals(founding: Act, declared: ProgrammeFile, *, by: User, at: datetime, demonstration: bool) -> None:
    """Make the approvals of models by the acts of this file say what it says; the fictitious, in a demonstration."""
    acts = {founding.number: founding} | {
        act.number: act
        for act in Act.of_operators.filter(
            operator=founding.operator, number__in=[one.act for one in declared.approval]
        )
    }
    known = Approval.objects.filter(subject=Approval.Subject.MODEL, article__act__in=acts.values())
    former = {(one.article_id, one.sha256): one for one in known.select_related("article__act")}
    for entry in declared.approval:
        if entry.fictitious and not demonstration:
            continue
        article = acts[entry.act or founding.number].articles.get(number=entry.article)
        text = Text.objects.get(name=entry.text, version=entry.version)
        one = former.get((article.pk, text.sha256))
        if one is not None and (one.is_fictitious == entry.fictitious or not one.is_declared):
            del former[article.pk, text.sha256]
            continue
        if one is not None:
            deliberations.withdraw(former.pop((article.pk, text.sha256)), by=by, at=at)
        deliberations.approve(
            article,
            subject=Approval.Subject.MODEL,
            sha256=text.sha256,
            title=f"{text.name}, {text.version}",
            is_fictitious=entry.fictitious,
            is_declared=True,
            by=by,
            at=at,
        )
    for approval in former.values():
        if approval.is_declared:
            deliberations.withdraw(approval, by=by, at=at)


def _act(
    entry: ActEntry, operators: dict[str, Operator], *, by: User, at: datetime, is_fictitious: bool = False
) -> Act:
    operator = operators[entry.operator]
    known = Act.of(operator).filter(number=entry.number).first()
    if known is not None:
        # The file says the days that nobody noted yet; one that is known stays as it was noted.
        return deliberations.complete_dates(
            known,
            received_on=entry.received_on if known.received_on is None else None,
            published_on=entry.published_on if known.published_on is None else None,
            certificate="Dite par le fichier du programme.",
            by=by,
            at=at,
        )
    return deliberations.record_act(
        operator,
        kind=Act.Kind.DELIBERATION,
        body=entry.body,
        number=entry.number,
        subject=entry.subject,
        adopted_on=entry.adopted_on,
        received_on=entry.received_on,
        published_on=entry.published_on,
        identifier=entry.identifier,
        is_fictitious=is_fictitious,
        by=by,
        at=at,
    )


__all__ = ["WrongFile", "faults_of", "files", "folder", "load", "placed", "shipped"]
