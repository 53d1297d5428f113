"""Forms of what is signed elsewhere than in the platform: the same at both doors."""

from __future__ import annotations

from django import forms

from socle.documents.fields import PdfField
from socle.lib.scans import MOST_BYTES
from socle.signing.evidence import ATTESTED, CONFIRMED
from socle.ui.fields import DayInput


class DepositForm(forms.Form):
    """The document signed with a certificate of one's own."""

    file = PdfField(label="Le PDF que vous avez signé")


class PaperForm(forms.Form):
    """The scan of an original signed on paper, and who attests it."""

    file = PdfField(
        label="La numérisation de l’original signé",
        most_bytes=MOST_BYTES,
        help_text="Un PDF de 40\u00a0Mo et de 30\u00a0pages au plus. Dans n’importe quel sens.",
    )
    signed_on = forms.DateField(
        label="Signé le",
        help_text="La date que porte le papier.",
        widget=DayInput(),
        error_messages={"required": "Indiquez la date que porte le papier.", "invalid": "Cette date n’existe pas."},
    )
    attested = forms.BooleanField(
        label=ATTESTED,
        error_messages={"required": "Cochez la case\u00a0: sans attestation, une numérisation ne prouve rien."},
    )


class AttestForm(forms.Form):
    """The words by which a second person attests a paper."""

    attested = forms.BooleanField(
        label=ATTESTED,
        error_messages={"required": "Cochez la case pour dire que vous avez vu l’original."},
    )


class ConfirmForm(forms.Form):
    """The words by which a party recognises a paper."""

    confirmed = forms.BooleanField(
        label=CONFIRMED,
        error_messages={"required": "Cochez la case pour dire que vous reconnaissez ce papier."},
    )


class ContestForm(forms.Form):
    """Why a party does not recognise it."""

    reason = forms.CharField(
        label="Ce qui ne va pas",
        help_text="Par exemple\u00a0: «\u00a0je n’ai pas signé cette convention\u00a0».",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Écrivez ce qui ne va pas\u00a0: l’opérateur le lira."},
    )
