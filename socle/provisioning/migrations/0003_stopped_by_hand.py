"""Services without an engine that somebody stopped by hand, their agreement being suspended."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('agreements', '0013_suspensions'),
        ('provisioning', '0002_held_by_a_suspension'),
    ]

    operations = [
        migrations.AddField(
            model_name='right',
            name='held_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='agreements.suspension', verbose_name='arrêté à la main pour'),
        ),
    ]
