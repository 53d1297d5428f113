"""The forms of the mairie that are not pages: its week, its address, the files it puts on its site."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from PIL import Image
from wagtail.documents.forms import BaseDocumentForm
from wagtail.images.fields import WagtailImageField
from wagtail.images.forms import BaseImageForm

from socle.documents.fields import refuse_infected
from socle.documents.rules import MAX_UPLOAD
from socle.lib.dates import PARIS, day_of, weekday_in_words
from socle.sites.actions import CORRECTABLE, Opening
from socle.sites.colours import PALETTE, is_colour
from socle.sites.exceptional_days import Wanted
from socle.sites.holidays import Holiday
from socle.sites.models.notices import Alert, Span
from socle.sites.models.panels import SEEN
from socle.sites.models.sites import DAYS, Font, Layout, MunicipalFacts, WebSite
from socle.sites.readability import ADVICE, examine_due
from socle.sites.uploads import why_not_publish_file
from socle.ui.fields import DayInput, HourField, MomentField

ORDINALS = ("première", "deuxième", "troisième", "quatrième")


@dataclass(frozen=True)
class DayRow:
    """One line of the form: a day, its openings two by two, its note."""

    name: str
    pairs: list[tuple[forms.BoundField, forms.BoundField]]
    note: forms.BoundField


class HoursForm(forms.Form):
    """The week of the mairie: two openings a day, more when it already has more."""

    note = forms.CharField(
        label="Précision pour toute la semaine",
        max_length=300,
        required=False,
        help_text="Par exemple\u00a0: «\u00a0fermée du 1er au 15\u00a0août\u00a0».",
    )

    def __init__(self, data: Any = None, *, facts: MunicipalFacts) -> None:
        openings: dict[int, list[Any]] = {}
        for opening in facts.openings.all():
            openings.setdefault(opening.day, []).append(opening)
        self.slots = max([2, *(len(found) for found in openings.values())])
        initial: dict[str, Any] = {"note": facts.hours_note}
        for day, found in openings.items():
            initial[f"day{day}_note"] = next((opening.note for opening in found if opening.note), "")
            for slot, opening in enumerate(found):
                initial[f"day{day}_opens{slot}"] = opening.opens
                initial[f"day{day}_closes{slot}"] = opening.closes
        super().__init__(data, initial=initial)
        for day, name in enumerate(DAYS, start=1):
            for slot in range(self.slots):
                rank = ORDINALS[slot] if slot < len(ORDINALS) else f"{slot + 1}e"
                for end, words in (("opens", "ouvre à"), ("closes", "ferme à")):
                    self.fields[f"day{day}_{end}{slot}"] = HourField(
                        label=f"{name}, {rank} ouverture, {words}", required=False, with_example=False
                    )
            self.fields[f"day{day}_note"] = forms.CharField(
                label=f"{name}, précision",
                max_length=200,
                required=False,
                widget=forms.TextInput(attrs={"placeholder": "sur rendez-vous…"}),
            )

    def headings(self) -> list[str]:
        """Return the names of the columns of openings."""
        return ["Matin", "Après-midi", *(f"{rank.capitalize()} ouverture" for rank in ORDINALS[2:])][: self.slots]

    def rows(self) -> Iterator[DayRow]:
        """Yield the lines of the table."""
        for day, name in enumerate(DAYS, start=1):
            yield DayRow(
                name,
                [(self[f"day{day}_opens{slot}"], self[f"day{day}_closes{slot}"]) for slot in range(self.slots)],
                self[f"day{day}_note"],
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for day, name in enumerate(DAYS, start=1):
            for slot in range(self.slots):
                opens, closes = cleaned.get(f"day{day}_opens{slot}"), cleaned.get(f"day{day}_closes{slot}")
                unreadable = any(f"day{day}_{end}{slot}" in self.errors for end in ("opens", "closes"))
                if (opens is None) != (closes is None) and not unreadable:
                    missing = "closes" if closes is None else "opens"
                    self.add_error(
                        f"day{day}_{missing}{slot}",
                        f"{name.capitalize()}\u00a0: donnez l’heure d’ouverture et l’heure de fermeture, "
                        "ou effacez les deux.",
                    )
        return cleaned

    def openings(self) -> list[Opening]:
        """Return the week as the action wants it."""
        data = self.cleaned_data
        return [
            Opening(
                day,
                data[f"day{day}_opens{slot}"],
                data[f"day{day}_closes{slot}"],
                data[f"day{day}_note"],
            )
            for day in range(1, 8)
            for slot in range(self.slots)
            if data[f"day{day}_opens{slot}"] is not None
        ]


class ExceptionalDayForm(forms.Form):
    """A closure, or other hours, for a day or for several in a row."""

    starts_on = forms.DateField(label="Premier jour", widget=DayInput)
    ends_on = forms.DateField(
        label="Dernier jour",
        required=False,
        widget=DayInput,
        help_text="Vide\u00a0: un seul jour.",
    )
    reason = forms.CharField(
        label="Motif", max_length=120, required=False, help_text="Par exemple\u00a0: congés, travaux, élections."
    )

    PAIRS = (("opens", "closes"), ("reopens", "closes_again"))

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        labels = ("Ouvre à", "Ferme à", "Rouvre à", "Ferme à nouveau à")
        for name, label in zip(itertools.chain(*self.PAIRS), labels, strict=True):
            self.fields[name] = HourField(label=label, required=False, with_example=False)

    @property
    def pairs(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """The hours, two by two."""
        return [(self[opens], self[closes]) for opens, closes in self.PAIRS]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for opens, closes in self.PAIRS:
            is_unreadable = opens in self.errors or closes in self.errors
            if (cleaned.get(opens) is None) != (cleaned.get(closes) is None) and not is_unreadable:
                missing = opens if cleaned.get(opens) is None else closes
                self.add_error(missing, "Donnez l’heure d’ouverture et l’heure de fermeture, ou effacez les deux.")
        if cleaned.get("reopens") is not None and cleaned.get("opens") is None and "opens" not in self.errors:
            self.add_error("opens", "Commencez par la première ouverture de la journée.")
        return cleaned

    def wanted(self) -> Wanted:
        """Return what the action wants."""
        data = self.cleaned_data
        spans = [Span(data[opens], data[closes]) for opens, closes in self.PAIRS if data[opens] is not None]
        return Wanted(data["starts_on"], data["ends_on"] or data["starts_on"], data["reason"], spans)


class HolidaysForm(forms.Form):
    """The public holidays to come, all chosen until one says otherwise."""

    days = forms.TypedMultipleChoiceField(
        label="Jours fériés", coerce=date.fromisoformat, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, data: Any = None, *, holidays: list[Holiday]) -> None:
        super().__init__(data)
        days = self.fields["days"]
        days.choices = [  # type: ignore[attr-defined]
            (holiday.on.isoformat(), f"{weekday_in_words(holiday.on)} ({holiday.name})") for holiday in holidays
        ]
        days.initial = [holiday.on.isoformat() for holiday in holidays]


class AlertForm(forms.Form):
    """A few words above every page: ready to leave at once, for three days."""

    gravity = forms.TypedChoiceField(
        label="Gravité", coerce=int, choices=Alert.Gravity.choices, widget=forms.RadioSelect, initial=1
    )
    words = forms.CharField(
        label="Message",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": 300}),
        help_text="Ce qui se passe, où, et ce qu’il faut faire. 300\u00a0signes au plus.",
    )
    link = forms.CharField(
        label="Lien",
        max_length=500,
        required=False,
        help_text="Si besoin\u00a0: une page de votre site (/actualites/…) ou une adresse en https://.",
    )
    link_words = forms.CharField(
        label="Texte du lien",
        max_length=80,
        required=False,
        help_text="Où il mène\u00a0: «\u00a0le plan de la déviation\u00a0».",
    )
    starts_at = MomentField(label="Paraît", required=False, help_text="Vide\u00a0: tout de suite.")
    ends_at = MomentField(label="Disparaît", help_text="Elle s’efface d’elle-même à ce moment.")

    def __init__(self, data: Any = None, *, at: datetime) -> None:
        evening = datetime.combine(day_of(at) + timedelta(days=3), time(18), PARIS)
        super().__init__(data, initial={"ends_at": evening})


class FactsForm(forms.ModelForm):  # type: ignore[type-arg]
    """The address, the ways to reach the mairie, and who answers for the site."""

    class Meta:
        model = MunicipalFacts
        fields = CORRECTABLE
        help_texts = {
            "publication_director": "La personne ou la fonction qui répond de ce que le site publie.",
            "data_protection_contact": "Par exemple\u00a0: le nom du service et son adresse électronique.",
        }

    def __init__(self, data: Any = None, *, website: WebSite) -> None:
        super().__init__(data, instance=website.facts)


OTHER = "other"
LAYOUTS = {
    Layout.MAP: "Le contour de la commune ou sa photographie à côté du nom, les horaires d’abord.",
    Layout.PHOTO: "Une grande photographie sur toute la largeur. Sans photographie, un aplat de votre couleur.",
    Layout.SOBER: "Des mots et des filets, une seule colonne. La plus légère, la plus facile à lire.",
    Layout.VILLAGE: "Un bandeau à votre couleur, le blason au milieu, de grandes tuiles.",
    Layout.JOURNAL: "Une une, des colonnes. Pour qui publie souvent des actualités.",
}


class LookForm(forms.Form):
    """How the site looks: its layout, its colours, its characters. What it begins with is given, to be seen first."""

    layout = forms.ChoiceField(label="Mise en page", choices=Layout.choices, widget=forms.RadioSelect)
    colour = forms.ChoiceField(label="Couleur", widget=forms.RadioSelect)
    own_colour = forms.CharField(
        label="Autre couleur", max_length=7, required=False, widget=forms.TextInput(attrs={"type": "color"})
    )
    second_colour = forms.ChoiceField(label="Seconde couleur", required=False, widget=forms.RadioSelect)
    own_second_colour = forms.CharField(
        label="Autre seconde couleur", max_length=7, required=False, widget=forms.TextInput(attrs={"type": "color"})
    )
    font = forms.ChoiceField(label="Caractères", choices=Font.choices, widget=forms.RadioSelect)

    def __init__(self, data: Any = None, *, shown: Mapping[str, Any]) -> None:
        initial: dict[str, Any] = {"layout": shown["layout"], "font": shown["font"]}
        for name in ("colour", "second_colour"):
            value = shown[name]
            initial[name] = value if value in PALETTE or not value else OTHER
            initial[f"own_{name}"] = value or shown["colour"]
        super().__init__(data, initial=initial)
        named = [(colour, name.capitalize()) for colour, name in PALETTE.items()]
        other = (OTHER, "Une autre, choisie ci-dessous")
        self.fields["colour"].choices = [*named, other]  # type: ignore[attr-defined]
        self.fields["second_colour"].choices = [("", "La même"), *named, other]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in ("colour", "second_colour"):
            if cleaned.get(name) == OTHER:
                cleaned[name] = cleaned.get(f"own_{name}", "").strip().lower()
                if not is_colour(cleaned[name]):
                    self.add_error(
                        f"own_{name}",
                        "Une couleur s’écrit # puis six chiffres ou lettres de a à f, par exemple #9c3d22.",
                    )
        return cleaned

    def choices(self) -> dict[str, str]:
        """Return what was chosen, as the action wants it."""
        return {name: self.cleaned_data[name] for name in ("layout", "colour", "second_colour", "font")}


class DocumentForm(BaseDocumentForm):
    """Wagtail's form for a file put on the site or replaced there, with our judgement of its bytes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "file" in self.fields:
            self.fields[
                "file"
            ].help_text = "PDF, bureautique, texte, CSV ou agenda, de 20\u00a0Mo au plus\u00a0; sans macros."
            if self.instance.pk is not None and not self.is_bound:
                examine_due([self.instance], at=timezone.now())
                if self.instance.is_tagged is False:
                    self.fields["file"].help_text += f" {ADVICE}"

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if isinstance(file, UploadedFile):
            if (file.size or 0) <= MAX_UPLOAD:
                refuse_infected(file)
            reason = why_not_publish_file(file, name=file.name or "", size=file.size or 0)  # type: ignore[arg-type]
            if reason:
                raise forms.ValidationError(reason)
        return file


