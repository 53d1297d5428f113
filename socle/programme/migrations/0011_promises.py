"""What the clauses of a type of agreement owe the beneficiary, and how often."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('programme', '0010_texts_chosen'),
    ]

    operations = [
        migrations.CreateModel(
            name='Promise',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(verbose_name='code')),
                ('name', models.CharField(max_length=200, verbose_name='promesse')),
                ('clause', models.CharField(max_length=60, verbose_name='clause')),
                ('owed_by', models.CharField(max_length=120, verbose_name='due par')),
                ('every_months', models.PositiveSmallIntegerField(verbose_name='tous les (mois)')),
                ('kept_by', models.SlugField(blank=True, verbose_name='tenue d’elle-même par')),
                ('order', models.PositiveSmallIntegerField(verbose_name='ordre')),
                ('type', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='promises', to='programme.agreementtype', verbose_name='type de convention')),
            ],
            options={
                'verbose_name': 'promesse',
                'ordering': ['order'],
                'constraints': [models.UniqueConstraint(fields=('type', 'code'), name='one_promise_per_code')],
            },
        ),
    ]
