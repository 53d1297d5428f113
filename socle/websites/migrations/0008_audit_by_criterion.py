import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('websites', '0007_own_names'),
    ]

    operations = [
        migrations.CreateModel(
            name='AccessibilityPlan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('first_year', models.PositiveSmallIntegerField(verbose_name='première année')),
                ('last_year', models.PositiveSmallIntegerField(verbose_name='dernière année')),
                ('referent', models.CharField(blank=True, max_length=150, verbose_name='référent ou référente accessibilité')),
                ('policy', models.TextField(blank=True, max_length=3000, verbose_name='politique et moyens')),
                ('updated_at', models.DateTimeField(verbose_name='mis à jour le')),
                ('is_fictitious', models.BooleanField(default=False, verbose_name='fictif')),
            ],
            options={
                'verbose_name': 'schéma pluriannuel d’accessibilité',
                'verbose_name_plural': 'schémas pluriannuels d’accessibilité',
            },
        ),
        migrations.CreateModel(
            name='Audit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('begun_at', models.DateTimeField(verbose_name='commencé le')),
                ('auditor', models.CharField(blank=True, max_length=150, verbose_name='réalisé par')),
                ('made_on', models.DateField(blank=True, null=True, verbose_name='date de l’audit')),
                ('tools', models.TextField(blank=True, max_length=2000, verbose_name='environnement de test et outils')),
                ('concluded_at', models.DateTimeField(blank=True, null=True, verbose_name='conclu le')),
                ('conforming', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='critères respectés')),
                ('applicable', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='critères applicables')),
                ('carried_rate', models.DecimalField(blank=True, decimal_places=2, max_digits=5, null=True, verbose_name='taux déclaré avant le calcul par critère')),
                ('is_fictitious', models.BooleanField(default=False, verbose_name='fictif')),
            ],
            options={
                'verbose_name': 'audit d’accessibilité',
                'verbose_name_plural': 'audits d’accessibilité',
                'ordering': ['-made_on', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='Judgement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('criterion', models.CharField(max_length=5, verbose_name='critère')),
                ('state', models.CharField(choices=[('conforming', 'conforme'), ('failing', 'non conforme'), ('not_applicable', 'non applicable'), ('derogated', 'dérogation')], max_length=20, verbose_name='état')),
                ('note', models.TextField(blank=True, max_length=2000, verbose_name='constat')),
                ('reason', models.TextField(blank=True, max_length=1000, verbose_name='motif de la dérogation')),
                ('alternative', models.TextField(blank=True, max_length=1000, verbose_name='alternative accessible')),
                ('is_proposed', models.BooleanField(default=False, verbose_name='proposé par la plateforme')),
                ('judged_at', models.DateTimeField(verbose_name='évalué le')),
            ],
            options={
                'verbose_name': 'critère évalué',
                'verbose_name_plural': 'critères évalués',
            },
        ),
        migrations.CreateModel(
            name='PlanAction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField(verbose_name='année')),
                ('what', models.CharField(max_length=300, verbose_name='action')),
                ('is_done', models.BooleanField(default=False, verbose_name='faite')),
            ],
            options={
                'verbose_name': 'action d’accessibilité',
                'verbose_name_plural': 'actions d’accessibilité',
                'ordering': ['year', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='SampledPage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address', models.CharField(max_length=500, verbose_name='adresse dans le site')),
                ('title', models.CharField(max_length=255, verbose_name='titre')),
            ],
            options={
                'verbose_name': 'page de l’échantillon',
                'verbose_name_plural': 'pages de l’échantillon',
                'ordering': ['pk'],
            },
        ),
        migrations.AddField(
            model_name='accessibilityplan',
            name='website',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='accessibility_plan', to='websites.website', verbose_name='site internet'),
        ),
        migrations.AddField(
            model_name='audit',
            name='website',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='audits', to='websites.website', verbose_name='site internet'),
        ),
        migrations.AddField(
            model_name='judgement',
            name='audit',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='judgements', to='websites.audit', verbose_name='audit'),
        ),
        migrations.AddField(
            model_name='planaction',
            name='plan',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='actions', to='websites.accessibilityplan', verbose_name='schéma'),
        ),
        migrations.AddField(
            model_name='sampledpage',
            name='audit',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pages', to='websites.audit', verbose_name='audit'),
        ),
        migrations.AddConstraint(
            model_name='accessibilityplan',
            constraint=models.CheckConstraint(condition=models.Q(('last_year__gte', models.F('first_year'))), name='a_plan_ends_after_it_begins'),
        ),
        migrations.AddConstraint(
            model_name='audit',
            constraint=models.UniqueConstraint(condition=models.Q(('concluded_at', None)), fields=('website',), name='a_site_has_one_audit_under_way'),
        ),
        migrations.AddConstraint(
            model_name='audit',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('applicable', None), ('conforming', None)), ('conforming__lte', models.F('applicable')), _connector='OR'), name='no_more_criteria_respected_than_applicable'),
        ),
        migrations.AddConstraint(
            model_name='audit',
            constraint=models.CheckConstraint(condition=models.Q(('carried_rate', None), models.Q(('carried_rate__gte', 0), ('carried_rate__lte', 100)), _connector='OR'), name='a_carried_rate_is_a_percentage'),
        ),
        migrations.AddConstraint(
            model_name='judgement',
            constraint=models.UniqueConstraint(fields=('audit', 'criterion'), name='a_criterion_is_judged_once_in_an_audit'),
        ),
        migrations.AddConstraint(
            model_name='judgement',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'derogated'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='a_derogation_has_its_reason'),
        ),
        migrations.AddConstraint(
            model_name='sampledpage',
            constraint=models.UniqueConstraint(fields=('audit', 'address'), name='a_page_is_sampled_once'),
        ),
    ]
