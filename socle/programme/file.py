"""Reads a programme's file and refuses a wrong one with the line and the reason, before anything is written."""

from __future__ import annotations

import copy
import hashlib
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import reduce
from pathlib import Path
from typing import Annotated, Any, Literal

from django.core.exceptions import ValidationError as DjangoError
from django.core.validators import validate_email
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

from socle.deliberations.models import Act, Article
from socle.deliberations.rules import why_approves_nothing, why_delegates_nothing
from socle.lib import siret as siret_numbers
from socle.lib.refusals import Refused
from socle.programme import skeleton

Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=50)]
Line = Annotated[str, Field(min_length=1, max_length=300)]
Part = Literal["lead", "cdg", "technical_support"]


class Strict(BaseModel):
    """A misspelt key is an error, never silently ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class PriorityEntry(Strict):
    below: Annotated[int, Field(ge=1)]
    vintage: Annotated[int, Field(ge=2000, le=2100)]
    population: Line
    source: Line


class PromiseEntry(Strict):
    """A thing that a clause owes the beneficiary every so many months; `kept_by` names what keeps it by itself."""

    code: Slug
    name: Annotated[str, Field(min_length=1, max_length=200)]
    clause: Annotated[str, Field(min_length=1, max_length=60)]
    by: Annotated[str, Field(min_length=1, max_length=120)]
    every_months: Annotated[int, Field(ge=1, le=120)]
    kept_by: Slug | None = None


def _written_as_text(value: Any) -> Any:
    if isinstance(value, float):
        raise ValueError('un montant s’écrit entre guillemets, avec un point : "240.00"')
    return value


Amount = Annotated[Decimal, Field(ge=0, max_digits=10, decimal_places=2), BeforeValidator(_written_as_text)]


class StratumEntry(Strict):
    """Yearly price of the beneficiaries of so many inhabitants; the last one, without `up_to`, is of all others."""

    up_to: Annotated[int, Field(ge=1)] | None = None
    annual: Amount
    first_year: Amount | None = None


class AgreementEntry(Strict):
    """A type of agreement; `parties` in the order of signature, by part or by the code of an operator."""

    code: Slug
    name: Annotated[str, Field(min_length=1, max_length=200)]
    parties: Annotated[list[str], Field(min_length=2)]
    approved: Literal["model", "each"]
    article: Annotated[int, Field(ge=1)] | None = None
    text: Slug
    version: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    demonstration: bool = False
    term_months: Annotated[int, Field(ge=1, le=240)]
    notice_months: Annotated[int, Field(ge=0, le=24)] = 3
    operators_notice_months: Annotated[int, Field(ge=0, le=24)] = 6
    breach_months: Annotated[int, Field(ge=0, le=24)] = 1
    reversibility_months: Annotated[int, Field(ge=0, le=24)] = 3
    renewals: Annotated[int, Field(ge=0, le=9)] = 1
    annual_price: Amount
    per_inhabitant: Amount | None = None
    stratum: list[StratumEntry] = []
    vat_regime: Line
    price_note: str = ""
    basis: str = ""
    equipment: str = ""
    services: list[Slug] = []
    promise: list[PromiseEntry] = []


class AmendmentEntry(Strict):
    """The amendments of a type of agreement: their text, and who approves them; all else is that type's."""

    code: Slug
    name: Annotated[str, Field(min_length=1, max_length=200)]
    of: Slug
    approved: Literal["model", "each"]
    article: Annotated[int, Field(ge=1)] | None = None
    text: Slug
    version: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    demonstration: bool = False


class OperatorEntry(Strict):
    code: Slug
    name: Line
    legal_form: Line
    siret: str
    fictitious: bool = False
    seat: Line
    # The legal notice of the sites says those of the lead, which hosts them.
    phone: Annotated[str, Field(max_length=30)] = ""
    # Where people write to it: it is shown to the mairies, on the page of accessibility and in the open data.
    email: Annotated[str, Field(max_length=254)] = ""
    part: Part
    departments: Annotated[list[str], Field(min_length=1)]
    sees_money: bool = True

    @field_validator("siret")
    @classmethod
    def _valid_siret(cls, value: str) -> str:
        value = siret_numbers.normalise(value)
        reason = siret_numbers.why_not_siret(value)
        if reason:
            raise ValueError(reason)
        return value

    @field_validator("email")
    @classmethod
    def _valid_email(cls, value: str) -> str:
        try:
            if value:
                validate_email(value)
        except DjangoError as error:
            raise ValueError("cette adresse électronique n’est pas complète\u00a0: contact@exemple.fr") from error
        return value


