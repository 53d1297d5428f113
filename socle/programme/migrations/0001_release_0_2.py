import django.db.models.deletion
from django.db import migrations, models

from socle.lib.migrating import CreateModels


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('deliberations', '0001_release_0_2'),
        ('people', '0001_release_0_2'),
        ('territory', '0001_release_0_2'),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='Programme',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.SlugField(unique=True, verbose_name='code')),
                    ('name', models.CharField(max_length=120, verbose_name='nom')),
                    ('summary', models.TextField(blank=True, verbose_name='présentation')),
                    ('number_prefix', models.CharField(max_length=8, verbose_name='préfixe des numéros')),
                    ('file_sha256', models.CharField(max_length=64, verbose_name='empreinte du fichier')),
                    ('priority_below', models.PositiveIntegerField(verbose_name='prioritaire au-dessous de (habitants)')),
                    ('population_definition', models.CharField(max_length=200, verbose_name='population retenue')),
                    ('priority_source', models.CharField(max_length=200, verbose_name='source de la priorité')),
                    ('text_name', models.CharField(max_length=60, verbose_name='modèle de convention')),
                    ('text_version', models.CharField(max_length=10, verbose_name='version du modèle')),
                    ('text_is_demonstration', models.BooleanField(default=True, verbose_name='modèle de démonstration, non approuvé')),
                    ('term_months', models.PositiveSmallIntegerField(verbose_name='durée (mois)')),
                    ('annual_price', models.DecimalField(decimal_places=2, max_digits=10, verbose_name='contribution annuelle (€)')),
                    ('vat_regime', models.CharField(max_length=120, verbose_name='régime de TVA')),
                    ('price_note', models.CharField(blank=True, max_length=200, verbose_name='note sur le prix')),
                    ('has_demonstration', models.BooleanField(default=False, verbose_name='complété par la démonstration')),
                    ('founding_act', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='programmes', to='deliberations.act', verbose_name='acte fondateur')),
                    ('priority_vintage', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='territory.vintage', verbose_name='millésime de la population')),
                ],
                options={
                    'verbose_name': 'programme',
                },
            ),
            migrations.CreateModel(
                name='Partner',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('part', models.CharField(choices=[('lead', 'chef de file'), ('cdg', 'centre de gestion'), ('technical_support', 'appui technique')], max_length=20, verbose_name='rôle')),
                    ('sees_money', models.BooleanField(default=True, verbose_name='voit les montants')),
                    ('departments', models.ManyToManyField(related_name='+', to='territory.department', verbose_name='départements')),
                    ('operator', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='partnerships', to='people.operator', verbose_name='opérateur')),
                    ('programme', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='partners', to='programme.programme', verbose_name='programme')),
                ],
                options={
                    'verbose_name': 'partenaire',
                    'ordering': ['id'],
                    'constraints': [models.UniqueConstraint(fields=('programme', 'operator'), name='one_part_per_operator'), models.UniqueConstraint(condition=models.Q(('part', 'lead')), fields=('programme',), name='one_lead_per_programme')],
                },
            ),
            migrations.CreateModel(
                name='FundingScheme',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.SlugField(verbose_name='code')),
                    ('name', models.CharField(max_length=160, verbose_name='nom')),
                    ('rate', models.DecimalField(decimal_places=4, max_digits=5, verbose_name='taux')),
                    ('spend_from', models.DateField(verbose_name='dépenses à partir du')),
                    ('spend_until', models.DateField(verbose_name='dépenses jusqu’au')),
                    ('source', models.CharField(max_length=200, verbose_name='source')),
                    ('programme', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='schemes', to='programme.programme', verbose_name='programme')),
                ],
                options={
                    'verbose_name': 'dispositif de financement',
                    'verbose_name_plural': 'dispositifs de financement',
                    'ordering': ['spend_from'],
                    'constraints': [models.UniqueConstraint(fields=('programme', 'code'), name='one_scheme_per_code')],
                },
            ),
            migrations.CreateModel(
                name='FoundingArticle',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('number', models.PositiveSmallIntegerField(verbose_name='article')),
                    ('text', models.TextField(verbose_name='texte')),
                    ('power', models.CharField(choices=[('project', 'approuve le projet'), ('agreement', 'approuve une convention entre opérateurs'), ('model', 'approuve le modèle de convention tripartite'), ('funding', 'approuve une demande de financement'), ('delegation', 'délègue la signature au président')], max_length=12, verbose_name='effet')),
                    ('programme', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='articles', to='programme.programme', verbose_name='programme')),
                ],
                options={
                    'verbose_name': 'article de l’acte fondateur',
                    'verbose_name_plural': 'articles de l’acte fondateur',
                    'ordering': ['number'],
                    'constraints': [models.UniqueConstraint(fields=('programme', 'number'), name='one_text_per_article')],
                },
            ),
            migrations.CreateModel(
                name='Assessment',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('assessed_at', models.DateTimeField(verbose_name='établi le')),
                    ('replaced_at', models.DateTimeField(blank=True, null=True, verbose_name='remplacé le')),
                    ('population', models.PositiveIntegerField(null=True, verbose_name='population')),
                    ('is_priority', models.BooleanField(verbose_name='prioritaire')),
                    ('rank', models.PositiveIntegerField(null=True, verbose_name='rang')),
                    ('reasons', models.TextField(verbose_name='raisons, une par ligne')),
                    ('rule_sha256', models.CharField(max_length=64, verbose_name='empreinte de la règle')),
                    ('has_changed_priority', models.BooleanField(default=False, verbose_name='la priorité a changé ce jour-là')),
                    ('seen_at', models.DateTimeField(blank=True, null=True, verbose_name='changement vu le')),
                    ('commune', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='assessments', to='territory.commune', verbose_name='commune')),
                    ('vintage', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='territory.vintage', verbose_name='millésime')),
                    ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='assessments', to='programme.programme', verbose_name='programme')),
                ],
                options={
                    'verbose_name': 'rang établi',
                    'verbose_name_plural': 'rangs établis',
                    'ordering': ['-assessed_at', '-pk'],
                    'indexes': [models.Index(condition=models.Q(('has_changed_priority', True), ('seen_at__isnull', True)), fields=['programme', 'commune'], name='assessment_to_look_at')],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('replaced_at__isnull', True)), fields=('programme', 'commune'), name='one_assessment_in_force_per_commune')],
                },
            ),
            migrations.CreateModel(
                name='Service',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.SlugField(verbose_name='code')),
                    ('name', models.CharField(max_length=120, verbose_name='nom')),
                    ('summary', models.TextField(blank=True, verbose_name='en une phrase')),
                    ('legal_basis', models.CharField(max_length=300, verbose_name='fondement')),
                    ('provided_by', models.CharField(choices=[('lead', 'chef de file'), ('cdg', 'centre de gestion'), ('technical_support', 'appui technique')], max_length=20, verbose_name='fourni par')),
                    ('is_essential', models.BooleanField(default=False, verbose_name='proposé d’office')),
                    ('is_provisioned', models.BooleanField(default=False, verbose_name='mis en service par la plateforme')),
                    ('handles_personal_data', models.BooleanField(default=False, verbose_name='traite des données personnelles')),
                    ('purposes', models.CharField(blank=True, max_length=300, verbose_name='finalités')),
                    ('data_categories', models.CharField(blank=True, max_length=300, verbose_name='catégories de données')),
                    ('data_subjects', models.CharField(blank=True, max_length=300, verbose_name='personnes concernées')),
                    ('retention', models.CharField(blank=True, max_length=200, verbose_name='conservation')),
                    ('order', models.PositiveSmallIntegerField(verbose_name='ordre')),
                    ('programme', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='services', to='programme.programme', verbose_name='programme')),
                    ('sub_processors', models.ManyToManyField(blank=True, related_name='+', to='people.operator', verbose_name='sous-traitants ultérieurs')),
                ],
                options={
                    'verbose_name': 'service',
                    'ordering': ['order'],
                    'constraints': [models.UniqueConstraint(fields=('programme', 'code'), name='one_service_per_code')],
                },
            ),
        ]),
    ]
