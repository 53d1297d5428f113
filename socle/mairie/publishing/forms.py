"""Forms of « Publier »: what a mairie says each week on its site. They read and shape; the rules of the rooms judge."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from socle.deliberations.subjects import subject_of
from socle.documents.fields import PdfField
from socle.lib.dates import PARIS, day_of, weekday_in_words
from socle.mairie.forms import WANTED, DayField, DescriptionForm, KindForm
from socle.sections.albums.models import MOST_PICTURES, AlbumPicture
from socle.sections.albums.rules import MOST_AT_ONCE, why_not_add
from socle.sites.actions import Opening
from socle.sites.alternatives import FILE_NAME, NAMED
from socle.sites.editor.forms import ScannedImageField
from socle.sites.exceptional_days import Wanted
from socle.sites.holidays import Holiday
from socle.sites.models.notices import Alert, ExceptionalDay, Span
from socle.sites.models.pages import today
from socle.sites.models.sites import DAYS, MunicipalFacts
from socle.ui.fields import HourField, MomentField
from socle.ui.meanwhile import Filled

ORDINALS = ("première", "deuxième", "troisième", "quatrième")


def _line(label: str, longest: int, *, required: bool = True, **kwargs: Any) -> forms.CharField:
    messages = {"required": WANTED, "max_length": f"{longest} caractères au plus."}
    return forms.CharField(label=label, max_length=longest, required=required, error_messages=messages, **kwargs)


def _words(label: str, *, rows: int = 6, **kwargs: Any) -> forms.CharField:
    return _line(label, 20_000, widget=forms.Textarea(attrs={"rows": rows}), **kwargs)


class Illustrated(forms.Form):
    """A photograph, and what it shows: without a word, it only decorates."""

    photograph = ScannedImageField(label="Photographie", required=False)
    shows = _line(
        "Ce que montre la photographie",
        200,
        required=False,
        help_text="Pour qui ne la voit pas. Une affiche\u00a0: tout ce qu’elle apprend. Vide\u00a0: elle ne fait que "
        "décorer.",
    )


class NewsForm(Illustrated):
    """A news item."""

    title = _line("Titre", 150)
    words = _words("Texte", help_text="Les premières phrases paraissent aussi à l’accueil du site.")
    published_on = DayField(label="Datée du", initial=today)
    field_order = ("title", "words", "photograph")


class AnnouncementForm(Illustrated):
    """An event of the agenda: its names are those of `EventPage`, which says what is wrong by field."""

    title = _line("Titre", 150)
    starts_on = DayField(label="Jour")
    start_time = HourField(label="Heure", required=False, help_text="Vide\u00a0: toute la journée.")
    place = _line("Lieu", 200, help_text="Par exemple\u00a0: salle des fêtes, 3 rue de l’Église.")
    words = _words("Texte", rows=4, required=False)
    ends_on = DayField(label="Dernier jour", required=False, help_text="Vide\u00a0: le même jour.")
    end_time = HourField(label="Heure de fin", required=False, with_example=False)
    is_free = forms.BooleanField(label="Entrée gratuite", required=False)
    price = _line("Tarif", 100, required=False, help_text="Par exemple\u00a0: 5\u00a0€ par adulte.")
    contact = _line("Contact", 200, required=False, help_text="Qui renseigne\u00a0: un nom, un téléphone…")
    field_order = ("title", "starts_on", "start_time", "place", "words", "photograph")


class OnlineActForm(KindForm, DescriptionForm):
    """An act put online: its text as a PDF, or the words of which one is made."""

    adopted_on = DayField(
        label="Date", initial=today, help_text="Le jour de la séance, ou de la signature d’un arrêté."
    )
    number = _line("Numéro", 30, help_text="Proposé à la suite du dernier\u00a0: corrigez-le s’il est autre.")
    subject = _line(
        "Objet",
        500,
        required=False,
        help_text="Vide\u00a0: celui que dit le PDF après «\u00a0Objet\u00a0», ou le nom du fichier.",
    )
    document = PdfField(label="Texte de l’acte, en PDF", required=False, help_text="20\u00a0Mo au plus.")
    words = _words(
        "Ou le texte lui-même",
        rows=8,
        required=False,
        help_text="Collé ici, il est mis en page et devient un PDF que chacun peut lire, aussi à voix haute.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # One of the two is wanted: neither is said to be optional.
        for name in ("document", "words"):
            self.fields[name].is_answered = True  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        has_file, has_words = bool(cleaned.get("document")), bool(cleaned.get("words"))
        if has_file == has_words and not {"document", "words"} & self.errors.keys():
            both = "Donnez le PDF ou le texte, pas les deux\u00a0: le public ne lit qu’un acte."
            neither = "Choisissez le PDF de l’acte, ou collez son texte\u00a0: c’est lui que le public lit."
            self.add_error("document", both if has_file else neither)
        elif not self.errors and not cleaned["subject"].strip():
            handed = self.files.get("document")
            cleaned["subject"] = subject_of(cleaned["document"], str(handed.name)) if handed else ""
            if not cleaned["subject"]:
                self.add_error("subject", "Écrivez l’objet\u00a0: ni le texte ni le nom du fichier ne le disent.")
        return cleaned


@dataclass(frozen=True)
class DayRow:
    """One line of the form: a day, its openings two by two, its note."""

    name: str
    pairs: list[tuple[forms.BoundField, forms.BoundField]]
    note: forms.BoundField


class HoursForm(Filled, forms.Form):
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


class ExceptionalDayForm(Filled, forms.Form):
    """A closure, or other hours, for a day or for several in a row."""

    starts_on = DayField(label="Premier jour")
    ends_on = DayField(label="Dernier jour", required=False, help_text="Vide\u00a0: un seul jour.")
    reason = forms.CharField(
        label="Motif", max_length=120, required=False, help_text="Par exemple\u00a0: congés, travaux, élections."
    )

    PAIRS = (("opens", "closes"), ("reopens", "closes_again"))

    def __init__(self, data: Any = None, *, day: ExceptionalDay | None = None) -> None:
        names = ("starts_on", "ends_on", "reason", *itertools.chain(*self.PAIRS))
        initial = {name: getattr(day, name) for name in names} if day is not None else {}
        if day is not None and day.is_one_day:
            del initial["ends_on"]
        super().__init__(data, initial=initial)
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


class ShorterDayForm(forms.Form):
    """A day that opens later, or closes earlier: what is left empty is as the week says."""

    on = DayField(label="Jour", initial=today)
    closes = HourField(label="Ferme à", required=False, with_example=False, help_text="Vide\u00a0: comme d’habitude.")
    opens = HourField(label="Ouvre à", required=False, with_example=False, help_text="Vide\u00a0: comme d’habitude.")
    reason = _line("Motif", 120, required=False, help_text="Par exemple\u00a0: formation, élections.")


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


class AlertForm(Filled, forms.Form):
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

    def __init__(self, data: Any = None, *, at: datetime, alert: Alert | None = None) -> None:
        names = ("gravity", "words", "link", "link_words", "starts_at", "ends_at")
        initial = {"ends_at": datetime.combine(day_of(at) + timedelta(days=3), time(18), PARIS)}
        if alert is not None:
            initial = {name: getattr(alert, name) for name in names}
        super().__init__(data, initial=initial, is_kept=alert is not None)


class ManyImagesInput(forms.ClearableFileInput):
    """Several files chosen at once."""

    allow_multiple_selected = True


class ManyImagesField(ScannedImageField):
    """Several images, each judged as one alone; the sentence names the one that is refused."""

    widget = ManyImagesInput

    def __init__(self, *args: Any, help_text: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Wagtail writes its own: what it takes, and how large.
        self.help_text = f"{help_text} {self.help_text}"

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[bytes]]:
        files = [file for file in (data if isinstance(data, list | tuple) else [data]) if file]
        if reason := why_not_add(len(files)):
            raise forms.ValidationError(reason)
        cleaned, wrong = [], []
        for file in files:
            try:
                cleaned.append(super().clean(file, initial))
            except forms.ValidationError as error:
                wrong += [f"{str(file.name)[:60]}\u00a0: {reason}" for reason in error.messages]
        if wrong:
            raise forms.ValidationError(wrong)
        return cleaned


class PicturesForm(forms.Form):
    """Photographs to add."""

    pictures = ManyImagesField(
        label="Photographies",
        help_text=f"{MOST_AT_ONCE} à la fois au plus, {MOST_PICTURES} par album. Elles paraissent une fois décrites.",
    )
    credit = forms.CharField(
        label="Crédit",
        max_length=120,
        required=False,
        help_text="Qui les a prises, et ce qui est permis\u00a0: «\u00a0Photographies de la mairie\u00a0».",
    )


class AlbumForm(PicturesForm):
    """A new album, and its first photographs."""

    title = forms.CharField(label="Titre", max_length=150, help_text="Par exemple\u00a0: Fête du village 2026.")
    taken_on = DayField(label="Date", initial=today)
    field_order = ("title", "taken_on", "pictures", "credit")


class AlbumWordsForm(Filled, forms.Form):
    """The words on each photograph of an album, in their order. One without a word waits, and is not shown."""

    def __init__(self, data: Any = None, *, pictures: Sequence[AlbumPicture]) -> None:
        super().__init__(data, initial={f"shows{rank}": one.alternative for rank, one in enumerate(pictures)})
        self.pictures = pictures
        for rank in range(len(pictures)):
            self.fields[f"shows{rank}"] = _line(f"Photographie {rank + 1}", 200, required=False)

    @property
    def rows(self) -> list[tuple[AlbumPicture, forms.BoundField]]:
        """Each photograph with its field."""
        return [(picture, self[f"shows{rank}"]) for rank, picture in enumerate(self.pictures)]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name, words in list(cleaned.items()):
            if FILE_NAME.fullmatch(words.strip()):
                self.add_error(name, NAMED.format(words.strip()[:60]))
        return cleaned

    def words(self) -> list[str]:
        """Return the words on each, in their order."""
        return [self.cleaned_data[f"shows{rank}"] for rank in range(len(self.pictures))]
