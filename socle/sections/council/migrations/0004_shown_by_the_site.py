"""The site keeps their order, and a portrait with its consent."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("council", "0003_written_among_the_members")]

    operations = [
        migrations.RemoveConstraint("councillor", "a_council_has_one_mayor"),
        *(migrations.RemoveField("councillor", name) for name in ("name", "civility", "function", "delegation")),
        migrations.AlterField(
            "councillor",
            "member",
            models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="shown",
                to="assemblies.member",
                verbose_name="membre de l’assemblée",
            ),
        ),
    ]
