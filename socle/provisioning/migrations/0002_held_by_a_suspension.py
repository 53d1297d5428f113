"""Installations that the suspension of their agreement stopped."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('agreements', '0013_suspensions'),
        ('provisioning', '0001_release_0_2'),
    ]

    operations = [
        migrations.AddField(
            model_name='installation',
            name='held_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='agreements.suspension', verbose_name='suspendu par'),
        ),
    ]
