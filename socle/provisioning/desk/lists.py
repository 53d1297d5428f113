"""Common parts of the lists that operators read: filters kept in the address, pages, files of what is filtered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.db.models import Model, Q, QuerySet
from django.db.models.functions import Coalesce, Lower
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from socle.lib.spreadsheet import Sheet
from socle.lib.text import spellings
from socle.people import exports
from socle.people.filters import UNDO
from socle.people.models import Beneficiary, Operator, SavedFilter
from socle.provisioning.desk.access import Access
from socle.territory.queries import named
from socle.ui.shapes import Column

PER_PAGE = 50

M = TypeVar("M", bound=Model)
R = TypeVar("R")


# How the address says the order, and which page: the one is kept with a filter, the other never.
ORDER, PAGE = "tri", "page"


@dataclass(frozen=True)
class Kept:
    """A saved filter as its list shows it: where it leads, whether it is what is shown, what it asks in vain."""

    saved: SavedFilter
    url: str
    is_active: bool
    is_mine: bool
    lost: str

    @property
    def sharer(self) -> str:
        """Who shares it, when it is another's."""
        return self.saved.user.name if self.saved.user and not self.is_mine else ""


@dataclass(frozen=True)
class Shelf:
    """The saved filters of a list: one's own and those shared, the one in use, those one just removed."""

    entries: list[Kept]
    removed: list[SavedFilter]

    @property
    def active(self) -> Kept | None:
        """The one that the address is; one's own before another's."""
        used = [one for one in self.entries if one.is_active]
        return next((one for one in used if one.is_mine), used[0] if used else None)


class Filters(forms.Form):
    """Filters read from the address: one that cannot be understood is left out, and the list still shows.

    The address alone holds a filter; a saved one is an address under a name, which this form has read first.
    """

    # How saved filters name the list (saving.py), its page, and the columns it may be sorted by.
    code: ClassVar[str]
    view: ClassVar[str]
    title: ClassVar[str]
    columns: Sequence[Column] = ()

    def __init__(self, request: HttpRequest, access: Access) -> None:
        super().__init__(request.GET, auto_id="filtre-%s")
        self.sorting = request.GET.get(ORDER, "")
        self.access = access
        self.query = request.GET
        self.prepare(access)
        self.full_clean()
        # An address is not a form someone filled: nothing to reproach, the filter is simply not there.
        self.errors.clear()

    def prepare(self, access: Access) -> None:
        """Fill the choices that depend on what this operator sees."""

    @classmethod
    def why_not_read(cls, access: Access) -> str | None:
        """Say why this person may not read the list, or None: most are everybody's, each sees their part of it."""
        return None

    @classmethod
    def of(cls, query: str, access: Access) -> Filters:
        """Read a filter from a query string, away from its list."""
        request = HttpRequest()
        request.GET = QueryDict(query)
        return cls(request, access)

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

    # --- Kept under a name ---
    @property
    def address(self) -> str:
        """The filter and the order as an address says them, always alike: what the form knows and someone asked."""
        return self._written(self.query)

    def _written(self, query: QueryDict) -> str:
        kept = QueryDict(mutable=True)
        for name in (*self.fields, ORDER):
            if (value := query.get(name, "").strip()) and (name != ORDER or self._sorts_by(value)):
                kept[name] = value
        return str(kept.urlencode())

    def _sorts_by(self, value: str) -> bool:
        return value.removeprefix("-") in {column.sort for column in self.columns if column.sort}

    def unknown(self) -> list[str]:
        """The parameters of the address that this list does not know."""
        return [name for name in self.query if name not in self.fields and name not in (ORDER, PAGE)]

    def lost(self, query: QueryDict) -> list[str]:
        """The filters of an address whose value means nothing here, or nothing any more: « Service (fax) »."""
        return list(self._lost(query))

    def _lost(self, query: QueryDict) -> Iterator[str]:
        for name, field in self.fields.items():
            value = query.get(name, "").strip()
            try:
                field.clean(value)
            except ValidationError:
                yield f"{field.label} ({value[:40]})"
        if (order := query.get(ORDER, "")) and not self._sorts_by(order):
            yield f"tri ({order[:40]})"

    @cached_property
    def shelf(self) -> Shelf:
        """The saved filters of this list, read with the choices that this form has already."""
        by, operator = self.access.user, self.access.operator
        recent = Q(removed_at__isnull=True) | Q(removed_at__gte=timezone.now() - UNDO)
        seen = SavedFilter.objects.seen_by(by, operator).filter(recent, list_code=self.code).select_related("user")
        entries, removed, here = [], [], self.address
        for saved in seen.order_by("name", "pk"):
            if saved.removed_at is not None:
                removed.append(saved)
                continue
            query = QueryDict(saved.query)
            kept = Kept(
                saved,
                f"{reverse(self.view)}?{saved.query}",
                is_active=bool(here) and saved.query == here,
                is_mine=saved.user_id in (by.pk, None),
                lost=", ".join(self.lost(query)),
            )
            entries.append(kept)
        removed.sort(key=lambda one: one.removed_at or one.saved_at, reverse=True)
        return Shelf(entries, removed[:1])


# A commune is sorted by its own name, not by « Commune de… » or « Commune d’… ».
PLACE = Coalesce("beneficiary__commune__search_name", Lower("beneficiary__name"))


def at_place(words: str, *, commune: str = "beneficiary__commune__", name: str = "beneficiary__name") -> Q:
    """Rows of a body that these words name: by its own name, by that of its commune or by its INSEE code, exact."""
    found = named(words, commune) | Q(**{f"{commune}insee_code": words.upper()})
    for spelling in spellings(words):
        found |= Q(**{f"{name}__icontains": spelling})
    return found


class _Pages(Paginator[M]):
    """Pages of rows: to reach a further one, keys alone are sorted and skipped, and the rows of that page read."""

    object_list: QuerySet[M]

    def page(self, number: int | str) -> Page[M]:
        number = self.validate_number(number)
        if number == 1:
            return super().page(number)
        keys = self.object_list.values("pk")[(number - 1) * self.per_page : number * self.per_page]
        return Page(self.object_list.filter(pk__in=keys), number, self)


def page_of(request: HttpRequest, rows: QuerySet[M] | list[M], *, per_page: int = 0) -> Page[M]:
    """Return the page asked for; an impossible one leads to the nearest."""
    most = per_page or PER_PAGE
    pages: Paginator[M] = Paginator(rows, most) if isinstance(rows, list) else _Pages(rows, most)
    return pages.get_page(request.GET.get("page"))


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