class ArticleEntry(Strict):
    number: Annotated[int, Field(ge=1)]
    power: Literal["project", "agreement", "model", "funding", "delegation"]
    text: Annotated[str, Field(min_length=1)]


class ActEntry(Strict):
    operator: Slug
    body: Line
    number: Annotated[str, Field(min_length=1, max_length=30)]
    subject: Annotated[str, Field(min_length=1, max_length=500)] = "Participation au programme"
    adopted_on: date
    received_on: date | None = None
    published_on: date | None = None
    identifier: Annotated[str, Field(max_length=60)] = ""


class FoundingActEntry(ActEntry):
    article: list[ArticleEntry] = []


class ApprovalEntry(Strict):
    """An article of an act approves a text, mot pour mot; without `act`, the founding act."""

    article: Annotated[int, Field(ge=1)]
    text: Slug
    version: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    act: Annotated[str, Field(min_length=1, max_length=30)] | None = None
    fictitious: bool = False


class PersonalDataEntry(Strict):
    purposes: Line
    categories: Line
    subjects: Line
    retention: Annotated[str, Field(min_length=1, max_length=200)]
    sub_processors: list[Slug] = []


class ServiceEntry(Strict):
    code: Slug
    name: Annotated[str, Field(min_length=1, max_length=120)]
    summary: str
    legal_basis: Line
    provided_by: Part
    essential: bool = False
    provisioned: bool = False
    extra_price: Amount | None = None
    personal_data: PersonalDataEntry | None = None


class SchemeEntry(Strict):
    code: Slug
    name: Annotated[str, Field(min_length=1, max_length=160)]
    rate: Annotated[Decimal, Field(gt=0, le=1)]
    spend_from: date
    spend_until: date
    source: Annotated[str, Field(min_length=1, max_length=200)]

    @model_validator(mode="after")
    def _in_order(self) -> SchemeEntry:
        if self.spend_until < self.spend_from:
            raise ValueError("« spend_until » précède « spend_from »")
        return self


class DemonstrationEntry(Strict):
    published_on: date
    publication_certificate: Annotated[str, Field(min_length=1)]
    cdg_acts: list[ActEntry] = []
    # Without one, no site could open: it says of itself that it is invented.
    lead_phone: Annotated[str, Field(max_length=30)] = ""

    @field_validator("publication_certificate")
    @classmethod
    def _says_so(cls, value: str) -> str:
        if "fictif" not in value.lower():
            raise ValueError("dites-y que ce certificat est fictif : aucun document ne donne alors cette publication")
        return value


class ProgrammeFile(Strict):
    code: Slug
    name: Annotated[str, Field(min_length=1, max_length=120)]
    number_prefix: Annotated[str, Field(pattern=r"^[A-Z]{2,8}$")]
    summary: str
    priority: PriorityEntry
    agreement: Annotated[list[AgreementEntry], Field(min_length=1)]
    amendment: list[AmendmentEntry] = []
    operator: Annotated[list[OperatorEntry], Field(min_length=1)]
    founding_act: FoundingActEntry
    approval: list[ApprovalEntry] = []
    scheme: list[SchemeEntry] = []
    service: Annotated[list[ServiceEntry], Field(min_length=1)]
    demonstration: DemonstrationEntry | None = None


