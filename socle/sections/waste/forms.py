"""The forms of the collection of waste: a round, a moved day, the holidays of the year."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django import forms

from socle.lib.dates import weekday_in_words
from socle.sections.waste.actions import WRITTEN, Touched
from socle.sections.waste.models import WasteRound, WasteShift
from socle.ui.fields import DayInput
from socle.ui.meanwhile import Filled


class RoundForm(Filled, forms.ModelForm):  # type: ignore[type-arg]
    """One round of collection."""

    class Meta:
        model = WasteRound
        fields = WRITTEN[WasteRound]
        widgets = {"starts_on": DayInput(), "ends_on": DayInput()}
        help_texts = {
            "rhythm": "Semaines paires et impaires\u00a0: par le numéro de semaine.",
            "sector": "Vide\u00a0: toute la commune. Sinon, en toutes lettres\u00a0: «\u00a0Le bourg\u00a0».",
            "advice": "Par exemple\u00a0: à sortir la veille au soir, bac jaune.",
            "starts_on": "Pour une collecte de saison.",
        }


class ShiftForm(Filled, forms.ModelForm):  # type: ignore[type-arg]
    """A day whose collections move, or do not take place."""

    class Meta:
        model = WasteShift
        fields = WRITTEN[WasteShift]
        widgets = {"usual_on": DayInput(), "moved_on": DayInput()}
        help_texts = {"moved_on": "Vide\u00a0: pas de collecte."}


# Where a collection goes, in days; the day after first, as after most holidays.
MOVES = {
    1: "le lendemain",
    2: "le surlendemain",
    -1: "la veille",
    0: "le même jour, maintenue",
}
NONE = ("none", "pas de collecte")


class MoveForm(Filled, forms.Form):
    """A collection that moves, chosen among those to come; the day after is proposed."""

    usual_on = forms.TypedChoiceField(label="La collecte du", coerce=date.fromisoformat)
    moved_by = forms.ChoiceField(label="A lieu")
    reason = forms.CharField(
        label="Motif", max_length=120, required=False, help_text="Par exemple\u00a0: jour férié, travaux."
    )

    def __init__(self, data: Any = None, *, movable: list[tuple[date, str]], shift: WasteShift | None = None) -> None:
        moves = [(str(days), words) for days, words in MOVES.items()] + [NONE]
        initial = {"moved_by": "1"}
        if shift is not None:
            movable = sorted([(shift.usual_on, ""), *movable])
            by = "none" if shift.moved_on is None else str((shift.moved_on - shift.usual_on).days)
            if shift.moved_on is not None and by not in dict(moves):
                moves.insert(0, (by, f"le {weekday_in_words(shift.moved_on)}"))
            initial = {"usual_on": shift.usual_on.isoformat(), "moved_by": by, "reason": shift.reason}
        super().__init__(data, initial=initial, is_kept=shift is not None)
        self.fields["usual_on"].choices = [  # type: ignore[attr-defined]
            (day.isoformat(), f"{weekday_in_words(day)}\u00a0: {kinds}" if kinds else weekday_in_words(day))
            for day, kinds in movable
        ]
        self.fields["moved_by"].choices = moves  # type: ignore[attr-defined]

    def wanted(self) -> dict[str, Any]:
        """Return the fields of the moved day."""
        usual_on, by = self.cleaned_data["usual_on"], self.cleaned_data["moved_by"]
        moved_on = None if by == "none" else usual_on + timedelta(days=int(by))
        return {"usual_on": usual_on, "moved_on": moved_on, "reason": self.cleaned_data["reason"]}


class TouchedForm(forms.Form):
    """The collections of each public holiday: kept, moved or none; the day after is proposed."""

    NOTHING = ""
    CHOICES = (
        ("1", "reportée au lendemain"),
        ("2", "reportée au surlendemain"),
        ("-1", "avancée à la veille"),
        ("0", "maintenue"),
        ("none", "pas de collecte"),
        (NOTHING, "ne rien dire pour l’instant"),
    )

    def __init__(self, data: Any = None, *, touched: list[Touched]) -> None:
        super().__init__(data)
        self.touched = touched
        for one in touched:
            self.fields[f"on-{one.on.isoformat()}"] = forms.ChoiceField(
                label=f"{weekday_in_words(one.on).capitalize()}, {one.name}",
                choices=self.CHOICES,
                initial="1",
                required=False,
            )

    def choices(self) -> Iterator[tuple[date, date | None]]:
        """Yield the days of which something is said, each with the day that replaces it."""
        for one in self.touched:
            choice = self.cleaned_data[f"on-{one.on.isoformat()}"]
            if choice != self.NOTHING:
                yield one.on, None if choice == "none" else one.on + timedelta(days=int(choice))
