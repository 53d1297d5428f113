"""Fields of forms for days, hours and amounts: what people write is read, and nothing rewrites it as they type."""

from __future__ import annotations

import re
from datetime import datetime, time
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_date
from django.utils.timezone import make_aware

from socle.lib.hours import hour, hour_of

EXAMPLE = "Par exemple 18\u00a0h\u00a030."
MOMENT = re.compile(r"\s*([0-9]{1,2})[/.]([0-9]{1,2})[/.]([0-9]{4})(?:,|\s|à)*(\S.*?)\s*")


class DayInput(forms.DateInput):
    """The browser's own field of a day: no calendar opens over the fields around."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs=attrs, format="%Y-%m-%d")


class HourInput(forms.TimeInput):
    """A line of text: « 9 h », as one writes it; what is typed stays as it was typed until it is sent."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        shown = {"autocomplete": "off", "maxlength": 20, "class": "hour"}
        super().__init__(attrs=shown | (attrs or {}), format="%H:%M")

    def format_value(self, value: Any) -> str | None:
        """Return an hour in words; what was typed, as it is."""
        return hour(value) if isinstance(value, time) else super().format_value(value)


class MomentInput(forms.DateTimeInput):
    """The browser's own field of a day and an hour."""

    input_type = "datetime-local"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs=attrs, format="%Y-%m-%dT%H:%M")


class HourField(forms.TimeField):
    """An hour in the words of whoever writes it. Its help gives an example, unless the screen gives one for all."""

    widget = HourInput

    def __init__(self, *, help_text: str = "", with_example: bool = True, **kwargs: Any) -> None:
        said = " ".join(filter(None, [str(help_text), EXAMPLE])) if with_example else help_text
        super().__init__(help_text=said, **kwargs)

    def to_python(self, value: Any) -> Any:
        """Return the hour, or None when empty; raise ValidationError with what was written when it cannot be read."""
        if not isinstance(value, str) or not value.strip():
            return super().to_python(value if not isinstance(value, str) else "")
        if (at := hour_of(value)) is None:
            raise ValidationError(
                f"«\u00a0{value.strip()[:20]}\u00a0» ne se lit pas comme une heure\u00a0: écrivez par exemple "
                "18\u00a0h\u00a030, ou 18\u00a0h.",
                code="invalid",
            )
        return at


class MomentField(forms.DateTimeField):
    """A day and an hour; in a browser without a field for both, « 24/12/2026 18h30 » is read.

    A day alone is its first instant, but where `wants_hour`: nobody means to meet at midnight.
    """

    widget = MomentInput

    def __init__(self, *, wants_hour: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.wants_hour = wants_hour

    def to_python(self, value: Any) -> Any:
        """Return the instant, or None when empty; raise ValidationError when it cannot be read."""
        if self.wants_hour and isinstance(value, str) and len(re.findall(r"\d+", value)) == 3:
            raise ValidationError(
                "Dites aussi l’heure\u00a0: écrivez le jour puis l’heure, par exemple 24/12/2026 à 18\u00a0h.",
                code="no_hour",
            )
        if isinstance(value, str) and (found := MOMENT.fullmatch(value)) and (at := hour_of(found[4])) is not None:
            try:
                day = parse_date(f"{found[3]}-{int(found[2]):02d}-{int(found[1]):02d}")
            except ValueError:
                day = None
            if day is not None:
                return make_aware(datetime.combine(day, at))
        try:
            return super().to_python(value)
        except ValidationError as wrong:
            raise ValidationError(
                "Ce moment ne se lit pas\u00a0: écrivez le jour puis l’heure, par exemple 24/12/2026 à 18\u00a0h.",
                code="invalid",
            ) from wrong


class DayField(forms.DateField):
    """A day that its form asks for with that calendar."""

    widget = DayInput


class AmountField(forms.DecimalField):
    """An amount in euros as one writes it, « 18 400 000,50 € »: spaces, comma or point, the sign or not."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        kwargs.setdefault("error_messages", {"required": "Écrivez le montant.", "invalid": "Écrivez un montant."})
        super().__init__(decimal_places=2, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Show an amount that is known as one writes it here, with a comma; what was typed, as it is."""
        return f"{value:f}".replace(".", ",") if isinstance(value, Decimal) else super().prepare_value(value)

    def to_python(self, value: Any) -> Any:
        """Return the amount, or None when empty; raise ValidationError when it cannot be read."""
        if isinstance(value, str):
            value = re.sub(r"[\s\u00a0\u202f€]", "", value).replace(",", ".")
        return super().to_python(value)
