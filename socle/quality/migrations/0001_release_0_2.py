import django.db.models.deletion
import wagtail.fields
from django.conf import settings
from django.db import migrations, models

from socle.lib.migrating import CreateModels


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('people', '__first__'),
        ('wagtailcore', '0097_baselogentry_uuid_action_timestamp_indexes'),
        ('websites', '0001_release_0_2'),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='AccessibilityPage',
                fields=[
                    ('page_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to='wagtailcore.page')),
                    ('complement', wagtail.fields.RichTextField(blank=True, verbose_name='complément de la commune')),
                ],
                options={
                    'verbose_name': 'déclaration d’accessibilité',
                    'verbose_name_plural': 'déclarations d’accessibilité',
                },
                bases=('wagtailcore.page',),
            ),
            migrations.CreateModel(
                name='AccessLog',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('fingerprint', models.CharField(max_length=64, unique=True, verbose_name='empreinte de la première ligne')),
                    ('offset', models.BigIntegerField(default=0, verbose_name='octets lus')),
                    ('size', models.BigIntegerField(default=0, verbose_name='taille du fichier')),
                    ('read_at', models.DateTimeField(db_index=True, verbose_name='lu le')),
                ],
                options={
                    'verbose_name': 'journal d’accès lu',
                    'verbose_name_plural': 'journaux d’accès lus',
                    'ordering': ['pk'],
                },
            ),
            migrations.CreateModel(
                name='AccessibilityPlan',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('first_year', models.PositiveSmallIntegerField(verbose_name='première année')),
                    ('last_year', models.PositiveSmallIntegerField(verbose_name='dernière année')),
                    ('referent', models.CharField(blank=True, max_length=150, verbose_name='référent ou référente accessibilité')),
                    ('policy', models.TextField(blank=True, max_length=3000, verbose_name='politique et moyens')),
                    ('actions', models.TextField(blank=True, max_length=6000, verbose_name='plan d’action')),
                    ('updated_at', models.DateTimeField(verbose_name='mis à jour le')),
                    ('is_fictitious', models.BooleanField(default=False, verbose_name='fictif')),
                    ('website', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='accessibility_plan', to='websites.website', verbose_name='site internet')),
                ],
                options={
                    'verbose_name': 'schéma pluriannuel d’accessibilité',
                    'verbose_name_plural': 'schémas pluriannuels d’accessibilité',
                    'constraints': [models.CheckConstraint(condition=models.Q(('last_year__gte', models.F('first_year'))), name='a_plan_ends_after_it_begins')],
                },
            ),
            migrations.CreateModel(
                name='Audit',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('made_on', models.DateField(verbose_name='date de l’audit')),
                    ('auditor', models.CharField(max_length=150, verbose_name='réalisé par')),
                    ('rate', models.DecimalField(decimal_places=2, max_digits=5, verbose_name='taux de conformité, en pourcentage')),
                    ('failing', models.TextField(blank=True, max_length=10000, verbose_name='non-conformités')),
                    ('derogated', models.TextField(blank=True, max_length=10000, verbose_name='dérogations pour charge disproportionnée')),
                    ('tools', models.TextField(blank=True, max_length=2000, verbose_name='environnement de test et outils')),
                    ('pages', models.TextField(max_length=5000, verbose_name='pages vérifiées')),
                    ('declared_at', models.DateTimeField(verbose_name='déclaré le')),
                    ('is_fictitious', models.BooleanField(default=False, verbose_name='fictif')),
                    ('website', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='audits', to='websites.website', verbose_name='site internet')),
                ],
                options={
                    'verbose_name': 'audit d’accessibilité',
                    'verbose_name_plural': 'audits d’accessibilité',
                    'ordering': ['-made_on', '-pk'],
                    'constraints': [models.CheckConstraint(condition=models.Q(('rate__gte', 0), ('rate__lte', 100)), name='a_rate_is_a_percentage')],
                },
            ),
            migrations.CreateModel(
                name='PageViews',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('month_on', models.DateField(verbose_name='mois')),
                    ('path', models.CharField(blank=True, max_length=300, verbose_name='adresse dans le site')),
                    ('views', models.PositiveIntegerField(verbose_name='pages vues')),
                    ('website', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='page_views', to='websites.website', verbose_name='site internet')),
                ],
                options={
                    'verbose_name': 'pages vues d’un mois',
                    'verbose_name_plural': 'pages vues par mois',
                    'ordering': ['month_on', 'path'],
                    'indexes': [models.Index(fields=['month_on'], name='page_views_by_month')],
                    'constraints': [models.UniqueConstraint(fields=('website', 'month_on', 'path'), name='a_page_has_one_number_by_month')],
                },
            ),
            migrations.CreateModel(
                name='SiteScore',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('scored_at', models.DateTimeField(db_index=True, verbose_name='examiné le')),
                    ('passed', models.PositiveSmallIntegerField(verbose_name='points en ordre')),
                    ('checked', models.PositiveSmallIntegerField(verbose_name='points examinés')),
                    ('website', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='score', to='websites.website', verbose_name='site internet')),
                ],
                options={
                    'verbose_name': 'score d’un site',
                    'verbose_name_plural': 'scores des sites',
                },
            ),
            migrations.CreateModel(
                name='SiteTask',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.CharField(db_index=True, max_length=30, verbose_name='point')),
                    ('who', models.CharField(choices=[('mairie', 'mairie'), ('operator', 'opérateur')], max_length=10, verbose_name='à faire par')),
                    ('says', models.CharField(max_length=400, verbose_name='ce qui manque')),
                    ('count', models.PositiveSmallIntegerField(db_default=1, default=1, verbose_name='nombre')),
                    ('since_at', models.DateTimeField(verbose_name='constaté depuis le')),
                    ('score', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tasks', to='quality.sitescore', verbose_name='score')),
                ],
                options={
                    'verbose_name': 'chose à faire sur un site',
                    'verbose_name_plural': 'choses à faire sur un site',
                    'ordering': ['pk'],
                    'constraints': [models.UniqueConstraint(fields=('score', 'code'), name='a_thing_to_do_is_said_once')],
                },
            ),
        ]),
    ]
