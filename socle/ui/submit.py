"""A form shows what a rule refuses of what it asks."""

from __future__ import annotations

from types import TracebackType

from django import forms

from socle.lib.refusals import Refused


class refusal_shown_in:
    """Show the sentence of a `Refused` raised within in a form, under a field or, by default, at its head.

    Within are the action, its message and the redirection that it deserves; after it, the page is shown again, with
    the form and what it says now. Nothing else is caught.
    """

    def __init__(self, form: forms.BaseForm, under: str | None = None) -> None:
        self._form, self._under = form, under

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        if not isinstance(error, Refused):
            return False
        self._form.add_error(self._under, error.sentence)
        return True
