"""A rule that refuses what a form asks speaks in that form; nothing else is caught."""

from __future__ import annotations

import ast
import re

import pytest
from django import forms

from socle.lib.refusals import Failure, Refused
from socle.ui.submit import refusal_shown_in
from tests.consistency import house


class Named(forms.Form):
    name = forms.CharField()


def filled() -> Named:
    form = Named({"name": "Prisches"})
    assert form.is_valid()
    return form


@pytest.mark.parametrize(("under", "shown"), [(None, "__all__"), ("name", "name")])
def test_what_is_refused_is_shown_at_the_head_or_under_a_field(under: str | None, shown: str) -> None:
    form, came = filled(), []
    with refusal_shown_in(form, under):
        came.append("before")
        raise Refused("Choisissez un autre nom.")
    assert came == ["before"]
    assert form.errors == {shown: ["Choisissez un autre nom."]}


def test_what_passes_leaves_the_form_as_it_is() -> None:
    form = filled()
    with refusal_shown_in(form):
        pass
    assert not form.errors


@pytest.mark.parametrize("error", [Failure("Le serveur ne répond pas."), ValueError("x"), KeyboardInterrupt()])
def test_nothing_else_is_caught(error: BaseException) -> None:
    form = filled()
    with pytest.raises(type(error)), refusal_shown_in(form):
        raise error
    assert not form.errors


def test_no_view_writes_it_by_hand() -> None:
    """A handler that only adds the sentence to a form is `refusal_shown_in`."""
    by_hand = [
        f"{path}:{tried.lineno}"
        for path in house.code()
        for tried in house.nodes(path)
        if isinstance(tried, ast.Try)
        and re.fullmatch(
            r"except Refused as (\w+):\n    \w+\.add_error\((None|'\w+'), \1\.sentence\)",
            "\n".join(ast.unparse(handler).strip() for handler in tried.handlers),
        )
    ]
    assert by_hand == []