TOO_MANY_POINTS = (
    "Cette image a trop de points, plus de 65\u00a0millions\u00a0: elle occuperait toute la mémoire de la plateforme. "
    "Réduisez-la, ou prenez-en une autre."
)


class ScannedImageField(WagtailImageField):
    """Wagtail's field for an image, which the antivirus reads before anything opens it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        most = f"{self.max_upload_size // 1024**2}\u00a0Mo au plus"
        self.help_text = f"AVIF, GIF, JPEG, PNG ou WebP, de {most}."
        for code in ("file_too_large", "file_too_large_unknown_size"):
            self.error_messages[code] = (
                f"Cette image est trop lourde\u00a0: {most}. Réduisez-la, ou prenez-en une autre."
            )
        self.error_messages["file_too_many_pixels"] = TOO_MANY_POINTS

    def to_python(self, data: Any) -> Any:
        if isinstance(data, UploadedFile) and (data.size or 0) <= (self.max_upload_size or MAX_UPLOAD):
            refuse_infected(data)
        try:
            return super().to_python(data)
        except Image.DecompressionBombError as error:
            # The library refuses to open it, before Wagtail counts its points.
            raise forms.ValidationError(TOO_MANY_POINTS, code="file_too_many_pixels") from error


class CoatForm(forms.Form):
    """The coat of arms: an image like another, whose place is the head of each page."""

    file = ScannedImageField(label="Blason", error_messages={"required": "Choisissez le fichier du blason."})


class ImageForm(BaseImageForm):
    """Wagtail's form for an image put on the site or replaced there."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if field := self.fields.get("file"):
            self.fields["file"] = ScannedImageField(label=field.label, required=field.required, widget=field.widget)
        if field := self.fields.get("description"):
            field.label = "Description de l’image"
            field.help_text = SEEN
