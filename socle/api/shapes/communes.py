"""Communes."""

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


class Communes(Page):
    """Une page de communes."""

    data: list[Commune]


class CommuneFilters(Paged):
    """Filtres des communes."""

    department: DepartmentCode | None = None
    stage: StageCode | None = None
    priority: bool | None = None
    epci: Annotated[str, StringConstraints(pattern=r"^[0-9]{9}$")] | None = Field(None, description="SIREN de l’EPCI.")
    q: Words | None = Field(None, description="Partie du nom, sans égard aux accents.")
    sort: Literal["name", "-name", "population", "-population", "insee_code", "-insee_code"] = "name"
