"""Pages of a list that do not slip while one reads: each goes on after the last row of the one before."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, Literal, TypeVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.http import HttpRequest

from socle.api.problems import Problem

M = TypeVar("M", bound=models.Model)
LARGEST = 2**63 - 1


@dataclass(frozen=True)
class Key:
    """A key to sort a list by: a column that is never empty, and what its values are."""

    column: str
    holds: Literal["text", "number", "instant"] = "text"


@dataclass(frozen=True)
class Slice(Generic[M]):
    """A page: its rows, and the address of the next one."""

    rows: list[M]
    next: str | None


def cut(
    request: HttpRequest,
    rows: models.QuerySet[M],
    *,
    keys: Mapping[str, Key],
    sort: str,
    limit: int,
    cursor: str | None,
) -> Slice[M]:
    """Return one page of `rows`, sorted by `sort` (`name` or `-name`) then by identifier; one query."""
    key, is_descending = keys[sort.removeprefix("-")], sort.startswith("-")
    sign, beyond = ("-", "lt") if is_descending else ("", "gt")
    sorted_rows: Any = rows.annotate(page_key=F(key.column)).order_by(f"{sign}page_key", f"{sign}pk")
    if cursor is not None:
        value, identifier = _read(cursor, sort, key)
        sorted_rows = sorted_rows.filter(
            Q(**{f"page_key__{beyond}": value}) | Q(page_key=value, **{f"pk__{beyond}": identifier})
        )
    found: list[M] = list(sorted_rows[: limit + 1])
    if len(found) <= limit:
        return Slice(found, None)
    last: Any = found[limit - 1]
    return Slice(found[:limit], _address(request, _write(sort, last.page_key, last.pk)))


def _write(sort: str, value: Any, identifier: int) -> str:
    shown = value.isoformat() if isinstance(value, datetime) else value
    text = json.dumps([sort, shown, identifier], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(cursor: str, sort: str, key: Key) -> tuple[Any, int]:
    """Read what a page left us; whoever writes one of their own gets no more than a list sorted otherwise."""
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
        of, value, identifier = json.loads(text)
        if of != sort or not _is_number(identifier):
            raise ValueError
        if key.holds == "instant":
            value = datetime.fromisoformat(value)
            if value.tzinfo is None:
                raise ValueError
            value = value.astimezone(UTC)
        elif (key.holds == "number" and not _is_number(value)) or (
            key.holds == "text" and (not isinstance(value, str) or "\x00" in value)
        ):
            raise ValueError
        # Half a character is no text.
        str(value).encode()
        return value, identifier
    except (ValueError, TypeError, RecursionError, OverflowError, binascii.Error) as error:
        raise Problem(
            "mal-formee",
            "Ce curseur ne se lit pas, ou vient d’une liste triée autrement : reprenez la liste à son début.",
        ) from error


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and -LARGEST <= value <= LARGEST


def _address(request: HttpRequest, cursor: str) -> str:
    query = request.GET.copy()
    query["cursor"] = cursor
    # Under the platform's own name: that of the request is whatever the other side wrote.
    return f"{settings.PLATFORM_URL}{request.path}?{query.urlencode()}"
