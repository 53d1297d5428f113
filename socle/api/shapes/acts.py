"""Schemas of acts in the API."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from socle.api.shapes.beneficiaries import BeneficiaryRef
from socle.api.shapes.values import Asked, Day, DepartmentCode, Identifier, InseeCode, Out, Page, Paged, example

KindCode = Literal["unqualified", "deliberation", "regulation", "decision", "minutes", "list"]
ModeCode = Literal["electronic", "posted", "paper"]


class Vote(Out):
    """Un vote, procurations comprises."""

    members: int = Field(description="Membres en exercice.")
    in_favour: int
    against: int
    abstentions: int


class Author(Out):
    """Qui répond de l’acte : le public lit son nom et sa qualité."""

    name: str
    quality: str


class Act(Out):
    """Un acte d’un bénéficiaire, et son chemin vers la préfecture et vers le public."""

    url: str
    id: int
    beneficiary: BeneficiaryRef
    kind: KindCode
    kind_label: str
    body: str
    number: str
    subject: str
    adopted_on: date
    received_on: date | None = Field(description="Reçu en préfecture.")
    published_on: date | None
    mode: ModeCode | None = Field(description="Comment il est publié\u00a0; null quand ce n’est pas dit.")
    put_online_at: datetime | None = Field(
        description="Mis en ligne par la plateforme\u00a0; null quand la date de publication est déclarée."
    )
    sha256: str | None = Field(description="Empreinte de ce que la plateforme a mis en ligne.")
    address: str | None = Field(description="Où le public le lit, sur le site de sa collectivité.")
    executory_on: date | None
    matter: str | None = Field(description="Code dans la nomenclature ACTES.")
    matter_label: str | None
    author: Author | None
    vote: Vote | None = Field(description="Null quand le vote n’a pas été dit.")
    is_fictitious: bool = Field(description="Acte de démonstration.")


class Acts(Page):
    """Une page d’actes."""

    data: list[Act]


class ActFilters(Paged):
    """Filtres des actes."""

    department: DepartmentCode | None = None
    kind: KindCode | None = None
    q: Annotated[str, StringConstraints(max_length=100)] | None = Field(
        None, description="Mots du numéro ou de l’objet, sans accent ni casse."
    )
    beneficiary: Identifier | None = None
    insee_code: InseeCode | None = None
    sort: Literal["id", "-id"] = "id"


class Reception(Asked):
    """Le jour où la préfecture a reçu l’acte."""

    model_config = example(received_on="2026-11-25")

    received_on: Day
