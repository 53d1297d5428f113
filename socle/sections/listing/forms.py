"""The form of an entry: the same one for a person who types and for each line of a file."""

from __future__ import annotations

from typing import Any

from django import forms

from socle.documents.fields import ScannedFileField
from socle.sections.listing.actions import WRITTEN
from socle.sections.listing.models import Kind, ListingEntry
from socle.sections.listing.rules import CONSENT, why_not_website
from socle.sites.editor.forms import ScannedImageField
from socle.ui.fields import DayInput
from socle.ui.meanwhile import Filled


class EntryForm(Filled, forms.ModelForm):  # type: ignore[type-arg]
    """One association, business, school or venue, and a photograph of it."""

    phone = forms.RegexField(
        r"^\+?[0-9][0-9 .]{2,28}\Z",
        label="Téléphone",
        max_length=30,
        required=False,
        error_messages={"invalid": "Un numéro s’écrit avec des chiffres et des espaces\u00a0: 03 20 00 00 00."},
    )
    picture = ScannedImageField(label="Photographie", required=False)
    drops_picture = forms.BooleanField(label="Retirer la photographie", required=False)

    class Meta:
        model = ListingEntry
        fields = (*WRITTEN, "picture_alternative")
        labels = {
            "link": "Site internet",
            "is_person": "Cette fiche nomme une personne",
            "agreed_on": "Elle a donné son accord le",
        }
        help_texts = {
            "activity": "Ce qu’on y fait ou ce qu’on y trouve\u00a0; pour une salle\u00a0: combien de personnes, ce "
            "qui est accessible, le tarif, comment réserver.",
            "place": "Par exemple\u00a0: 3 rue de l’Église, salle des fêtes.",
            "hours": "En toutes lettres\u00a0: du mardi au samedi, de 9\u00a0h à 19\u00a0h.",
            "is_person": "Une infirmière, un artisan à son nom, la présidente d’une association\u00a0: son nom, son "
            "téléphone ou son adresse sont des données personnelles (RGPD), qui ne se publient qu’avec son accord.",
            "agreed_on": "Gardez cet accord à la mairie. La personne peut le reprendre\u00a0: retirez alors la fiche.",
            "picture_alternative": "Pour qui ne la voit pas\u00a0: «\u00a0La devanture de la boulangerie\u00a0».",
        }
        widgets = {
            "activity": forms.Textarea(attrs={"rows": 3}),
            "agreed_on": DayInput(),
        }

    field_order = ("name", *WRITTEN, "picture", "picture_alternative", "drops_picture")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [  # type: ignore[attr-defined]
            (code, str(label).capitalize()) for code, label in Kind.choices
        ]
        self.had_picture = self.instance.picture_id is not None
        if not self.had_picture:
            del self.fields["drops_picture"]

    def clean_link(self) -> str:
        link: str = self.cleaned_data["link"]
        if link and (reason := why_not_website(link)):
            raise forms.ValidationError(reason)
        return link

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("is_person") and cleaned.get("agreed_on") is None and "agreed_on" not in self.errors:
            self.add_error("agreed_on", CONSENT)
        shows = cleaned.get("picture") or (self.had_picture and not cleaned.get("drops_picture"))
        if shows and not cleaned.get("picture_alternative"):
            self.add_error("picture_alternative", "Décrivez la photographie en une phrase, pour qui ne la voit pas.")
        return cleaned

    def validate_constraints(self) -> None:
        """Ask the database nothing, two thousand lines of a file over: the rules refuse the same, in words."""


class ImportForm(forms.Form):
    """A file of entries; `cleaned_data["file"]` holds its bytes."""

    file = ScannedFileField(
        label="Fichier CSV ou XLSX",
        widget=forms.FileInput(attrs={"accept": "text/csv,.csv,.xlsx"}),
        error_messages={"required": "Choisissez le fichier."},
    )
