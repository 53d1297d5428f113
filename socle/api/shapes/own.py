"""Schemas of what a token says of itself."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from socle.api.shapes.values import Out


class Organisation(Out):
    """For whom a token acts."""

    kind: Literal["operator", "beneficiary"]
    id: int
    name: str


class Me(Out):
    """The token itself, and what it opens."""

    name: str
    prefix: str
    scopes: list[str]
    expires_at: datetime
    organisation: Organisation
    programme: str = Field(description="Code du programme.")
    departments: list[str] = Field(description="Codes des départements vus.")
    sees_money: bool = Field(description="Si les montants sont donnés.")


class Service(Out):
    """Un service de l’offre."""

    code: str
    name: str
    summary: str
    is_essential: bool = Field(description="Proposé d’office.")
    is_provisioned: bool = Field(description="Mis en service par la plateforme.")


class Services(Out):
    """Les services de l’offre, dans son ordre."""

    data: list[Service]
