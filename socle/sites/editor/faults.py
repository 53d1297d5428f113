"""Errors of a form of Wagtail's that was sent: how many things, and the first one by its name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.text import capfirst


@dataclass(frozen=True)
class Fault:
    """One field, or the whole (`target` empty), and what is said of it."""

    label: str
    target: str
    sentence: str


def faults_of(form: forms.BaseForm) -> Iterator[Fault]:
    """Yield what is wrong in a form, in the order of its fields, then in the lines that hang from it."""
    for sentence in form.non_field_errors():
        yield Fault("", "", str(sentence))
    for field in form:
        for sentence in field.errors:
            # A field of blocks counts once: what is wrong is said inside it.
            is_block = hasattr(field.field, "block")
            said = "" if is_block else str(sentence)
            yield Fault(str(capfirst(field.label)), field.id_for_label or field.auto_id, said)
            if is_block:
                break
    for lines in getattr(form, "formsets", {}).values():
        for sentence in lines.non_form_errors():
            yield Fault("", "", str(sentence))
        for line in lines.forms:
            if line not in lines.deleted_forms:
                yield from faults_of(line)


def say(request: HttpRequest, message: str, form: forms.BaseForm, buttons: Any = None) -> None:
    """Tell the person, with a link to the first field. In place of `wagtail.admin.messages.validation_error`."""
    found = list(faults_of(form))
    context = {
        "message": message,
        "count": len(found),
        "first": next((fault for fault in found if fault.target), None),
        "others": [fault.sentence for fault in found if not fault.target],
        "publishes": "action-publish" in request.POST,
    }
    messages.error(request, render_to_string("websites/editor/faults.html", context))
