"""What is written of a day of the canteen, before it is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from socle.websites.models.menus import MenuDay


@dataclass(frozen=True)
class WrittenDish:
    """A dish: a code of Course, its name, codes of Mark in their order, and its other labels (« ; » between two)."""

    course: str
    name: str
    marks: tuple[str, ...] = ()
    labels: str = ""


@dataclass(frozen=True)
class WrittenDay:
    """A day: its dishes, or that no meal is served; neither: nothing is said of it."""

    on: date
    dishes: tuple[WrittenDish, ...] = ()
    is_closed: bool = False
    reason: str = ""

    @property
    def says_something(self) -> bool:
        return self.is_closed or bool(self.dishes)


def written_of(day: MenuDay) -> WrittenDay:
    """Return what a day that is kept says."""
    from socle.websites.canteen.cells import in_order

    dishes = tuple(
        WrittenDish(dish.course, dish.name, in_order(mark.code for mark in dish.marks.all()), dish.labels)
        for dish in day.dishes.all()
    )
    return WrittenDay(day.served_on, dishes, day.is_closed, day.reason)
