"""A list declared once: what its page shows, what its files write, how an address filters and sorts it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.test import RequestFactory

from socle.lib.spreadsheet import Field, Kind
from socle.people.models import Operator
from socle.provisioning.desk.listing import ListColumn, Listing, on_page
from socle.provisioning.desk.lists import Filters, text
from socle.ui.shapes import Column
from tests import factories as f

COLUMNS: tuple[ListColumn[Operator], ...] = (
    ListColumn("Nom", lambda one: one.name, sort="name"),
    ListColumn(header="Code", cell=lambda one: one.code, kind=Kind.CODE),
    ListColumn("Ce qu’on y fait"),
    ListColumn("Rang", lambda one: one.pk, Kind.NUMBER, "Numéro", sort="pk", is_number=True),
)


class OperatorFilters(Filters):
    code, view, title = "essai", "console:operators", "Essai"
    columns = on_page(COLUMNS)
    q = text("Recherche")


LISTING: Listing[Operator] = Listing(
    OperatorFilters,
    COLUMNS,
    lambda access, filters: Operator.objects.filter(name__contains=filters.chosen("q")),
    "essai_file",
    "essai",
    "Essai",
    default="-name",
)


class Nobody:
    """Whoever asks: these rows are everybody's."""

    user = operator = None
    sees_money = False


class Treasurer(Nobody):
    """One who sees money."""

    sees_money = True


@pytest.fixture
def operators(db: None) -> None:
    for number, name in enumerate(("Avesnois", "Bassée", "Cambrésis"), 700_001):
        f.operator(name.lower(), name, number)


def names(query: str) -> list[str]:
    access: Any = Nobody()
    return [one.name for one in LISTING.filtered(RequestFactory().get(f"/{query}"), access).rows]


def test_its_page_shows_what_has_a_label_and_its_files_write_what_has_a_cell() -> None:
    assert LISTING.filters.columns == (
        Column("Nom", "name"),
        Column("Ce qu’on y fait"),
        Column("Rang", "pk", is_number=True),
    )
    access: Any = Nobody()
    sheet = LISTING.sheet(access)
    assert [(one.header, one.kind) for one in sheet.fields] == [
        ("Nom", Kind.TEXT), ("Code", Kind.CODE), ("Numéro", Kind.NUMBER),
    ]  # fmt: skip
    assert isinstance(sheet.fields[0], Field)
    assert (sheet.code, sheet.file_name, sheet.title) == ("essai", "essai", "Essai")


@pytest.mark.parametrize(("who", "shown"), [(Nobody(), []), (Treasurer(), ["Par an"])], ids=["others", "the treasurer"])
def test_an_amount_is_shown_and_written_for_those_who_see_money(who: Any, shown: list[str]) -> None:
    amounts: tuple[ListColumn[Operator], ...] = (ListColumn("Par an", lambda one: one.pk, is_money=True),)
    listing = replace(LISTING, columns=amounts)
    assert [one.label for one in on_page(amounts, who)] == shown
    assert [one.header for one in listing.sheet(who).fields] == shown


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Cambrésis", "Bassée", "Avesnois"]),
        ("?tri=name", ["Avesnois", "Bassée", "Cambrésis"]),
        ("?tri=code", ["Cambrésis", "Bassée", "Avesnois"]),
        ("?q=ssé&tri=name", ["Bassée"]),
    ],
    ids=["as it is", "by a column", "by what is in no header", "filtered"],
)
def test_an_address_filters_and_sorts_it(operators: None, query: str, found: list[str]) -> None:
    assert names(query) == found


def test_its_rows_are_chosen_only_where_a_gesture_has_a_subject() -> None:
    assert LISTING.selectable is None
