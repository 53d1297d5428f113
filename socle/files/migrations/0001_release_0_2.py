import django.db.models.deletion
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
                name='Content',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('sha256', models.CharField(max_length=64, verbose_name='empreinte')),
                    ('size', models.PositiveBigIntegerField(verbose_name='taille (octets)')),
                    ('kind', models.CharField(max_length=80, verbose_name='nature')),
                    ('added_at', models.DateTimeField(verbose_name='ajouté le')),
                    ('is_unread', models.BooleanField(db_default=False, default=False, verbose_name='trop grand pour l’antivirus')),
                ],
                options={
                    'verbose_name': 'contenu',
                },
            ),
            migrations.CreateModel(
                name='Entry',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(blank=True, max_length=255, verbose_name='nom')),
                    ('key', models.CharField(blank=True, max_length=800, verbose_name='nom sans casse')),
                    ('search_name', models.CharField(blank=True, max_length=800, verbose_name='nom cherché')),
                    ('sort_name', models.CharField(blank=True, db_default='', max_length=1000, verbose_name='nom classé')),
                    ('is_folder', models.BooleanField(verbose_name='dossier')),
                    ('size', models.PositiveBigIntegerField(default=0, verbose_name='taille (octets)')),
                    ('made_at', models.DateTimeField(verbose_name='créé le')),
                    ('modified_at', models.DateTimeField(verbose_name='modifié le')),
                    ('trashed_at', models.DateTimeField(blank=True, null=True, verbose_name='jeté le')),
                    ('content', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='files.content', verbose_name='contenu')),
                    ('modified_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='modifié par')),
                    ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='children', to='files.entry', verbose_name='dossier qui le contient')),
                    ('trashed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='jeté par')),
                    ('trashed_with', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='thrown', to='files.entry', verbose_name='jeté avec')),
                ],
                options={
                    'verbose_name': 'fichier ou dossier',
                    'verbose_name_plural': 'fichiers et dossiers',
                    'ordering': ['-is_folder', 'sort_name', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='Link',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('token_sha256', models.CharField(max_length=64, unique=True, verbose_name='empreinte du lien')),
                    ('password', models.CharField(blank=True, max_length=200, verbose_name='mot de passe')),
                    ('made_at', models.DateTimeField(verbose_name='fait le')),
                    ('expires_at', models.DateTimeField(verbose_name='valable jusqu’au')),
                    ('count', models.PositiveIntegerField(default=0, verbose_name='ouvertures')),
                    ('opened_at', models.DateTimeField(blank=True, null=True, verbose_name='ouvert pour la dernière fois le')),
                    ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='arrêté le')),
                    ('entry', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='links', to='files.entry', verbose_name='fichier ou dossier')),
                    ('made_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='fait par')),
                ],
                options={
                    'verbose_name': 'lien de partage',
                    'verbose_name_plural': 'liens de partage',
                    'ordering': ['-made_at', '-pk'],
                },
            ),
            migrations.CreateModel(
                name='Space',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('quota_bytes', models.PositiveBigIntegerField(verbose_name='place accordée (octets)')),
                    ('used_bytes', models.PositiveBigIntegerField(default=0, verbose_name='place occupée (octets)')),
                    ('made_at', models.DateTimeField(verbose_name='ouvert le')),
                    ('suspended_at', models.DateTimeField(blank=True, null=True, verbose_name='suspendu le')),
                    ('beneficiary', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='space', to='people.beneficiary', verbose_name='bénéficiaire')),
                ],
                options={
                    'verbose_name': 'dossier partagé',
                    'verbose_name_plural': 'dossiers partagés',
                },
            ),
            migrations.CreateModel(
                name='Lock',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('token', models.CharField(max_length=120, unique=True, verbose_name='jeton')),
                    ('path', models.TextField(verbose_name='adresse')),
                    ('scope', models.CharField(choices=[('exclusive', 'exclusif'), ('shared', 'partagé')], max_length=10, verbose_name='portée')),
                    ('is_deep', models.BooleanField(verbose_name='tient aussi ce qu’il contient')),
                    ('owner', models.TextField(blank=True, verbose_name='tel que le programme se nomme')),
                    ('timeout', models.PositiveIntegerField(verbose_name='durée (secondes)')),
                    ('expires_at', models.DateTimeField(verbose_name='tenu jusqu’au')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='tenu par')),
                    ('space', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='locks', to='files.space', verbose_name='dossier partagé')),
                ],
                options={
                    'verbose_name': 'verrou',
                    'ordering': ['pk'],
                },
            ),
        ]),
        migrations.AddField(
            model_name='entry',
            name='space',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='entries', to='files.space', verbose_name='dossier partagé'),
        ),
        migrations.AddField(
            model_name='content',
            name='space',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='contents', to='files.space', verbose_name='dossier partagé'),
        ),
        CreateModels([
            migrations.CreateModel(
                name='Version',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('size', models.PositiveBigIntegerField(verbose_name='taille (octets)')),
                    ('modified_at', models.DateTimeField(verbose_name='écrite le')),
                    ('kept_at', models.DateTimeField(verbose_name='remplacée le')),
                    ('content', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='files.content', verbose_name='contenu')),
                    ('entry', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='files.entry', verbose_name='fichier')),
                    ('modified_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='écrite par')),
                ],
                options={
                    'verbose_name': 'version d’un fichier',
                    'verbose_name_plural': 'versions des fichiers',
                    'ordering': ['-kept_at', '-pk'],
                },
            ),
            migrations.CreateModel(
                name='FolderRight',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('role', models.CharField(choices=[('secretary', 'secrétaire de mairie'), ('mayor', 'maire ou représentant légal')], max_length=20, verbose_name='rôle')),
                    ('level', models.CharField(choices=[('none', 'aucun accès'), ('read', 'lecture'), ('write', 'lecture et écriture')], max_length=5, verbose_name='droit')),
                    ('folder', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rights', to='files.entry', verbose_name='dossier')),
                ],
                options={
                    'verbose_name': 'droit sur un dossier',
                    'verbose_name_plural': 'droits sur les dossiers',
                    'constraints': [models.UniqueConstraint(fields=('folder', 'role'), name='one_right_of_a_role_on_a_folder')],
                },
            ),
            migrations.CreateModel(
                name='Property',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(max_length=500, verbose_name='nom')),
                    ('value', models.TextField(verbose_name='valeur')),
                    ('entry', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='properties', to='files.entry', verbose_name='fichier ou dossier')),
                ],
                options={
                    'verbose_name': 'propriété d’un fichier',
                    'verbose_name_plural': 'propriétés des fichiers',
                    'ordering': ['pk'],
                    'constraints': [models.UniqueConstraint(fields=('entry', 'name'), name='one_property_of_a_name_on_a_file')],
                },
            ),
        ]),
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(fields=['parent', '-is_folder', 'sort_name'], name='file_in_its_folder'),
        ),
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(condition=models.Q(('trashed_at__isnull', False)), fields=['space', 'trashed_at'], name='file_in_the_bin'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.UniqueConstraint(condition=models.Q(('trashed_with__isnull', True)), fields=('parent', 'key'), name='one_live_file_of_a_name'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.UniqueConstraint(condition=models.Q(('parent__isnull', True)), fields=('space',), name='one_root_in_a_space'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('content__isnull', True), ('is_folder', True)), models.Q(('content__isnull', False), ('is_folder', False)), _connector='OR'), name='a_file_has_a_content_and_a_folder_none'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.CheckConstraint(condition=models.Q(('trashed_at__isnull', True), ('trashed_with', models.F('id')), _connector='OR'), name='what_is_thrown_is_thrown_itself'),
        ),
        migrations.AddConstraint(
            model_name='content',
            constraint=models.UniqueConstraint(fields=('space', 'sha256'), name='a_content_once_in_a_space'),
        ),
    ]
