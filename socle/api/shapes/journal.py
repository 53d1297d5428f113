"""Schemas of the lines of the journal in the API."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from socle.api.shapes.values import Day, Identifier, Out, Page, Paged


class Entry(Out):
    """Une ligne du journal."""

    url: str
    id: int
    verb: str
    label: str
    at: datetime
    object: str = Field(description="Nature et identifiant de la chose, comme agreements.agreement:12.")
    beneficiary: int | None
    by: str | None = Field(description="Le nom de qui a agi ; seulement avec la portée people:read.")
    facts: dict[str, Any]
    position: int | None = Field(description="Rang dans la chaîne ; null tant que la ligne n’est pas scellée.")
    seal: str


class Journal(Page):
    """Une page du journal."""

    data: list[Entry]


class EntryFilters(Paged):
    """Filtres du journal."""

    verb: Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,40}\.[a-z_]{1,39}$")] | None = None
    beneficiary: Identifier | None = None
    since: Day | None = Field(None, description="À partir de ce jour (Europe/Paris).")
    until: Day | None = Field(None, description="Jusqu’à ce jour compris.")
    sort: Literal["id", "-id"] = Field("id", description="Du plus ancien au plus récent, ou l’inverse.")
