"""Who sits is to be a member of the assembly."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("council", "0001_release_0_2"), ("assemblies", "0001_assemblies")]

    operations = [
        migrations.AddField(
            "councillor",
            "member",
            models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="shown",
                to="assemblies.member",
                verbose_name="membre de l’assemblée",
            ),
        ),
    ]
