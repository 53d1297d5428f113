import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

from socle.lib.migrating import CreateModels


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('people', '0001_release_0_2'),
        ('people', '__first__'),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='Delivery',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('identifier', models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name='identifiant')),
                    ('position', models.PositiveBigIntegerField(null=True, verbose_name='rang de la ligne du journal')),
                    ('entry', models.PositiveBigIntegerField(null=True, verbose_name='identifiant de la ligne du journal')),
                    ('verb', models.CharField(max_length=80, verbose_name='verbe')),
                    ('body', models.TextField(verbose_name='contenu envoyé')),
                    ('status', models.CharField(choices=[('pending', 'à envoyer'), ('delivered', 'reçu'), ('given_up', 'abandonné')], default='pending', max_length=10, verbose_name='état')),
                    ('tries', models.PositiveSmallIntegerField(default=0, verbose_name='essais')),
                    ('made_at', models.DateTimeField(verbose_name='écrit le')),
                    ('next_try_at', models.DateTimeField(null=True, verbose_name='prochain essai')),
                    ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='fini le')),
                ],
                options={
                    'verbose_name': 'envoi d’un webhook',
                    'verbose_name_plural': 'envois d’un webhook',
                    'ordering': ['-id'],
                },
            ),
            migrations.CreateModel(
                name='Attempt',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('started_at', models.DateTimeField(verbose_name='parti le')),
                    ('milliseconds', models.PositiveIntegerField(null=True, verbose_name='durée (ms)')),
                    ('answer', models.PositiveSmallIntegerField(null=True, verbose_name='état de la réponse')),
                    ('says', models.CharField(blank=True, max_length=300, verbose_name='ce qui s’est passé')),
                    ('delivery', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attempts', to='integrations.delivery', verbose_name='envoi')),
                ],
                options={
                    'verbose_name': 'essai d’un envoi',
                    'verbose_name_plural': 'essais d’un envoi',
                    'ordering': ['id'],
                },
            ),
            migrations.CreateModel(
                name='Token',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('created_at', models.DateTimeField(verbose_name='créé le')),
                    ('is_fictitious', models.BooleanField(default=False, verbose_name='fictif, de démonstration')),
                    ('name', models.CharField(max_length=80, verbose_name='nom')),
                    ('prefix', models.CharField(max_length=8, unique=True, verbose_name='préfixe')),
                    ('digest', models.CharField(max_length=64, verbose_name='empreinte du secret')),
                    ('expires_at', models.DateTimeField(verbose_name='expire le')),
                    ('last_used_at', models.DateTimeField(blank=True, null=True, verbose_name='dernier usage')),
                    ('revoked_at', models.DateTimeField(blank=True, null=True, verbose_name='révoqué le')),
                    ('beneficiary', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='%(class)ss', to='people.beneficiary', verbose_name='bénéficiaire')),
                    ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='créé par')),
                    ('held_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='%(class)ss', to=settings.AUTH_USER_MODEL, verbose_name='répond de lui')),
                    ('operator', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='%(class)ss', to='people.operator', verbose_name='opérateur')),
                ],
                options={
                    'verbose_name': 'jeton',
                    'ordering': ['-created_at', '-pk'],
                    'abstract': False,
                    'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('beneficiary__isnull', False), ('operator__isnull', True)), models.Q(('beneficiary__isnull', True), ('operator__isnull', False)), _connector='OR'), name='a_token_belongs_to_one_body')],
                },
            ),
            migrations.CreateModel(
                name='KeptAnswer',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('key', models.CharField(max_length=255, verbose_name='clé')),
                    ('fingerprint', models.CharField(max_length=64, verbose_name='empreinte de la demande')),
                    ('asked_at', models.DateTimeField(verbose_name='demandée le')),
                    ('claimed_until', models.DateTimeField(verbose_name='en cours jusqu’à')),
                    ('status', models.PositiveSmallIntegerField(null=True, verbose_name='état de la réponse')),
                    ('body', models.TextField(blank=True, verbose_name='réponse')),
                    ('etag', models.CharField(blank=True, max_length=80, verbose_name='étiquette')),
                    ('location', models.CharField(blank=True, max_length=300, verbose_name='adresse')),
                    ('token', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='kept_answers', to='integrations.token', verbose_name='jeton')),
                ],
                options={
                    'verbose_name': 'réponse gardée',
                    'verbose_name_plural': 'réponses gardées',
                    'constraints': [models.UniqueConstraint(fields=('token', 'key'), name='one_answer_per_key')],
                },
            ),
            migrations.CreateModel(
                name='TokenScope',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('scope', models.CharField(choices=[('communes:read', 'lire les communes et leur étape'), ('beneficiaries:read', 'lire les bénéficiaires'), ('beneficiaries:write', 'inscrire des bénéficiaires'), ('agreements:read', 'lire les conventions'), ('agreements:write', 'rédiger et faire avancer les conventions'), ('installations:read', 'lire les installations'), ('installations:write', 'agir sur les installations'), ('join-requests:read', 'lire les demandes d’adhésion'), ('join-requests:write', 'étudier et planifier les demandes d’adhésion'), ('journal:read', 'lire le journal'), ('webhooks:read', 'lire les webhooks et leurs envois'), ('webhooks:write', 'ouvrir et conduire des webhooks'), ('people:read', 'lire le nom des personnes, là où il figure')], max_length=24, verbose_name='portée')),
                    ('token', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='scopes', to='integrations.token', verbose_name='jeton')),
                ],
                options={
                    'verbose_name': 'portée d’un jeton',
                    'verbose_name_plural': 'portées d’un jeton',
                    'ordering': ['pk'],
                    'constraints': [models.UniqueConstraint(fields=('token', 'scope'), name='one_row_per_scope_of_a_token')],
                },
            ),
            migrations.CreateModel(
                name='Webhook',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('created_at', models.DateTimeField(verbose_name='créé le')),
                    ('is_fictitious', models.BooleanField(default=False, verbose_name='fictif, de démonstration')),
                    ('name', models.CharField(max_length=80, verbose_name='nom')),
                    ('url', models.CharField(max_length=500, verbose_name='adresse')),
                    ('status', models.CharField(choices=[('active', 'en service'), ('paused', 'en pause'), ('stopped', 'arrêté'), ('removed', 'retiré')], default='active', max_length=10, verbose_name='état')),
                    ('stop_reason', models.CharField(blank=True, max_length=300, verbose_name='raison de l’arrêt')),
                    ('stopped_at', models.DateTimeField(blank=True, null=True, verbose_name='arrêté le')),
                    ('secret', models.TextField(verbose_name='secret, chiffré')),
                    ('former_secret', models.TextField(blank=True, verbose_name='secret précédent, chiffré')),
                    ('former_until', models.DateTimeField(blank=True, null=True, verbose_name='secret précédent valable jusqu’à')),
                    ('position', models.PositiveBigIntegerField(default=0, verbose_name='rang de la dernière ligne lue')),
                    ('failures', models.PositiveIntegerField(default=0, verbose_name='échecs de suite')),
                    ('rests_until', models.DateTimeField(blank=True, null=True, verbose_name='au repos jusqu’à')),
                    ('served_at', models.DateTimeField(blank=True, null=True, verbose_name='servi le')),
                    ('given_up_at', models.DateTimeField(blank=True, null=True, verbose_name='dernier abandon le')),
                    ('told_at', models.DateTimeField(blank=True, null=True, verbose_name='dernier message à l’organisme le')),
                    ('beneficiary', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='%(class)ss', to='people.beneficiary', verbose_name='bénéficiaire')),
                    ('held_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='%(class)ss', to=settings.AUTH_USER_MODEL, verbose_name='répond de lui')),
                    ('operator', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='%(class)ss', to='people.operator', verbose_name='opérateur')),
                ],
                options={
                    'verbose_name': 'webhook',
                    'ordering': ['-created_at', '-pk'],
                    'abstract': False,
                    'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('beneficiary__isnull', False), ('operator__isnull', True)), models.Q(('beneficiary__isnull', True), ('operator__isnull', False)), _connector='OR'), name='a_webhook_belongs_to_one_body')],
                },
            ),
        ]),
        migrations.AddField(
            model_name='delivery',
            name='webhook',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='integrations.webhook', verbose_name='webhook'),
        ),
        migrations.CreateModel(
            name='WebhookEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('verb', models.CharField(max_length=80, verbose_name='verbe')),
                ('webhook', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='events', to='integrations.webhook', verbose_name='webhook')),
            ],
            options={
                'verbose_name': 'événement d’un webhook',
                'verbose_name_plural': 'événements d’un webhook',
                'ordering': ['verb'],
                'constraints': [models.UniqueConstraint(fields=('webhook', 'verb'), name='one_row_per_event_of_a_webhook')],
            },
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(fields=['status', 'next_try_at'], name='delivery_due'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(fields=['webhook', '-id'], name='delivery_of_webhook'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.UniqueConstraint(fields=('webhook', 'position'), name='a_line_is_told_once_to_a_webhook'),
        ),
    ]
