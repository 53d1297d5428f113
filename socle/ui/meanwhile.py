"""Two people, one form: what is kept may change while somebody writes, and nothing is written over it in silence.

A form that is filled from what is kept, and that writes it whole, is `Filled`. Its page carries a digest of what it
showed (`{% component "meanwhile" form=form %}`, which `fields` draws); sent back, the form compares it with what is
kept now. When another has saved meanwhile it is not valid: both texts are shown, and one press takes either.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from django import forms
from django.core.files.base import File
from django.db.models import Model
from django.forms.boundfield import BoundField
from django.utils import formats
from django.utils.datastructures import MultiValueDict

# What the page sends back: the digest of what it showed; and the press that takes what is kept.
READ, TAKEN = "lu", "prendre"
CHANGED = (
    "Ce que vous corrigez a changé entre-temps, dans un autre onglet ou par une autre personne\u00a0: rien n’est écrit "
    "par-dessus. Comparez les deux textes, puis gardez l’un ou l’autre."
)
NOTHING = "rien"


@dataclass(frozen=True)
class Difference:
    """One field as it is kept, and as it was written by who did not see that."""

    label: str
    theirs: str
    yours: str


class Filled(forms.BaseForm):
    """Mixin of a form that is filled from what is kept (`initial`, or the instance of a `ModelForm`).

    It is given what is kept when it is sent too; `is_kept=False` says that it is filled with what is proposed of
    a row to come. A page that carries nothing, as a program's, is not compared.
    """

    # What is kept, where the page may show something else first.
    saved: Mapping[str, Any] | None = None

    def __init__(self, *args: Any, is_kept: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        instance = getattr(self, "instance", None)
        # What is proposed of what does not exist yet is nobody's.
        self.is_kept = is_kept and not (isinstance(instance, Model) and instance._state.adding)
        self.is_taken = self.is_bound and self.taken_name in self.data
        if self.is_taken:
            # They take what is kept: the form is shown again, filled from it, and nothing is written.
            self.is_bound, self.data, self.files = False, {}, MultiValueDict()

    @property
    def read_name(self) -> str:
        """The name under which its page sends back what it showed."""
        return self.add_prefix(READ)

    @property
    def taken_name(self) -> str:
        """The name of the button that takes what is kept."""
        return self.add_prefix(TAKEN)

    @property
    def as_kept(self) -> str:
        """The digest of what is kept now, as this form would show it."""
        kept = self.initial if self.saved is None else self.saved
        shown = {name: _plain(kept[name]() if callable(kept[name]) else kept[name]) for name in self._filled()}
        return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()[:32]

    def full_clean(self) -> None:
        super().full_clean()
        if self.is_bound and self.differences:
            self.add_error(None, forms.ValidationError(CHANGED, code="meanwhile"))

    @property
    def differences(self) -> list[Difference]:
        """List where what is kept differs from what was written, when it changed after the page was shown."""
        read = self.data.get(self.read_name) if self.is_bound else None
        # What was meant to be new, and is still not there, is compared with nothing.
        if read is None or not self._filled() or read == self.as_kept:
            return []
        return list(self._differing())

    def _filled(self) -> list[str]:
        return [name for name in self.fields if name in self.initial] if self.is_kept else []

    def _differing(self) -> Iterator[Difference]:
        for name in self._filled():
            bound = self[name]
            if name not in self.changed_data:
                continue
            cleaned = getattr(self, "cleaned_data", {})
            theirs = _said(bound, bound.initial)
            yours = _said(bound, bound.data, cleaned=cleaned.get(name))
            if theirs != yours:
                yield Difference(str(bound.label or name), theirs or NOTHING, yours or NOTHING)


@dataclass(frozen=True)
class Cell:
    """One thing chosen or written in a table: whose it is, what is kept there, and what its values are called."""

    label: str
    kept: object
    labels: Mapping[str, str] = field(default_factory=dict)


class Cells(Filled, forms.Form):
    """A table of choices that its page draws by itself, written whole: it only compares, and gives each value."""

    def __init__(self, data: Any = None, *, cells: Mapping[str, Cell]) -> None:
        super().__init__(data, initial={name: _plain(one.kept) for name, one in cells.items()})
        for name, one in cells.items():
            self.fields[name] = forms.CharField(label=one.label, required=False)
            self.fields[name].labels = one.labels  # type: ignore[attr-defined]

    def value(self, name: str) -> str:
        """Return what was sent for one cell; what is kept, when nothing was."""
        return str(self[name].value() or "")


def _plain(value: Any) -> Any:
    """A value as it is compared: text, and the keys of rows."""
    if value is None or value == "":
        return ""
    if isinstance(value, Model):
        return str(value.pk)
    if isinstance(value, str | bytes | File):
        return str(value)
    if isinstance(value, Iterable):
        return [_plain(one) for one in value]
    return str(value)


def _said(bound: BoundField, value: Any, *, cleaned: Any = None) -> str:
    """A value as people read it: what is chosen by its name, a day as one writes it."""
    asked = bound.field
    if labels := getattr(asked, "labels", None):
        return str(labels.get(str(value), value or ""))
    if isinstance(asked, forms.FileField):
        return str(getattr(value, "name", value) or "")
    if isinstance(asked, forms.BooleanField) and not isinstance(asked, forms.NullBooleanField):
        return "oui" if asked.to_python(value) else "non"
    if isinstance(asked, forms.ChoiceField | forms.ModelChoiceField):
        return _chosen(asked, value)
    for one in (cleaned, value):
        if isinstance(one, date | datetime | time):
            return str(formats.localize(one))
    shown = asked.widget.format_value(asked.prepare_value(value)) if hasattr(asked.widget, "format_value") else value
    return str(shown if shown is not None else "").replace("\r\n", "\n").strip()


def _chosen(field: Any, value: Any) -> str:
    """The names of what is chosen."""
    several = isinstance(value, Iterable) and not isinstance(value, str | Model)
    prepared = field.prepare_value(value)
    wanted = {str(one) for one in (prepared if several else [prepared]) if one is not None}
    names = []
    for code, label in field.choices:
        grouped = label if isinstance(label, list | tuple) else [(code, label)]
        names += [str(name) for one, name in grouped if str(one) in wanted and str(one) != ""]
    return ", ".join(names)
