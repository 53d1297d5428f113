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
        ('programme', '0001_release_0_2'),
        ('territory', '0001_release_0_2'),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='JoinRequest',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('reference', models.CharField(max_length=12, unique=True, verbose_name='référence')),
                    ('body_name', models.CharField(blank=True, max_length=200, verbose_name='nom de l’établissement')),
                    ('legal_form', models.CharField(blank=True, max_length=120, verbose_name='forme juridique')),
                    ('siret', models.CharField(blank=True, max_length=14, verbose_name='SIRET')),
                    ('name', models.CharField(blank=True, max_length=120, verbose_name='nom de la personne')),
                    ('function', models.CharField(choices=[('mayor', 'maire, présidente ou président'), ('elected', 'autre élue ou élu'), ('secretary', 'secrétariat ou direction'), ('other', 'autre')], max_length=10, verbose_name='fonction')),
                    ('email', models.EmailField(blank=True, max_length=254, verbose_name='adresse électronique')),
                    ('words', models.TextField(blank=True, verbose_name='message')),
                    ('status', models.CharField(choices=[('received', 'reçue, à confirmer'), ('confirmed', 'à étudier'), ('qualified', 'étudiée'), ('planned', 'planifiée'), ('drafting', 'convention en rédaction'), ('refused', 'refusée'), ('withdrawn', 'retirée')], default='received', max_length=10, verbose_name='état')),
                    ('form_sha256', models.CharField(max_length=64, unique=True, verbose_name='empreinte du formulaire')),
                    ('asked_at', models.DateTimeField(verbose_name='reçue le')),
                    ('confirmed_at', models.DateTimeField(blank=True, null=True, verbose_name='confirmée le')),
                    ('noticed_at', models.DateTimeField(blank=True, null=True, verbose_name='mairie prévenue le')),
                    ('objected_at', models.DateTimeField(blank=True, null=True, verbose_name='opposition de la mairie le')),
                    ('has_published_address', models.BooleanField(default=False, verbose_name='demandée depuis l’adresse publiée')),
                    ('verified_at', models.DateTimeField(blank=True, null=True, verbose_name='identité vérifiée le')),
                    ('qualified_at', models.DateTimeField(blank=True, null=True, verbose_name='étudiée le')),
                    ('planned_at', models.DateTimeField(blank=True, null=True, verbose_name='planifiée le')),
                    ('planned_on', models.DateField(blank=True, null=True, verbose_name='prévue à partir du')),
                    ('wave', models.CharField(blank=True, max_length=60, verbose_name='vague')),
                    ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='close le')),
                    ('reason', models.TextField(blank=True, verbose_name='motif du refus')),
                    ('reminded_at', models.DateTimeField(blank=True, null=True, verbose_name='relancée le')),
                    ('maintained_at', models.DateTimeField(blank=True, null=True, verbose_name='maintenue le')),
                    ('erased_at', models.DateTimeField(blank=True, null=True, verbose_name='données de la personne effacées le')),
                    ('is_fictitious', models.BooleanField(default=False, verbose_name='demande fictive de démonstration')),
                    ('agreement', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='agreements.agreement', verbose_name='convention')),
                    ('beneficiary', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='join_requests', to='people.beneficiary', verbose_name='bénéficiaire')),
                    ('commune', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='join_requests', to='territory.commune', verbose_name='commune')),
                    ('department', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='territory.department', verbose_name='département')),
                    ('officer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='suivie par')),
                    ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='programme.programme', verbose_name='programme')),
                    ('services', models.ManyToManyField(blank=True, related_name='+', to='programme.service', verbose_name='services souhaités')),
                    ('verified_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='identité vérifiée par')),
                ],
                options={
                    'verbose_name': 'demande d’adhésion',
                    'verbose_name_plural': 'demandes d’adhésion',
                    'ordering': ['-asked_at', '-pk'],
                    'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('commune__isnull', False), ('siret', '')), models.Q(('commune__isnull', True), models.Q(('siret', ''), _negated=True)), _connector='OR'), name='a_request_is_for_a_commune_or_a_siret'), models.UniqueConstraint(condition=models.Q(('commune__isnull', False), ('status__in', ('confirmed', 'qualified', 'planned'))), fields=('programme', 'commune'), name='one_open_request_per_commune'), models.UniqueConstraint(condition=models.Q(('commune__isnull', True), ('status__in', ('confirmed', 'qualified', 'planned'))), fields=('programme', 'siret'), name='one_open_request_per_siret')],
                },
            ),
            migrations.CreateModel(
                name='JoinLink',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('purpose', models.CharField(choices=[('confirm', 'confirmer la demande'), ('follow', 'suivre la demande'), ('object', 's’opposer à la demande')], max_length=8, verbose_name='objet')),
                    ('token_sha256', models.CharField(max_length=64, unique=True, verbose_name='empreinte du lien')),
                    ('expires_at', models.DateTimeField(verbose_name='valable jusqu’au')),
                    ('used_at', models.DateTimeField(blank=True, null=True, verbose_name='utilisé le')),
                    ('request', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='links', to='joining.joinrequest', verbose_name='demande')),
                ],
                options={
                    'verbose_name': 'lien d’une demande',
                    'verbose_name_plural': 'liens des demandes',
                },
            ),
            migrations.CreateModel(
                name='JoinLetter',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('kind', models.CharField(choices=[('confirm', 'lien de confirmation'), ('acknowledged', 'accusé de réception'), ('notice', 'avis à la mairie'), ('arrived', 'avis à l’opérateur'), ('objected', 'opposition, à l’opérateur'), ('qualified', 'demande étudiée'), ('planned', 'demande planifiée'), ('drafting', 'convention en rédaction'), ('refused', 'demande refusée'), ('reopened', 'demande rouverte'), ('withdrawn', 'demande retirée'), ('link', 'nouveau lien de suivi'), ('silent', 'relance avant effacement'), ('going', 'relance, à l’opérateur')], max_length=12, verbose_name='nature')),
                    ('due_at', models.DateTimeField(verbose_name='à envoyer le')),
                    ('left_at', models.DateTimeField(blank=True, null=True, verbose_name='partie le')),
                    ('request', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='letters', to='joining.joinrequest', verbose_name='demande')),
                ],
                options={
                    'verbose_name': 'lettre d’une demande',
                    'verbose_name_plural': 'lettres des demandes',
                    'ordering': ['-due_at', '-pk'],
                    'indexes': [models.Index(fields=['left_at', 'due_at'], name='join_letters_to_send')],
                },
            ),
        ]),
    ]
