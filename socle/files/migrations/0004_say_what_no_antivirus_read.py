"""A file too large for the antivirus is kept, and said not to have been read."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("files", "0003_compare_names_letter_by_letter")]

    operations = [
        migrations.AddField(
            "content",
            "is_unread",
            models.BooleanField("trop grand pour l’antivirus", default=False, db_default=False),
        ),
    ]
