"""Requests to join."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from socle.api.shapes.values import Asked, Day, DepartmentCode, InseeCode, Out, Page, Paged, example

JoinStatusCode = Literal["confirmed", "qualified", "planned", "drafting", "refused", "withdrawn"]
StepState = Literal["done", "current", "todo", "failed"]


class JoinStep(Out):
    """Une étape d’une demande."""

    label: str
    state: StepState
    detail: str


class Asker(Out):
    """La personne qui a fait la demande."""

    name: str
    function: str
    email: str
    words: str = Field(description="Son message.")


class JoinRequest(Out):
    """Une demande d’adhésion confirmée par la personne qui l’a faite."""

    url: str
    reference: str
    status: JoinStatusCode
    status_label: str
    steps: list[JoinStep] = Field(description="Les cinq étapes, dans l’ordre.")
    name: str = Field(description="La commune, ou l’établissement.")
    insee_code: str | None = Field(description="null pour un établissement qui n’est pas une commune.")
    siret: str | None = Field(description="Celui d’un établissement ; null pour une commune.")
    legal_form: str
    department: str
    population: int | None
    services: list[str] = Field(description="Codes des services souhaités.")
    is_identified: bool = Field(description="S’il est établi que l’organisme lui-même demande.")
    asked_at: datetime
    confirmed_at: datetime | None
    verified_at: datetime | None
    objected_at: datetime | None = Field(description="La mairie s’est opposée à cette demande.")
    qualified_at: datetime | None
    planned_at: datetime | None
    planned_on: date | None = Field(description="Jour à partir duquel l’équipement est prévu.")
    wave: str
    closed_at: datetime | None
    reason: str = Field(description="Motif d’un refus, tel que la mairie le lit.")
    agreement: str | None = Field(description="Numéro de la convention rédigée.")
    beneficiary: int | None
    officer: str | None = Field(description="Qui la suit ; seulement avec la portée people:read.")
    asker: Asker | None = Field(
        description="Seulement avec la portée people:read, pour un opérateur, et tant que ce n’est pas effacé."
    )
    is_fictitious: bool = Field(description="De démonstration.")


class JoinRequests(Page):
    """Une page de demandes d’adhésion."""

    data: list[JoinRequest]


class JoinRequestFilters(Paged):
    """Filtres des demandes d’adhésion."""

    department: DepartmentCode | None = None
    status: JoinStatusCode | None = None
    open: bool | None = Field(None, description="Celles qui attendent une suite, ou les autres.")
    insee_code: InseeCode | None = None
    siret: Annotated[str, StringConstraints(pattern=r"^[0-9]{14}$")] | None = None
    sort: Literal["asked_at", "-asked_at"] = Field(
        "asked_at", description="De la plus ancienne à la plus récente, ou l’inverse."
    )


class Planning(Asked):
    """Quand, et avec quelles autres."""

    model_config = example(planned_on="2027-03-01", wave="Avesnois, printemps")

    planned_on: Day = Field(description="Un jour à venir ; la mairie le lit.")
    wave: Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f]*$", max_length=60)] = Field(
        "", description="Nom de la vague, si c’en est une."
    )
