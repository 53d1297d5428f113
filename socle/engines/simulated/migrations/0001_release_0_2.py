import django.db.models.deletion
from django.db import migrations, models

from socle.lib.migrating import CreateModels


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('people', '0001_release_0_2'),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='LedgerLine',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('key', models.CharField(db_index=True, max_length=200, verbose_name='clé')),
                    ('applied_at', models.DateTimeField(auto_now_add=True, verbose_name='appliqué le')),
                ],
                options={
                    'verbose_name': 'ligne du registre simulé',
                    'verbose_name_plural': 'lignes du registre simulé',
                },
            ),
            migrations.CreateModel(
                name='SimulatedZone',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(max_length=253, unique=True, verbose_name='nom')),
                ],
                options={
                    'verbose_name': 'zone simulée',
                    'verbose_name_plural': 'zones simulées',
                    'ordering': ['name'],
                },
            ),
            migrations.CreateModel(
                name='SimulatedSet',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(max_length=253, verbose_name='nom')),
                    ('type', models.CharField(max_length=10, verbose_name='type')),
                    ('ttl', models.PositiveIntegerField(verbose_name='durée de vie')),
                    ('contents', models.TextField(verbose_name='contenus')),
                    ('marks', models.TextField(blank=True, verbose_name='marques')),
                    ('remarks', models.TextField(blank=True, verbose_name='remarques')),
                    ('zone', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sets', to='engines_simulated.simulatedzone', verbose_name='zone simulée')),
                ],
                options={
                    'verbose_name': 'enregistrements simulés',
                    'verbose_name_plural': 'enregistrements simulés',
                    'ordering': ['name', 'type'],
                    'constraints': [models.UniqueConstraint(fields=('zone', 'name', 'type'), name='a_simulated_set_once')],
                },
            ),
            migrations.CreateModel(
                name='Thing',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('service_code', models.SlugField(verbose_name='service')),
                    ('name', models.CharField(max_length=200, verbose_name='nom')),
                    ('is_suspended', models.BooleanField(default=False, verbose_name='suspendue')),
                    ('made_at', models.DateTimeField(auto_now_add=True, verbose_name='faite le')),
                    ('beneficiary', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.beneficiary', verbose_name='bénéficiaire')),
                ],
                options={
                    'verbose_name': 'chose simulée',
                    'verbose_name_plural': 'choses simulées',
                    'ordering': ['id'],
                    'constraints': [models.UniqueConstraint(fields=('service_code', 'beneficiary', 'name'), name='a_simulated_thing_once')],
                },
            ),
        ]),
    ]
