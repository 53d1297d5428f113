import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from socle.lib.migrating import CreateModels


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('documents', '0001_release_0_2'),
        ('people', '0001_release_0_2'),
        ('people', '__first__'),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='Account',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('opened_at', models.DateTimeField(verbose_name='ouvert le')),
                    ('suspended_at', models.DateTimeField(blank=True, null=True, verbose_name='suspendu le')),
                    ('quota', models.PositiveBigIntegerField(default=200000000000, verbose_name='place accordée (octets)')),
                    ('size', models.PositiveBigIntegerField(default=0, verbose_name='place prise (octets)')),
                    ('beneficiary', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='backup_account', to='people.beneficiary', verbose_name='bénéficiaire')),
                ],
                options={
                    'verbose_name': 'compte de sauvegarde',
                    'verbose_name_plural': 'comptes de sauvegarde',
                },
            ),
            migrations.CreateModel(
                name='Repository',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(max_length=80, verbose_name='nom')),
                    ('user', models.CharField(max_length=40, unique=True, verbose_name='nom d’accès')),
                    ('password_digest', models.CharField(max_length=80, verbose_name='empreinte du mot de passe')),
                    ('escrow', models.TextField(verbose_name='seconde clé, sous séquestre, chiffrée')),
                    ('canary', models.CharField(max_length=64, verbose_name='graine des fichiers témoins')),
                    ('made_at', models.DateTimeField(verbose_name='fait le')),
                    ('confirmed_at', models.DateTimeField(blank=True, null=True, verbose_name='seconde clé essayée le')),
                    ('erased_at', models.DateTimeField(blank=True, null=True, verbose_name='effacé le')),
                    ('size', models.PositiveBigIntegerField(default=0, verbose_name='taille (octets)')),
                    ('last_success_at', models.DateTimeField(blank=True, null=True, verbose_name='dernière sauvegarde')),
                    ('looked_at', models.DateTimeField(blank=True, null=True, verbose_name='dernier regard')),
                    ('checked_at', models.DateTimeField(blank=True, null=True, verbose_name='dernier contrôle')),
                    ('pruned_at', models.DateTimeField(blank=True, null=True, verbose_name='dernier élagage')),
                    ('busy_since_at', models.DateTimeField(blank=True, null=True, verbose_name='verrouillé depuis')),
                    ('last_error', models.CharField(blank=True, max_length=300, verbose_name='dernière erreur')),
                    ('failed_at', models.DateTimeField(blank=True, null=True, verbose_name='en erreur depuis')),
                    ('beneficiary', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='backup_repositories', to='people.beneficiary', verbose_name='bénéficiaire')),
                ],
                options={
                    'verbose_name': 'dépôt de sauvegardes',
                    'verbose_name_plural': 'dépôts de sauvegardes',
                    'indexes': [models.Index(fields=['looked_at'], name='repository_to_look_at')],
                },
            ),
            migrations.CreateModel(
                name='Machine',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(max_length=60, verbose_name='nom')),
                    ('system', models.CharField(choices=[('windows', 'Windows'), ('linux', 'Linux'), ('nas', 'NAS (Synology, QNAP…)')], max_length=8, verbose_name='système')),
                    ('folders', models.TextField(verbose_name='dossiers sauvegardés, un par ligne')),
                    ('every_days', models.PositiveSmallIntegerField(choices=[(1, 'chaque jour'), (7, 'chaque semaine'), (31, 'chaque mois')], default=1, verbose_name='fréquence')),
                    ('status', models.CharField(choices=[('invited', 'à installer'), ('enrolled', 'en service'), ('retired', 'arrêtée')], default='invited', max_length=10, verbose_name='état')),
                    ('made_at', models.DateTimeField(verbose_name='ajoutée le')),
                    ('code_digest', models.CharField(blank=True, max_length=64, verbose_name='empreinte du code')),
                    ('code_expires_at', models.DateTimeField(blank=True, null=True, verbose_name='code valable jusqu’au')),
                    ('enrolled_at', models.DateTimeField(blank=True, null=True, verbose_name='installée le')),
                    ('retired_at', models.DateTimeField(blank=True, null=True, verbose_name='arrêtée le')),
                    ('beneficiary', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='backup_machines', to='people.beneficiary', verbose_name='bénéficiaire')),
                    ('repository', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='machine', to='backups.repository', verbose_name='dépôt')),
                ],
                options={
                    'verbose_name': 'machine sauvegardée',
                    'verbose_name_plural': 'machines sauvegardées',
                    'ordering': ['name', 'pk'],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('code_digest', ''), _negated=True), fields=('code_digest',), name='a_code_enrols_one_machine')],
                },
            ),
            migrations.CreateModel(
                name='EscrowUse',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('purpose', models.CharField(choices=[('drill', 'exercice de restauration'), ('prune', 'élagage selon les règles'), ('restore', 'restaurer pour la mairie'), ('erase', 'effacer le dépôt')], max_length=8, verbose_name='usage')),
                    ('reason', models.CharField(blank=True, max_length=300, verbose_name='motif')),
                    ('status', models.CharField(choices=[('asked', 'attend une seconde personne'), ('approved', 'approuvée'), ('declined', 'déclinée'), ('done', 'faite')], max_length=10, verbose_name='état')),
                    ('asked_at', models.DateTimeField(verbose_name='demandée le')),
                    ('expires_at', models.DateTimeField(blank=True, null=True, verbose_name='valable jusqu’au')),
                    ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='décidée le')),
                    ('done_at', models.DateTimeField(blank=True, null=True, verbose_name='faite le')),
                    ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='demandée par')),
                    ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='décidée par')),
                    ('repository', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='escrow_uses', to='backups.repository', verbose_name='dépôt')),
                ],
                options={
                    'verbose_name': 'usage de la clé sous séquestre',
                    'verbose_name_plural': 'usages de la clé sous séquestre',
                    'ordering': ['-asked_at', '-pk'],
                },
            ),
            migrations.CreateModel(
                name='Check',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('began_at', models.DateTimeField(verbose_name='commencé le')),
                    ('ended_at', models.DateTimeField(verbose_name='fini le')),
                    ('share', models.CharField(blank=True, max_length=8, verbose_name='part des données lue')),
                    ('is_sound', models.BooleanField(verbose_name='sain')),
                    ('says', models.CharField(blank=True, max_length=300, verbose_name='constat')),
                    ('repository', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='checks', to='backups.repository', verbose_name='dépôt')),
                ],
                options={
                    'verbose_name': 'contrôle d’un dépôt',
                    'verbose_name_plural': 'contrôles d’un dépôt',
                    'ordering': ['-began_at', '-pk'],
                },
            ),
            migrations.CreateModel(
                name='Snapshot',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('identifier', models.CharField(max_length=64, verbose_name='identifiant')),
                    ('taken_at', models.DateTimeField(verbose_name='faite le, selon la machine')),
                    ('seen_at', models.DateTimeField(verbose_name='vue le')),
                    ('dated_at', models.DateTimeField(verbose_name='datée du')),
                    ('host', models.CharField(blank=True, max_length=80, verbose_name='machine annoncée')),
                    ('paths', models.TextField(blank=True, verbose_name='dossiers, un par ligne')),
                    ('size', models.PositiveBigIntegerField(default=0, verbose_name='taille (octets)')),
                    ('files', models.PositiveBigIntegerField(default=0, verbose_name='fichiers')),
                    ('is_doubtful', models.BooleanField(default=False, verbose_name='date douteuse')),
                    ('forgotten_at', models.DateTimeField(blank=True, null=True, verbose_name='élaguée le')),
                    ('vanished_at', models.DateTimeField(blank=True, null=True, verbose_name='disparue le')),
                    ('repository', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='snapshots', to='backups.repository', verbose_name='dépôt')),
                ],
                options={
                    'verbose_name': 'sauvegarde',
                    'ordering': ['-dated_at', '-pk'],
                    'constraints': [models.UniqueConstraint(fields=('repository', 'identifier'), name='a_snapshot_is_seen_once')],
                },
            ),
            migrations.CreateModel(
                name='Drill',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('quarter', models.CharField(max_length=7, verbose_name='trimestre')),
                    ('seed', models.CharField(max_length=32, verbose_name='graine du tirage')),
                    ('sample', models.PositiveIntegerField(verbose_name='fichiers demandés')),
                    ('found', models.PositiveIntegerField(default=0, verbose_name='fichiers de la sauvegarde')),
                    ('compared', models.PositiveIntegerField(default=0, verbose_name='fichiers identiques')),
                    ('drawn', models.PositiveIntegerField(default=0, verbose_name='fichiers restaurés')),
                    ('canaries', models.PositiveSmallIntegerField(default=0, verbose_name='fichiers témoins identiques')),
                    ('size', models.PositiveBigIntegerField(default=0, verbose_name='octets restaurés')),
                    ('sha256', models.CharField(blank=True, max_length=64, verbose_name='empreinte de l’ensemble')),
                    ('is_sound', models.BooleanField(verbose_name='réussi')),
                    ('says', models.CharField(blank=True, max_length=300, verbose_name='constat')),
                    ('began_at', models.DateTimeField(verbose_name='commencé le')),
                    ('ended_at', models.DateTimeField(verbose_name='fini le')),
                    ('document', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='backup_drill', to='documents.document', verbose_name='attestation')),
                    ('repository', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='drills', to='backups.repository', verbose_name='dépôt')),
                    ('snapshot', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='drills', to='backups.snapshot', verbose_name='sauvegarde')),
                ],
                options={
                    'verbose_name': 'exercice de restauration',
                    'verbose_name_plural': 'exercices de restauration',
                    'ordering': ['-began_at', '-pk'],
                },
            ),
        ]),
    ]
