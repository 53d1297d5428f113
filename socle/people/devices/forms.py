"""Forms for whoever links a device."""

from __future__ import annotations

from typing import Any

from django import forms

from socle.people.devices.models import Use
from socle.people.devices.rules import LONGEST_NAME

# As ordinary people say it.
WORDS = {
    Use.MAIL: "La messagerie : lire et écrire vos courriels",
    Use.AGENDA: "Les agendas et les contacts",
    Use.FILES: "Les fichiers de la mairie, comme un disque du réseau",
}


class DeviceForm(forms.Form):
    """A device, and what it opens."""

    name = forms.CharField(
        label="Quel appareil ?",
        max_length=LONGEST_NAME,
        help_text="Un nom que vous reconnaîtrez : « mon téléphone », « ordinateur de la mairie ».",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    uses = forms.MultipleChoiceField(
        label="Ce qu’il ouvrira",
        choices=[(use.value, words) for use, words in WORDS.items()],
        widget=forms.CheckboxSelectMultiple,
        initial=[use.value for use in Use],
        help_text="Décochez ce dont cet appareil n’a pas besoin : s’il est perdu, moins de choses le seront avec lui.",
        error_messages={"required": "Cochez au moins un service à ouvrir sur cet appareil."},
    )

    @property
    def given(self) -> dict[str, Any]:
        """Return the arguments of the action."""
        return {"name": self.cleaned_data["name"], "uses": [Use(use) for use in self.cleaned_data["uses"]]}
