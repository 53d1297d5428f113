import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from socle.lib.migrating import CreateModels


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('people', '0001_release_0_2'),
        ('people', '__first__'),
        ('territory', '0001_release_0_2'),
        ('websites', '0001_release_0_2'),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='Share',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('from_name', models.CharField(max_length=160, verbose_name='nom montré sur les sites')),
                    ('audience', models.CharField(choices=[('all', 'tous les sites du programme'), ('department', 'un département'), ('epci', 'une intercommunalité'), ('communes', 'des communes, une par une')], max_length=12, verbose_name='pour')),
                    ('kind', models.CharField(choices=[('news', 'actualité'), ('event', 'événement'), ('alert', 'alerte')], max_length=8, verbose_name='nature')),
                    ('title', models.CharField(max_length=300, verbose_name='titre')),
                    ('summary', models.TextField(blank=True, max_length=400, verbose_name='en deux phrases')),
                    ('text', models.TextField(blank=True, max_length=6000, verbose_name='texte complet')),
                    ('link', models.CharField(blank=True, max_length=500, verbose_name='lien')),
                    ('link_words', models.CharField(blank=True, max_length=80, verbose_name='texte du lien')),
                    ('picture_alternative', models.CharField(blank=True, max_length=200, verbose_name='description de l’image')),
                    ('starts_on', models.DateField(blank=True, null=True, verbose_name='jour')),
                    ('start_time', models.TimeField(blank=True, null=True, verbose_name='heure de début')),
                    ('ends_on', models.DateField(blank=True, null=True, verbose_name='dernier jour')),
                    ('end_time', models.TimeField(blank=True, null=True, verbose_name='heure de fin')),
                    ('place', models.CharField(blank=True, max_length=200, verbose_name='lieu')),
                    ('gravity', models.PositiveSmallIntegerField(choices=[(1, 'information'), (2, 'vigilance'), (3, 'urgence')], default=1, verbose_name='gravité')),
                    ('is_safety', models.BooleanField(default=False, verbose_name='alerte de sécurité')),
                    ('appears_at', models.DateTimeField(verbose_name='paraît le')),
                    ('disappears_at', models.DateTimeField(verbose_name='disparaît le')),
                    ('offered_at', models.DateTimeField(verbose_name='proposé le')),
                    ('corrected_at', models.DateTimeField(blank=True, null=True, verbose_name='corrigé le')),
                    ('withdrawn_at', models.DateTimeField(blank=True, null=True, verbose_name='retiré le')),
                    ('appeared_at', models.DateTimeField(blank=True, null=True, verbose_name='paru le')),
                    ('disappeared_at', models.DateTimeField(blank=True, null=True, verbose_name='disparu le')),
                    ('audience_epci', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='territory.epci', verbose_name='intercommunalité')),
                    ('communes', models.ManyToManyField(blank=True, related_name='+', to='territory.commune', verbose_name='communes')),
                    ('department', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='territory.department', verbose_name='département')),
                    ('epci', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='territory.epci', verbose_name='au nom de')),
                    ('offered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='proposé par')),
                    ('operator', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='shares', to='people.operator', verbose_name='opérateur')),
                    ('picture', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='websites.communeimage', verbose_name='image')),
                ],
                options={
                    'verbose_name': 'contenu partagé',
                    'verbose_name_plural': 'contenus partagés',
                    'ordering': ['-offered_at', '-pk'],
                    'indexes': [models.Index(fields=['operator', 'disappears_at'], name='share_of_operator_by_end'), models.Index(condition=models.Q(('withdrawn_at', None)), fields=['disappears_at'], name='share_still_current')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('disappears_at__gt', models.F('appears_at'))), name='a_share_disappears_after_it_appears', violation_error_message='Il disparaît après avoir paru\xa0: vérifiez les deux moments.'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'event'), _negated=True), ('starts_on__isnull', False), _connector='OR'), name='a_shared_event_has_its_day', violation_error_message='Donnez le jour de l’événement.'), models.CheckConstraint(condition=models.Q(('ends_on__isnull', True), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='a_shared_event_ends_after_it_starts', violation_error_message='Le dernier jour vient après le premier\xa0: vérifiez les deux dates.'), models.CheckConstraint(condition=models.Q(models.Q(('audience', 'department'), ('audience_epci__isnull', True), ('department__isnull', False)), models.Q(('audience', 'epci'), ('audience_epci__isnull', False), ('department__isnull', True)), models.Q(('audience__in', ['all', 'communes']), ('audience_epci', None), ('department', None)), _connector='OR'), name='a_share_says_whom_it_is_for')],
                },
            ),
            migrations.CreateModel(
                name='ShareOffer',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('answer', models.CharField(choices=[('waiting', 'à décider'), ('accepted', 'acceptée'), ('refused', 'refusée')], default='waiting', max_length=8, verbose_name='réponse')),
                    ('is_automatic', models.BooleanField(default=False, verbose_name='réponse donnée d’avance')),
                    ('offered_at', models.DateTimeField(verbose_name='proposé le')),
                    ('answered_at', models.DateTimeField(blank=True, null=True, verbose_name='répondu le')),
                    ('left_at', models.DateTimeField(blank=True, null=True, verbose_name='n’est plus pour ce site depuis le')),
                    ('answered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='répondu par')),
                    ('share', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='offers', to='syndication.share', verbose_name='contenu partagé')),
                    ('website', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='share_offers', to='websites.website', verbose_name='site internet')),
                ],
                options={
                    'verbose_name': 'proposition faite à un site',
                    'verbose_name_plural': 'propositions faites aux sites',
                    'ordering': ['-offered_at', '-pk'],
                    'indexes': [models.Index(fields=['website', 'answer'], name='share_offer_by_answer')],
                    'constraints': [models.UniqueConstraint(fields=('share', 'website'), name='a_share_is_offered_once_to_a_site')],
                },
            ),
            migrations.CreateModel(
                name='SharingChoice',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('policy', models.CharField(choices=[('ask', 'me demander chaque fois'), ('accept', 'tout accepter'), ('refuse', 'tout refuser')], default='ask', max_length=8, verbose_name='choix')),
                    ('is_safety_accepted', models.BooleanField(default=False, verbose_name='alertes de sécurité acceptées d’avance')),
                    ('chosen_at', models.DateTimeField(verbose_name='choisi le')),
                    ('epci', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='territory.epci', verbose_name='intercommunalité')),
                    ('operator', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.operator', verbose_name='opérateur')),
                    ('website', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sharing_choices', to='websites.website', verbose_name='site internet')),
                ],
                options={
                    'verbose_name': 'choix d’une mairie envers une origine',
                    'verbose_name_plural': 'choix des mairies envers les origines',
                    'constraints': [models.UniqueConstraint(condition=models.Q(('epci__isnull', False)), fields=('website', 'epci'), name='one_choice_by_site_and_epci'), models.UniqueConstraint(condition=models.Q(('operator__isnull', False)), fields=('website', 'operator'), name='one_choice_by_site_and_operator'), models.CheckConstraint(condition=models.Q(models.Q(('epci__isnull', True), ('operator__isnull', False)), models.Q(('epci__isnull', False), ('operator__isnull', True)), _connector='OR'), name='a_sharing_choice_is_about_one_source')],
                },
            ),
        ]),
    ]
