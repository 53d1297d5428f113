"""On SQLite, the refusals of PostgreSQL: text too long for its column, integers out of range, the character NUL.

SQLite takes them all in silence: without this, only the tests that run on PostgreSQL would see such a fault.
"""

from __future__ import annotations

from typing import Any

from django.db import DataError
from django.db.models import CharField, Field, IntegerField, TextField

# Its types, by what Django calls them.
RANGES = {
    "IntegerField": (-(2**31), 2**31 - 1),
    "PositiveIntegerField": (0, 2**31 - 1),
    "PositiveSmallIntegerField": (0, 2**15 - 1),
    "SmallIntegerField": (-(2**15), 2**15 - 1),
}


def why_not_stored(field: Field[Any, Any], value: Any) -> str | None:
    """Say why PostgreSQL would not write this value in the column of this field, or None."""
    if isinstance(value, str) and isinstance(field, CharField | TextField):
        if "\0" in value:
            return "a string cannot contain NUL (0x00) characters"
        if isinstance(field, CharField) and field.max_length is not None and len(value) > field.max_length:
            return f"value too long for type character varying({field.max_length})"
    if isinstance(value, int) and isinstance(field, IntegerField):
        least, most = RANGES.get(field.get_internal_type(), (value, value))
        if not least <= value <= most:
            return f"{field.get_internal_type()} out of range"
    return None


def hold() -> None:
    """Refuse from now on, as a row is written, what PostgreSQL would."""
    prepared = Field.get_db_prep_save

    def checked(self: Field[Any, Any], value: Any, connection: Any) -> Any:
        if reason := why_not_stored(self, value):
            raise DataError(f"{self}: {reason}")
        return prepared(self, value, connection)

    Field.get_db_prep_save = checked  # type: ignore[method-assign]
