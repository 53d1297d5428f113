"""Forms for whoever adds a machine, and of whoever asks for the key."""

from __future__ import annotations

from typing import Any

from django import forms

from socle.backups import rules
from socle.backups.models import Period, Purpose, System

FOLDERS_HELP = (
    "Un par ligne, en entier. Sous Windows : C:\\Logiciels\\Donnees. Sous Linux, sur un NAS : /srv/mairie/Documents. "
    "Pensez aux données du logiciel de la mairie : son éditeur dit où elles sont."
)


class MachineForm(forms.Form):
    """The machine, what it saves, how often."""

    name = forms.CharField(
        label="Nom de la machine",
        max_length=60,
        help_text="Celui que tout le monde comprend : « Poste de l’accueil ».",
    )
    system = forms.ChoiceField(label="Son système", choices=System.choices, widget=forms.RadioSelect)
    folders = forms.CharField(
        label="Dossiers à sauvegarder",
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "autocomplete": "off"}),
        help_text=FOLDERS_HELP,
    )
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


class MachineChangeForm(forms.Form):
    """The settings of a machine that may change without going to it."""

    name = forms.CharField(label="Nom de la machine", max_length=60)
    every_days = forms.TypedChoiceField(
        label="Une sauvegarde est attendue",
        coerce=int,
        choices=Period.choices,
        help_text="Le rythme se change aussi sur la machine : ici, seulement celui que l’on attend.",
    )


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
