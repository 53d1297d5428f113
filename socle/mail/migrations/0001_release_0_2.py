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
                name='ChainTest',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('sent_at', models.DateTimeField(db_index=True, verbose_name='envoyé le')),
                    ('seen_at', models.DateTimeField(blank=True, null=True, verbose_name='vu arrivé le')),
                    ('seconds', models.FloatField(blank=True, null=True, verbose_name='durée (s)')),
                    ('error', models.CharField(blank=True, max_length=300, verbose_name='erreur')),
                ],
                options={
                    'verbose_name': 'essai de la chaîne de messagerie',
                    'verbose_name_plural': 'essais de la chaîne de messagerie',
                    'ordering': ['-sent_at'],
                },
            ),
            migrations.CreateModel(
                name='Alias',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('local_part', models.CharField(max_length=64, verbose_name='début de l’adresse')),
                    ('name', models.CharField(blank=True, max_length=120, verbose_name='nom')),
                    ('is_group', models.BooleanField(default=False, verbose_name='groupe de personnes')),
                    ('is_required', models.BooleanField(default=False, verbose_name='obligatoire')),
                    ('made_at', models.DateTimeField(verbose_name='créée le')),
                    ('beneficiary', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='mail_aliases', to='people.beneficiary', verbose_name='bénéficiaire')),
                ],
                options={
                    'verbose_name': 'adresse de renvoi',
                    'verbose_name_plural': 'adresses de renvoi',
                    'ordering': ['local_part'],
                    'constraints': [models.UniqueConstraint(fields=('beneficiary', 'local_part'), name='one_alias_per_local_part_of_a_body')],
                },
            ),
            migrations.CreateModel(
                name='Allowance',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('total_bytes', models.PositiveBigIntegerField(verbose_name='place en tout')),
                    ('reason', models.CharField(max_length=300, verbose_name='raison')),
                    ('set_at', models.DateTimeField(verbose_name='accordée le')),
                    ('beneficiary', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='mail_allowance', to='people.beneficiary', verbose_name='bénéficiaire')),
                ],
                options={
                    'verbose_name': 'place accordée pour la messagerie',
                    'verbose_name_plural': 'places accordées pour la messagerie',
                },
            ),
            migrations.CreateModel(
                name='Domain',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(max_length=249, unique=True, verbose_name='nom de domaine')),
                    ('is_own', models.BooleanField(verbose_name='appartient à la commune')),
                    ('is_main', models.BooleanField(default=False, verbose_name='domaine principal')),
                    ('status', models.CharField(choices=[('prepared', 'préparé'), ('active', 'en service'), ('suspended', 'suspendu'), ('closed', 'fermé')], default='prepared', max_length=10, verbose_name='état')),
                    ('dkim_selector', models.CharField(blank=True, max_length=63, verbose_name='sélecteur DKIM')),
                    ('dkim_private_key', models.TextField(blank=True, verbose_name='clé privée DKIM, chiffrée')),
                    ('dkim_public_key', models.TextField(blank=True, verbose_name='clé publique DKIM')),
                    ('made_at', models.DateTimeField(verbose_name='choisi le')),
                    ('activated_at', models.DateTimeField(blank=True, null=True, verbose_name='en service depuis le')),
                    ('suspended_at', models.DateTimeField(blank=True, null=True, verbose_name='suspendu le')),
                    ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='fermé le')),
                    ('forced_reason', models.CharField(blank=True, max_length=300, verbose_name='raison')),
                    ('is_mail_here', models.BooleanField(null=True, verbose_name='le courrier arrive ici')),
                    ('beneficiary', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='mail_domains', to='people.beneficiary', verbose_name='bénéficiaire')),
                    ('forced_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='mis en service d’office par')),
                ],
                options={
                    'verbose_name': 'domaine de messagerie',
                    'verbose_name_plural': 'domaines de messagerie',
                    'ordering': ['-is_main', 'name'],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('is_main', True)), fields=('beneficiary',), name='one_main_mail_domain_per_beneficiary'), models.CheckConstraint(condition=models.Q(('is_main', False), models.Q(('status', 'closed'), _negated=True), _connector='OR'), name='a_closed_mail_domain_is_not_main')],
                },
            ),
            migrations.CreateModel(
                name='Mailbox',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('local_part', models.CharField(max_length=64, verbose_name='début de l’adresse')),
                    ('address', models.CharField(max_length=254, verbose_name='adresse')),
                    ('store', models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name='dossier')),
                    ('kind', models.CharField(choices=[('personal', 'personnelle'), ('shared', 'partagée')], max_length=10, verbose_name='nature')),
                    ('display_name', models.CharField(max_length=120, verbose_name='nom affiché')),
                    ('quota_bytes', models.PositiveBigIntegerField(verbose_name='place')),
                    ('status', models.CharField(choices=[('active', 'en service'), ('suspended', 'suspendue'), ('deleted', 'supprimée, gardée'), ('erased', 'effacée')], default='active', max_length=10, verbose_name='état')),
                    ('made_at', models.DateTimeField(verbose_name='créée le')),
                    ('suspended_at', models.DateTimeField(blank=True, null=True, verbose_name='suspendue le')),
                    ('deleted_at', models.DateTimeField(blank=True, null=True, verbose_name='supprimée le')),
                    ('kept_until', models.DateTimeField(blank=True, null=True, verbose_name='gardée jusqu’au')),
                    ('handed_back_at', models.DateTimeField(blank=True, null=True, verbose_name='contenu remis le')),
                    ('emptied_at', models.DateTimeField(blank=True, null=True, verbose_name='dossier vidé le')),
                    ('used_bytes', models.PositiveBigIntegerField(default=0, verbose_name='place occupée')),
                    ('messages', models.PositiveIntegerField(default=0, verbose_name='messages')),
                    ('measured_at', models.DateTimeField(blank=True, null=True, verbose_name='mesurée le')),
                    ('beneficiary', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='mailboxes', to='people.beneficiary', verbose_name='bénéficiaire')),
                    ('domain', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='mailboxes', to='mail.domain', verbose_name='domaine')),
                    ('holder', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='held_mailboxes', to=settings.AUTH_USER_MODEL, verbose_name='titulaire')),
                ],
                options={
                    'verbose_name': 'boîte aux lettres',
                    'verbose_name_plural': 'boîtes aux lettres',
                    'ordering': ['address'],
                    'indexes': [models.Index(fields=['status', 'kept_until'], name='mailbox_kept')],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('status', 'erased'), _negated=True), fields=('address',), name='one_box_per_address'), models.UniqueConstraint(condition=models.Q(('status', 'erased'), _negated=True), fields=('beneficiary', 'local_part'), name='one_box_per_local_part_of_a_beneficiary'), models.CheckConstraint(condition=models.Q(('kind', 'personal'), ('holder__isnull', True), _connector='OR'), name='a_shared_box_has_no_holder')],
                },
            ),
            migrations.CreateModel(
                name='Forwarding',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('token_sha256', models.CharField(blank=True, db_index=True, max_length=64, verbose_name='empreinte du lien')),
                    ('asked_at', models.DateTimeField(blank=True, null=True, verbose_name='accord demandé le')),
                    ('expires_at', models.DateTimeField(blank=True, null=True, verbose_name='lien valable jusqu’au')),
                    ('confirmed_at', models.DateTimeField(blank=True, null=True, verbose_name='accord donné le')),
                    ('destination', models.CharField(max_length=254, verbose_name='vers l’adresse')),
                    ('is_copy_kept', models.BooleanField(default=True, verbose_name='en gardant une copie dans la boîte')),
                    ('made_at', models.DateTimeField(verbose_name='demandé le')),
                    ('mailbox', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='forwarding', to='mail.mailbox', verbose_name='boîte aux lettres')),
                ],
                options={
                    'verbose_name': 'renvoi d’une boîte',
                    'verbose_name_plural': 'renvois des boîtes',
                },
            ),
            migrations.CreateModel(
                name='Destination',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('token_sha256', models.CharField(blank=True, db_index=True, max_length=64, verbose_name='empreinte du lien')),
                    ('asked_at', models.DateTimeField(blank=True, null=True, verbose_name='accord demandé le')),
                    ('expires_at', models.DateTimeField(blank=True, null=True, verbose_name='lien valable jusqu’au')),
                    ('confirmed_at', models.DateTimeField(blank=True, null=True, verbose_name='accord donné le')),
                    ('address', models.CharField(blank=True, max_length=254, verbose_name='adresse extérieure')),
                    ('name', models.CharField(blank=True, max_length=120, verbose_name='nom')),
                    ('alias', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='destinations', to='mail.alias', verbose_name='adresse de renvoi')),
                    ('mailbox', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='alias_destinations', to='mail.mailbox', verbose_name='boîte')),
                ],
                options={
                    'verbose_name': 'destinataire d’une adresse de renvoi',
                    'verbose_name_plural': 'destinataires des adresses de renvoi',
                    'ordering': ['pk'],
                    'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('address', ''), ('mailbox__isnull', False)), models.Q(('mailbox__isnull', True), models.Q(('address', ''), _negated=True)), _connector='OR'), name='a_destination_is_a_box_or_an_address'), models.UniqueConstraint(fields=('alias', 'mailbox', 'address'), name='one_row_per_destination'), models.UniqueConstraint(condition=models.Q(('mailbox__isnull', True)), fields=('alias', 'address'), name='one_row_per_outside_destination')],
                },
            ),
            migrations.CreateModel(
                name='Migration',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('host', models.CharField(max_length=253, verbose_name='ancien serveur')),
                    ('port', models.PositiveIntegerField(default=993, verbose_name='port')),
                    ('login', models.CharField(max_length=254, verbose_name='identifiant chez l’ancien fournisseur')),
                    ('secret', models.TextField(blank=True, verbose_name='ancien mot de passe, chiffré')),
                    ('status', models.CharField(choices=[('asked', 'demandée'), ('running', 'en cours'), ('done', 'terminée'), ('failed', 'arrêtée'), ('cancelled', 'annulée')], default='asked', max_length=10, verbose_name='état')),
                    ('asked_at', models.DateTimeField(verbose_name='demandée le')),
                    ('started_at', models.DateTimeField(blank=True, null=True, verbose_name='commencée le')),
                    ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='finie le')),
                    ('claimed_until', models.DateTimeField(blank=True, null=True, verbose_name='prise en charge jusqu’à')),
                    ('tries', models.PositiveSmallIntegerField(default=0, verbose_name='essais sans progrès')),
                    ('next_try_at', models.DateTimeField(blank=True, null=True, verbose_name='prochain essai')),
                    ('problem', models.CharField(blank=True, max_length=300, verbose_name='ce qui n’a pas été')),
                    ('asked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='demandée par')),
                    ('mailbox', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='migrations', to='mail.mailbox', verbose_name='boîte aux lettres')),
                ],
                options={
                    'verbose_name': 'reprise d’une ancienne boîte',
                    'verbose_name_plural': 'reprises d’anciennes boîtes',
                    'ordering': ['-pk'],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('status__in', ['asked', 'running', 'failed'])), fields=('mailbox',), name='one_open_migration_per_box')],
                },
            ),
            migrations.CreateModel(
                name='MigrationFolder',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('source', models.CharField(max_length=255, verbose_name='dossier chez l’ancien fournisseur')),
                    ('name', models.CharField(max_length=255, verbose_name='dossier')),
                    ('uid_validity', models.PositiveBigIntegerField(default=0, verbose_name='génération des numéros')),
                    ('last_uid', models.PositiveBigIntegerField(default=0, verbose_name='dernier numéro lu')),
                    ('found', models.PositiveIntegerField(default=0, verbose_name='messages trouvés')),
                    ('brought', models.PositiveIntegerField(default=0, verbose_name='messages repris')),
                    ('present', models.PositiveIntegerField(default=0, verbose_name='messages déjà là')),
                    ('left', models.PositiveIntegerField(default=0, verbose_name='messages laissés')),
                    ('total_bytes', models.PositiveBigIntegerField(default=0, verbose_name='taille reprise')),
                    ('problem', models.CharField(blank=True, max_length=300, verbose_name='ce qui n’a pas été')),
                    ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='fini le')),
                    ('migration', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='folders', to='mail.migration', verbose_name='reprise')),
                ],
                options={
                    'verbose_name': 'dossier d’une reprise',
                    'verbose_name_plural': 'dossiers des reprises',
                    'ordering': ['pk'],
                    'constraints': [models.UniqueConstraint(fields=('migration', 'source'), name='one_row_per_old_folder')],
                },
            ),
            migrations.CreateModel(
                name='Opening',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('may_send', models.BooleanField(default=True, verbose_name='peut écrire sous cette adresse')),
                    ('opened_at', models.DateTimeField(verbose_name='ouverte le')),
                    ('mailbox', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='openings', to='mail.mailbox', verbose_name='boîte aux lettres')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='mail_openings', to=settings.AUTH_USER_MODEL, verbose_name='personne')),
                ],
                options={
                    'verbose_name': 'accès à une boîte aux lettres',
                    'verbose_name_plural': 'accès à une boîte aux lettres',
                    'ordering': ['user__name', 'pk'],
                    'constraints': [models.UniqueConstraint(fields=('mailbox', 'user'), name='a_box_is_opened_once_to_a_person')],
                },
            ),
            migrations.CreateModel(
                name='BrowserReading',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code_digest', models.CharField(max_length=64, unique=True, verbose_name='empreinte du code')),
                    ('token_digest', models.CharField(blank=True, max_length=64, null=True, unique=True, verbose_name='empreinte du jeton')),
                    ('asked_at', models.DateTimeField(verbose_name='demandée le')),
                    ('opened_at', models.DateTimeField(blank=True, null=True, verbose_name='ouverte le')),
                    ('session', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='readings', to='people.opensession', verbose_name='session')),
                    ('opening', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='readings', to='mail.opening', verbose_name='accès à la boîte')),
                ],
                options={
                    'verbose_name': 'lecture d’une boîte dans le navigateur',
                    'verbose_name_plural': 'lectures d’une boîte dans le navigateur',
                    'ordering': ['-pk'],
                },
            ),
            migrations.CreateModel(
                name='Restoration',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('as_of', models.DateField(verbose_name='telle qu’elle était le')),
                    ('status', models.CharField(choices=[('asked', 'demandée'), ('running', 'en cours'), ('done', 'terminée'), ('failed', 'en échec'), ('cancelled', 'annulée')], default='asked', max_length=10, verbose_name='état')),
                    ('asked_at', models.DateTimeField(verbose_name='demandée le')),
                    ('started_at', models.DateTimeField(blank=True, null=True, verbose_name='commencée le')),
                    ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='finie le')),
                    ('saved_at', models.DateTimeField(blank=True, null=True, verbose_name='copie du')),
                    ('folder', models.CharField(blank=True, max_length=120, verbose_name='dossier')),
                    ('found', models.PositiveIntegerField(default=0, verbose_name='messages trouvés dans la copie')),
                    ('restored', models.PositiveIntegerField(default=0, verbose_name='messages remis')),
                    ('total_bytes', models.PositiveBigIntegerField(default=0, verbose_name='taille')),
                    ('problem', models.CharField(blank=True, max_length=300, verbose_name='ce qui n’a pas été')),
                    ('asked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='demandée par')),
                    ('mailbox', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='restorations', to='mail.mailbox', verbose_name='boîte aux lettres')),
                ],
                options={
                    'verbose_name': 'restauration d’une boîte',
                    'verbose_name_plural': 'restaurations des boîtes',
                    'ordering': ['-pk'],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('status__in', ['asked', 'running'])), fields=('mailbox',), name='one_open_restoration_per_box')],
                },
            ),
            migrations.CreateModel(
                name='Vacation',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('subject', models.CharField(max_length=150, verbose_name='objet')),
                    ('text', models.TextField(max_length=2000, verbose_name='réponse')),
                    ('starts_on', models.DateField(verbose_name='du')),
                    ('ends_on', models.DateField(blank=True, null=True, verbose_name='au')),
                    ('mailbox', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='vacation', to='mail.mailbox', verbose_name='boîte aux lettres')),
                ],
                options={
                    'verbose_name': 'réponse d’absence',
                    'verbose_name_plural': 'réponses d’absence',
                    'constraints': [models.CheckConstraint(condition=models.Q(('ends_on__isnull', True), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='an_absence_ends_after_it_starts')],
                },
            ),
        ]),
    ]