# What pydantic says in English, in the words of the person who wrote the file.
_SENTENCES = {
    "missing": "ce champ est obligatoire",
    "extra_forbidden": "ce champ est inconnu : vérifiez son orthographe",
    "string_type": "un texte entre guillemets est attendu",
    "string_too_short": "ce texte est vide",
    "string_too_long": "ce texte est trop long",
    "string_pattern_mismatch": (
        "la forme est fausse (un code : « site-internet » ; un préfixe : « PMC » ; une version : « 2026-11-25 » ; "
        "une empreinte : 64 chiffres hexadécimaux)"
    ),
    "literal_error": "cette valeur n’est pas de celles qui existent : {expected}",
    "date_type": "une date est attendue, sans guillemets : 2021-11-23",
    "date_from_datetime_parsing": "une date est attendue, sans guillemets : 2021-11-23",
    "date_parsing": "une date est attendue, sans guillemets : 2021-11-23",
    "int_type": "un nombre entier est attendu",
    "int_parsing": "un nombre entier est attendu",
    "int_from_float": "un nombre entier est attendu",
    "bool_type": "true ou false est attendu",
    "bool_parsing": "true ou false est attendu",
    "decimal_parsing": 'un montant est attendu, entre guillemets et avec un point : "240.00"',
    "decimal_type": 'un montant est attendu, entre guillemets et avec un point : "240.00"',
    "list_type": "une liste est attendue",
    "too_short": "il en faut au moins un",
    "greater_than": "le nombre est trop petit",
    "greater_than_equal": "le nombre est trop petit",
    "less_than_equal": "le nombre est trop grand",
    "model_type": "un groupe de champs est attendu",
}


class WrongFile(Refused):
    """The programme's file is refused: each reason names its line."""


def line_of(text: str, place: tuple[int | str, ...]) -> int:
    """Return the line (from 1) where this place of the TOML text stands, or the nearest heading above it."""
    lines = text.splitlines()
    names: list[str] = []
    best, start = 1, 0
    for step, part in enumerate(place):
        if isinstance(part, int):
            continue
        names.append(part)
        following = place[step + 1] if step + 1 < len(place) else None
        occurrence = following if isinstance(following, int) else 0
        heading = re.compile(rf"^\s*\[\[?\s*{re.escape('.'.join(names))}\s*\]\]?")
        found = [n for n in range(start, len(lines)) if heading.match(lines[n])]
        if len(found) > occurrence:
            best, start = found[occurrence] + 1, found[occurrence] + 1
            continue
        for n in range(start, len(lines)):
            if n > start and re.match(r"^\s*\[", lines[n]):
                break
            if re.search(rf"(^|[{{,]\s*|^\s+){re.escape(part)}\s*=", lines[n].strip()):
                best = n + 1
                break
    return best


@dataclass(frozen=True, order=True)
class Fault:
    """One thing wrong in a programme's file: the line (from 1), and the reason in French, without a final stop."""

    line: int
    reason: str

    def said_of(self, path: Path) -> str:
        return f"{path.name}, ligne {self.line}\u00a0: {self.reason.rstrip('.')}."


@dataclass(frozen=True)
class Examined:
    """A programme's file as it was read: what it says and what is wrong in it.

    `programme` is the file with its wrong fields mended, so that the rest can be checked: to be used only when there is
    no fault. It is None when so much is missing, or names so little, that nothing more can be said.
    """

    text: str
    sha256: str
    programme: ProgrammeFile | None
    faults: list[Fault]


def read(path: Path) -> tuple[ProgrammeFile, str]:
    """Read and check a programme's file; return it with the SHA-256 of its bytes.

    Raises `WrongFile` (French, every line and reason) when it cannot be read, is not TOML, or says something wrong.
    """
    examined = examine(path)
    if examined.faults or examined.programme is None:
        raise WrongFile("\n".join(fault.said_of(path) for fault in examined.faults))
    return examined.programme, examined.sha256


