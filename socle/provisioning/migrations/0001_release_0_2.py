import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from socle.lib.migrating import CreateModels


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('agreements', '0001_release_0_2'),
        ('people', '0001_release_0_2'),
        ('people', '__first__'),
        ('programme', '0001_release_0_2'),
    ]

    operations = [
        CreateModels([
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
                name='Right',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('opened_at', models.DateTimeField(verbose_name='ouvert le')),
                    ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='fermé le')),
                    ('agreement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rights', to='agreements.agreement', verbose_name='convention')),
                    ('beneficiary', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rights', to='people.beneficiary', verbose_name='bénéficiaire')),
                    ('service', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rights', to='programme.service', verbose_name='service')),
                ],
                options={
                    'verbose_name': 'droit',
                    'constraints': [models.UniqueConstraint(fields=('beneficiary', 'service'), name='one_right_per_service')],
                },
            ),
            migrations.CreateModel(
                name='Installation',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('wanted_present', models.BooleanField(default=True, verbose_name='voulu')),
                    ('state', models.CharField(choices=[('pending', 'à mettre en service'), ('live', 'en service'), ('failed', 'en échec, nouvel essai prévu'), ('suspended', 'suspendu')], default='pending', max_length=10, verbose_name='état')),
                    ('found', models.CharField(blank=True, max_length=300, verbose_name='constaté')),
                    ('proof', models.CharField(blank=True, max_length=300, verbose_name='preuve')),
                    ('is_simulated', models.BooleanField(default=False, verbose_name='simulé')),
                    ('looked_at', models.DateTimeField(blank=True, null=True, verbose_name='dernier regard')),
                    ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='essais depuis le dernier succès')),
                    ('next_look_at', models.DateTimeField(blank=True, null=True, verbose_name='prochain regard')),
                    ('claimed_until', models.DateTimeField(blank=True, null=True, verbose_name='pris en charge jusqu’à')),
                    ('last_error', models.CharField(blank=True, max_length=500, verbose_name='dernière erreur')),
                    ('beneficiary', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='installations', to='people.beneficiary', verbose_name='bénéficiaire')),
                    ('service', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='installations', to='programme.service', verbose_name='service')),
                    ('right', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='installation', to='provisioning.right', verbose_name='droit')),
                ],
                options={
                    'verbose_name': 'installation',
                    'indexes': [models.Index(fields=['state', 'next_look_at'], name='installation_due')],
                    'constraints': [models.UniqueConstraint(fields=('beneficiary', 'service'), name='one_installation_per_service')],
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
            migrations.CreateModel(
                name='Handover',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('status', models.CharField(choices=[('asked', 'demandée'), ('making', 'en préparation'), ('failed', 'retardée, nouvel essai prévu'), ('ready', 'prête'), ('removed', 'retirée')], default='asked', max_length=10, verbose_name='état')),
                    ('reason', models.CharField(max_length=300, verbose_name='motif')),
                    ('asked_at', models.DateTimeField(verbose_name='demandée le')),
                    ('part', models.CharField(blank=True, max_length=80, verbose_name='partie en cours')),
                    ('parts_done', models.PositiveSmallIntegerField(default=0, verbose_name='parties faites')),
                    ('parts', models.PositiveSmallIntegerField(default=0, verbose_name='parties')),
                    ('files', models.PositiveIntegerField(default=0, verbose_name='fichiers')),
                    ('size', models.PositiveBigIntegerField(default=0, verbose_name='taille (octets)')),
                    ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='essais')),
                    ('claimed_until', models.DateTimeField(blank=True, null=True, verbose_name='prise en charge jusqu’à')),
                    ('next_try_at', models.DateTimeField(blank=True, null=True, verbose_name='prochain essai')),
                    ('last_error', models.CharField(blank=True, max_length=300, verbose_name='dernière erreur')),
                    ('file', models.CharField(blank=True, max_length=200, verbose_name='fichier')),
                    ('sha256', models.CharField(blank=True, max_length=64, verbose_name='empreinte')),
                    ('ready_at', models.DateTimeField(blank=True, null=True, verbose_name='prête le')),
                    ('taken_at', models.DateTimeField(blank=True, null=True, verbose_name='emportée pour la première fois le')),
                    ('removed_at', models.DateTimeField(blank=True, null=True, verbose_name='retirée le')),
                    ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='demandée par')),
                    ('beneficiary', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='handovers', to='people.beneficiary', verbose_name='bénéficiaire')),
                ],
                options={
                    'verbose_name': 'archive à emporter',
                    'verbose_name_plural': 'archives à emporter',
                    'ordering': ['-asked_at', '-pk'],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('status__in', ('asked', 'making', 'failed'))), fields=('beneficiary',), name='one_handover_at_a_time')],
                },
            ),
        ]),
    ]
