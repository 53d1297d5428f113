"""The form of an entry: the same one for a person who types and for each line of a file."""

from __future__ import annotations

from typing import Any

from django import forms

from socle.documents.fields import ScannedFileField
from socle.websites.directory.actions import WRITTEN, Described
from socle.websites.directory.rules import CONSENT, why_not_website
from socle.websites.editor.forms import ScannedImageField
from socle.websites.models.directory import Category, DirectoryEntry
from socle.websites.photographs import handed_over


class EntryForm(forms.Form):
    """One association or one business."""

    name = forms.CharField(label="Nom", max_length=120)
    category = forms.ChoiceField(
        label="Catégorie", choices=[(code, label.capitalize()) for code, label in Category.choices]
    )
    activity = forms.CharField(
        label="Activité",
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": 300}),
        help_text="Ce qu’on y fait ou ce qu’on y trouve, en une phrase.",
    )
    place = forms.CharField(
        label="Lieu", max_length=200, required=False, help_text="Par exemple\u00a0: 3 rue de l’Église, salle des fêtes."
    )
    phone = forms.RegexField(
        r"^\+?[0-9][0-9 .]{2,28}\Z",
        label="Téléphone",
        max_length=30,
        required=False,
        error_messages={"invalid": "Un numéro s’écrit avec des chiffres et des espaces\u00a0: 03 20 00 00 00."},
    )
    email = forms.EmailField(label="Adresse électronique", required=False)
    link = forms.CharField(label="Site internet", max_length=300, required=False)
    hours = forms.CharField(
        label="Horaires",
        max_length=200,
        required=False,
        help_text="En toutes lettres\u00a0: du mardi au samedi, de 9\u00a0h à 19\u00a0h.",
    )
    is_person = forms.BooleanField(
        label="Cette fiche nomme une personne",
        required=False,
        help_text="Une infirmière, un artisan à son nom, la présidente d’une association\u00a0: son nom, son téléphone "
        "ou son adresse sont des données personnelles (RGPD), qui ne se publient qu’avec son accord.",
    )
    agreed_on = forms.DateField(
        label="Elle a donné son accord le",
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text="Gardez cet accord à la mairie. La personne peut le reprendre\u00a0: retirez alors la fiche.",
    )

    def clean_link(self) -> str:
        link: str = self.cleaned_data["link"]
        if link and (reason := why_not_website(link)):
            raise forms.ValidationError(reason)
        return link

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("is_person") and cleaned.get("agreed_on") is None and "agreed_on" not in self.errors:
            self.add_error("agreed_on", CONSENT)
        return cleaned

    def wanted(self) -> Described:
        """Return what the action wants."""
        return Described(**{field: self.cleaned_data[field] for field in WRITTEN})


class EntryWithPictureForm(EntryForm):
    """An entry, and a picture of it."""

    picture = ScannedImageField(label="Photographie", required=False)
    picture_alternative = forms.CharField(
        label="Description de la photographie",
        max_length=200,
        required=False,
        help_text="Pour qui ne la voit pas\u00a0: «\u00a0La devanture de la boulangerie\u00a0».",
    )
    drops_picture = forms.BooleanField(label="Retirer la photographie", required=False)

    def __init__(self, data: Any = None, files: Any = None, *, entry: DirectoryEntry | None = None) -> None:
        initial = {field: getattr(entry, field) for field in (*WRITTEN, "picture_alternative")} if entry else None
        super().__init__(data, files, initial=initial)
        self.has_picture = entry is not None and entry.picture_id is not None
        if not self.has_picture:
            del self.fields["drops_picture"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        shows = cleaned.get("picture") or (self.has_picture and not cleaned.get("drops_picture"))
        if shows and not cleaned.get("picture_alternative"):
            self.add_error("picture_alternative", "Décrivez la photographie en une phrase, pour qui ne la voit pas.")
        return cleaned

    def wanted(self) -> Described:
        data = self.cleaned_data
        written = {field: data[field] for field in WRITTEN}
        return Described(
            **written,
            picture=handed_over(data["picture"]),
            picture_alternative=data["picture_alternative"],
            drops_picture=data.get("drops_picture", False),
        )


class ImportForm(forms.Form):
    """A file of entries; `cleaned_data["file"]` holds its bytes."""

    file = ScannedFileField(
        label="Fichier CSV",
        widget=forms.FileInput(attrs={"accept": "text/csv,.csv"}),
        error_messages={"required": "Choisissez le fichier."},
    )
