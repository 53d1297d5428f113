"""Forms for whoever imports a former site: its export, or its address and that it is the commune's."""

from __future__ import annotations

from typing import Any

from django import forms

from socle.documents.fields import ScannedFileField
from socle.lib.text import bytes_in_french
from socle.site_import import bounds

TOO_BIG = (
    f"Ce fichier dépasse {bytes_in_french(50_000_000)}\u00a0: dans WordPress, exportez plutôt les articles, puis les "
    "pages, ou année par année."
)


class ExportForm(forms.Form):
    """An export of WordPress."""

    file = ScannedFileField(
        label="Fichier d’export WordPress",
        help_text="Dans WordPress\u00a0: «\u00a0Outils\u00a0», «\u00a0Exporter\u00a0», «\u00a0Tout le contenu\u00a0». "
        "Un fichier .xml de 50\u00a0Mo au plus.",
        widget=forms.FileInput(attrs={"accept": "text/xml,application/xml,.xml"}),
        error_messages={"required": "Choisissez le fichier d’export.", "empty": "Ce fichier est vide."},
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if (file.size or 0) > bounds.MOST_FILE:
            raise forms.ValidationError(TOO_BIG)
        return file


class AddressForm(forms.Form):
    """The address of a former site."""

    address = forms.CharField(
        label="Adresse",
        max_length=400,
        help_text="Celle de l’accueil de l’ancien site, par exemple https://www.exemple.fr/.",
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off"}),
        error_messages={"required": "Écrivez l’adresse."},
    )
    is_declared = forms.BooleanField(
        label="Cet ancien site est celui de la commune",
        required=False,
        help_text="On ne reprend que ce qui est à soi\u00a0: les textes et les images d’un autre site sont à d’autres.",
    )

    def clean_address(self) -> str:
        address: str = self.cleaned_data["address"].strip()
        return address if "://" in address else f"https://{address}"
