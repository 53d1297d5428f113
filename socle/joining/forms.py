"""The form by which a mairie asks to join."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms

from socle.joining.models import JoinRequest
from socle.joining.rules import MOST_WORDS
from socle.lib import siret
from socle.lib.stamps import StampedForm
from socle.programme.models import Programme
from socle.territory.models import Department


class AskForm(StampedForm):
    """Who asks, for which services. `place` is the commune asked for, or a word for those that are none."""

    name = forms.CharField(
        label="Prénom et nom",
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "Indiquez votre nom.", "max_length": "Le nom compte 120 caractères au plus."},
    )
    function = forms.ChoiceField(
        label="Votre fonction",
        choices=JoinRequest.Function.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Dites quelle est votre fonction.", "invalid_choice": "Choisissez dans la liste."},
    )
    email = forms.EmailField(
        label="Adresse électronique",
        max_length=254,
        help_text="De préférence celle de la mairie : l’identité est alors établie sans appel. Un lien y sera envoyé.",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": "Indiquez une adresse : le lien de confirmation y est envoyé.",
            "invalid": "Cette adresse n’est pas complète : elle s’écrit comme mairie@exemple.fr.",
        },
    )
    services = forms.MultipleChoiceField(
        label="Services souhaités",
        required=False,
        help_text="Votre assemblée choisira ; rien n’est retenu avant la convention.",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "Un des services n’est pas de ce programme : cochez parmi ceux-ci."},
    )
    words = forms.CharField(
        label="Message à l’opérateur",
        required=False,
        max_length=MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Ce qui presse, ce que vous avez déjà. N’y mettez aucun mot de passe.",
        error_messages={"max_length": f"Le message dépasse {MOST_WORDS} caractères : allez à l’essentiel."},
    )

    def __init__(self, *args: Any, programme: Programme, place: str, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, place=f"{programme.code}:{place}", at=at, **kwargs)
        offered = self.fields["services"]
        assert isinstance(offered, forms.MultipleChoiceField)
        offered.choices = [(service.code, service.name) for service in programme.services.all()]


class BodyForm(AskForm):
    """The same for a public body that is not a commune, which says who it is."""

    body_name = forms.CharField(
        label="Nom de l’établissement",
        max_length=200,
        help_text="Tel qu’il s’écrit dans ses actes.",
        error_messages={"required": "Indiquez le nom de l’établissement."},
    )
    legal_form = forms.CharField(
        label="Forme juridique",
        max_length=120,
        help_text="Par exemple : syndicat intercommunal, centre communal d’action sociale.",
        error_messages={"required": "Indiquez la forme juridique."},
    )
    siret_number = forms.CharField(
        label="SIRET",
        max_length=24,
        help_text="14 chiffres, lus sur l’avis de situation de l’établissement.",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"required": "Indiquez le SIRET.", "max_length": "Un SIRET compte 14 chiffres."},
    )
    department = forms.ChoiceField(
        label="Département du siège", error_messages={"required": "Choisissez le département."}
    )
    field_order = ("body_name", "legal_form", "siret_number", "department")

    def __init__(self, *args: Any, departments: Iterable[Department], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["department"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(one.code, str(one)) for one in departments]

    def clean_siret_number(self) -> str:
        number = siret.normalise(self.cleaned_data["siret_number"])
        if reason := siret.why_not_siret(number):
            raise forms.ValidationError(reason)
        return number
