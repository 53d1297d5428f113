"""Stamps that tell a person from a program on a public form, without any third party and without a cookie."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core import signing

SALT = "socle.lib.stamps"
# A form left open over lunch still serves; one kept for days by a program does not.
GOOD_FOR = timedelta(hours=12)
TOO_FAST = "Relisez, puis envoyez de nouveau\u00a0: le formulaire est parti plus vite qu’une personne ne l’écrit."
STALE = "Ce formulaire était ouvert depuis trop longtemps\u00a0: relisez-le, puis envoyez-le de nouveau."
TRAPPED = "Laissez vide le champ caché, puis envoyez de nouveau\u00a0: votre navigateur l’a peut-être rempli seul."


class StampedForm(forms.Form):
    """A form that bears since when it is open, and a field that only a program fills.

    `place` is what it is about (a site, a commune): a stamp drawn for one place serves no other. `at` is now.
    """

    website = forms.CharField(
        label="Laissez ce champ vide",
        required=False,
        widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}),
    )
    stamp = forms.CharField(required=False, widget=forms.HiddenInput, max_length=400)

    def __init__(self, *args: Any, place: str, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.place, self.at = place, at
        self.initial["stamp"] = self._fresh()

    def _fresh(self) -> str:
        bears = {"form": secrets.token_urlsafe(12), "place": self.place, "since": int(self.at.timestamp())}
        return signing.dumps(bears, salt=SALT)

    @property
    def form_id(self) -> str:
        """Return a key of this form, the same however often it is sent."""
        return str(self.cleaned_data["stamp"])

    def shown_fields(self) -> list[forms.BoundField]:
        """The fields a person sees."""
        return [field for field in self.visible_fields() if field.name != "website"]

    def clean_website(self) -> str:
        if self.cleaned_data["website"]:
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
            self.data = self.data.copy()  # type: ignore[attr-defined]
            self.data["stamp"] = self._fresh()  # type: ignore[index]
            raise forms.ValidationError(STALE)
        if age < settings.SOCLE_JOINING_SECONDS:
            # The same stamp, which grows older: whoever is really fast only sends it again.
            raise forms.ValidationError(TOO_FAST)
        return stamp

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        # What is wrong with a field nobody sees is said of the form.
        for hidden in ("stamp", "website"):
            for error in self.errors.pop(hidden, []):
                self.add_error(None, error)
        return cleaned
