"""Agreements end, are renewed and are terminated; one that is over leaves the place to the next."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('agreements', '0005_reason_of_another_cdg'),
        ('deliberations', '0002_articles_and_approvals'),
        ('documents', '0001_release_0_2'),
        ('people', '0001_release_0_2'),
        ('programme', '0008_terms_of_the_end'),
        ('signing', '0003_readings'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Renewal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rank', models.PositiveSmallIntegerField(verbose_name='rang')),
                ('notified_on', models.DateField(verbose_name='notifié le')),
                ('former_end_on', models.DateField(verbose_name='terme précédent')),
                ('recorded_at', models.DateTimeField(verbose_name='enregistré le')),
            ],
            options={
                'verbose_name': 'renouvellement',
                'ordering': ['rank'],
            },
        ),
        migrations.CreateModel(
            name='Termination',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ground', models.CharField(choices=[('beneficiary', 'décision du bénéficiaire'), ('general_interest', 'motif d’intérêt général, par un opérateur'), ('breach', 'manquement grave, après mise en demeure')], max_length=20, verbose_name='motif')),
                ('reason', models.TextField(blank=True, verbose_name='précisions')),
                ('notified_on', models.DateField(verbose_name='notifiée le')),
                ('effective_on', models.DateField(verbose_name='prend effet le')),
                ('former_end_on', models.DateField(verbose_name='terme précédent')),
                ('recorded_at', models.DateTimeField(verbose_name='enregistrée le')),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True, verbose_name='retirée le')),
            ],
            options={
                'verbose_name': 'résiliation',
                'ordering': ['-recorded_at', '-pk'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='agreement',
            name='one_running_agreement_per_beneficiary',
        ),
        migrations.AddField(
            model_name='agreement',
            name='ends_on',
            field=models.DateField(blank=True, null=True, verbose_name='prend fin le'),
        ),
        migrations.AlterField(
            model_name='agreement',
            name='status',
            field=models.CharField(choices=[('draft', 'projet'), ('ready', 'à la signature'), ('signed', 'signée'), ('ended', 'terminée'), ('cancelled', 'abandonnée')], default='draft', max_length=10, verbose_name='état'),
        ),
        migrations.AddConstraint(
            model_name='agreement',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ('cancelled', 'ended')), _negated=True), fields=('programme', 'beneficiary'), name='one_running_agreement_per_beneficiary'),
        ),
        migrations.AddField(
            model_name='renewal',
            name='act',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='deliberations.act', verbose_name='acte'),
        ),
        migrations.AddField(
            model_name='renewal',
            name='agreement',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='renewals', to='agreements.agreement', verbose_name='convention'),
        ),
        migrations.AddField(
            model_name='termination',
            name='act',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='deliberations.act', verbose_name='acte'),
        ),
        migrations.AddField(
            model_name='termination',
            name='agreement',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='terminations', to='agreements.agreement', verbose_name='convention'),
        ),
        migrations.AddConstraint(
            model_name='renewal',
            constraint=models.UniqueConstraint(fields=('agreement', 'rank'), name='one_renewal_per_rank'),
        ),
        migrations.AddConstraint(
            model_name='termination',
            constraint=models.UniqueConstraint(condition=models.Q(('withdrawn_at__isnull', True)), fields=('agreement',), name='one_termination_in_force_per_agreement'),
        ),
    ]
