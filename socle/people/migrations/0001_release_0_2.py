import django.db.models.deletion
import socle.people.models
from django.conf import settings
from django.db import migrations, models

from socle.lib.migrating import CreateModels


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('territory', '0001_release_0_2'),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='Operator',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(max_length=200, verbose_name='nom')),
                    ('legal_form', models.CharField(blank=True, max_length=120, verbose_name='forme juridique')),
                    ('siret', models.CharField(blank=True, max_length=14, validators=[socle.people.models.validate_siret], verbose_name='SIRET')),
                    ('is_siret_confirmed', models.BooleanField(default=False, verbose_name='SIRET confirmé')),
                    ('is_fictitious', models.BooleanField(default=False, verbose_name='numéros fictifs de démonstration')),
                    ('seat', models.CharField(blank=True, max_length=250, verbose_name='siège')),
                    ('email', models.EmailField(blank=True, max_length=254, verbose_name='courriel')),
                    ('phone', models.CharField(blank=True, max_length=30, verbose_name='téléphone')),
                    ('code', models.SlugField(unique=True, verbose_name='code')),
                ],
                options={
                    'verbose_name': 'opérateur',
                    'ordering': ['name'],
                },
            ),
            migrations.CreateModel(
                name='User',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('password', models.CharField(max_length=128, verbose_name='password')),
                    ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                    ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                    ('email', models.EmailField(max_length=254, unique=True, verbose_name='adresse électronique')),
                    ('name', models.CharField(max_length=120, verbose_name='nom')),
                    ('is_active', models.BooleanField(default=True, verbose_name='compte ouvert')),
                    ('is_staff', models.BooleanField(default=False, verbose_name='administration technique')),
                    ('is_fictitious', models.BooleanField(default=False, verbose_name='personne fictive de démonstration')),
                    ('date_joined', models.DateTimeField(auto_now_add=True, verbose_name='compte créé le')),
                    ('sessions_age', models.PositiveIntegerField(default=0, verbose_name='sessions\xa0: nombre de fois où elles ont toutes été closes')),
                    ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                    ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
                ],
                options={
                    'verbose_name': 'personne',
                    'ordering': ['name'],
                },
            ),
            migrations.CreateModel(
                name='Beneficiary',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(max_length=200, verbose_name='nom')),
                    ('legal_form', models.CharField(blank=True, max_length=120, verbose_name='forme juridique')),
                    ('siret', models.CharField(blank=True, max_length=14, validators=[socle.people.models.validate_siret], verbose_name='SIRET')),
                    ('is_siret_confirmed', models.BooleanField(default=False, verbose_name='SIRET confirmé')),
                    ('is_fictitious', models.BooleanField(default=False, verbose_name='numéros fictifs de démonstration')),
                    ('seat', models.CharField(blank=True, max_length=250, verbose_name='siège')),
                    ('email', models.EmailField(blank=True, max_length=254, verbose_name='courriel')),
                    ('phone', models.CharField(blank=True, max_length=30, verbose_name='téléphone')),
                    ('kind', models.CharField(choices=[('commune', 'commune'), ('other', 'autre établissement public')], default='commune', max_length=10, verbose_name='nature')),
                    ('commune', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='beneficiary', to='territory.commune', verbose_name='commune')),
                    ('department', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='territory.department', verbose_name='département')),
                ],
                options={
                    'verbose_name': 'bénéficiaire',
                    'ordering': ['name'],
                    'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('commune__isnull', False), ('kind', 'commune')), models.Q(('commune__isnull', True), ('kind', 'other')), _connector='OR'), name='a_commune_beneficiary_has_its_commune', violation_error_message='Un bénéficiaire «\xa0commune\xa0» désigne sa commune\xa0; un autre n’en désigne pas.')],
                },
            ),
            migrations.CreateModel(
                name='DevicePassword',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(max_length=60, verbose_name='nom de l’appareil')),
                    ('opens_mail', models.BooleanField(default=False, verbose_name='ouvre la messagerie')),
                    ('opens_agenda', models.BooleanField(default=False, verbose_name='ouvre les agendas et les contacts')),
                    ('opens_files', models.BooleanField(default=False, verbose_name='ouvre les fichiers')),
                    ('prefix', models.CharField(max_length=8, unique=True, verbose_name='début, public')),
                    ('digest', models.CharField(max_length=120, verbose_name='empreinte')),
                    ('made_at', models.DateTimeField(verbose_name='fait le')),
                    ('used_at', models.DateTimeField(blank=True, null=True, verbose_name='dernière utilisation')),
                    ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='arrêté le')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='device_passwords', to=settings.AUTH_USER_MODEL, verbose_name='personne')),
                ],
                options={
                    'verbose_name': 'mot de passe d’appareil',
                    'verbose_name_plural': 'mots de passe d’appareils',
                    'ordering': ['-made_at', '-pk'],
                    'constraints': [models.CheckConstraint(condition=models.Q(('opens_mail', True), ('opens_agenda', True), ('opens_files', True), _connector='OR'), name='a_device_password_opens_something'), models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('user', 'name'), name='one_live_device_of_a_name')],
                },
            ),
            migrations.CreateModel(
                name='LinkedIdentity',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('issuer', models.URLField(max_length=250, verbose_name='fournisseur d’identité')),
                    ('subject', models.CharField(max_length=255, verbose_name='identifiant chez ce fournisseur')),
                    ('linked_at', models.DateTimeField(verbose_name='reliée le')),
                    ('used_at', models.DateTimeField(verbose_name='dernière connexion')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='identities', to=settings.AUTH_USER_MODEL, verbose_name='personne')),
                ],
                options={
                    'verbose_name': 'identité reliée',
                    'constraints': [models.UniqueConstraint(fields=('issuer', 'subject'), name='an_identity_opens_one_account')],
                },
            ),
            migrations.CreateModel(
                name='OpenSession',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('session_key', models.CharField(max_length=40, unique=True, verbose_name='clé')),
                    ('device', models.CharField(blank=True, max_length=300, verbose_name='appareil')),
                    ('address', models.GenericIPAddressField(blank=True, null=True, verbose_name='adresse du réseau')),
                    ('opened_at', models.DateTimeField(verbose_name='ouverte le')),
                    ('seen_at', models.DateTimeField(db_index=True, verbose_name='vue pour la dernière fois le')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='open_sessions', to=settings.AUTH_USER_MODEL, verbose_name='personne')),
                ],
                options={
                    'verbose_name': 'session ouverte',
                    'ordering': ['-seen_at'],
                },
            ),
            migrations.CreateModel(
                name='Membership',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('role', models.CharField(choices=[('secretary', 'secrétaire de mairie'), ('mayor', 'maire ou représentant légal'), ('programme_officer', 'chargé·e de programme'), ('technician', 'technicien ou technicienne'), ('finance_officer', 'responsable financier ou financière'), ('president', 'président ou présidente du syndicat'), ('cdg_advisor', 'conseiller ou conseillère du centre de gestion'), ('cdg_president', 'président ou présidente du centre de gestion')], max_length=20, verbose_name='rôle')),
                    ('quality', models.CharField(blank=True, max_length=120, verbose_name='qualité, telle qu’elle s’écrit dans un acte')),
                    ('starts_on', models.DateField(blank=True, null=True, verbose_name='à partir du')),
                    ('ends_on', models.DateField(blank=True, null=True, verbose_name='jusqu’au')),
                    ('reminded_at', models.DateTimeField(blank=True, null=True, verbose_name='départ rappelé le')),
                    ('handed_over_at', models.DateTimeField(blank=True, null=True, verbose_name='suite donnée le')),
                    ('beneficiary', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='people.beneficiary', verbose_name='bénéficiaire')),
                    ('successor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='qui prend la suite')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to=settings.AUTH_USER_MODEL, verbose_name='personne')),
                    ('operator', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='people.operator', verbose_name='opérateur')),
                ],
                options={
                    'verbose_name': 'fonction',
                    'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('beneficiary__isnull', False), ('operator__isnull', True), ('role__in', ('secretary', 'mayor'))), models.Q(('beneficiary__isnull', True), ('operator__isnull', False), ('role__in', ('programme_officer', 'technician', 'finance_officer', 'president', 'cdg_advisor', 'cdg_president'))), _connector='OR'), name='a_role_fits_its_organisation'), models.UniqueConstraint(condition=models.Q(('beneficiary__isnull', False)), fields=('user', 'role', 'beneficiary'), name='one_membership_per_beneficiary_role'), models.UniqueConstraint(condition=models.Q(('operator__isnull', False)), fields=('user', 'role', 'operator'), name='one_membership_per_operator_role')],
                },
            ),
            migrations.CreateModel(
                name='Invitation',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('email', models.EmailField(max_length=254, verbose_name='adresse électronique')),
                    ('name', models.CharField(max_length=120, verbose_name='nom')),
                    ('role', models.CharField(choices=[('secretary', 'secrétaire de mairie'), ('mayor', 'maire ou représentant légal'), ('programme_officer', 'chargé·e de programme'), ('technician', 'technicien ou technicienne'), ('finance_officer', 'responsable financier ou financière'), ('president', 'président ou présidente du syndicat'), ('cdg_advisor', 'conseiller ou conseillère du centre de gestion'), ('cdg_president', 'président ou présidente du centre de gestion')], max_length=20, verbose_name='rôle')),
                    ('quality', models.CharField(blank=True, max_length=120, verbose_name='qualité, telle qu’elle s’écrit dans un acte')),
                    ('ends_on', models.DateField(blank=True, null=True, verbose_name='dernier jour de la fonction')),
                    ('status', models.CharField(choices=[('proposed', 'proposée, à confirmer'), ('sent', 'envoyée'), ('accepted', 'acceptée'), ('withdrawn', 'retirée')], default='proposed', max_length=10, verbose_name='état')),
                    ('proposed_at', models.DateTimeField(verbose_name='proposée le')),
                    ('token_sha256', models.CharField(blank=True, db_index=True, max_length=64, verbose_name='empreinte du lien')),
                    ('mailed_at', models.DateTimeField(blank=True, null=True, verbose_name='partie le')),
                    ('expires_at', models.DateTimeField(blank=True, null=True, verbose_name='valable jusqu’au')),
                    ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='acceptée ou retirée le')),
                    ('accepted_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='acceptée par')),
                    ('beneficiary', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='invitations', to='people.beneficiary', verbose_name='bénéficiaire')),
                    ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='proposée par')),
                    ('operator', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='invitations', to='people.operator', verbose_name='opérateur')),
                ],
                options={
                    'verbose_name': 'invitation',
                    'ordering': ['-id'],
                    'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('beneficiary__isnull', False), ('operator__isnull', True), ('role__in', ('secretary', 'mayor'))), models.Q(('beneficiary__isnull', True), ('operator__isnull', False), ('role__in', ('programme_officer', 'technician', 'finance_officer', 'president', 'cdg_advisor', 'cdg_president'))), _connector='OR'), name='an_invitation_fits_its_organisation'), models.UniqueConstraint(condition=models.Q(('beneficiary__isnull', False), ('status__in', ('proposed', 'sent'))), fields=('email', 'role', 'beneficiary'), name='one_open_invitation_per_beneficiary_role'), models.UniqueConstraint(condition=models.Q(('operator__isnull', False), ('status__in', ('proposed', 'sent'))), fields=('email', 'role', 'operator'), name='one_open_invitation_per_operator_role')],
                },
            ),
            migrations.CreateModel(
                name='HelpAccess',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('motive', models.CharField(max_length=300, verbose_name='motif')),
                    ('starts_on', models.DateField(verbose_name='à partir du')),
                    ('ends_on', models.DateField(verbose_name='jusqu’au')),
                    ('opened_at', models.DateTimeField(verbose_name='ouvert le')),
                    ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='fermé le')),
                    ('swept_at', models.DateTimeField(blank=True, null=True, verbose_name='ce qui en restait ouvert, fermé le')),
                    ('beneficiary', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='help_accesses', to='people.beneficiary', verbose_name='bénéficiaire')),
                    ('opened_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='ouvert par')),
                    ('operator', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='help_accesses', to='people.operator', verbose_name='opérateur')),
                ],
                options={
                    'verbose_name': 'accès d’assistance',
                    'verbose_name_plural': 'accès d’assistance',
                    'ordering': ['-id'],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('closed_at__isnull', True)), fields=('beneficiary', 'operator'), name='one_open_help_access_per_operator')],
                },
            ),
            migrations.CreateModel(
                name='Rescue',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('recognised', models.CharField(max_length=20, verbose_name='comment la personne fut reconnue')),
                    ('reason', models.CharField(max_length=20, verbose_name='motif')),
                    ('status', models.CharField(choices=[('asked', 'à approuver'), ('done', 'approuvé et fait'), ('declined', 'laissé')], default='asked', max_length=10, verbose_name='état')),
                    ('asked_at', models.DateTimeField(verbose_name='demandé le')),
                    ('expires_at', models.DateTimeField(verbose_name='à approuver avant le')),
                    ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='décidé le')),
                    ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='demandé par')),
                    ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='décidé par')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rescues', to=settings.AUTH_USER_MODEL, verbose_name='personne')),
                ],
                options={
                    'verbose_name': 'effacement d’un second contrôle',
                    'verbose_name_plural': 'effacements de seconds contrôles',
                    'ordering': ['-id'],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('status', 'asked')), fields=('user',), name='one_open_rescue_per_person')],
                },
            ),
            migrations.CreateModel(
                name='SavedFilter',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('list_code', models.CharField(max_length=40, verbose_name='liste')),
                    ('name', models.CharField(max_length=60, verbose_name='nom')),
                    ('query', models.CharField(max_length=1000, verbose_name='adresse du filtre')),
                    ('is_shared', models.BooleanField(default=False, verbose_name='partagé avec l’opérateur')),
                    ('saved_at', models.DateTimeField(verbose_name='enregistré le')),
                    ('removed_at', models.DateTimeField(blank=True, null=True, verbose_name='supprimé le')),
                    ('operator', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='saved_filters', to='people.operator', verbose_name='opérateur')),
                    ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='saved_filters', to=settings.AUTH_USER_MODEL, verbose_name='personne')),
                ],
                options={
                    'verbose_name': 'filtre enregistré',
                    'verbose_name_plural': 'filtres enregistrés',
                    'ordering': ['name', 'pk'],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('removed_at__isnull', True), ('user__isnull', False)), fields=('user', 'operator', 'list_code', 'name'), name='one_saved_filter_per_name')],
                },
            ),
        ]),
    ]
