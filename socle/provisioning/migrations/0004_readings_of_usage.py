"""What a beneficiary takes with an engine is usage: a room is, in this house, an application."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [('provisioning', '0003_stopped_by_hand')]

    operations = [
        migrations.RemoveConstraint('roomreading', 'one_room_reading_a_day'),
        migrations.RenameModel('RoomReading', 'UsageReading'),
        migrations.AlterField(
            'usagereading',
            'beneficiary',
            models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='usage_readings', to='people.beneficiary', verbose_name='bénéficiaire'),
        ),
        migrations.AddConstraint(
            'usagereading',
            models.UniqueConstraint(fields=('code', 'read_on', 'beneficiary'), name='one_usage_reading_a_day'),
        ),
    ]
