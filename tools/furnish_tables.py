"""Put a row in each table of ours that has none, so that a kept database proves something of every table.

    SOCLE_DATA_DIR=… PYTHONPATH=. python tools/furnish_tables.py

Run on a demonstration by tools/keep_release.py, with the code of the release. The rows obey the database, not the rules
of the rooms: what is kept is only ever migrated and compared.
"""

from __future__ import annotations

import os
import uuid
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import django
from django.apps import apps
from django.db import IntegrityError, models, transaction

DAY = date(2026, 11, 25)
# The first kind that fits; the narrower before the wider.
BY_KIND: tuple[tuple[type[models.Field[Any, Any]], Any], ...] = (
    (models.UUIDField, uuid.UUID(int=1)),
    (models.EmailField, "quelqu-un@exemple.test"),
    (models.URLField, "https://exemple.test/"),
    (models.DateTimeField, datetime(2026, 11, 25, 12, tzinfo=UTC)),
    (models.DateField, DAY),
    (models.TimeField, time(12)),
    (models.DurationField, timedelta(minutes=1)),
    (models.BooleanField, True),
    (models.JSONField, {"un": [1]}),
    (models.BinaryField, b"1"),
    (models.GenericIPAddressField, "192.0.2.1"),
    (models.FileField, "exemple.pdf"),
    (models.DecimalField, 1),
    (models.FloatField, 1.5),
    (models.IntegerField, 1),
)

# Where several columns hold together: what goes in some of them.
GIVEN: dict[str, dict[str, Any]] = {
    "subscriptions_alertmailing": {"offer": None},
    "syndication_sharingchoice": {"epci": None},
    "agenda_removeditem": {"address_book": None},
    "people_devicepassword": {"opens_mail": True},
}


def value_for(field: models.Field[Any, Any]) -> Any:
    """Something that this column accepts."""
    if isinstance(field, models.ForeignKey):
        one = field.related_model._base_manager.order_by("pk").first()
        if one is None and not field.null:
            raise LookupError(f"no {field.related_model._meta.label} yet")
        return one
    if field.choices:
        return next(iter(field.flatchoices))[0]
    for kind, value in BY_KIND:
        if isinstance(field, kind):
            return value
    return "exemple"[: field.max_length]


def put_one(model: type[models.Model]) -> None:
    """Write one row, past the rules of its room. Raises LookupError or IntegrityError."""
    values = {
        field.name: value_for(field)
        for field in model._meta.concrete_fields
        if not isinstance(field, models.AutoField) and (not field.has_default() or field.get_default() in ("", None))
    }
    row = model(**values | GIVEN.get(model._meta.db_table, {}))
    with transaction.atomic():
        row.save_base(raw=True, force_insert=True)


def ours() -> list[type[models.Model]]:
    """The models of the rooms that have a table, those between two models included."""
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if model.__module__.startswith("socle.") and model._meta.managed and not model._meta.proxy
    ]


def furnish() -> dict[str, str]:
    """Fill what is empty; what could not be, by its table, with the reason."""
    failed: dict[str, str] = {}
    for _ in range(5):  # Some refer to others that are filled on the way.
        failed = {}
        for model in ours():
            if not model._base_manager.exists():
                try:
                    put_one(model)
                except (LookupError, IntegrityError) as reason:
                    failed[model._meta.db_table] = str(reason)
        if not failed:
            break
    return failed


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "socle.config.settings")
    django.setup()
    from django_scopes import scopes_disabled

    with scopes_disabled():
        left = furnish()
    if left:
        raise SystemExit("\n".join(f"{table}: {reason}" for table, reason in left.items()))
