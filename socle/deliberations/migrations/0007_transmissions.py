"""How acts go to the prefecture, by what settings, and what the prefecture sends back."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from socle.lib.migrating import CreateModels


class Migration(migrations.Migration):

    dependencies = [
        ('deliberations', '0006_matter_author_and_vote'),
        ('documents', '0003_documents_found_by_sha256'),
        ('people', '0003_first_day_and_box'),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='TransmissionAccount',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('beneficiary', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='transmission', to='people.beneficiary', verbose_name='bénéficiaire')),
                    ('operator', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='transmission', to='people.operator', verbose_name='opérateur')),
                    ('siren', models.CharField(max_length=9, verbose_name='SIREN')),
                    ('department', models.CharField(max_length=3, verbose_name='département, sur trois caractères')),
                    ('district', models.CharField(max_length=1, verbose_name='arrondissement')),
                    ('nature', models.CharField(max_length=2, verbose_name='nature de la collectivité')),
                    ('email', models.EmailField(max_length=254, verbose_name='adresse des réponses')),
                    ('referent', models.CharField(blank=True, max_length=120, verbose_name='personne à joindre')),
                    ('phone', models.CharField(blank=True, max_length=20, verbose_name='téléphone')),
                    ('agreed_on', models.DateField(verbose_name='convention avec la préfecture signée le')),
                    ('is_compulsory', models.BooleanField(default=False, verbose_name='transmission électronique obligatoire')),
                    ('transmitter', models.CharField(max_length=20, verbose_name='dispositif de transmission')),
                    ('device', models.CharField(max_length=3, verbose_name='trigramme du dispositif')),
                    ('address', models.URLField(blank=True, verbose_name='adresse du dispositif')),
                    ('login', models.CharField(blank=True, max_length=120, verbose_name='identifiant')),
                    ('password', models.TextField(blank=True, verbose_name='mot de passe, chiffré')),
                    ('certificate', models.TextField(blank=True, verbose_name='certificat et clé, chiffrés')),
                    ('certificate_ends_at', models.DateTimeField(blank=True, null=True, verbose_name='fin du certificat')),
                    ('classification_on', models.DateField(blank=True, null=True, verbose_name='classification du')),
                    ('in_force_on', models.DateField(blank=True, null=True, verbose_name='classification en vigueur')),
                    ('heard_at', models.DateTimeField(blank=True, db_index=True, null=True, verbose_name='interrogé le')),
                ],
                options={
                    'verbose_name': 'réglage de transmission',
                    'verbose_name_plural': 'réglages de transmission',
                    'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('beneficiary__isnull', False), ('operator__isnull', True)), models.Q(('beneficiary__isnull', True), ('operator__isnull', False)), _connector='OR'), name='an_account_belongs_to_one_body')],
                },
            ),
            migrations.CreateModel(
                name='ClassifiedMatter',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='matters', to='deliberations.transmissionaccount', verbose_name='réglage')),
                    ('code', models.CharField(max_length=14, verbose_name='code')),
                    ('label', models.CharField(max_length=300, verbose_name='libellé')),
                ],
                options={
                    'verbose_name': 'matière de la préfecture',
                    'verbose_name_plural': 'matières de la préfecture',
                    'ordering': ['pk'],
                    'constraints': [models.UniqueConstraint(fields=('account', 'code'), name='one_matter_per_prefecture_code')],
                },
            ),
            migrations.CreateModel(
                name='FileKind',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='kinds', to='deliberations.transmissionaccount', verbose_name='réglage')),
                    ('nature', models.CharField(max_length=2, verbose_name='nature d’acte')),
                    ('code', models.CharField(max_length=5, verbose_name='code')),
                    ('label', models.CharField(max_length=300, verbose_name='libellé')),
                ],
                options={
                    'verbose_name': 'typologie de pièce',
                    'verbose_name_plural': 'typologies de pièce',
                    'ordering': ['pk'],
                    'constraints': [models.UniqueConstraint(fields=('account', 'nature', 'code'), name='one_kind_per_prefecture_nature')],
                },
            ),
            migrations.CreateModel(
                name='Transmission',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('act', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='transmissions', to='deliberations.act', verbose_name='acte')),
                    ('road', models.CharField(choices=[('paper', 'papier'), ('elsewhere', 'transmis ailleurs'), ('electronic', 'électronique')], max_length=10, verbose_name='voie')),
                    ('status', models.CharField(choices=[('asked', 'à envoyer'), ('leaving', 'en train de partir'), ('sent', 'envoyé'), ('received', 'reçu en préfecture'), ('refused', 'refusé'), ('cancelling', 'annulation demandée'), ('cancelled', 'annulé')], db_index=True, default='asked', max_length=10, verbose_name='état')),
                    ('nature', models.CharField(blank=True, max_length=2, verbose_name='nature d’acte')),
                    ('asked_at', models.DateTimeField(verbose_name='demandée le')),
                    ('sent_at', models.DateTimeField(blank=True, null=True, verbose_name='envoyée le')),
                    ('sent_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='envoyée par')),
                    ('slip', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.document', verbose_name='bordereau')),
                    ('stamped', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.document', verbose_name='exemplaire tamponné')),
                    ('proof', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.document', verbose_name='preuve de réception')),
                    ('identifier', models.CharField(blank=True, db_index=True, max_length=60, verbose_name='identifiant @CTES')),
                    ('is_followed_by_paper', models.BooleanField(default=False, verbose_name='suivie d’un envoi papier')),
                    ('archive_name', models.CharField(blank=True, max_length=80, verbose_name='archive')),
                    ('archive_sha256', models.CharField(blank=True, max_length=64, verbose_name='empreinte SHA-256 de l’archive')),
                    ('reference', models.CharField(blank=True, max_length=60, verbose_name='référence du dispositif')),
                    ('tries', models.PositiveSmallIntegerField(default=0, verbose_name='essais')),
                    ('next_try_at', models.DateTimeField(blank=True, null=True, verbose_name='prochain essai le')),
                    ('received_on', models.DateField(blank=True, null=True, verbose_name='reçue en préfecture le')),
                    ('acknowledged_at', models.DateTimeField(blank=True, null=True, verbose_name='accusé lu le')),
                    ('says', models.TextField(blank=True, verbose_name='refus ou anomalie')),
                ],
                options={
                    'verbose_name': 'transmission',
                    'ordering': ['-asked_at', '-pk'],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('status__in', ['refused', 'cancelled']), _negated=True), fields=('act',), name='one_open_transmission_per_act'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'received'), _negated=True), ('received_on__isnull', False), _connector='OR'), name='what_is_received_has_its_day')],
                },
            ),
            migrations.CreateModel(
                name='Enclosure',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('transmission', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='enclosures', to='deliberations.transmission', verbose_name='envoi')),
                    ('rank', models.PositiveSmallIntegerField(verbose_name='rang')),
                    ('document', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.document', verbose_name='document')),
                    ('kind', models.CharField(blank=True, max_length=5, verbose_name='typologie')),
                ],
                options={
                    'verbose_name': 'annexe d’un envoi',
                    'verbose_name_plural': 'annexes d’un envoi',
                    'ordering': ['rank'],
                    'constraints': [models.UniqueConstraint(fields=('transmission', 'rank'), name='one_enclosure_per_rank')],
                },
            ),
            migrations.CreateModel(
                name='Incoming',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('beneficiary', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.beneficiary', verbose_name='bénéficiaire')),
                    ('operator', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.operator', verbose_name='opérateur')),
                    ('transmission', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='incoming', to='deliberations.transmission', verbose_name='envoi')),
                    ('kind', models.CharField(choices=[('1-2', 'accusé de réception'), ('1-3', 'anomalie'), ('2-1', 'courrier simple'), ('3-1', 'demande de pièces complémentaires'), ('3-5', 'accusé de réception des pièces'), ('4-1', 'lettre d’observations'), ('4-5', 'accusé de réception de la réponse'), ('5-1', 'déféré au tribunal administratif'), ('6-2', 'accusé d’annulation'), ('7-2', 'classification'), ('7-3', 'classification inchangée'), ('envelope', 'anomalie d’enveloppe'), ('unread', 'message illisible')], max_length=10, verbose_name='nature')),
                    ('identifier', models.CharField(blank=True, max_length=60, verbose_name='identifiant @CTES')),
                    ('letter_on', models.DateField(blank=True, null=True, verbose_name='daté du')),
                    ('says', models.TextField(blank=True, verbose_name='contenu')),
                    ('set_aside_because', models.TextField(blank=True, verbose_name='mis de côté parce que')),
                    ('received_at', models.DateTimeField(verbose_name='arrivé le')),
                    ('sha256', models.CharField(max_length=64, verbose_name='empreinte SHA-256')),
                    ('message', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.document', verbose_name='message')),
                ],
                options={
                    'verbose_name': 'message de la préfecture',
                    'verbose_name_plural': 'messages de la préfecture',
                    'ordering': ['-received_at', '-pk'],
                    'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('beneficiary__isnull', False), ('operator__isnull', True)), models.Q(('beneficiary__isnull', True), ('operator__isnull', False)), _connector='OR'), name='a_message_comes_to_one_body'), models.UniqueConstraint(condition=models.Q(('beneficiary__isnull', False)), fields=('beneficiary', 'sha256'), name='one_message_per_beneficiary_and_bytes'), models.UniqueConstraint(condition=models.Q(('operator__isnull', False)), fields=('operator', 'sha256'), name='one_message_per_operator_and_bytes')],
                },
            ),
            migrations.CreateModel(
                name='IncomingFile',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('incoming', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='files', to='deliberations.incoming', verbose_name='message')),
                    ('document', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.document', verbose_name='document')),
                ],
                options={
                    'verbose_name': 'fichier d’un message de la préfecture',
                    'verbose_name_plural': 'fichiers des messages de la préfecture',
                    'ordering': ['pk'],
                },
            ),
        ]),
    ]
