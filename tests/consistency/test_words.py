"""One name per thing: the glossary, and what people read in forms and lists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import models

from tests.consistency import house

MODELS = house.our_models()
ROW = re.compile(r"^\| ([^|]+) \| `([\w.]+)` \| ([^|]+) \|(?: ([^|]*) ?\|)?$", re.M)
# Capitals that are those of a name or of an acronym.
BOOLEAN = re.compile(r"(is|has|sees|may|handles|opens|wanted)_|.*(_is_|_has_|_withheld$)")
ACRONYM = re.compile(r"^[A-ZÀ-Ý]{2,}")


def glossary() -> dict[str, tuple[str, str]]:
    return {
        code: (term.strip(), meaning.strip()) for term, code, meaning, _ in ROW.findall(house.read("docs/glossary.md"))
    }


def test_every_model_is_in_the_glossary() -> None:
    assert sorted({model._meta.label for model in MODELS} - glossary().keys()) == []


def test_the_glossary_names_nothing_that_is_no_more() -> None:
    labels = {model._meta.label for model in MODELS}
    rooms = {config.label for config in apps.get_app_configs() if config.name.startswith("socle.")}
    gone = [
        code
        for code in glossary()
        if code.partition(".")[0] in rooms and code.rpartition(".")[2][:1].isupper() and code not in labels
    ]
    assert gone == []


def test_a_term_of_the_glossary_stands_for_one_thing() -> None:
    terms = [term for term, _ in glossary().values()]
    assert sorted({term for term in terms if terms.count(term) > 1}) == []


def is_french_label(label: str) -> bool:
    return bool(label) and (label[0].islower() or bool(ACRONYM.match(label)) or not label[0].isalpha())


def own_fields(model: type[models.Model]) -> Iterator[models.Field[Any, Any]]:
    """The fields of a model, without those that come from a class that is not ours."""
    return (field for field in model._meta.local_fields if not _is_inherited(model, field.name))


def test_a_model_and_its_fields_have_lower_case_french_names() -> None:
    wrong = []
    for model in MODELS:
        meta = model._meta
        name = str(meta.verbose_name)
        # Django's own name for a class that was given none.
        is_default = " " in name and name == re.sub(r"(?<=[a-z])([A-Z])", r" \1", model.__name__).lower()
        if is_default or not is_french_label(name) or not is_french_label(str(meta.verbose_name_plural)):
            wrong.append(f"{meta.label}: « {name} »")
        for field in own_fields(model):
            if field.primary_key or getattr(field, "parent_link", False):
                continue
            label = str(field.verbose_name)
            if not is_french_label(label) or ("_" in field.name and label == field.name.replace("_", " ")):
                wrong.append(f"{meta.label}.{field.name}: « {label} »")
    assert wrong == [], "\n".join(wrong)


def _is_inherited(model: type[models.Model], name: str) -> bool:
    """Say whether a field comes from a class that is not ours."""
    ours = [base for base in model.__mro__ if base.__module__.startswith("socle.")]
    theirs = [base for base in model.__mro__ if issubclass(base, models.Model) and base not in ours]
    return any(hasattr(base, "_meta") and any(f.name == name for f in base._meta.get_fields()) for base in theirs)


def is_well_named(field: models.Field[Any, Any]) -> bool:
    if isinstance(field, models.DateTimeField):
        return field.name.endswith(("_at", "_until")) or field.name in ("at", "date_joined")
    if isinstance(field, models.DateField):
        return field.name.endswith(("_on", "_from", "_until")) or field.name == "as_of"
    return not isinstance(field, models.BooleanField) or bool(BOOLEAN.match(field.name))


def test_a_day_and_an_instant_are_told_apart_by_their_names() -> None:
    wrong = [
        f"{model._meta.label}.{field.name}"
        for model in MODELS
        for field in own_fields(model)
        if not is_well_named(field)
    ]
    assert wrong == [], "\n".join(wrong)
