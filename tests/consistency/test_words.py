"""One name per thing: the glossary, and what people read in forms and lists."""

from __future__ import annotations

import re

import pytest
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


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_model_is_in_the_glossary(model: type[models.Model]) -> None:
    assert model._meta.label in glossary(), f"add {model._meta.label} to docs/glossary.md"


def test_the_glossary_names_nothing_that_is_no_more() -> None:
    labels = {model._meta.label for model in MODELS}
    rooms = {config.label for config in apps.get_app_configs() if config.name.startswith("socle.")}
    gone = [
        code
        for code in glossary()
        if code.partition(".")[0] in rooms and code.rpartition(".")[2][:1].isupper() and code not in labels
        # A class of the assembly that is no model.
        if not code.startswith("config.")
    ]
    assert gone == []


def test_a_term_of_the_glossary_stands_for_one_thing() -> None:
    terms = [term for term, _ in glossary().values()]
    assert sorted({term for term in terms if terms.count(term) > 1}) == []


def is_french_label(label: str) -> bool:
    return bool(label) and (label[0].islower() or bool(ACRONYM.match(label)) or not label[0].isalpha())


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_a_model_and_its_fields_have_lower_case_french_names(model: type[models.Model]) -> None:
    meta = model._meta
    named = [str(meta.verbose_name), str(meta.verbose_name_plural)]
    assert [name for name in named if not is_french_label(name)] == []
    # Django's own name for a class that was given none.
    assert str(meta.verbose_name) != re.sub(r"(?<=[a-z])([A-Z])", r" \1", model.__name__).lower() or (
        " " not in str(meta.verbose_name)
    )
    for field in meta.local_fields:
        if field.primary_key or getattr(field, "parent_link", False) or _is_inherited(model, field.name):
            continue
        label = str(field.verbose_name)
        assert is_french_label(label), f"{meta.label}.{field.name}: « {label} »"
        assert "_" not in field.name or label != field.name.replace("_", " "), (
            f"{meta.label}.{field.name} has no French name"
        )


def _is_inherited(model: type[models.Model], name: str) -> bool:
    """Say whether a field comes from a class that is not ours."""
    ours = [base for base in model.__mro__ if base.__module__.startswith("socle.")]
    theirs = [base for base in model.__mro__ if issubclass(base, models.Model) and base not in ours]
    return any(hasattr(base, "_meta") and any(f.name == name for f in base._meta.get_fields()) for base in theirs)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_a_day_and_an_instant_are_told_apart_by_their_names(model: type[models.Model]) -> None:
    wrong = []
    for field in model._meta.local_fields:
        if _is_inherited(model, field.name):
            continue
        if isinstance(field, models.DateTimeField):
            if not field.name.endswith(("_at", "_until")) and field.name not in ("at", "date_joined"):
                wrong.append(field.name)
        elif isinstance(field, models.DateField):
            if not field.name.endswith(("_on", "_from", "_until")) and field.name != "as_of":
                wrong.append(field.name)
        elif isinstance(field, models.BooleanField) and not BOOLEAN.match(field.name):
            wrong.append(field.name)
    assert wrong == [], "\n".join(wrong)
