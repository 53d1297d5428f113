"""« n° 2 » comes before « n° 10 »."""

from __future__ import annotations

from typing import Any

from django.db import migrations, models


def put_in_order(apps: Any, schema_editor: Any) -> None:
    from socle.files import names

    entries = apps.get_model("files", "Entry").objects.using(schema_editor.connection.alias)
    last = 0
    while rows := list(entries.filter(pk__gt=last).order_by("pk").only("pk", "name")[:1000]):
        for row in rows:
            row.sort_name = names.sort_of(row.name)
        entries.bulk_update(rows, ["sort_name"])
        last = rows[-1].pk


class Migration(migrations.Migration):
    dependencies = [("files", "0001_keep_the_folders")]

    operations = [
        migrations.AddField(
            "entry", "sort_name", models.CharField("nom classé", max_length=1000, blank=True, db_default="")
        ),
        migrations.AlterModelOptions(
            "entry",
            options={
                "ordering": ["-is_folder", "sort_name", "pk"],
                "verbose_name": "fichier ou dossier",
                "verbose_name_plural": "fichiers et dossiers",
            },
        ),
        migrations.RemoveIndex("entry", "file_in_its_folder"),
        migrations.AddIndex("entry", models.Index(fields=["parent", "-is_folder", "sort_name"], name="file_in_its_folder")),
        migrations.RunPython(put_in_order, migrations.RunPython.noop, elidable=True),
    ]
