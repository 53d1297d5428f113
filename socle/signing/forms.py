"""Forms of what is signed elsewhere than in the platform: the same at both doors."""

from __future__ import annotations

from django import forms

from socle.documents.fields import PdfField
from socle.ui.fields import DayInput


class DepositForm(forms.Form):
    """The document signed with a certificate of one's own."""

    file = PdfField(label="Le PDF que vous avez signé")


class PaperForm(forms.Form):
    """The scan of an original signed on paper, and who attests it."""

    file = PdfField(label="La numérisation de l’original signé")
    signed_on = forms.DateField(
        label="Signé le",
        help_text="La date que porte le papier.",
        widget=DayInput(),
        error_messages={"required": "Indiquez la date que porte le papier.", "invalid": "Cette date n’existe pas."},
    )
    attested = forms.BooleanField(
        label="J’ai vu l’original signé, et j’atteste que ce fichier en est la numérisation.",
        error_messages={"required": "Cochez la case\u00a0: sans attestation, une numérisation ne prouve rien."},
    )
