"""Agreements suspended, until it is lifted."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('agreements', '0012_promises'),
    ]

    operations = [
        migrations.CreateModel(
            name='Suspension',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ground', models.CharField(choices=[('security', 'sécurité des autres bénéficiaires en danger'), ('force_majeure', 'force majeure')], max_length=20, verbose_name='motif')),
                ('reason', models.TextField(verbose_name='précisions')),
                ('conditions', models.TextField(verbose_name='conditions du rétablissement')),
                ('notified_on', models.DateField(verbose_name='notifiée le')),
                ('effective_on', models.DateField(verbose_name='prend effet le')),
                ('lifted_on', models.DateField(blank=True, null=True, verbose_name='levée le')),
                ('recorded_at', models.DateTimeField(verbose_name='enregistrée le')),
                ('agreement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='suspensions', to='agreements.agreement', verbose_name='convention')),
            ],
            options={
                'verbose_name': 'suspension',
                'ordering': ['-recorded_at', '-pk'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('lifted_on__isnull', True)), fields=('agreement',), name='one_suspension_at_a_time_per_agreement')],
            },
        ),
    ]
