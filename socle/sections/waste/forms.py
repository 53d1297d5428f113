"""The forms of the collection of waste: a round, a moved day, the holidays of the year, a drop-off point."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django import forms

from socle.lib.dates import DAYS, weekday_in_words
from socle.sections.waste.actions import Touched
from socle.sections.waste.models import DropOffPoint, Rhythm, Waste, WasteRound, WasteShift
from socle.sites.models.sites import WebSite


def _day(label: str, *, required: bool = True, help_text: str = "") -> forms.DateField:
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return forms.DateField(label=label, required=required, widget=widget, help_text=help_text)


class RoundForm(forms.Form):
    """One round of collection."""

    kind = forms.ChoiceField(label="Ce qui est collecté", choices=Waste.choices)
    day = forms.TypedChoiceField(label="Jour", coerce=int, choices=list(enumerate(DAYS, start=1)))
    rhythm = forms.ChoiceField(
        label="Rythme", choices=Rhythm.choices, help_text="Semaines paires et impaires\u00a0: par le numéro de semaine."
    )
    sector = forms.CharField(
        label="Secteur",
        max_length=80,
        required=False,
        help_text="Vide\u00a0: toute la commune. Sinon, en toutes lettres\u00a0: «\u00a0Le bourg\u00a0».",
    )
    advice = forms.CharField(
        label="Consigne",
        max_length=200,
        required=False,
        help_text="Par exemple\u00a0: à sortir la veille au soir, bac jaune.",
    )
    starts_on = _day("À partir du", required=False, help_text="Pour une collecte de saison.")
    ends_on = _day("Jusqu’au", required=False)

    def wanted(self, website: WebSite) -> WasteRound:
        data = self.cleaned_data
        return WasteRound(website=website, **{**data, "sector": data["sector"].strip()})


class ShiftForm(forms.Form):
    """A day whose collections move, or do not take place."""

    usual_on = _day("Jour habituel")
    moved_on = _day("Jour de remplacement", required=False, help_text="Vide\u00a0: pas de collecte.")
    reason = forms.CharField(label="Motif", max_length=120, required=False)

    def wanted(self, website: WebSite) -> WasteShift:
        return WasteShift(website=website, **self.cleaned_data)


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


class PointForm(forms.Form):
    """A drop-off point: a civic amenity site, a glass bank."""

    name = forms.CharField(label="Nom", max_length=120, help_text="Par exemple\u00a0: déchèterie, borne à verre.")
    place = forms.CharField(label="Adresse", max_length=200)
    takes = forms.CharField(label="Ce qu’on y apporte", max_length=300, required=False)
    hours = forms.CharField(label="Horaires", max_length=600, required=False, widget=forms.Textarea(attrs={"rows": 4}))

    def wanted(self, website: WebSite) -> DropOffPoint:
        return DropOffPoint(website=website, **self.cleaned_data)