def examine(path: Path) -> Examined:
    """Read a programme's file and find all its faults at once, in the order of its lines.

    Raises `WrongFile` only when nothing can be read of it: no file, no UTF-8, no TOML.
    """
    try:
        content = path.read_bytes()
        text = content.decode("utf-8")
    except OSError as error:
        raise WrongFile(f"Le fichier {path.name} ne peut pas être lu\u00a0: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise WrongFile(f"{path.name}, ligne {line}\u00a0: le texte n’est pas en UTF-8.") from error
    try:
        declared = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        match = re.search(r"line (\d+)", str(error))
        line = int(match.group(1)) if match else len(text.splitlines())
        raise WrongFile(
            f"{path.name}, ligne {line}\u00a0: l’écriture TOML est fausse (guillemet, crochet ou signe égal "
            "manquant\u00a0?)."
        ) from error
    faults: list[Fault] = []
    programme: ProgrammeFile | None = None
    try:
        programme = ProgrammeFile.model_validate(declared)
    except ValidationError as error:
        faults = _explained(text, error)
        programme = _mended(declared, error)
    if programme is not None:
        faults += [Fault(line_of(text, place), reason) for place, reason in _contradictions(programme)]
    return Examined(text, hashlib.sha256(content).hexdigest(), programme, sorted(set(faults)))


# What the rest of a file refers to: wrong, what refers to it would be called wrong as well.
_REFERRED_TO = {"code", "part", "number", "operator", "agreement", "service", "article", "founding_act"}


def _mended(declared: dict[str, Any], error: ValidationError) -> ProgrammeFile | None:
    """The same file with the skeleton's fields in place of the wrong ones that are wanted; None when it cannot be."""
    mended = copy.deepcopy(declared)
    for _ in range(MOST_ROUNDS):
        for detail in error.errors():
            *above, field = detail["loc"]
            if field in _REFERRED_TO:
                return None
            try:
                place: Any = reduce(_within, above, mended)
                if detail["type"] == "missing":
                    place[field] = _as_in_the_skeleton(detail["loc"])
                else:
                    del place[field]
            except (LookupError, TypeError):
                return None
        try:
            return ProgrammeFile.model_validate(mended)
        except ValidationError as again:
            error = again
    return None


# Once to take out what is wrong, once to put what is then missing; deeper entries may want another turn.
MOST_ROUNDS = 4


def _as_in_the_skeleton(place: tuple[int | str, ...]) -> Any:
    """The skeleton's value at this place, in the first entry of a list that says it."""
    found: list[Any] = [skeleton.example()]
    for part in place:
        if isinstance(part, int):
            continue
        nested = [one[part] for one in found if isinstance(one, dict) and part in one]
        found = [one for value in nested for one in (value if _is_table_list(value) else [value])]
    return found[0]


def _within(whole: Any, part: int | str) -> Any:
    return whole[part]


def _is_table_list(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


def _explained(text: str, error: ValidationError) -> list[Fault]:
    faults = []
    for detail in error.errors():
        place = detail["loc"]
        if detail["type"] == "value_error":
            reason = str(detail["ctx"]["error"])
        else:
            template = _SENTENCES.get(detail["type"], "cette valeur n’est pas acceptée")
            reason = template.format(**{"expected": "", **detail.get("ctx", {})}).replace(" or ", " ou ")
        field = ".".join(str(part + 1) if isinstance(part, int) else part for part in place)
        faults.append(Fault(line_of(text, place), f"«\u00a0{field}\u00a0»\u00a0: {reason}"))
    return faults


def _contradictions(programme: ProgrammeFile) -> list[tuple[tuple[int | str, ...], str]]:
    """Check what each field alone cannot show: unknown operators, doubles, a missing lead, uncovered departments."""
    problems: list[tuple[tuple[int | str, ...], str]] = []
    codes = [operator.code for operator in programme.operator]
    known = set(codes)
    leads = [operator for operator in programme.operator if operator.part == "lead"]
    if len(leads) != 1:
        problems.append((("operator",), f'un programme a un seul chef de file (part = "lead"), ici {len(leads)}'))
    for what, values in (
        ("operator", codes),
        ("service", [service.code for service in programme.service]),
        ("agreement", [agreement.code for agreement in programme.agreement]),
        ("scheme", [scheme.code for scheme in programme.scheme]),
    ):
        for index, value in enumerate(values):
            if value in values[:index]:
                problems.append(((what, index, "code"), f"le code « {value} » est déjà pris"))

    def check_operator(place: tuple[int | str, ...], code: str) -> None:
        if code not in known:
            problems.append(
                (place, f"l’opérateur « {code} » est inconnu ; ceux du fichier : {', '.join(sorted(known))}")
            )

    check_operator(("founding_act", "operator"), programme.founding_act.operator)
    parts = {operator.part for operator in programme.operator}
    for index, service in enumerate(programme.service):
        if service.provided_by not in parts:
            problems.append(
                (("service", index, "provided_by"), f"aucun opérateur ne tient le rôle « {service.provided_by} »")
            )
        for code in service.personal_data.sub_processors if service.personal_data else []:
            check_operator(("service", index, "personal_data"), code)
    numbers = [article.number for article in programme.founding_act.article]
    if len(numbers) != len(set(numbers)):
        problems.append((("founding_act", "article"), "deux articles portent le même numéro"))
    problems += _contradictions_of_powers(programme)
    problems += _contradictions_of_types(programme)
    problems += _contradictions_of_amendments(programme)
    for index, approval in enumerate(programme.approval):
        is_founding = approval.act is None or approval.act == programme.founding_act.number
        if is_founding and approval.article not in numbers:
            problems.append((("approval", index, "article"), f"l’acte fondateur n’a pas d’article {approval.article}"))
        if approval in programme.approval[:index]:
            problems.append((("approval", index, "text"), "cette approbation est déjà écrite"))
    for index, act in enumerate(programme.demonstration.cdg_acts if programme.demonstration else []):
        check_operator(("demonstration", "cdg_acts", index), act.operator)
    for department in sorted({code for operator in leads for code in operator.departments}):
        holders = [o.code for o in programme.operator if o.part == "cdg" and department in o.departments]
        if len(holders) > 1:
            problems.append(
                (("operator",), f"le département {department} a plusieurs centres de gestion : {', '.join(holders)}")
            )
    return problems


# Whose articles may be said to approve the agreements of a type, or a text: one that delegates may approve a model too.
_OF_MODELS = ("model", "delegation")
_APPROVING = {"model": _OF_MODELS, "each": ("agreement", "funding")}


def _contradictions_of_powers(programme: ProgrammeFile) -> list[tuple[tuple[int | str, ...], str]]:
    """Check that each article of the founding act says what it is declared to do, and approves what it is named for."""
    problems: list[tuple[tuple[int | str, ...], str]] = []
    act = Act(number=programme.founding_act.number)
    articles = {one.number: one for one in programme.founding_act.article}
    written = {one.number: Article(act=act, number=one.number, text=one.text) for one in articles.values()}
    for index, one in enumerate(programme.founding_act.article):
        why_not = {"model": why_approves_nothing, "delegation": why_delegates_nothing}.get(one.power)
        if why_not is not None and (reason := why_not(written[one.number])):
            problems.append((("founding_act", "article", index, "power"), reason.rstrip(".")))
    for place, number, powers in _named(programme):
        article = articles.get(number)
        if article is not None and article.power not in powers:
            approves = "aucun modèle" if powers == _OF_MODELS else "aucune convention"
            wanted = " ou ".join(f"«\u00a0{power}\u00a0»" for power in powers)
            reason = (
                f"l’article {number} de l’acte fondateur n’approuve {approves}\u00a0: son effet est "
                f"«\u00a0{article.power}\u00a0», et il faut {wanted}"
            )
            problems.append((place, reason))
        elif article is not None and place[0] == "approval" and (reason := why_approves_nothing(written[number])):
            problems.append((place, reason.rstrip(".")))
    return problems


def _named(programme: ProgrammeFile) -> Iterator[tuple[tuple[int | str, ...], int, tuple[str, ...]]]:
    """Where an article of the founding act is said to approve something, and the powers that one of them has."""
    types: list[tuple[str, int, AgreementEntry | AmendmentEntry]] = []
    types += [("agreement", index, one) for index, one in enumerate(programme.agreement)]
    types += [("amendment", index, one) for index, one in enumerate(programme.amendment)]
    for what, index, one in types:
        if one.article is not None:
            yield (what, index, "article"), one.article, _APPROVING[one.approved]
    for index, approval in enumerate(programme.approval):
        if approval.act is None or approval.act == programme.founding_act.number:
            yield ("approval", index, "article"), approval.article, _OF_MODELS


def _contradictions_of_types(programme: ProgrammeFile) -> list[tuple[tuple[int | str, ...], str]]:
    """Check the types of agreement: who their parties are, their article, their services; one has a beneficiary."""
    problems: list[tuple[tuple[int | str, ...], str]] = []
    numbers = [article.number for article in programme.founding_act.article]
    offer = {service.code for service in programme.service}
    with_beneficiary = [one.code for one in programme.agreement if "beneficiary" in one.parties]
    if len(with_beneficiary) != 1:
        reason = f"un seul type de convention lie un bénéficiaire, ici {len(with_beneficiary)}"
        problems.append((("agreement",), reason))
    for index, one in enumerate(programme.agreement):
        place = ("agreement", index, "parties")
        is_tripartite = "beneficiary" in one.parties
        named = []
        for party in one.parties:
            if is_tripartite and party in ("beneficiary", "cdg"):
                named.append(party)
                continue
            operator = party_of(programme, party)
            if operator is None:
                problems.append((place, f"« {party} » ne désigne pas un opérateur, et un seul"))
            named.append(operator.code if operator else party)
        if len(named) != len(set(named)):
            problems.append((place, "une partie y est deux fois"))
        lead = next((operator.code for operator in programme.operator if operator.part == "lead"), None)
        if lead not in named:
            problems.append((place, "le chef de file est partie à toute convention du programme"))
        if one.article is not None and one.article not in numbers:
            problems.append((("agreement", index, "article"), f"l’acte fondateur n’a pas d’article {one.article}"))
        for code in one.services:
            if code not in offer:
                problems.append((("agreement", index, "services"), f"le service « {code} » n’est pas de l’offre"))
        promises = [promise.code for promise in one.promise]
        for rank, code in enumerate(promises):
            if code in promises[:rank]:
                reason = f"le code «\u00a0{code}\u00a0» est déjà pris"
                problems.append((("agreement", index, "promise", rank, "code"), reason))
    for index, one in enumerate(programme.agreement):
        if wrong := _why_not_strata(one):
            problems.append((("agreement", index, "stratum"), wrong))
    return problems


def _why_not_strata(entry: AgreementEntry) -> str | None:
    """Say why these strata do not tell the price of every beneficiary, once each, or None."""
    if not entry.stratum:
        return None
    bounds = [one.up_to for one in entry.stratum]
    if bounds[-1] is not None or None in bounds[:-1]:
        return "la dernière strate, et elle seule, n’a pas de « up_to » : elle vaut pour toutes les autres communes"
    limits = [bound for bound in bounds if bound is not None]
    if limits != sorted(set(limits)):
        return "les strates se suivent, de la moins peuplée à la plus peuplée"
    if entry.annual_price or "beneficiary" not in entry.parties:
        return 'une convention par strates lie un bénéficiaire, et son « annual_price » reste "0.00"'
    return None


def _contradictions_of_amendments(programme: ProgrammeFile) -> list[tuple[tuple[int | str, ...], str]]:
    """Check the types of amendment: the type that each amends, once; its code; its article."""
    problems: list[tuple[tuple[int | str, ...], str]] = []
    types = [one.code for one in programme.agreement]
    numbers = [article.number for article in programme.founding_act.article]
    for index, one in enumerate(programme.amendment):
        before = programme.amendment[:index]
        if one.code in types or any(one.code == other.code for other in before):
            problems.append((("amendment", index, "code"), f"le code «\u00a0{one.code}\u00a0» est déjà pris"))
        if one.of not in types:
            problems.append(
                (("amendment", index, "of"), f"aucun type de convention ne porte le code «\u00a0{one.of}\u00a0»")
            )
        if any(one.of == other.of for other in before):
            problems.append(
                (("amendment", index, "of"), f"les avenants du type «\u00a0{one.of}\u00a0» sont déjà décrits")
            )
        if one.article is not None and one.article not in numbers:
            problems.append((("amendment", index, "article"), f"l’acte fondateur n’a pas d’article {one.article}"))
    return problems


def party_of(programme: ProgrammeFile, party: str) -> OperatorEntry | None:
    """The operator that this word names: its code, or a part that it alone holds."""
    found = [one for one in programme.operator if one.code == party] or [
        one for one in programme.operator if one.part == party
    ]
    return found[0] if len(found) == 1 else None
