"""« STRASSE » and « straße » are two names. The rule before took more names for one: no two of them meet."""

from __future__ import annotations

from typing import Any

from django.db import migrations


def compare_letter_by_letter(apps: Any, schema_editor: Any) -> None:
    from socle.files import names

    entries = apps.get_model("files", "Entry").objects.using(schema_editor.connection.alias)
    last = 0
    while rows := list(entries.filter(pk__gt=last).order_by("pk").only("pk", "name", "key")[:1000]):
        last = rows[-1].pk
        changed = [row for row in rows if row.key != names.key_of(row.name)]
        for row in changed:
            row.key = names.key_of(row.name)
        entries.bulk_update(changed, ["key"])


class Migration(migrations.Migration):
    dependencies = [("files", "0002_put_numbers_in_order")]

    operations = [migrations.RunPython(compare_letter_by_letter, migrations.RunPython.noop, elidable=True)]
