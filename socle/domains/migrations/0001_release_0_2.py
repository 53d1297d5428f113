import django.db.models.deletion
import socle.domains.models
from django.db import migrations, models

from socle.lib.migrating import CreateModels


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('people', '0001_release_0_2'),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='DomainName',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(max_length=249, unique=True, verbose_name='nom de domaine')),
                    ('is_own', models.BooleanField(default=True, verbose_name='appartient à l’organisme')),
                    ('claimed_at', models.DateTimeField(verbose_name='donné le')),
                    ('token', models.CharField(default=socle.domains.models.new_token, max_length=64, verbose_name='jeton à publier')),
                    ('proved_at', models.DateTimeField(blank=True, null=True, verbose_name='prouvé le')),
                    ('next_check_at', models.DateTimeField(db_index=True, verbose_name='prochaine vérification')),
                    ('checked_at', models.DateTimeField(blank=True, null=True, verbose_name='vérifié le')),
                    ('is_right', models.BooleanField(null=True, verbose_name='juste')),
                    ('holder', models.CharField(choices=[('operator', 'les serveurs de noms de l’opérateur'), ('elsewhere', 'le bureau d’enregistrement de la commune')], default='elsewhere', max_length=10, verbose_name='zone tenue par')),
                    ('next_zone_at', models.DateTimeField(blank=True, db_index=True, null=True, verbose_name='prochaine écriture')),
                    ('zone_at', models.DateTimeField(blank=True, null=True, verbose_name='zone juste le')),
                    ('zone_problem', models.CharField(blank=True, max_length=500, verbose_name='ce qui empêche d’écrire la zone')),
                    ('zone_tries', models.PositiveSmallIntegerField(default=0, verbose_name='essais')),
                    ('written', models.TextField(blank=True, verbose_name='noms écrits')),
                    ('ds', models.TextField(blank=True, verbose_name='empreintes DNSSEC')),
                    ('beneficiary', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='domain_names', to='people.beneficiary', verbose_name='bénéficiaire')),
                ],
                options={
                    'verbose_name': 'nom de domaine',
                    'verbose_name_plural': 'noms de domaine',
                    'ordering': ['name'],
                },
            ),
            migrations.CreateModel(
                name='DomainCheck',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('first_at', models.DateTimeField(verbose_name='vu la première fois le')),
                    ('last_at', models.DateTimeField(verbose_name='vu la dernière fois le')),
                    ('count', models.PositiveIntegerField(default=1, verbose_name='fois')),
                    ('is_right', models.BooleanField(null=True, verbose_name='juste')),
                    ('heard', models.TextField(blank=True, verbose_name='ce que le DNS a répondu')),
                    ('domain', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='checks', to='domains.domainname', verbose_name='nom de domaine')),
                ],
                options={
                    'verbose_name': 'vérification d’un nom de domaine',
                    'verbose_name_plural': 'vérifications des noms de domaine',
                    'ordering': ['-first_at', '-pk'],
                },
            ),
        ]),
    ]
