"""Forms for whoever decides against what the DNS says. Rules judge; the form reads."""

from __future__ import annotations

from django import forms


class ReasonForm(forms.Form):
    """Why a domain is put in service although its mail does not arrive here yet."""

    reason = forms.CharField(
        label="Raison",
        min_length=15,
        max_length=300,
        help_text="En une phrase, qui reste au journal\u00a0: par exemple, bascule convenue avec la mairie ce soir.",
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={
            "required": "Écrivez la raison en une phrase\u00a0: elle reste au journal.",
            "min_length": "Écrivez la raison en une phrase entière\u00a0: elle reste au journal.",
            "max_length": "La raison est trop longue\u00a0: 300 caractères au plus.",
        },
    )
