"""A list that operators read, declared once: its page, its files, its saved filters, its selection."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse

from socle.batches.actions import Chosen
from socle.batches.contract import Subject
from socle.lib.spreadsheet import Cell, Field, Kind, Sheet
from socle.people.exports import in_portions
from socle.provisioning.desk.access import Access, forbid, here, record_view
from socle.provisioning.desk.lists import Filters, leave, page_of
from socle.provisioning.desk.picking import picking
from socle.provisioning.desk.selections import Selectable
from socle.ui.shapes import Column, Sorting, files_of

M = TypeVar("M", bound=Model)
R = TypeVar("R")


@dataclass(frozen=True)
class ListColumn(Generic[R]):
    """One column of a list, on its page, in its files, or both.

    `label` heads it on the page, none when it is only in the files; `header` in the files, `label` when empty. `cell`
    is what a file writes of a row, none when only the page shows it; `kind`, what that is. `sort`: the key by which
    the page sorts the list. A label that `is_hidden` is only for those who listen; a column that `is_money`, for those
    who see money.
    """

    label: str = ""
    cell: Callable[[R], Cell] | None = None
    kind: Kind = Kind.TEXT
    header: str = ""
    sort: str = ""
    is_number: bool = False
    is_hidden: bool = False
    is_money: bool = False

    def is_shown_to(self, access: Access) -> bool:
        """Whether this person has the column, on the page and in the files."""
        return not self.is_money or access.sees_money


def in_files(fields: Iterable[Field[R]]) -> tuple[ListColumn[R], ...]:
    """Return as columns of files alone these fields, which another screen gives too."""
    return tuple(ListColumn(header=one.header, cell=one.value, kind=one.kind) for one in fields)


class FilteredRows(NamedTuple):
    """The filters of an address, the order (none where the list has but one), the rows that answer."""

    filters: Filters
    sorting: Sorting | None
    rows: Any


def on_page(columns: Sequence[ListColumn[Any]], access: Access | None = None) -> tuple[Column, ...]:
    """Return the columns of the page of a list, for this person if one is told.

    Its filters read them too, since they say what it may be sorted by: in `prepare`, where some are not everybody's.
    """
    shown = (one for one in columns if one.label and (access is None or one.is_shown_to(access)))
    return tuple(Column(one.label, one.sort, one.is_number, one.is_hidden) for one in shown)


@dataclass(frozen=True)
class Listing(Generic[M]):
    """One list. Its code, its page and its title are those of its `filters`.

    `rows` gives what these filters, read for this person, leave of what they see: a list where it is counted from
    several tables. `default` is the order when the address asks for none (« -asked_at »), empty when `rows` are in the
    only order there is; `order` completes it, so that rows alike always come in the same order. `file` names the
    address of its files, and what the journal says of reading them when `is_read`; `file_name`, the file; `heading`,
    its sheet.

    `personal` is what the journal calls a file that names people. `for_files` fetches along what they read and the page
    does not; `dress` makes of some rows, all at once, what the page shows and what `cell` reads. With a `subject`, its
    rows may be chosen for a gesture: `call` says how each is called, `choose_from` what they are when they are a list.
    """

    filters: type[Filters]
    columns: tuple[ListColumn[Any], ...]
    rows: Callable[[Access, Any], QuerySet[M] | list[Any]]
    file: str
    file_name: str
    heading: str
    default: str = ""
    order: Callable[[Sorting], tuple[Any, ...]] = lambda asked: (asked.order, "-pk")
    for_files: Callable[[QuerySet[M]], QuerySet[M]] = lambda rows: rows
    dress: Callable[[Sequence[Any]], Sequence[Any]] = list
    is_read: bool = False
    personal: str = ""
    subject: Subject | None = None
    choose_from: Callable[[Any], QuerySet[M]] = lambda rows: rows
    call: Callable[[M], Chosen] | None = None

    def sheet(self, access: Access) -> Sheet[Any]:
        """Its files, as this person has them."""
        shown = (one for one in self.columns if one.is_shown_to(access))
        fields = (Field(one.header or one.label, one.cell, one.kind) for one in shown if one.cell)
        code = self.personal or self.file.removesuffix("_file")
        return Sheet(code, self.file_name, self.heading, tuple(fields), is_personal=bool(self.personal))

    @property
    def selectable(self) -> Selectable | None:
        """The list as `selections` reads it again, when its rows may be chosen."""
        if self.subject is None or self.call is None:
            return None
        return Selectable(self.filters.code, self.filters.view, self.subject, self.chosen_from, self.call)

    def filtered(self, request: HttpRequest, access: Access) -> FilteredRows:
        """Read what an address asks, for this person; answer 403 to whoever may not read the list."""
        forbid(self.filters.why_not_read(access))
        filters = self.filters(request, access)
        rows = self.rows(access, filters)
        if not self.default or isinstance(rows, list):
            return FilteredRows(filters, None, rows)
        sorting = Sorting.asked(request, on_page(self.columns, access), default=self.default)
        return FilteredRows(filters, sorting, rows.order_by(*self.order(sorting)))

    def chosen_from(self, request: HttpRequest, access: Access) -> QuerySet[M]:
        """Return its rows as this address filters and sorts them."""
        return self.choose_from(self.filtered(request, access).rows)

    def context(self, request: HttpRequest, access: Access) -> dict[str, Any]:
        """Return what its page draws: filters, order, columns with boxes, the rows of one page, links to the files."""
        filters, sorting, rows = self.filtered(request, access)
        columns = on_page(self.columns, access)
        page = page_of(request, rows)
        chosen = picking(access, self.subject, columns) if self.subject else {"columns": columns}
        return {
            "filters": filters,
            "sorting": sorting,
            **chosen,
            "list_code": filters.code,
            "page": page,
            "rows": self.dress(page),
            "files": files_of(request, here(self.file)),
        }

    def export(self, request: HttpRequest, access: Access, format: str) -> HttpResponse:
        """Answer with the list as filtered, whole, as a file; the reading is noted where it shows several bodies."""
        rows = self.filtered(request, access).rows
        if self.is_read:
            record_view(request, self.file)
        dressed = self.dress(rows) if isinstance(rows, list) else in_portions(self.for_files(rows), self.dress)
        return leave(request, access, self.sheet(access), dressed, format)
