"""Forms for whoever adds a machine, and of whoever asks for the key."""

from __future__ import annotations

from typing import Any

from django import forms

from socle.backups import rules
from socle.backups.models import Period, Purpose, System
from socle.ui.meanwhile import Filled

FOLDERS_HELP = (
    "Documents, Bureau et Images de chaque compte partent d’eux-mêmes. Ajoutez, un par ligne, les données du logiciel "
    "de la mairie : son éditeur dit où elles sont. Sur un NAS, écrivez chaque dossier partagé."
)


def folders_field() -> forms.CharField:
    """The folders that no account holds; on a computer, none is an answer."""
    return forms.CharField(
        label="D’autres dossiers",
        required=False,
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "autocomplete": "off"}),
        help_text=FOLDERS_HELP,
    )


class InstallationForm(forms.Form):
    """Which computer the operators are asked to come to."""

    name = forms.CharField(
        label="Quel ordinateur",
        max_length=60,
        help_text="Le nom que tout le monde comprend : « Poste de l’accueil ».",
    )


class MachineForm(forms.Form):
    """The machine, what it saves, how often."""

    name = forms.CharField(
        label="Nom de la machine",
        max_length=60,
        help_text="Celui que tout le monde comprend : « Poste de l’accueil ».",
    )
    system = forms.ChoiceField(
        label="Son système", choices=System.choices, widget=forms.RadioSelect, initial=System.WINDOWS
    )
    folders = folders_field()
    every_days = forms.TypedChoiceField(
        label="Combien de fois",
        coerce=int,
        choices=Period.choices,
        initial=Period.DAY,
        help_text="Chaque jour convient presque toujours : seul ce qui a changé part.",
    )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if {"folders", "system"} <= given.keys():
            sentence = rules.why_not_folders(given["folders"], system=given["system"])
            if sentence:
                self.add_error("folders", sentence)
        return given


class MachineChangeForm(Filled, forms.Form):
    """The settings of a machine that may change without going to it."""

    name = forms.CharField(label="Nom de la machine", max_length=60)
    folders = folders_field()
    every_days = forms.TypedChoiceField(
        label="Combien de fois",
        coerce=int,
        choices=Period.choices,
        help_text="La machine lit ces réglages avant chaque sauvegarde : il n’y a rien à y faire.",
    )

    def __init__(self, *args: Any, system: str, **given: Any) -> None:
        super().__init__(*args, **given)
        self.system = system

    def clean_folders(self) -> str:
        folders = str(self.cleaned_data["folders"])
        if sentence := rules.why_not_folders(folders, system=self.system):
            raise forms.ValidationError(sentence)
        return folders


class KeyForm(forms.Form):
    """Why the key in escrow is asked for."""

    purpose = forms.ChoiceField(
        label="Pour quoi",
        choices=[(one.value, one.label.capitalize()) for one in rules.FOUR_EYES],
        initial=Purpose.RESTORE,
    )
    reason = forms.CharField(
        label="Motif",
        max_length=300,
        help_text="Qui l’a demandé, comment, pourquoi. Sans nom de personne : il se lit dans la console et le journal.",
    )


class QuotaForm(forms.Form):
    """The quota of a beneficiary."""

    gigabytes = forms.IntegerField(label="Place accordée (Go)", min_value=1, max_value=100_000)
