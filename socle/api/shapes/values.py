"""Building blocks of every schema: kinds of values, pages, filters."""

import re
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

# PostgreSQL keeps no null character; two lines have no place in a name.
Words = Annotated[
    str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]*[^\x00-\x20][^\x00-\x1f]*$")
]
Identifier = Annotated[int, Field(ge=1, le=2**63 - 1)]
InseeCode = Annotated[str, StringConstraints(pattern=r"^[0-9][0-9AB][0-9]{3}$")]
DepartmentCode = Annotated[str, StringConstraints(pattern=r"^[0-9][0-9AB][0-9]?$")]


def _written_as_a_day(value: Any) -> Any:
    """Leave out what would be read as a number of seconds."""
    is_day = isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII)
    if not is_day and type(value) is not date:
        raise PydanticCustomError("date_parsing", "a day is written 2026-11-25")
    return value


# Never strict: JSON has no days, only words that are written as one.
Day = Annotated[date, Field(strict=False), BeforeValidator(_written_as_a_day)]


class Out(BaseModel):
    """Base of the bodies of answers."""


class In(BaseModel):
    """Base of the bodies of requests: a name that is not known is a mistake, not something to leave out in silence."""

    model_config = ConfigDict(extra="forbid")


class Page(Out):
    """Une page d’une liste ; `next` est aussi dans l’en-tête Link."""

    next: str | None = Field(description="Adresse de la page suivante ; null à la fin.")


class Paged(In):
    """Ce que toute liste accepte."""

    limit: int = Field(50, ge=1, le=200, description="Nombre de lignes par page.")
    cursor: str | None = Field(
        None, max_length=1000, pattern=r"^[A-Za-z0-9_-]+$", description="Suite d’une page : à reprendre de `next`."
    )


class Asked(In):
    """A content in JSON: a number is a number there, and not words that look like one."""

    model_config = ConfigDict(extra="forbid", strict=True)


def example(**fields: Any) -> ConfigDict:
    """The example that the document gives of a content."""
    return ConfigDict(json_schema_extra={"examples": [fields]})
