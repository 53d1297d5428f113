"""Schemas of installations in the API."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from socle.api.shapes.beneficiaries import BeneficiaryRef
from socle.api.shapes.values import DepartmentCode, Identifier, InseeCode, Out, Page, Paged

StateCode = Literal["pending", "live", "failed", "suspended"]


class Installation(Out):
    """Ce qu’un bénéficiaire doit avoir d’un service, et ce qui a été constaté."""

    url: str
    id: int
    service: str
    beneficiary: BeneficiaryRef
    agreement: str
    state: StateCode
    state_label: str
    wanted: bool
    is_simulated: bool = Field(description="Tenu par un simulateur, dans une démonstration.")
    waits: str = Field(description="Pourquoi elle attend son moteur, ou rien.")
    found: str
    proof: str
    looked_at: datetime | None
    next_look_at: datetime | None
    attempts: int
    last_error: str


class Installations(Page):
    """Une page d’installations."""

    data: list[Installation]


class InstallationFilters(Paged):
    """Filtres des installations."""

    department: DepartmentCode | None = None
    state: StateCode | None = None
    service: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,50}$")] | None = None
    beneficiary: Identifier | None = None
    insee_code: InseeCode | None = None
    sort: Literal["id", "-id"] = "id"
