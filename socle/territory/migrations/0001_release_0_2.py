import django.db.models.deletion
from django.db import migrations, models

from socle.lib.migrating import CreateModels


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='Department',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.CharField(max_length=3, unique=True, verbose_name='code')),
                    ('name', models.CharField(max_length=80, verbose_name='nom')),
                ],
                options={
                    'verbose_name': 'département',
                    'ordering': ['code'],
                },
            ),
            migrations.CreateModel(
                name='Epci',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('siren', models.CharField(max_length=9, unique=True, verbose_name='SIREN')),
                    ('name', models.CharField(max_length=160, verbose_name='nom')),
                    ('kind', models.CharField(max_length=12, verbose_name='nature')),
                ],
                options={
                    'verbose_name': 'EPCI',
                    'verbose_name_plural': 'EPCI',
                    'ordering': ['name'],
                },
            ),
            migrations.CreateModel(
                name='Vintage',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('year', models.PositiveSmallIntegerField(unique=True, verbose_name='millésime')),
                    ('source', models.CharField(max_length=200, verbose_name='source')),
                    ('population_definition', models.CharField(max_length=200, verbose_name='définition de la population')),
                    ('checksum', models.CharField(blank=True, max_length=64, verbose_name='empreinte des fichiers chargés')),
                ],
                options={
                    'verbose_name': 'millésime',
                    'ordering': ['year'],
                },
            ),
            migrations.CreateModel(
                name='Commune',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('insee_code', models.CharField(max_length=5, unique=True, verbose_name='code INSEE')),
                    ('name', models.CharField(max_length=80, verbose_name='nom')),
                    ('search_name', models.CharField(db_index=True, max_length=80, verbose_name='nom pour la recherche')),
                    ('siren', models.CharField(blank=True, db_index=True, max_length=9, verbose_name='SIREN')),
                    ('population', models.PositiveIntegerField(null=True, verbose_name='population')),
                    ('gone_in', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='absente depuis le millésime')),
                    ('merged_into', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='absorbed', to='territory.commune', verbose_name='fusionnée dans')),
                    ('department', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='communes', to='territory.department', verbose_name='département')),
                    ('epci', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='communes', to='territory.epci', verbose_name='EPCI')),
                ],
                options={
                    'verbose_name': 'commune',
                    'ordering': ['search_name', 'insee_code'],
                    'indexes': [models.Index(fields=['department', 'population'], name='commune_dept_population')],
                },
            ),
            migrations.CreateModel(
                name='FormerCommune',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('insee_code', models.CharField(max_length=5, unique=True, verbose_name='code INSEE')),
                    ('name', models.CharField(blank=True, max_length=80, verbose_name='nom')),
                    ('search_name', models.CharField(blank=True, db_index=True, max_length=80, verbose_name='nom pour la recherche')),
                    ('kind', models.CharField(choices=[('delegated', 'commune déléguée'), ('associated', 'commune associée'), ('district', 'arrondissement municipal'), ('absorbed', 'ancienne commune')], max_length=10, verbose_name='nature')),
                    ('commune', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='former_communes', to='territory.commune', verbose_name='commune')),
                ],
                options={
                    'verbose_name': 'ancienne commune',
                    'verbose_name_plural': 'anciennes communes',
                    'ordering': ['search_name', 'insee_code'],
                },
            ),
            migrations.CreateModel(
                name='Outline',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('rings', models.JSONField(verbose_name='anneaux')),
                    ('commune', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='outline', to='territory.commune', verbose_name='commune')),
                ],
                options={
                    'verbose_name': 'contour',
                },
            ),
            migrations.CreateModel(
                name='PostalCode',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.CharField(db_index=True, max_length=5, verbose_name='code postal')),
                    ('commune', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='postal_codes', to='territory.commune', verbose_name='commune')),
                ],
                options={
                    'verbose_name': 'code postal',
                    'verbose_name_plural': 'codes postaux',
                    'ordering': ['code'],
                    'constraints': [models.UniqueConstraint(fields=('commune', 'code'), name='one_row_per_postal_code')],
                },
            ),
            migrations.CreateModel(
                name='TownHall',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('address', models.CharField(blank=True, max_length=250, verbose_name='adresse')),
                    ('postal_code', models.CharField(blank=True, max_length=5, verbose_name='code postal')),
                    ('city', models.CharField(blank=True, max_length=100, verbose_name='ville')),
                    ('phone', models.CharField(blank=True, max_length=30, verbose_name='téléphone')),
                    ('email', models.EmailField(blank=True, max_length=254, verbose_name='courriel')),
                    ('email_withheld', models.BooleanField(default=False, verbose_name='courriel retenu')),
                    ('website', models.URLField(blank=True, max_length=300, verbose_name='site')),
                    ('latitude', models.FloatField(null=True, verbose_name='latitude')),
                    ('longitude', models.FloatField(null=True, verbose_name='longitude')),
                    ('as_of', models.DateField(null=True, verbose_name='à la date du')),
                    ('commune', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='town_hall', to='territory.commune', verbose_name='commune')),
                ],
                options={
                    'verbose_name': 'mairie',
                },
            ),
            migrations.CreateModel(
                name='OpeningHours',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('first_day', models.PositiveSmallIntegerField(verbose_name='du jour')),
                    ('last_day', models.PositiveSmallIntegerField(verbose_name='au jour')),
                    ('opens', models.TimeField(verbose_name='ouvre à')),
                    ('closes', models.TimeField(verbose_name='ferme à')),
                    ('note', models.CharField(blank=True, max_length=200, verbose_name='précision')),
                    ('town_hall', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='opening_hours', to='territory.townhall', verbose_name='mairie')),
                ],
                options={
                    'verbose_name': 'horaire d’ouverture',
                    'verbose_name_plural': 'horaires d’ouverture',
                    'ordering': ['first_day', 'opens'],
                },
            ),
            migrations.CreateModel(
                name='CommuneInVintage',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('insee_code', models.CharField(max_length=5, verbose_name='code INSEE')),
                    ('name', models.CharField(max_length=80, verbose_name='nom')),
                    ('population', models.PositiveIntegerField(null=True, verbose_name='population')),
                    ('commune', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='vintages', to='territory.commune', verbose_name='commune')),
                    ('department', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='territory.department', verbose_name='département')),
                    ('vintage', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='communes', to='territory.vintage', verbose_name='millésime')),
                ],
                options={
                    'verbose_name': 'commune dans un millésime',
                    'verbose_name_plural': 'communes dans un millésime',
                    'indexes': [models.Index(fields=['vintage', 'department', 'population'], name='vintage_dept_population')],
                    'constraints': [models.UniqueConstraint(fields=('vintage', 'insee_code'), name='one_commune_per_code_and_vintage')],
                },
            ),
        ]),
    ]
