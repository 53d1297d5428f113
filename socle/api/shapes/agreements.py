"""Schemas of agreements in the API."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from socle.api.shapes.beneficiaries import BeneficiaryRef
from socle.api.shapes.values import Asked, DepartmentCode, Identifier, InseeCode, Out, Page, Paged, example

StatusCode = Literal["draft", "ready", "signed", "ended", "cancelled"]
TypeCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,50}$")]
PartyCode = Literal["beneficiary", "cdg", "technical_support", "lead"]


class Party(Out):
    """Une des parties d’une convention, dans l’ordre des signatures."""

    kind: PartyCode
    name: str
    siret: str
    signed_at: datetime | None
    representative: str | None = Field(description="Seulement avec la portée people:read.")
    quality: str | None = Field(description="Seulement avec la portée people:read.")


class Agreement(Out):
    """Une convention, d’un bénéficiaire ou entre opérateurs."""

    url: str
    number: str
    type: str = Field(description="Code du type, tel que le programme le déclare.")
    type_label: str
    amends: str | None = Field(description="D’un avenant, le numéro de la convention qu’il modifie.")
    status: StatusCode
    status_label: str
    beneficiary: BeneficiaryRef | None = Field(description="null entre opérateurs.")
    department: str | None = Field(description="Celui du bénéficiaire.")
    services: list[str] = Field(description="Codes des services choisis.")
    unserved: list[str] = Field(
        description="Ceux d’entre eux que la plateforme ne met encore en service pour personne."
    )
    parties: list[Party]
    term_months: int
    starts_on: date | None
    ends_on: date | None
    suspended_on: date | None = Field(description="Depuis quand elle est suspendue ; null quand elle ne l’est pas.")
    annual_price: str | None = Field(description="En euros ; null pour qui ne voit pas les montants.")
    drafted_at: datetime
    signed_at: datetime | None


class Agreements(Page):
    """Une page de conventions."""

    data: list[Agreement]


class AgreementFilters(Paged):
    """Filtres des conventions."""

    department: DepartmentCode | None = None
    status: StatusCode | None = None
    type: TypeCode | None = Field(default=None, description="Les conventions de ce type, et elles seules.")
    beneficiary: Identifier | None = None
    amends: str | None = Field(
        default=None, pattern=r"^[A-Za-z0-9-]{1,30}$", description="Les avenants de cette convention, et eux seuls."
    )
    insee_code: InseeCode | None = None
    sort: Literal["number", "-number", "drafted_at", "-drafted_at"] = "number"


class NewAgreement(Asked):
    """Pour qui rédiger une convention."""

    model_config = example(beneficiary=12)

    beneficiary: Identifier


class ChosenServices(Asked):
    """Les services choisis, en entier : ce qui n’y est pas est retiré."""

    model_config = example(services=["site-internet", "messagerie"])

    services: list[Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,50}$")]] = Field(max_length=100)
