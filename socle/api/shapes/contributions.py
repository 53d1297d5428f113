"""Schemas of contributions in the API: as they were called, and what the finance package says of them."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from socle.api.shapes.values import Asked, Day, Identifier, Out, Page, Paged, example

Reference = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9/-]{1,40}$")]
PieceNumber = Annotated[
    str, StringConstraints(min_length=1, max_length=20, pattern=r"^[^\x00-\x20]([^\x00-\x1f]*[^\x00-\x20])?$")
]
# Written in full, as amounts are answered: no number of JSON holds a cent for certain.
Amount = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,10}\.[0-9]{2}$")]


class Debtor(Out):
    """Qui doit, et ce qu’il exige pour payer."""

    name: str
    siret: str
    service_code: str | None
    engagement: str | None


class Title(Out):
    """Ce que le logiciel de finances a dit de ce titre."""

    bordereau: str
    title: str
    title_on: date
    collected: str
    outstanding: str
    read_at: datetime


class Contribution(Out):
    """La contribution d’une convention pour un exercice, telle qu’exportée, et son titre. Montants en euros."""

    url: str
    id: int
    reference: str
    agreement: str = Field(description="Numéro de la convention.")
    beneficiary: int | None = Field(description="Identifiant du bénéficiaire.")
    year: int
    export: int = Field(description="Rang de l’export de l’exercice qui la porte.")
    first_on: date
    last_on: date
    debtor: Debtor
    subject: str
    budget: str | None
    account: str | None
    function: str | None
    net: str
    vat_regime: str
    vat_rate: str = Field(description="En pour cent.")
    vat: str
    total: str
    due_on: date
    exported_at: datetime
    title: Title | None = Field(description="Null tant que le logiciel de finances n’a rien dit.")
    is_fictitious: bool = Field(description="Montant de démonstration.")


class Contributions(Page):
    """Une page de contributions appelées."""

    data: list[Contribution]


class ContributionFilters(Paged):
    """Filtres des contributions."""

    year: Annotated[int, Field(ge=1990, le=2100)] | None = Field(None, description="Exercice.")
    export: Annotated[int, Field(ge=1, le=32767)] | None = Field(None, description="Rang d’un export de l’exercice.")
    reference: Reference | None = None
    beneficiary: Identifier | None = None
    titled: Literal["yes", "no"] | None = Field(
        None, description="Celles qui ont leur titre, ou celles qui l’attendent."
    )
    sort: Literal["id", "-id"] = "id"


class NewTitle(Asked):
    """Le titre d’une contribution, et ce qui en est encaissé."""

    reference: Reference
    bordereau: PieceNumber
    title: PieceNumber
    title_on: Day
    collected: Amount
    outstanding: Amount


class NewTitles(Asked):
    """Les titres à noter : tous, ou aucun."""

    model_config = example(
        titles=[
            {
                "reference": "PMC-2026-0012/2026", "bordereau": "41", "title": "873", "title_on": "2026-11-20",
                "collected": "0.00", "outstanding": "240.00",
            }
        ]
    )  # fmt: skip

    titles: list[NewTitle] = Field(min_length=1, max_length=500)


class ReadTitles(Out):
    """Ce qui fut noté."""

    changed: int = Field(description="Contributions que cela change\u00a0; 0 quand tout était déjà dit.")
