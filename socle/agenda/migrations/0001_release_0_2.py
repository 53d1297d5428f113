import datetime
import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from socle.lib.migrating import CreateModels


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('people', '0001_release_0_2'),
        # The first room in the order of the alphabet waits for the libraries, and the others with it: each of their two
        # hundred migrations builds anew all the models that exist, and ours are many.
        ('account', '0009_emailaddress_unique_primary_email'),
        ('django_tasks_database', '0019_rename_django_task_new_ordering_idx_tasks_db_new_ordering_idx_and_more'),
        ('mfa', '0003_authenticator_type_uniq'),
        ('sessions', '0001_initial'),
        ('taggit', '0006_rename_taggeditem_content_type_object_id_taggit_tagg_content_8fc721_idx'),
        ('wagtailadmin', '0006_formstate'),
        ('wagtailcore', '0097_baselogentry_uuid_action_timestamp_indexes'),
        ('wagtaildocs', '0014_alter_document_file_size'),
        ('wagtailimages', '0027_image_description'),
        ('wagtailsearch', '0010_add_text_fields'),
        ('wagtailusers', '0015_userprofile_keyboard_shortcuts'),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='AddressBook',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('slug', models.CharField(max_length=100, validators=[django.core.validators.RegexValidator('^[A-Za-z0-9_@~-][A-Za-z0-9._@~-]{0,99}$', 'Ce nom ne peut pas servir d’adresse.')], verbose_name='nom dans l’adresse')),
                    ('name', models.CharField(max_length=120, verbose_name='nom')),
                    ('made_at', models.DateTimeField(verbose_name='fait le')),
                    ('beneficiary', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='address_books', to='people.beneficiary', verbose_name='bénéficiaire')),
                    ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='address_books', to=settings.AUTH_USER_MODEL, verbose_name='personne')),
                ],
                options={
                    'verbose_name': 'carnet d’adresses',
                    'verbose_name_plural': 'carnets d’adresses',
                    'ordering': ['pk'],
                    'constraints': [models.UniqueConstraint(fields=('beneficiary', 'slug'), name='one_address_book_per_slug')],
                },
            ),
            migrations.CreateModel(
                name='Agenda',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('opened_at', models.DateTimeField(verbose_name='ouvert le')),
                    ('suspended_at', models.DateTimeField(blank=True, null=True, verbose_name='suspendu le')),
                    ('beneficiary', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='agenda', to='people.beneficiary', verbose_name='bénéficiaire')),
                ],
                options={
                    'verbose_name': 'agendas d’un bénéficiaire',
                    'verbose_name_plural': 'agendas des bénéficiaires',
                },
            ),
            migrations.CreateModel(
                name='Booking',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('href', models.CharField(max_length=255, verbose_name='fichier de l’événement')),
                    ('purpose', models.CharField(max_length=200, verbose_name='objet')),
                    ('for_whom', models.CharField(blank=True, max_length=200, verbose_name='pour qui')),
                    ('contact', models.CharField(blank=True, max_length=200, verbose_name='comment joindre')),
                    ('starts_at', models.DateTimeField(verbose_name='début de la première fois')),
                    ('ends_at', models.DateTimeField(db_index=True, verbose_name='fin de la dernière fois')),
                    ('times', models.PositiveSmallIntegerField(default=1, verbose_name='nombre de fois')),
                    ('status', models.CharField(choices=[('asked', 'à accepter'), ('confirmed', 'confirmée'), ('refused', 'refusée'), ('cancelled', 'annulée')], default='confirmed', max_length=10, verbose_name='état')),
                    ('asked_at', models.DateTimeField(verbose_name='demandée le')),
                    ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='décidée le')),
                    ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='demandée par')),
                    ('beneficiary', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bookings', to='people.beneficiary', verbose_name='bénéficiaire')),
                    ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='décidée par')),
                ],
                options={
                    'verbose_name': 'réservation',
                    'ordering': ['starts_at', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='Calendar',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('slug', models.CharField(max_length=100, validators=[django.core.validators.RegexValidator('^[A-Za-z0-9_@~-][A-Za-z0-9._@~-]{0,99}$', 'Ce nom ne peut pas servir d’adresse.')], verbose_name='nom dans l’adresse')),
                    ('name', models.CharField(max_length=120, verbose_name='nom')),
                    ('made_at', models.DateTimeField(verbose_name='fait le')),
                    ('kind', models.CharField(choices=[('mairie', 'agenda de la mairie'), ('conseil', 'agenda du conseil'), ('room', 'réservations d’une salle'), ('personal', 'agenda personnel')], max_length=10, verbose_name='nature')),
                    ('colour', models.CharField(default='#1d6a65', max_length=7, validators=[django.core.validators.RegexValidator('^#[0-9a-f]{6}$', 'Une couleur s’écrit comme #1d6a65.')], verbose_name='couleur')),
                    ('is_public', models.BooleanField(default=False, verbose_name='public')),
                    ('beneficiary', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='calendars', to='people.beneficiary', verbose_name='bénéficiaire')),
                    ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='calendars', to=settings.AUTH_USER_MODEL, verbose_name='personne')),
                ],
                options={
                    'verbose_name': 'agenda',
                    'ordering': ['pk'],
                    'constraints': [models.UniqueConstraint(fields=('beneficiary', 'slug'), name='one_calendar_per_slug'), models.CheckConstraint(condition=models.Q(models.Q(('is_public', False), ('kind', 'personal'), ('owner__isnull', False)), models.Q(models.Q(('kind', 'personal'), _negated=True), ('owner__isnull', True)), _connector='OR'), name='a_personal_calendar_is_of_someone_and_not_public')],
                },
            ),
            migrations.CreateModel(
                name='CalendarAccess',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('role', models.CharField(blank=True, choices=[('secretary', 'secrétaire de mairie'), ('mayor', 'maire ou représentant légal')], max_length=20, verbose_name='rôle')),
                    ('may_write', models.BooleanField(default=False, verbose_name='peut écrire')),
                    ('calendar', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='accesses', to='agenda.calendar', verbose_name='agenda')),
                    ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='personne')),
                ],
                options={
                    'verbose_name': 'droit sur un agenda',
                    'verbose_name_plural': 'droits sur les agendas',
                    'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('role', ''), ('user__isnull', False)), models.Q(models.Q(('role', ''), _negated=True), ('user__isnull', True)), _connector='OR'), name='a_calendar_access_is_of_a_role_or_of_a_person'), models.UniqueConstraint(condition=models.Q(('role', ''), _negated=True), fields=('calendar', 'role'), name='one_calendar_access_per_role'), models.UniqueConstraint(condition=models.Q(('user__isnull', False)), fields=('calendar', 'user'), name='one_calendar_access_per_person')],
                },
            ),
            migrations.CreateModel(
                name='RemovedItem',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('href', models.CharField(max_length=255, verbose_name='fichier')),
                    ('text', models.TextField(verbose_name='contenu')),
                    ('removed_at', models.DateTimeField(verbose_name='supprimé le')),
                    ('put_back_at', models.DateTimeField(blank=True, null=True, verbose_name='rétabli le')),
                    ('address_book', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='agenda.addressbook', verbose_name='carnet d’adresses')),
                    ('beneficiary', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.beneficiary', verbose_name='bénéficiaire')),
                    ('calendar', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='agenda.calendar', verbose_name='agenda')),
                    ('removed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='supprimé par')),
                ],
                options={
                    'verbose_name': 'élément supprimé d’un agenda',
                    'verbose_name_plural': 'éléments supprimés des agendas',
                    'ordering': ['-pk'],
                    'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('address_book__isnull', True), ('calendar__isnull', False)), models.Q(('address_book__isnull', False), ('calendar__isnull', True)), _connector='OR'), name='what_is_removed_was_somewhere')],
                },
            ),
            migrations.CreateModel(
                name='Room',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(max_length=120, verbose_name='nom')),
                    ('place', models.CharField(blank=True, max_length=200, verbose_name='adresse ou précision')),
                    ('capacity', models.PositiveIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(20000)], verbose_name='nombre de places')),
                    ('opens_at', models.TimeField(default=datetime.time(8, 0), verbose_name='se réserve à partir de')),
                    ('closes_at', models.TimeField(default=datetime.time(23, 0), verbose_name='se réserve jusqu’à')),
                    ('notice_hours', models.PositiveSmallIntegerField(default=0, verbose_name='combien d’heures avant, au plus tard')),
                    ('approver', models.CharField(blank=True, choices=[('', 'personne\xa0: la réservation vaut aussitôt'), ('secretary', 'secrétaire de mairie'), ('mayor', 'maire ou représentant légal')], max_length=20, verbose_name='qui accepte les réservations')),
                    ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='ne se réserve plus depuis')),
                    ('beneficiary', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rooms', to='people.beneficiary', verbose_name='bénéficiaire')),
                    ('calendar', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='room', to='agenda.calendar', verbose_name='agenda')),
                ],
                options={
                    'verbose_name': 'salle',
                    'ordering': ['name', 'pk'],
                    'constraints': [models.UniqueConstraint(fields=('beneficiary', 'name'), name='one_room_per_name'), models.CheckConstraint(condition=models.Q(('closes_at__gt', models.F('opens_at'))), name='a_room_closes_after_it_opens', violation_error_message='L’heure de fin vient après l’heure de début.')],
                },
            ),
            migrations.CreateModel(
                name='HeldQuarter',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('starts_at', models.DateTimeField(verbose_name='début')),
                    ('booking', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='quarters', to='agenda.booking', verbose_name='réservation')),
                    ('room', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='agenda.room', verbose_name='salle')),
                ],
                options={
                    'verbose_name': 'quart d’heure réservé',
                    'verbose_name_plural': 'quarts d’heure réservés',
                    'constraints': [models.UniqueConstraint(fields=('room', 'starts_at'), name='a_quarter_of_a_room_is_held_once')],
                },
            ),
        ]),
        migrations.AddField(
            model_name='booking',
            name='room',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bookings', to='agenda.room', verbose_name='salle'),
        ),
        migrations.AddConstraint(
            model_name='booking',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ('asked', 'confirmed'))), fields=('room', 'href'), name='one_holding_booking_per_event'),
        ),
        migrations.AddConstraint(
            model_name='booking',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='a_booking_ends_after_it_starts'),
        ),
    ]
