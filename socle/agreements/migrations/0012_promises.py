"""The promises of the text, noted as kept."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('agreements', '0011_letters'),
        ('documents', '0001_release_0_2'),
        ('programme', '0011_promises'),
    ]

    operations = [
        migrations.CreateModel(
            name='PromiseKept',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('due_on', models.DateField(verbose_name='échéance')),
                ('kept_on', models.DateField(verbose_name='tenue le')),
                ('reference', models.CharField(blank=True, max_length=200, verbose_name='référence')),
                ('recorded_at', models.DateTimeField(verbose_name='enregistrée le')),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True, verbose_name='retirée le')),
                ('agreement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='promises_kept', to='agreements.agreement', verbose_name='convention')),
                ('document', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.document', verbose_name='document')),
                ('promise', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='kept', to='programme.promise', verbose_name='promesse')),
            ],
            options={
                'verbose_name': 'promesse tenue',
                'verbose_name_plural': 'promesses tenues',
                'ordering': ['-due_on', '-pk'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('withdrawn_at__isnull', True)), fields=('agreement', 'promise', 'due_on'), name='a_promise_is_kept_once_a_period')],
            },
        ),
    ]
