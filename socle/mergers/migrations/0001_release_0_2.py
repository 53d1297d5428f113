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
        ('provisioning', '0001_release_0_2'),
        ('territory', '0001_release_0_2'),
        ('websites', '0001_release_0_2'),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='MergerPlan',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('kind', models.CharField(choices=[('merger', 'fusion'), ('split', 'scission')], default='merger', max_length=8, verbose_name='nature')),
                    ('year', models.PositiveSmallIntegerField(verbose_name='vu au millésime')),
                    ('status', models.CharField(choices=[('draft', 'à relire'), ('applied', 'appliqué'), ('undone', 'défait')], default='draft', max_length=8, verbose_name='état')),
                    ('drafted_at', models.DateTimeField(verbose_name='rédigé le')),
                    ('effect_on', models.DateField(verbose_name='prend effet le')),
                    ('applied_at', models.DateTimeField(blank=True, null=True, verbose_name='appliqué le')),
                    ('undo_until', models.DateField(blank=True, null=True, verbose_name='peut être défait jusqu’au')),
                    ('undone_at', models.DateTimeField(blank=True, null=True, verbose_name='défait le')),
                    ('beneficiary', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='merger_plans', to='people.beneficiary', verbose_name='bénéficiaire')),
                    ('followed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='suivi par')),
                    ('other', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='territory.commune', verbose_name='autre commune')),
                ],
                options={
                    'verbose_name': 'plan de fusion',
                    'verbose_name_plural': 'plans de fusion',
                    'ordering': ['-drafted_at', '-pk'],
                    'constraints': [models.UniqueConstraint(fields=('beneficiary', 'kind', 'other'), name='one_plan_per_beneficiary_and_other_commune')],
                },
            ),
            migrations.CreateModel(
                name='PlanLine',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('kind', models.CharField(choices=[('agreement', 'convention'), ('site', 'site internet'), ('person', 'personne'), ('right', 'service'), ('task', 'à faire')], max_length=10, verbose_name='nature')),
                    ('choice', models.CharField(blank=True, choices=[('keep', 'ne change pas'), ('carry', 'transférée par avenant'), ('note', 'conservée, successeur noté'), ('redirect', 'redirigé vers le site de l’héritière'), ('archive', 'archivé'), ('move', 'passe à l’héritière'), ('end', 'prend fin')], max_length=8, verbose_name='choix')),
                    ('says', models.CharField(blank=True, max_length=300, verbose_name='à faire')),
                    ('done_at', models.DateTimeField(blank=True, null=True, verbose_name='fait le')),
                    ('has_made_membership', models.BooleanField(default=False, verbose_name='la fonction confiée est nouvelle')),
                    ('is_suspended_by_plan', models.BooleanField(default=False, verbose_name='service suspendu par le plan')),
                    ('was_ended_on', models.DateField(blank=True, null=True, verbose_name='la fonction confiée avait pris fin le')),
                    ('was_ending_on', models.DateField(blank=True, null=True, verbose_name='la fonction finissait le')),
                    ('agreement', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='agreements.agreement', verbose_name='convention')),
                    ('made_membership', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='people.membership', verbose_name='fonction confiée')),
                    ('membership', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.membership', verbose_name='fonction')),
                    ('plan', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='mergers.mergerplan', verbose_name='plan')),
                    ('right', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='provisioning.right', verbose_name='droit')),
                    ('website', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='websites.website', verbose_name='site internet')),
                ],
                options={
                    'verbose_name': 'ligne d’un plan de fusion',
                    'verbose_name_plural': 'lignes d’un plan de fusion',
                    'ordering': ['pk'],
                },
            ),
            migrations.CreateModel(
                name='VintageImport',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('year', models.PositiveSmallIntegerField(verbose_name='millésime')),
                    ('name', models.CharField(blank=True, max_length=120, verbose_name='fichier')),
                    ('content', models.BinaryField(blank=True, default=bytes, verbose_name='contenu')),
                    ('changes', models.BinaryField(blank=True, default=bytes, verbose_name='changements')),
                    ('status', models.CharField(choices=[('read', 'à relire'), ('asked', 'demandé'), ('running', 'en cours'), ('done', 'importé'), ('dropped', 'abandonné')], default='read', max_length=8, verbose_name='état')),
                    ('brought_at', models.DateTimeField(verbose_name='apporté le')),
                    ('asked_at', models.DateTimeField(blank=True, null=True, verbose_name='confirmé le')),
                    ('expected', models.CharField(blank=True, max_length=64, verbose_name='empreinte de la liste confirmée')),
                    ('forced_share', models.DecimalField(blank=True, decimal_places=4, max_digits=7, null=True, verbose_name='part admise (%)')),
                    ('starts', models.PositiveSmallIntegerField(default=0, verbose_name='débuts')),
                    ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='fini le')),
                    ('plans', models.PositiveIntegerField(default=0, verbose_name='plans rédigés')),
                    ('hitch', models.CharField(blank=True, max_length=1000, verbose_name='empêchement')),
                    ('asked_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='confirmé par')),
                    ('brought_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='apporté par')),
                ],
                options={
                    'verbose_name': 'import d’un millésime',
                    'verbose_name_plural': 'imports de millésimes',
                    'ordering': ['-brought_at', '-pk'],
                },
            ),
        ]),
    ]
