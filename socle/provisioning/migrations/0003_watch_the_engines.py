import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0008_make_device_passwords'),
        ('provisioning', '0002_hand_everything_over'),
    ]

    operations = [
        migrations.CreateModel(
            name='EngineTrial',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=40, verbose_name='moteur')),
                ('tried_at', models.DateTimeField(verbose_name='essayé le')),
                ('seconds', models.FloatField(blank=True, null=True, verbose_name='durée (s)')),
                ('problem', models.CharField(blank=True, max_length=300, verbose_name='échec')),
            ],
            options={
                'verbose_name': 'essai d’un moteur',
                'verbose_name_plural': 'essais des moteurs',
                'ordering': ['-tried_at', '-pk'],
                'indexes': [models.Index(fields=['code', '-tried_at'], name='trial_of_an_engine')],
            },
        ),
        migrations.CreateModel(
            name='RoomReading',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=40, verbose_name='moteur')),
                ('read_on', models.DateField(verbose_name='relevé le')),
                ('used_bytes', models.PositiveBigIntegerField(verbose_name='place occupée (octets)')),
                ('beneficiary', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='room_readings', to='people.beneficiary', verbose_name='bénéficiaire')),
            ],
            options={
                'verbose_name': 'relevé de place',
                'verbose_name_plural': 'relevés de place',
                'constraints': [models.UniqueConstraint(fields=('code', 'read_on', 'beneficiary'), name='one_room_reading_a_day')],
            },
        ),
    ]
