"""Forms by which an inhabitant writes, and the mairie answers."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from socle.documents.fields import ScannedFileField
from socle.inbox.attachments import MOST_FILES, Handed, hand, why_not_hand
from socle.inbox.models import ContactMessage
from socle.inbox.rules import MOST_WORDS
from socle.lib.stamps import StampedForm


class FilesInput(forms.ClearableFileInput):
    """Several files in one go, without a script."""

    allow_multiple_selected = True


class FilesField(ScannedFileField):
    """The files of a message, each judged by its bytes and read by the antivirus (`why_not_hand`)."""

    widget = FilesInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"})

    def clean(self, data: Any, initial: Any = None) -> list[Handed]:
        given: Sequence[UploadedFile[Any]] = (
            [one for one in data or [] if one] if isinstance(data, list | tuple) else []
        )
        if len(given) > MOST_FILES:
            raise forms.ValidationError("Trois fichiers au plus\u00a0: réunissez les autres en un PDF.")
        handed = []
        for one in given:
            name = one.name or ""
            content = one.read()
            if reason := why_not_hand(content, name=name):
                raise forms.ValidationError(f"{reason} Choisissez de nouveau vos fichiers.")
            handed.append(hand(content, name=name))
        return handed


class ContactForm(StampedForm):
    """Who writes, how to answer, about what."""

    use_required_attribute = False

    name = forms.CharField(
        label="Prénom et nom",
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "Indiquez votre nom.", "max_length": "Le nom compte 120 caractères au plus."},
    )
    email = forms.EmailField(
        label="Adresse électronique",
        required=False,
        max_length=254,
        help_text="L’accusé de réception et la réponse y seront envoyés. Sans adresse, laissez un téléphone.",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"invalid": "Cette adresse n’est pas complète\u00a0: elle s’écrit comme camille@exemple.fr."},
    )
    phone = forms.CharField(
        label="Téléphone",
        required=False,
        max_length=30,
        help_text="Nécessaire si vous ne laissez pas d’adresse électronique.",
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel", "type": "tel"}),
        error_messages={"max_length": "Ce numéro est trop long\u00a0: vérifiez-le."},
    )
    subject = forms.ChoiceField(
        label="Vous écrivez pour",
        choices=[("", "Choisissez"), *ContactMessage.Subject.choices],
        error_messages={"required": "Choisissez dans la liste.", "invalid_choice": "Choisissez dans la liste."},
    )
    words = forms.CharField(
        label="Votre message",
        max_length=MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 7}),
        error_messages={
            "required": "Écrivez votre message.",
            "max_length": "Votre message dépasse 5\u202f000 caractères\u00a0: raccourcissez-le ou joignez un document.",
        },
    )
    address = forms.CharField(
        label="Adresse postale",
        required=False,
        max_length=250,
        help_text="Pour une demande officielle\u00a0: elle permet de vous identifier.",
        widget=forms.Textarea(attrs={"autocomplete": "street-address", "rows": 2}),
        error_messages={"max_length": "L’adresse compte 250 caractères au plus."},
    )
    handed = FilesField(
        label="Fichiers à joindre",
        required=False,
        help_text="Trois au plus, de 8\u00a0Mo chacun\u00a0: PDF, ou photographies en JPEG ou PNG.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("email", "phone"):
            # Neither is optional alone: one of the two is wanted, and is said so before it is refused.
            self.fields[name].wanted_as = "l’un ou l’autre"  # type: ignore[attr-defined]

    def clean_phone(self) -> str:
        phone = " ".join(self.cleaned_data["phone"].split())
        if phone and sum(character.isdigit() for character in phone) < 6:
            raise forms.ValidationError("Ce numéro de téléphone n’est pas complet\u00a0: vérifiez-le.")
        return phone

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not cleaned.get("email") and not cleaned.get("phone") and not {"email", "phone"} & self.errors.keys():
            self.add_error(
                "email", "Laissez une adresse électronique ou un téléphone\u00a0: la mairie ne pourrait pas répondre."
            )
        return cleaned


class AnswerForm(forms.Form):
    """The answer of the mairie. `form` makes it one, however often it is sent."""

    words = forms.CharField(
        label="Votre réponse",
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 8}),
        error_messages={
            "required": "Écrivez la réponse.",
            "max_length": "La réponse dépasse 20\u202f000 caractères\u00a0: raccourcissez-la.",
        },
    )
    stays_open = forms.BooleanField(label="Le message reste à traiter", required=False)
    form = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["form"] = secrets.token_urlsafe(12)
