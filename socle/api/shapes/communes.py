"""Schemas of communes in the API."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from socle.api.shapes.values import DepartmentCode, Out, Page, Paged, Words

StageCode = Literal["eligible", "draft", "ready", "signed", "live"]


class Epci(Out):
    """Une intercommunalité."""

    siren: str
    name: str


class Commune(Out):
    """Une commune et son étape dans le programme."""

    url: str
    insee_code: str
    name: str
    department: str
    siren: str
    population: int | None = Field(description="Celle du dernier millésime ; null quand elle n’est pas publiée.")
    epci: Epci | None
    is_priority: bool
    stage: StageCode
    stage_label: str
    agreement: str | None = Field(description="Numéro de sa convention en cours.")
    beneficiary: int | None = Field(description="Son identifiant de bénéficiaire, une fois inscrite.")


class Standing(Out):
    """Le rang d’une commune dans l’ordre de priorité du programme, et pourquoi."""

    rank: int | None = Field(description="1 pour la première ; null quand le millésime du programme ne l’a pas.")
    is_priority: bool
    population: int | None = Field(description="Celle du millésime que retient le programme.")
    vintage: int = Field(description="Ce millésime.")
    reasons: list[str] = Field(description="En français : le seuil, la définition de la population, la source.")
    since: datetime | None = Field(description="Depuis quand ce rang vaut ; null s’il n’a pas été gardé.")


class CommuneWithStanding(Commune):
    """Une commune, son étape et son rang."""

    standing: Standing


class CommuneRef(Out):
    """Une autre commune."""

    insee_code: str
    name: str


class FormerName(Out):
    """Ce qu’était une commune à un millésime."""

    vintage: int
    insee_code: str
    name: str
    department: str
    population: int | None


class FormerCommune(Out):
    """Une commune d’autrefois, dont le territoire est dans celle-ci."""

    insee_code: str
    name: str | None = Field(description="null quand la source ne donne que le code.")
    kind: Literal["delegated", "associated", "district", "absorbed"]
    kind_label: str


class Merger(Out):
    """Une fusion ou une scission, telle que son plan la conduit."""

    kind: Literal["merger", "split"]
    title: str = Field(examples=["Bermeries rejoint L’Orée de Mormal"])
    vintage: int = Field(description="Millésime où elle a été vue.")
    status: Literal["draft", "applied", "undone"]
    status_label: str
    effect_on: date
    applied_at: datetime | None
    undone_at: datetime | None


class KeptStanding(Out):
    """Un rang que la commune a eu."""

    rank: int | None
    is_priority: bool
    population: int | None
    vintage: int
    reasons: list[str]
    assessed_at: datetime
    replaced_at: datetime | None = Field(description="null pour celui qui vaut.")
    changes: str = Field(description="Ce qu’il a changé au précédent, en français ; vide pour le premier.")


class CommuneHistory(Out):
    """Ce qu’une commune a été : ses noms, ce qui l’a faite, ses rangs."""

    url: str
    insee_code: str
    name: str
    gone_in: int | None = Field(description="Millésime où elle n’est plus ; null pour une commune d’aujourd’hui.")
    heir: CommuneRef | None = Field(description="La commune d’aujourd’hui où elle est, quand elle a fusionné.")
    vintages: list[FormerName] = Field(description="Du plus ancien au plus récent.")
    former_communes: list[FormerCommune]
    mergers: list[Merger]
    standings: list[KeptStanding] = Field(description="Du plus récent au plus ancien ; les douze derniers.")


class Communes(Page):
    """Une page de communes."""

    data: list[Commune]


class CommuneFilters(Paged):
    """Filtres des communes."""

    department: DepartmentCode | None = None
    stage: StageCode | None = None
    priority: bool | None = None
    epci: Annotated[str, StringConstraints(pattern=r"^[0-9]{9}$")] | None = Field(None, description="SIREN de l’EPCI.")
    q: Words | None = Field(None, description="Partie du nom, sans égard aux accents ; « St » vaut « Saint ».")
    sort: Literal["name", "-name", "population", "-population", "insee_code", "-insee_code"] = "name"
