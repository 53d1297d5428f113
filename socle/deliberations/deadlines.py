"""By which day what a meeting decided is told to all, and whether it was: days in, a French sentence out when late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from socle.lib import dates

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Deadline:
    """A day by which something is to be shown, what it is, and the article that says so."""

    what: str
    by: date
    source: str

    def why_late(self, shown_on: date | None, *, on: date) -> str | None:
        """Say in French that it is late on this day, or was shown late; None when it is in time."""
        if shown_on is not None and shown_on > self.by:
            return (
                f"{self.what} date du {dates.in_words(shown_on)}, {_days(shown_on - self.by)} après le "
                f"{dates.in_words(self.by)}, dernier jour ({self.source})."
            )
        if shown_on is None and on > self.by:
            return (
                f"{self.what} était à faire le {dates.in_words(self.by)} au plus tard, il y a {_days(on - self.by)} "
                f"({self.source})\u00a0: mettez en ligne sans attendre."
            )
        return None


def of_list(held_on: date) -> Deadline:
    """The list of what was deliberated: within a week of the meeting."""
    return Deadline("La publication de la liste des délibérations", held_on + WEEK, "CGCT, art.\u00a0L.\u00a02121-25")


def of_minutes(arrested_on: date) -> Deadline:
    """The minutes: within the week that follows the meeting that arrested them."""
    return Deadline("La publication du procès-verbal", arrested_on + WEEK, "CGCT, art.\u00a0L.\u00a02121-15")


def _days(gap: timedelta) -> str:
    return f"{gap.days}\u00a0jour{'s' if gap.days > 1 else ''}"
