"""The forms of the menus: a week as a table of days and courses, and the file to take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import forms

from socle.documents.fields import ScannedFileField
from socle.lib.dates import weekday_in_words
from socle.lib.text import folded
from socle.websites.canteen.cells import Unread, read_dish, write_dish
from socle.websites.canteen.writings import WrittenDay, WrittenDish
from socle.websites.models.menus import Course

# The columns; bread, which few write, shares that of the rest.
COLUMNS: tuple[tuple[str, str], ...] = (
    (Course.STARTER, "Entrée"),
    (Course.MAIN, "Plat principal"),
    (Course.SIDE, "Garniture"),
    (Course.DAIRY, "Produit laitier"),
    (Course.DESSERT, "Dessert"),
    (Course.OTHER, "Pain, autre"),
)
LONGEST_CELL = 1200


def _column_of(course: str) -> str:
    return Course.OTHER if course == Course.BREAD else course


def _course_of(column: str, line: str) -> str:
    """Bread says itself."""
    is_bread = column == Course.OTHER and folded(line).split(" ")[0].rstrip(",;") in {"pain", "pains", "baguette"}
    return Course.BREAD if is_bread else column


@dataclass(frozen=True)
class DayRow:
    """One line of the table."""

    on: date
    name: str
    cells: list[forms.BoundField]
    is_closed: forms.BoundField
    reason: forms.BoundField


class WeekForm(forms.Form):
    """One week: a cell by day and course, one dish a line, and the days without a meal."""

    closed_week = forms.BooleanField(label="Pas de repas de toute la semaine", required=False)
    closed_reason = forms.CharField(
        label="Motif", max_length=120, required=False, help_text="Par exemple\u00a0: vacances de Noël."
    )

    def __init__(
        self, data: Any = None, *, monday: date, days: Mapping[date, WrittenDay], is_copy: bool = False
    ) -> None:
        """`days` are those to begin from, whatever their week when they are copied: only their weekday counts."""
        said = {day.on.weekday(): day for day in days.values()}
        shown = max([5, *(weekday + 1 for weekday, day in said.items() if day.says_something)])
        self.on = [monday + timedelta(days=number) for number in range(shown)]
        initial: dict[str, Any] = {}
        for number in range(shown):
            day = said.get(number)
            if day is None:
                continue
            # Why there was no meal last week says nothing of this one.
            initial[f"closed{number}"] = day.is_closed and not is_copy
            initial[f"reason{number}"] = "" if is_copy else day.reason
            lines: dict[str, list[str]] = {}
            for dish in day.dishes:
                lines.setdefault(_column_of(dish.course), []).append(write_dish(dish))
            for course, found in lines.items():
                initial[f"{course}{number}"] = "\n".join(found)
        super().__init__(data, initial=initial)
        for number, on in enumerate(self.on):
            name = weekday_in_words(on)
            for course, label in COLUMNS:
                self.fields[f"{course}{number}"] = forms.CharField(
                    label=f"{name}, {label.lower()}",
                    required=False,
                    max_length=LONGEST_CELL,
                    widget=forms.Textarea(attrs={"rows": 2, "cols": 14}),
                )
            self.fields[f"closed{number}"] = forms.BooleanField(label=f"{name}, pas de repas", required=False)
            self.fields[f"reason{number}"] = forms.CharField(
                label=f"{name}, motif", max_length=120, required=False, widget=forms.TextInput(attrs={"size": 14})
            )

    def rows(self) -> Iterator[DayRow]:
        """Yield the lines of the table."""
        for number, on in enumerate(self.on):
            cells = [self[f"{course}{number}"] for course, _ in COLUMNS]
            # The heading of the screen says the year.
            name = weekday_in_words(on).rpartition("\u00a0")[0]
            yield DayRow(on, name, cells, self[f"closed{number}"], self[f"reason{number}"])

    def headings(self) -> list[str]:
        return [label for _, label in COLUMNS]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        self._dishes: dict[int, list[WrittenDish]] = {}
        for number, on in enumerate(self.on):
            dishes = self._dishes.setdefault(number, [])
            for course, _ in COLUMNS:
                name = f"{course}{number}"
                for line in (cleaned.get(name) or "").splitlines():
                    if not line.strip():
                        continue
                    try:
                        dishes.append(read_dish(line, course=_course_of(course, line)))
                    except Unread as unread:
                        self.add_error(name, str(unread))
            if dishes and (cleaned.get(f"closed{number}") or cleaned.get("closed_week")):
                self.add_error(
                    "closed_week" if cleaned.get("closed_week") else f"closed{number}",
                    f"Le {weekday_in_words(on)} a des plats\u00a0: effacez-les, ou décochez "
                    "«\u00a0pas de repas\u00a0».",
                )
        return cleaned

    def days(self) -> list[WrittenDay]:
        """Return the week as the action wants it, courses in the order of a meal."""
        data = self.cleaned_data
        order = {code: rank for rank, code in enumerate(Course.values)}
        whole, why = data["closed_week"], data["closed_reason"].strip()
        return [
            WrittenDay(
                on,
                tuple(sorted(self._dishes[number], key=lambda dish: order[dish.course])),
                whole or data[f"closed{number}"],
                (why if whole else data[f"reason{number}"].strip()) if whole or data[f"closed{number}"] else "",
            )
            for number, on in enumerate(self.on)
        ]


class MenuFileForm(forms.Form):
    """The file of whoever cooks."""

    file = ScannedFileField(label="Fichier CSV", help_text="Au schéma national «\u00a0menus-collectifs\u00a0».")
    restaurant = forms.CharField(
        label="Restaurant à retenir",
        max_length=120,
        required=False,
        help_text="Si le fichier en réunit plusieurs\u00a0: le nom du vôtre, comme il y est écrit.",
    )
