"""The form by which a mairie asks to join, and what tells a person from a program without any third party."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core import signing

from socle.joining.models import JoinRequest
from socle.joining.rules import MOST_WORDS
from socle.lib import siret
from socle.programme.models import Programme
from socle.territory.models import Department

SALT = "socle.joining.form"
# A form left open over lunch still serves; one kept for days by a program does not.
GOOD_FOR = timedelta(hours=12)
TOO_FAST = "Relisez votre demande, puis envoyez-la de nouveau : elle est partie plus vite qu’une personne ne l’écrit."
STALE = "Ce formulaire était ouvert depuis trop longtemps : relisez votre demande, puis envoyez-la de nouveau."
TRAPPED = "Laissez vide le champ caché, puis envoyez de nouveau : votre navigateur l’a peut-être rempli seul."


class AskForm(forms.Form):
    """Who asks, for which services. `place` is what the form is about: one drawn for a commune serves no other."""

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
    # Out of sight and out of the tab order: only a program fills it.
    site = forms.CharField(
        label="Laissez ce champ vide",
        required=False,
        widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}),
    )
    stamp = forms.CharField(required=False, widget=forms.HiddenInput, max_length=400)

    def __init__(self, *args: Any, programme: Programme, place: str, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.place, self.at = f"{programme.code}:{place}", at
        offered = self.fields["services"]
        assert isinstance(offered, forms.MultipleChoiceField)
        offered.choices = [(service.code, service.name) for service in programme.services.all()]
        self.initial["stamp"] = self._fresh()

    def _fresh(self) -> str:
        bears = {"form": secrets.token_urlsafe(12), "place": self.place, "since": int(self.at.timestamp())}
        return signing.dumps(bears, salt=SALT)

    @property
    def form_id(self) -> str:
        """What makes this form one, however often it is sent."""
        return str(self.cleaned_data["stamp"])

    def shown_fields(self) -> list[forms.BoundField]:
        """The fields a person sees."""
        return [field for field in self.visible_fields() if field.name != "site"]

    def clean_site(self) -> str:
        if self.cleaned_data["site"]:
            raise forms.ValidationError(TRAPPED)
        return ""

    def clean_stamp(self) -> str:
        """Read since when the form is open; a wrong or old stamp is replaced, nothing of what was typed is lost."""
        stamp = str(self.cleaned_data["stamp"])
        try:
            bears = signing.loads(stamp, salt=SALT)
            age = self.at.timestamp() - int(bears["since"])
            is_ours = bears["place"] == self.place
        except (signing.BadSignature, ValueError, TypeError, KeyError):
            age, is_ours = -1.0, False
        if not is_ours or not 0 <= age <= GOOD_FOR.total_seconds():
            self._give_fresh_stamp()
            raise forms.ValidationError(STALE)
        if age < settings.SOCLE_JOINING_SECONDS:
            # The same stamp, which grows older: whoever is really fast only sends it again.
            raise forms.ValidationError(TOO_FAST)
        return stamp

    def _give_fresh_stamp(self) -> None:
        self.data = self.data.copy()  # type: ignore[attr-defined]
        self.data["stamp"] = self._fresh()  # type: ignore[index]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        # What is wrong with a field nobody sees is said of the form.
        for hidden in ("stamp", "site"):
            for error in self.errors.pop(hidden, []):
                self.add_error(None, error)
        return cleaned


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
