"""What every list of the console has in common: filters kept in the address, pages, files of what is filtered."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from django import forms
from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.db.models.functions import Coalesce, Lower
from django.http import HttpRequest, HttpResponse

from socle.console.access import Access
from socle.lib.spreadsheet import Sheet
from socle.people import exports
from socle.people.models import Beneficiary, Operator

PER_PAGE = 50

M = TypeVar("M", bound=Model)
R = TypeVar("R")


class Filters(forms.Form):
    """Filters read from the address: one that cannot be understood is left out, and the list still shows."""

    def __init__(self, request: HttpRequest, access: Access) -> None:
        super().__init__(request.GET, auto_id="filtre-%s")
        self.sorting = request.GET.get("tri", "")
        self.prepare(access)
        self.full_clean()
        # An address is not a form someone filled: nothing to reproach, the filter is simply not there.
        self.errors.clear()

    def prepare(self, access: Access) -> None:
        """Fill the choices that depend on what this operator sees."""

    def offer(self, name: str, choices: Iterable[tuple[str, str]], every: str = "Toutes") -> None:
        """Give a filter its choices."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", every), *choices]

    def chosen(self, name: str) -> str:
        """Return the value of a filter, or nothing."""
        return str(self.cleaned_data.get(name) or "")

    @property
    def is_used(self) -> bool:
        """Whether any filter narrows the list."""
        return any(self.chosen(name) for name in self.fields)


# A commune is sorted by its own name, not by « Commune de… » or « Commune d’… ».
PLACE = Coalesce("beneficiary__commune__search_name", Lower("beneficiary__name"))


def place_name(beneficiary: Beneficiary) -> str:
    """Return how a list calls a beneficiary: the name of the commune, or the body's own."""
    return beneficiary.commune.name if beneficiary.commune else beneficiary.name


def page_of(request: HttpRequest, rows: QuerySet[M]) -> Page[M]:
    """Return the page asked for; an impossible one leads to the nearest."""
    return Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))


def leave(
    request: HttpRequest,
    access: Access,
    sheet: Sheet[R],
    rows: Iterable[R],
    format: str,
    *,
    owner: Operator | Beneficiary | None = None,
) -> HttpResponse:
    """Answer with a list, whole, as a file; `owner` is whose people it names, when they are not the operator's own."""
    return exports.leave(request, sheet, rows, format=format, owner=owner or access.operator, by=access.user)


def attachment(content: bytes | str, *, filename: str, content_type: str) -> HttpResponse:
    """Answer with a file to keep, never cached: what it holds depends on who asks."""
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    response["Cache-Control"] = "private, no-store"
    return response


def choice(label: str, choices: Iterable[tuple[str, str]], every: str = "Toutes") -> forms.ChoiceField:
    """A filter among values, which may be left out."""
    return forms.ChoiceField(label=label, required=False, choices=[("", every), *choices])


def text(label: str, help_text: str = "", **attrs: Any) -> forms.CharField:
    """A filter by words."""
    return forms.CharField(
        label=label,
        required=False,
        max_length=80,
        help_text=help_text,
        widget=forms.TextInput(attrs={"type": "search", **attrs}),
    )
