import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('deliberations', '0002_articles_and_approvals'),
        ('people', '0001_release_0_2'),
        ('programme', '0004_founding_articles_have_gone'),
    ]

    operations = [
        migrations.CreateModel(
            name='AgreementType',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(verbose_name='code')),
                ('name', models.CharField(max_length=200, verbose_name='nom')),
                ('approved_by', models.CharField(choices=[('model', 'modèle approuvé, signature déléguée'), ('each', 'chaque convention approuvée')], max_length=5, verbose_name='approuvé par')),
                ('has_beneficiary', models.BooleanField(verbose_name='lie un bénéficiaire')),
                ('text_name', models.CharField(max_length=60, verbose_name='texte')),
                ('text_version', models.CharField(max_length=10, verbose_name='version du texte')),
                ('text_is_demonstration', models.BooleanField(default=True, verbose_name='modèle de démonstration, non approuvé')),
                ('term_months', models.PositiveSmallIntegerField(verbose_name='durée (mois)')),
                ('annual_price', models.DecimalField(decimal_places=2, max_digits=10, verbose_name='contribution annuelle (€)')),
                ('vat_regime', models.CharField(max_length=120, verbose_name='régime de TVA')),
                ('price_note', models.CharField(blank=True, max_length=200, verbose_name='note sur le prix')),
                ('basis', models.TextField(blank=True, verbose_name='base de remboursement')),
                ('equipment', models.TextField(blank=True, verbose_name='équipements mis à disposition')),
                ('order', models.PositiveSmallIntegerField(verbose_name='ordre')),
                ('article', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='deliberations.article', verbose_name='article qui l’approuve')),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='agreement_types', to='programme.programme', verbose_name='programme')),
                ('services', models.ManyToManyField(blank=True, related_name='+', to='programme.service', verbose_name='services')),
            ],
            options={
                'verbose_name': 'type de convention',
                'verbose_name_plural': 'types de convention',
                'ordering': ['order'],
            },
        ),
        migrations.CreateModel(
            name='TypeParty',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rank', models.PositiveSmallIntegerField(verbose_name='rang de signature')),
                ('part', models.CharField(choices=[('beneficiary', 'bénéficiaire'), ('lead', 'chef de file'), ('cdg', 'centre de gestion'), ('technical_support', 'appui technique')], max_length=20, verbose_name='partie')),
                ('operator', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.operator', verbose_name='opérateur')),
                ('type', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='parties', to='programme.agreementtype', verbose_name='type de convention')),
            ],
            options={
                'verbose_name': 'partie d’un type de convention',
                'verbose_name_plural': 'parties d’un type de convention',
                'ordering': ['rank'],
            },
        ),
        migrations.AddConstraint(
            model_name='agreementtype',
            constraint=models.UniqueConstraint(fields=('programme', 'code'), name='one_type_per_code'),
        ),
        migrations.AddConstraint(
            model_name='agreementtype',
            constraint=models.UniqueConstraint(condition=models.Q(('has_beneficiary', True)), fields=('programme',), name='one_type_with_a_beneficiary_per_programme'),
        ),
        migrations.AddConstraint(
            model_name='typeparty',
            constraint=models.UniqueConstraint(fields=('type', 'rank'), name='one_type_party_per_rank'),
        ),
    ]
