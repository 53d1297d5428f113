"""The datasets, field by field: public facts only, no person, no amount but aid granted, nothing being prepared."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Prefetch, Q
from django_scopes import scopes_disabled

from socle.agreements.models import Agreement, ChosenService, Status
from socle.deliberations import open_data
from socle.deliberations.models import Act
from socle.grants import open_data as subsidies
from socle.journal.models import Entry
from socle.lib import dates, spreadsheet
from socle.programme.models import Partner, Programme, Service
from socle.programme.queries import with_priority
from socle.provisioning.stages import Stage, with_stage
from socle.territory.models import Commune

Row = tuple[spreadsheet.Cell, ...]
# Between the codes of one cell.
SEPARATOR = "|"
# As long as nothing is signed, how far a file has come is the business of those who prepare it.
STAGES = {
    Stage.ELIGIBLE: "eligible",
    Stage.DRAFT: "eligible",
    Stage.READY: "eligible",
    Stage.SIGNED: "signed",
    Stage.LIVE: "live",
}
# What changes a dataset is written in the journal under one of these.
VERBS = (
    "act.", "agreement.", "beneficiary.", "installation.", "merger.", "operation.", "programme.", "right.",
    "territory.",
)  # fmt: skip


@dataclass(frozen=True)
class Field:
    """One column: its name, what kind of value it holds, what it means, and how it is read of a thing."""

    name: str
    kind: str
    means: str
    read: Callable[[Any], spreadsheet.Cell]


@dataclass(frozen=True)
class Dataset:
    """One dataset: how it is described, and of what things its rows are read."""

    code: str
    title: str
    description: str
    keywords: tuple[str, ...]
    fields: tuple[Field, ...]
    things: Callable[[Programme], Iterable[Any]]
    kinds: tuple[str, ...] = ("csv", "json")
    # The national schema that it follows, whose writing is its own: commas, column by column; and who writes it so.
    schema: str = ""
    pieces: Callable[[date], Iterator[bytes]] | None = None


TEXT, WHOLE, DAY, YES_NO, CODES = "texte", "nombre entier", "jour (AAAA-MM-JJ)", "oui ou non", "codes"


# --- Communes ---------------------------------------------------------------------------------------------------------
def _communes(programme: Programme) -> Iterable[Any]:
    """Those of the territory, each with the agreement `signed` for it, or None."""
    departments = Partner.objects.filter(programme=programme).values("departments")
    found: Any = with_stage(Commune.objects.current().filter(department__in=departments), programme)
    found = with_priority(found, programme).select_related("department", "epci").order_by("insee_code")
    of_commune = {one.bound.commune_id: one for one in _signed(programme) if one.bound.commune_id}
    for one in found:
        one.signed = of_commune.get(one.pk)
        yield one


COMMUNES = Dataset(
    "communes",
    "Communes du programme",
    "Les communes du territoire du programme, leur rang de priorité et, dès qu’une convention est conclue, où en "
    "est leur équipement.",
    ("communes", "équipement numérique", "mairies"),
    (
        Field("code_insee", TEXT, "Code officiel géographique de la commune.", lambda one: one.insee_code),
        Field("nom", TEXT, "Nom de la commune.", lambda one: one.name),
        Field("departement", TEXT, "Code du département.", lambda one: one.department.code),
        Field("siren", TEXT, "SIREN de la commune.", lambda one: one.siren),
        Field(
            "siren_epci",
            TEXT,
            "SIREN de son intercommunalité ; vide quand elle n’en a pas.",
            lambda one: one.epci.siren if one.epci else "",
        ),
        Field(
            "population",
            WHOLE,
            "Population du dernier millésime ; vide quand elle n’est pas publiée.",
            lambda one: one.population,
        ),
        Field(
            "prioritaire", YES_NO, "Si elle est sous le seuil de priorité du programme.", lambda one: one.is_priority
        ),
        Field(
            "etape",
            TEXT,
            "eligible : pas de convention conclue ; signed : conclue ; live : équipée.",
            lambda one: STAGES[Stage(one.stage)],
        ),
        Field(
            "convention",
            TEXT,
            "Numéro de sa convention conclue.",
            lambda one: one.signed.number if one.signed else "",
        ),
        Field(
            "services",
            CODES,
            "Services choisis dans la convention, séparés par « | ».",
            lambda one: _services_of(one.signed) if one.signed else "",
        ),
    ),
    _communes,
)


# --- Services ---------------------------------------------------------------------------------------------------------
def _services(programme: Programme) -> Iterable[Any]:
    """Those of the offer, each with how many agreements signed have it (`chosen`)."""
    counts: dict[str, int] = {}
    for agreement in _signed(programme):
        for choice in agreement.choices.all():
            counts[choice.service.code] = counts.get(choice.service.code, 0) + 1
    found: Any = Service.objects.filter(programme=programme).order_by("order", "pk")
    for one in found:
        one.chosen = counts.get(one.code, 0)
        yield one


PROVIDED_BY = dict(Partner.Part.choices)
SERVICES = Dataset(
    "services",
    "Services de l’offre",
    "Ce que le programme offre, par qui, sur quel fondement, et combien de conventions conclues le comprennent.",
    ("services numériques", "offre", "communes"),
    (
        Field("code", TEXT, "Code du service, celui des autres fichiers.", lambda one: one.code),
        Field("nom", TEXT, "Nom du service.", lambda one: one.name),
        Field("presentation", TEXT, "Ce qu’il apporte, en une phrase.", lambda one: one.summary),
        Field("propose_d_office", YES_NO, "S’il fait partie du socle.", lambda one: one.is_essential),
        Field(
            "fourni_par",
            TEXT,
            "Quel partenaire le fournit.",
            lambda one: str(PROVIDED_BY.get(one.provided_by, one.provided_by)),
        ),
        Field("fondement", TEXT, "Ce qui permet de le fournir.", lambda one: one.legal_basis),
        Field("conventions", WHOLE, "Nombre de conventions conclues qui le comprennent.", lambda one: one.chosen),
    ),
    _services,
)


# --- Agreements -------------------------------------------------------------------------------------------------------
def _signed(programme: Programme) -> list[Agreement]:
    chosen = ChosenService.objects.select_related("service").order_by("service__order", "pk")
    found = Agreement.objects.filter(programme=programme, status=Status.SIGNED)
    return list(
        found.select_related("beneficiary__commune", "beneficiary__department")
        .prefetch_related(Prefetch("choices", chosen))
        .order_by("number")
    )


def _services_of(agreement: Agreement) -> str:
    return SEPARATOR.join(choice.service.code for choice in agreement.choices.all())


AGREEMENTS = Dataset(
    "conventions",
    "Conventions conclues",
    "Les conventions que toutes les parties ont signées : avec quel organisme public, quand, pour quels services. "
    "Ni personne ni montant n’y figure.",
    ("conventions", "communes", "services numériques"),
    (
        Field("numero", TEXT, "Numéro de la convention.", lambda one: one.number),
        Field("beneficiaire", TEXT, "Organisme public bénéficiaire.", lambda one: one.beneficiary.name),
        Field("siret", TEXT, "Son SIRET.", lambda one: one.beneficiary.siret),
        Field(
            "code_insee",
            TEXT,
            "Code de la commune ; vide pour un autre établissement public.",
            lambda one: one.beneficiary.insee_code,
        ),
        Field("departement", TEXT, "Code du département.", lambda one: one.beneficiary.department.code),
        Field(
            "conclue_le",
            DAY,
            "Jour de la dernière signature.",
            lambda one: dates.day_of(one.signed_at) if one.signed_at else None,
        ),
        Field("debut", DAY, "Premier jour d’effet.", lambda one: one.starts_on),
        Field("fin", DAY, "Dernier jour ; vide quand il n’est pas fixé.", lambda one: one.ends_on),
        Field("duree_mois", WHOLE, "Durée, en mois.", lambda one: one.term_months),
        Field("services", CODES, "Services choisis, séparés par « | ».", _services_of),
    ),
    _signed,
)

# --- Deliberations ----------------------------------------------------------------------------------------------------
MEANINGS = {
    "COLL_NOM": "Collectivité ou établissement qui a délibéré.",
    "COLL_SIRET": "Son SIRET.",
    "DELIB_ID": "Numéro de la délibération.",
    "DELIB_DATE": "Jour de la séance (AAAA-MM-JJ).",
    "DELIB_MATIERE_CODE": "Code de la matière dans la nomenclature ACTES, deux niveaux.",
    "DELIB_MATIERE_NOM": "Son nom.",
    "DELIB_OBJET": "Objet de la délibération.",
    "BUDGET_ANNEE": "Exercice du budget ; vide.",
    "BUDGET_NOM": "Nom du budget ; vide.",
    "PREF_ID": "Préfecture qui a reçu l’acte.",
    "PREF_DATE": "Jour de cette réception (AAAA-MM-JJ).",
    "VOTE_EFFECTIF": "Membres en exercice ; vide comme les quatre suivants quand le vote n’a pas été dit.",
    "VOTE_REEL": "Voix, procurations comprises.",
    "VOTE_POUR": "Voix pour.",
    "VOTE_CONTRE": "Voix contre.",
    "VOTE_ABSTENTION": "Abstentions.",
    "DELIB_URL": "Le texte, sur le site de la collectivité.",
}
NUMBERS = tuple(name for name in MEANINGS if name.startswith("VOTE_"))


def _nothing(programme: Programme) -> Iterable[Any]:
    return ()


def deliberations(on: date) -> Iterator[bytes]:
    """Write the deliberations of every body, as the national schema does; nothing is held in memory."""
    with scopes_disabled():  # What is public, whatever body it is about.
        return open_data.pieces(Act.objects.public(), on=on)


def deliberation_files(on: date) -> list[tuple[str, str, int]]:
    """Return the files by body and by year that the sites give: whose, at which address, of which year."""
    with scopes_disabled():  # As above.
        return open_data.files(Act.objects.public(), on=on)


DELIBERATIONS = Dataset(
    "deliberations",
    "Délibérations publiées",
    "Les délibérations que les collectivités publient sur leur site, au schéma national (SCDL « délibérations » "
    "2.1.5)\u00a0: celles dont la matière est dite, jamais un acte individuel. Chaque site donne aussi les siennes, "
    "par année.",
    ("délibérations", "conseils municipaux", "communes"),
    tuple(Field(name, WHOLE if name in NUMBERS else TEXT, means, lambda one: "") for name, means in MEANINGS.items()),
    _nothing,
    kinds=("csv",),
    schema=open_data.SCHEMA,
    pieces=deliberations,
)

# --- Subsidies --------------------------------------------------------------------------------------------------------
RECEIVED = {
    "nomAttribuant": "Autorité qui attribue l’aide.",
    "idAttribuant": "Son SIRET.",
    "dateConvention": "Jour de l’acte attributif (AAAA-MM-JJ).",
    "referenceDecision": "Numéro du dossier.",
    "nomBeneficiaire": "Opérateur qui reçoit l’aide ; une ligne par partenaire de l’opération.",
    "idBeneficiaire": "Son SIRET.",
    "rnaBeneficiaire": "Vide : aucun n’est une association.",
    "objet": "Opération que l’aide finance.",
    "montant": "Aide attribuée à toute l’opération, en euros.",
    "nature": "Toujours « aide en numéraire ».",
    "conditionsVersement": "Toujours « échelonné » : l’aide suit les dépenses justifiées.",
    "datesPeriodeVersement": "De l’acte attributif au dernier jour des demandes.",
    "idRAE": "Vide.",
    "notificationUE": "Si l’aide est une aide de minimis notifiée à la Commission.",
    "pourcentageSubvention": "Part de ce bénéficiaire dans l’aide, de 0,01 à 1.",
    "dispositifAide": "Vide.",
}
SUBSIDIES = Dataset(
    "subventions",
    "Aides reçues",
    "Les aides attribuées aux opérateurs pour équiper les communes, au schéma national (SCDL « subventions » "
    "2.1.1)\u00a0: celles dont tout ce qu’il demande est connu. D’un partenaire, n’y figure que sa part.",
    ("subventions", "financement", "fonds européens"),
    tuple(
        Field(name, "nombre décimal" if name in ("montant", "pourcentageSubvention") else TEXT, means, lambda one: "")
        for name, means in RECEIVED.items()
    ),
    _nothing,
    kinds=("csv",),
    schema=subsidies.SCHEMA,
    pieces=subsidies.pieces,
)

DATASETS = (COMMUNES, SERVICES, AGREEMENTS, DELIBERATIONS, SUBSIDIES)
BY_CODE = {one.code: one for one in DATASETS}


def programme_published() -> Programme | None:
    """The programme this platform speaks of to everybody: the one of its home page."""
    return Programme.objects.select_related("priority_vintage").order_by("pk").first()


def rows_of(dataset: Dataset, programme: Programme) -> list[Row]:
    """Read a dataset, whoever asks: what is in it is public, whatever beneficiary it is about."""
    with scopes_disabled():
        return [tuple(field.read(one) for field in dataset.fields) for one in dataset.things(programme)]


def as_csv(dataset: Dataset, programme: Programme) -> bytes:
    """Write a dataset as CSV: UTF-8, semicolons, a line of headers."""
    return spreadsheet.as_csv([field.name for field in dataset.fields], rows_of(dataset, programme))


def as_json(dataset: Dataset, programme: Programme, *, licence: str, notice: str) -> bytes:
    """Write a dataset as JSON: what it is, then its rows, one object each."""
    names = [field.name for field in dataset.fields]
    content = {
        "title": dataset.title,
        "description": dataset.description,
        "notice": notice or None,
        "licence": licence or None,
        "fields": [{"name": one.name, "type": one.kind, "description": one.means} for one in dataset.fields],
        "data": [dict(zip(names, map(_plain, row), strict=True)) for row in rows_of(dataset, programme)],
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _plain(value: spreadsheet.Cell) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return None if value == "" else value
    return str(value)


def last_change() -> tuple[int, datetime | None]:
    """The last line of the journal that may have changed a dataset: its rank, which only grows, and its instant.

    By the rank and not by the identifier: a line whose transaction ended late is sealed late, and is not missed.
    """
    changes = Q()
    for prefix in VERBS:
        changes |= Q(verb__startswith=prefix)
    found = Entry.objects.filter(changes, position__isnull=False).order_by("-position").first()
    return (found.position or 0, found.at) if found else (0, None)
