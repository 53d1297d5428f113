import django.db.models.deletion
from django.db import migrations, models

from socle.lib.migrating import CreateModels


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('wagtailcore', '0097_baselogentry_uuid_action_timestamp_indexes'),
        ('websites', '0001_release_0_2'),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='CouncilPage',
                fields=[
                    ('page_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to='wagtailcore.page')),
                    ('introduction', models.TextField(blank=True, max_length=400, verbose_name='introduction')),
                ],
                options={
                    'verbose_name': 'page du conseil',
                    'verbose_name_plural': 'pages du conseil',
                },
                bases=('wagtailcore.page',),
            ),
            migrations.CreateModel(
                name='CouncilTerm',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('starts_on', models.DateField(verbose_name='début du mandat')),
                    ('website', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='council_terms', to='websites.website', verbose_name='site internet')),
                ],
                options={
                    'verbose_name': 'mandat du conseil',
                    'verbose_name_plural': 'mandats du conseil',
                    'ordering': ['-starts_on'],
                    'constraints': [models.UniqueConstraint(fields=('website', 'starts_on'), name='one_term_begins_on_a_day')],
                },
            ),
            migrations.CreateModel(
                name='Councillor',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(max_length=120, verbose_name='prénom et nom')),
                    ('civility', models.CharField(blank=True, choices=[('', 'non précisée'), ('mrs', 'madame'), ('mr', 'monsieur')], max_length=3, verbose_name='civilité')),
                    ('function', models.CharField(choices=[('mayor', 'maire'), ('deputy', 'adjoint ou adjointe'), ('delegated', 'conseiller ou conseillère avec délégation'), ('member', 'conseiller ou conseillère')], default='member', max_length=10, verbose_name='fonction')),
                    ('position', models.PositiveSmallIntegerField(verbose_name='rang')),
                    ('delegation', models.CharField(blank=True, max_length=300, verbose_name='délégation')),
                    ('portrait_agreed_on', models.DateField(blank=True, null=True, verbose_name='accord pour le portrait donné le')),
                    ('left_on', models.DateField(blank=True, null=True, verbose_name='a quitté le conseil le')),
                    ('portrait', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='websites.communeimage', verbose_name='portrait')),
                    ('term', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='councillors', to='council.councilterm', verbose_name='mandat')),
                ],
                options={
                    'verbose_name': 'membre du conseil',
                    'verbose_name_plural': 'membres du conseil',
                    'ordering': ['position', 'pk'],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('function', 'mayor'), ('left_on', None)), fields=('term',), name='a_council_has_one_mayor', violation_error_message='Une seule personne est maire à la fois.'), models.CheckConstraint(condition=models.Q(('portrait__isnull', True), ('portrait_agreed_on__isnull', False), _connector='OR'), name='a_portrait_is_shown_with_consent', violation_error_message='Un portrait se montre avec l’accord de la personne.')],
                },
            ),
            migrations.CreateModel(
                name='Commission',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(max_length=120, verbose_name='nom')),
                    ('purpose', models.CharField(blank=True, max_length=300, verbose_name='ce dont elle s’occupe')),
                    ('position', models.PositiveSmallIntegerField(verbose_name='rang')),
                    ('removed_at', models.DateTimeField(blank=True, null=True, verbose_name='retirée le')),
                    ('term', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='commissions', to='council.councilterm', verbose_name='mandat')),
                ],
                options={
                    'verbose_name': 'commission du conseil',
                    'verbose_name_plural': 'commissions du conseil',
                    'ordering': ['position', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='CommissionSeat',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('is_president', models.BooleanField(default=False, verbose_name='préside')),
                    ('commission', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='seats', to='council.commission', verbose_name='commission')),
                    ('councillor', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='seats', to='council.councillor', verbose_name='membre du conseil')),
                ],
                options={
                    'verbose_name': 'siège dans une commission',
                    'verbose_name_plural': 'sièges dans une commission',
                    'constraints': [models.UniqueConstraint(fields=('commission', 'councillor'), name='one_seat_in_a_commission'), models.UniqueConstraint(condition=models.Q(('is_president', True)), fields=('commission',), name='a_commission_has_one_president')],
                },
            ),
        ]),
    ]
