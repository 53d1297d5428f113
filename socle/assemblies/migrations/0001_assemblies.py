"""Assemblies, their members and rules, their meetings, and what is voted there."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('deliberations', '0006_matter_author_and_vote'),
        ('documents', '0003_documents_found_by_sha256'),
        ('people', '0004_secretary_of_the_assembly'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Assembly',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('commune', 'commune'), ('epci', 'communauté ou autre EPCI'), ('closed_syndicate', 'syndicat de communes, ou syndicat mixte fermé'), ('open_syndicate', 'syndicat mixte ouvert'), ('ccas', 'centre communal d’action sociale'), ('cdg', 'centre de gestion')], max_length=20, verbose_name='forme')),
                ('name', models.CharField(max_length=120, verbose_name='nom de l’assemblée')),
                ('population', models.PositiveIntegerField(blank=True, null=True, verbose_name='population au dernier renouvellement général')),
                ('place', models.CharField(blank=True, max_length=200, verbose_name='lieu habituel')),
                ('beneficiary', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='assembly', to='people.beneficiary', verbose_name='bénéficiaire')),
                ('operator', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='assembly', to='people.operator', verbose_name='opérateur')),
            ],
            options={
                'verbose_name': 'assemblée',
            },
        ),
        migrations.CreateModel(
            name='Member',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='prénom et nom')),
                ('civility', models.CharField(blank=True, choices=[('', 'non précisée'), ('mrs', 'madame'), ('mr', 'monsieur')], max_length=3, verbose_name='civilité')),
                ('function', models.CharField(choices=[('mayor', 'maire, ou présidence'), ('deputy', 'adjoint ou adjointe, ou vice-présidence'), ('delegated', 'avec délégation, ou membre du bureau'), ('member', 'conseiller ou conseillère, ou membre')], default='member', max_length=10, verbose_name='fonction')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='rang')),
                ('delegation', models.CharField(blank=True, max_length=300, verbose_name='délégation')),
                ('college', models.CharField(blank=True, max_length=120, verbose_name='collège')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='adresse électronique')),
                ('born_on', models.DateField(blank=True, null=True, verbose_name='date de naissance')),
                ('came_on', models.DateField(blank=True, null=True, verbose_name='en exercice depuis le')),
                ('left_on', models.DateField(blank=True, null=True, verbose_name='n’est plus en exercice depuis le')),
                ('assembly', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='members', to='assemblies.assembly', verbose_name='assemblée')),
            ],
            options={
                'verbose_name': 'membre d’une assemblée',
                'verbose_name_plural': 'membres d’une assemblée',
                'ordering': ['position', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Meeting',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_at', models.DateTimeField(verbose_name='début')),
                ('place', models.CharField(blank=True, max_length=200, verbose_name='lieu')),
                ('status', models.CharField(choices=[('prepared', 'en préparation'), ('convened', 'convoquée'), ('open', 'en cours'), ('held', 'tenue'), ('failed', 'sans quorum'), ('cancelled', 'annulée')], default='prepared', max_length=10, verbose_name='état')),
                ('note', models.TextField(blank=True, verbose_name='note explicative de synthèse')),
                ('convened_at', models.DateTimeField(blank=True, null=True, verbose_name='convoquée le')),
                ('urgency', models.CharField(blank=True, max_length=300, verbose_name='motif de l’urgence')),
                ('is_urgency_approved', models.BooleanField(blank=True, null=True, verbose_name='urgence approuvée')),
                ('opened_at', models.DateTimeField(blank=True, null=True, verbose_name='ouverte le')),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='levée le')),
                ('discussion', models.TextField(blank=True, verbose_name='teneur des discussions')),
                ('assembly', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='meetings', to='assemblies.assembly', verbose_name='assemblée')),
                ('convocation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.document', verbose_name='convocation')),
                ('list_act', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='deliberations.act', verbose_name='liste des délibérations')),
                ('minutes_act', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='deliberations.act', verbose_name='procès-verbal')),
                ('minutes_arrested_in', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='minutes_arrested', to='assemblies.meeting', verbose_name='arrêté en séance')),
                ('repeats', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='repeated_by', to='assemblies.meeting', verbose_name='séance sans quorum')),
                ('president', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='assemblies.member', verbose_name='présidence de séance')),
                ('secretary', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='assemblies.member', verbose_name='secrétaire de séance')),
            ],
            options={
                'verbose_name': 'séance',
                'ordering': ['-starts_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='Item',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rank', models.PositiveSmallIntegerField(validators=[django.core.validators.MaxValueValidator(200)], verbose_name='rang')),
                ('kind', models.CharField(choices=[('deliberation', 'délibération'), ('appointment', 'nomination'), ('accounts', 'comptes de l’exécutif'), ('information', 'information, sans vote')], default='deliberation', max_length=12, verbose_name='nature')),
                ('subject', models.CharField(max_length=499, verbose_name='objet')),
                ('matter', models.CharField(blank=True, max_length=14, verbose_name='matière')),
                ('college', models.CharField(blank=True, max_length=120, verbose_name='collège qui vote')),
                ('proposer', models.CharField(blank=True, max_length=120, verbose_name='à la demande de')),
                ('grounds', models.TextField(blank=True, verbose_name='exposé')),
                ('decision', models.TextField(blank=True, verbose_name='ce qui est décidé')),
                ('asked_for', models.CharField(blank=True, max_length=60, verbose_name='demandé pour')),
                ('outcome', models.CharField(choices=[('pending', 'à voter'), ('adopted', 'adoptée'), ('rejected', 'rejetée'), ('postponed', 'reportée'), ('told', 'dont il est pris acte')], default='pending', max_length=10, verbose_name='issue')),
                ('is_secret', models.BooleanField(default=False, verbose_name='au scrutin secret')),
                ('is_head_in_favour', models.BooleanField(blank=True, null=True, verbose_name='la présidence a voté pour')),
                ('members_in_office', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='membres en exercice')),
                ('votes_for', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='voix pour')),
                ('votes_against', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='voix contre')),
                ('abstentions', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='abstentions')),
                ('explained', models.TextField(blank=True, verbose_name='explication du quorum et du vote')),
                ('act', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='item', to='deliberations.act', verbose_name='acte')),
                ('meeting', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='assemblies.meeting', verbose_name='séance')),
                ('reporter', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='assemblies.member', verbose_name='rapporteur ou rapporteure')),
            ],
            options={
                'verbose_name': 'point de l’ordre du jour',
                'verbose_name_plural': 'points de l’ordre du jour',
                'ordering': ['meeting', 'rank'],
            },
        ),
        migrations.CreateModel(
            name='Convocation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('way', models.CharField(choices=[('email', 'par voie électronique'), ('letter', 'par écrit, à domicile')], max_length=6, verbose_name='voie')),
                ('due_at', models.DateTimeField(verbose_name='à envoyer le')),
                ('left_at', models.DateTimeField(blank=True, null=True, verbose_name='partie le')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='envoyée par')),
                ('meeting', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='convocations', to='assemblies.meeting', verbose_name='séance')),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='assemblies.member', verbose_name='membre')),
            ],
            options={
                'verbose_name': 'convocation',
                'ordering': ['meeting', 'member'],
            },
        ),
        migrations.CreateModel(
            name='Attendance',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('present', 'présent ou présente'), ('excused', 'excusé ou excusée'), ('absent', 'absent ou absente')], default='present', max_length=8, verbose_name='présence')),
                ('arrived_for', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='arrivée au point')),
                ('left_before', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='départ avant le point')),
                ('is_proxy_written', models.BooleanField(default=True, verbose_name='pouvoir écrit')),
                ('meeting', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attendances', to='assemblies.meeting', verbose_name='séance')),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attendances', to='assemblies.member', verbose_name='membre')),
                ('proxy_to', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='assemblies.member', verbose_name='pouvoir à')),
            ],
            options={
                'verbose_name': 'présence',
                'verbose_name_plural': 'présences',
                'ordering': ['meeting', 'member__position', 'member'],
            },
        ),
        migrations.CreateModel(
            name='StatuteRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('topic', models.CharField(choices=[('clear_days', 'jours francs avant la séance'), ('urgent_clear_days', 'jours francs en cas d’urgence'), ('second_clear_days', 'jours francs avant la séance qui suit un quorum manqué'), ('quorum', 'quorum'), ('proxies_per_holder', 'pouvoirs par personne'), ('proxy_sessions', 'séances de suite pour un même pouvoir'), ('casting_vote', 'voix prépondérante (1 oui, 0 non)')], max_length=30, verbose_name='règle')),
                ('numerator', models.PositiveSmallIntegerField(verbose_name='valeur, ou numérateur')),
                ('denominator', models.PositiveSmallIntegerField(default=1, verbose_name='dénominateur')),
                ('comparison', models.CharField(choices=[('more_than', 'plus de'), ('at_least', 'au moins')], default='at_least', max_length=10, verbose_name='comparaison')),
                ('source', models.CharField(max_length=200, verbose_name='article des statuts')),
                ('first_on', models.DateField(blank=True, null=True, verbose_name='depuis le')),
                ('last_on', models.DateField(blank=True, null=True, verbose_name='jusqu’au')),
                ('assembly', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='statutes', to='assemblies.assembly', verbose_name='assemblée')),
            ],
            options={
                'verbose_name': 'règle des statuts',
                'verbose_name_plural': 'règles des statuts',
                'ordering': ['topic', 'first_on', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Withdrawal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_out_of_office', models.BooleanField(default=False, verbose_name='n’est pas en exercice pour ce point')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='withdrawals', to='assemblies.item', verbose_name='point')),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='assemblies.member', verbose_name='membre')),
            ],
            options={
                'verbose_name': 'retrait',
                'ordering': ['item', 'member'],
            },
        ),
        migrations.AddConstraint(
            model_name='assembly',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('beneficiary__isnull', False), ('operator__isnull', True)), models.Q(('beneficiary__isnull', True), ('operator__isnull', False)), _connector='OR'), name='an_assembly_is_of_one_body'),
        ),
        migrations.AddConstraint(
            model_name='member',
            constraint=models.UniqueConstraint(condition=models.Q(('function', 'mayor'), ('left_on__isnull', True)), fields=('assembly',), name='an_assembly_has_one_head'),
        ),
        migrations.AddConstraint(
            model_name='member',
            constraint=models.CheckConstraint(condition=models.Q(('came_on__isnull', True), ('left_on__isnull', True), ('left_on__gte', models.F('came_on')), _connector='OR'), name='a_member_comes_before_leaving'),
        ),
        migrations.AddConstraint(
            model_name='meeting',
            constraint=models.CheckConstraint(condition=models.Q(('status', 'prepared'), ('status', 'cancelled'), ('convened_at__isnull', False), _connector='OR'), name='a_meeting_held_was_convened'),
        ),
        migrations.AddConstraint(
            model_name='meeting',
            constraint=models.CheckConstraint(condition=models.Q(('closed_at__isnull', True), ('opened_at__isnull', False), _connector='OR'), name='a_meeting_closed_was_opened'),
        ),
        migrations.AddConstraint(
            model_name='item',
            constraint=models.UniqueConstraint(fields=('meeting', 'rank'), name='one_item_per_rank'),
        ),
        migrations.AddConstraint(
            model_name='item',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('outcome__in', ('adopted', 'rejected')), _negated=True), models.Q(('abstentions__isnull', False), ('votes_against__isnull', False), ('votes_for__isnull', False)), _connector='OR'), name='an_item_voted_has_its_figures'),
        ),
        migrations.AddConstraint(
            model_name='convocation',
            constraint=models.UniqueConstraint(fields=('meeting', 'member'), name='one_convocation_per_member'),
        ),
        migrations.AddConstraint(
            model_name='attendance',
            constraint=models.UniqueConstraint(fields=('meeting', 'member'), name='one_attendance_per_member'),
        ),
        migrations.AddConstraint(
            model_name='attendance',
            constraint=models.CheckConstraint(condition=models.Q(('arrived_for__isnull', True), ('left_before__isnull', True), ('left_before__gt', models.F('arrived_for')), _connector='OR'), name='a_member_arrives_before_leaving_the_room'),
        ),
        migrations.AddConstraint(
            model_name='statuterule',
            constraint=models.CheckConstraint(condition=models.Q(('denominator__gte', 1)), name='a_statute_divides_by_something'),
        ),
        migrations.AddConstraint(
            model_name='statuterule',
            constraint=models.CheckConstraint(condition=models.Q(('first_on__isnull', True), ('last_on__isnull', True), ('last_on__gte', models.F('first_on')), _connector='OR'), name='a_statute_begins_before_it_ends'),
        ),
        migrations.AddConstraint(
            model_name='withdrawal',
            constraint=models.UniqueConstraint(fields=('item', 'member'), name='one_withdrawal_per_member_and_item'),
        ),
    ]
