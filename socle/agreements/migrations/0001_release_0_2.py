import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('deliberations', '0001_release_0_2'),
        ('documents', '0001_release_0_2'),
        ('people', '0001_release_0_2'),
        ('people', '__first__'),
        ('programme', '0001_release_0_2'),
        ('signing', '0001_release_0_2'),
    ]

    operations = [
        migrations.CreateModel(
            name='Agreement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=30, unique=True, verbose_name='numéro')),
                ('status', models.CharField(choices=[('draft', 'projet'), ('ready', 'à la signature'), ('signed', 'signée'), ('cancelled', 'abandonnée')], default='draft', max_length=10, verbose_name='état')),
                ('starts_on', models.DateField(blank=True, null=True, verbose_name='prend effet le')),
                ('term_months', models.PositiveSmallIntegerField(verbose_name='durée (mois)')),
                ('annual_price', models.DecimalField(decimal_places=2, max_digits=10, verbose_name='contribution annuelle (€)')),
                ('vat_regime', models.CharField(max_length=120, verbose_name='régime de TVA')),
                ('drafted_at', models.DateTimeField(verbose_name='rédigée le')),
                ('signed_at', models.DateTimeField(blank=True, null=True, verbose_name='conclue le')),
                ('assessment', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='programme.assessment', verbose_name='rang à la rédaction')),
                ('beneficiary', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='agreements', to='people.beneficiary', verbose_name='bénéficiaire')),
                ('followed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='suivie par')),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='agreements', to='programme.programme', verbose_name='programme')),
                ('round', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='agreement', to='signing.round', verbose_name='parapheur')),
                ('text', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.text', verbose_name='modèle')),
            ],
            options={
                'verbose_name': 'convention',
                'ordering': ['-drafted_at'],
            },
        ),
        migrations.CreateModel(
            name='ChosenService',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('agreement', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='choices', to='agreements.agreement', verbose_name='convention')),
                ('service', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='programme.service', verbose_name='service')),
            ],
            options={
                'verbose_name': 'service choisi',
                'verbose_name_plural': 'services choisis',
                'ordering': ['service__order'],
                'constraints': [models.UniqueConstraint(fields=('agreement', 'service'), name='a_service_is_chosen_once')],
            },
        ),
        migrations.AddField(
            model_name='agreement',
            name='services',
            field=models.ManyToManyField(related_name='+', through='agreements.ChosenService', to='programme.service', verbose_name='services'),
        ),
        migrations.CreateModel(
            name='Party',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rank', models.PositiveSmallIntegerField(verbose_name='rang de signature')),
                ('kind', models.CharField(choices=[('beneficiary', 'bénéficiaire'), ('cdg', 'centre de gestion'), ('lead', 'syndicat chef de file')], max_length=12, verbose_name='partie')),
                ('name', models.CharField(max_length=200, verbose_name='nom')),
                ('siret', models.CharField(blank=True, max_length=14, verbose_name='SIRET')),
                ('seat', models.CharField(blank=True, max_length=250, verbose_name='siège')),
                ('representative', models.CharField(blank=True, max_length=120, verbose_name='représentée par')),
                ('quality', models.CharField(blank=True, max_length=120, verbose_name='qualité')),
                ('act', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='deliberations.act', verbose_name='acte habilitant')),
                ('agreement', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='parties', to='agreements.agreement', verbose_name='convention')),
                ('operator', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.operator', verbose_name='opérateur')),
                ('signatory', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='signataire')),
            ],
            options={
                'verbose_name': 'partie',
                'ordering': ['rank'],
                'constraints': [models.UniqueConstraint(fields=('agreement', 'kind'), name='one_party_of_each_kind'), models.UniqueConstraint(fields=('agreement', 'rank'), name='one_party_per_rank')],
            },
        ),
        migrations.CreateModel(
            name='Succession',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amendment', models.CharField(blank=True, max_length=36, verbose_name='avenant de transfert')),
                ('effect_on', models.DateField(verbose_name='prend effet le')),
                ('noted_at', models.DateTimeField(verbose_name='noté le')),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True, verbose_name='repris le')),
                ('agreement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='successions', to='agreements.agreement', verbose_name='convention')),
                ('predecessor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.beneficiary', verbose_name='prédécesseur')),
                ('successor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.beneficiary', verbose_name='successeur')),
            ],
            options={
                'verbose_name': 'succession',
                'ordering': ['-noted_at', '-pk'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('withdrawn_at__isnull', True)), fields=('agreement',), name='one_succession_in_force_per_agreement')],
            },
        ),
        migrations.AddIndex(
            model_name='agreement',
            index=models.Index(fields=['beneficiary', 'programme'], name='agreement_of_a_beneficiary'),
        ),
        migrations.AddConstraint(
            model_name='agreement',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'cancelled'), _negated=True), fields=('programme', 'beneficiary'), name='one_running_agreement_per_beneficiary'),
        ),
    ]
