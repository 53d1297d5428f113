"""Values that views hand to components: plain values, computed once, drawn anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.http import HttpRequest
from django.urls import reverse

Tone = Literal["neutral", "ok", "wait", "alert", "danger", "info"]


@dataclass(frozen=True)
class Link:
    """A place to go, and its words."""

    label: str
    url: str = ""
    icon: str = ""


@dataclass(frozen=True)
class Step:
    """One step of a road. `state`: done, current, todo or failed."""

    label: str
    state: Literal["done", "current", "todo", "failed"]
    detail: str = ""
    url: str = ""


def road(labels: Sequence[str], reached: int, details: Iterable[str] = ()) -> list[Step]:
    """Return the steps of a road on which the first `reached` are done and the next one is current."""
    told = list(details)
    steps = []
    for rank, label in enumerate(labels):
        state: Literal["done", "current", "todo"] = (
            "done" if rank < reached else "current" if rank == reached else "todo"
        )
        steps.append(Step(label, state, told[rank] if rank < len(told) else ""))
    return steps


# The road every commune travels, as every screen writes it.
JOURNEY = ("Éligible", "Projet", "À la signature", "Signée", "En service", "Site en ligne")


@dataclass(frozen=True)
class Fact:
    """A line of a definition list."""

    term: str
    value: object
    detail: str = ""


@dataclass(frozen=True)
class Bar:
    """One bar of a chart: `shown` is what is written at its end."""

    label: str
    value: float
    shown: str = ""
    tone: Tone = "info"
    url: str = ""


@dataclass(frozen=True)
class Slot:
    """One mark of a history: its span in words, its height between 0 and 1, what happened then, in words as well."""

    label: str
    height: float
    shown: str
    tone: Tone = "info"

    @property
    def y(self) -> str:
        """Where its mark begins, in hundredths from the top, as SVG writes numbers."""
        return f"{100 - 100 * min(1.0, max(0.0, self.height)):.2f}"

    @property
    def tall(self) -> str:
        """How tall its mark is, in hundredths."""
        return f"{100 * min(1.0, max(0.0, self.height)):.2f}"


@dataclass(frozen=True)
class Column:
    """One column of a table. With a `sort` key its header sorts the list."""

    label: str
    sort: str = ""
    is_number: bool = False
    is_hidden: bool = False  # the words are only for those who listen


@dataclass(frozen=True)
class Sorting:
    """How a list is sorted: read from `?tri=name` or `?tri=-name`, and nothing that was not offered."""

    key: str
    is_descending: bool

    @classmethod
    def asked(cls, request: HttpRequest, columns: Iterable[Column], default: str) -> Sorting:
        """Return the order asked for by the address, or the default when it asks for an unknown one."""
        offered = {column.sort for column in columns if column.sort}
        wanted = request.GET.get("tri", default)
        if wanted.removeprefix("-") not in offered:
            wanted = default
        return cls(wanted.removeprefix("-"), wanted.startswith("-"))

    @property
    def order(self) -> str:
        """Return the key as `order_by` reads it."""
        return f"-{self.key}" if self.is_descending else self.key


# The formats of a list, as its links say them.
FORMATS = {"xlsx": "XLSX", "csv": "CSV", "json": "JSON"}


def files_of(request: HttpRequest, view: str, *args: object, formats: Sequence[str] = ("xlsx", "csv")) -> list[Link]:
    """Return the links to the files of a list, filtered and sorted as the address is; a file has every page."""
    asked = request.GET.copy()
    asked.pop("page", None)
    query = f"?{asked.urlencode()}" if asked else ""
    return [Link(FORMATS[one], reverse(view, args=[*args, one]) + query) for one in formats]


@dataclass(frozen=True)
class Look:
    """A state in words, with the tone and the icon of its badge."""

    code: str
    label: str
    tone: Tone
    icon: str


def looks(signs: Mapping[Any, tuple[Tone, str]]) -> dict[str, Look]:
    """How each state of a table looks, by its code; `signs`: the tone and the icon of each, in the order of filters."""
    return {state.value: Look(state.value, state.label, tone, icon) for state, (tone, icon) in signs.items()}
