"""Files that leave: a list, whole."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from django.http import HttpRequest, HttpResponse

from socle.lib.spreadsheet import Sheet
from socle.mairie.access import person
from socle.people import exports
from socle.people.models import Beneficiary

R = TypeVar("R")


def leave(
    request: HttpRequest, beneficiary: Beneficiary, sheet: Sheet[R], rows: Iterable[R], format: str
) -> HttpResponse:
    """Answer with a list of the active beneficiary, whole, as a file; its journal tells of one that names people."""
    return exports.leave(request, sheet, rows, format=format, owner=beneficiary, by=person(request))
