import django.db.models.deletion
import modelcluster.fields
import wagtail.contrib.routable_page.models
import wagtail.fields
from django.db import migrations, models

from socle.lib.migrating import CreateModels


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('wagtailcore', '0097_baselogentry_uuid_action_timestamp_indexes'),
        ('websites', '0001_release_0_2'),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='EventIndexPage',
                fields=[
                    ('page_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to='wagtailcore.page')),
                    ('introduction', models.CharField(blank=True, max_length=300, verbose_name='introduction')),
                ],
                options={
                    'verbose_name': 'page de l’agenda',
                    'verbose_name_plural': 'pages de l’agenda',
                },
                bases=(wagtail.contrib.routable_page.models.RoutablePageMixin, 'wagtailcore.page'),
            ),
            migrations.CreateModel(
                name='EventPage',
                fields=[
                    ('page_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to='wagtailcore.page')),
                    ('starts_on', models.DateField(help_text='Le premier jour s’il dure, ou s’il se répète.', verbose_name='jour')),
                    ('start_time', models.TimeField(blank=True, help_text='Vide\xa0: toute la journée.', null=True, verbose_name='heure de début')),
                    ('ends_on', models.DateField(blank=True, help_text='Vide\xa0: le même jour.', null=True, verbose_name='dernier jour')),
                    ('end_time', models.TimeField(blank=True, null=True, verbose_name='heure de fin')),
                    ('rhythm', models.CharField(choices=[('once', 'une seule fois'), ('weekly', 'chaque semaine'), ('fortnightly', 'une semaine sur deux'), ('monthly', 'chaque mois, le même jour de la semaine (par exemple le deuxième samedi)'), ('monthly_last', 'chaque mois, le dernier jour de ce nom (par exemple le dernier samedi)')], default='once', max_length=20, verbose_name='a lieu')),
                    ('repeats_until', models.DateField(blank=True, help_text='Vide\xa0: sans fin prévue.', null=True, verbose_name='jusqu’au')),
                    ('last_on', models.DateField(blank=True, db_index=True, editable=False, null=True, verbose_name='dernier jour de la dernière fois')),
                    ('place', models.CharField(help_text='Par exemple\xa0: salle des fêtes, 3 rue de l’Église.', max_length=200, verbose_name='lieu')),
                    ('summary', models.TextField(help_text='Ce texte s’affiche aussi dans l’agenda.', max_length=400, verbose_name='en deux phrases')),
                    ('picture_alternative', models.CharField(blank=True, help_text='Pour qui ne voit pas l’image. Une affiche\xa0: tout ce qu’elle apprend.', max_length=200, verbose_name='description de l’image')),
                    ('picture_is_decorative', models.BooleanField(db_default=False, default=False, help_text='Elle n’apprend rien que le texte ne dise.', verbose_name='elle ne fait que décorer')),
                    ('body', wagtail.fields.StreamField([('text', 0), ('title', 2), ('picture', 7), ('file', 10), ('notice', 13), ('question', 16), ('hours', 17)], blank=True, block_lookup={0: ('wagtail.blocks.RichTextBlock', (), {'features': ['h3', 'bold', 'italic', 'ol', 'ul', 'link', 'document-link'], 'icon': 'pilcrow', 'label': 'Texte', 'template': 'websites/blocks/text.html'}), 1: ('wagtail.blocks.CharBlock', (), {'label': 'Intertitre', 'max_length': 120}), 2: ('wagtail.blocks.StructBlock', [[('text', 1)]], {}), 3: ('wagtail.images.blocks.ImageChooserBlock', (), {'label': 'Image'}), 4: ('wagtail.blocks.CharBlock', (), {'help_text': 'Une phrase, ce que l’image apprend\xa0: «\xa0La place et l’église, un matin d’automne\xa0».', 'label': 'Description pour les personnes qui ne voient pas l’image', 'max_length': 200, 'required': False}), 5: ('wagtail.blocks.BooleanBlock', (), {'help_text': 'Elle n’apprend rien que le texte ne dise\xa0: qui écoute la page passera par-dessus.', 'label': 'Elle ne fait que décorer', 'required': False}), 6: ('wagtail.blocks.CharBlock', (), {'label': 'Légende', 'max_length': 200, 'required': False}), 7: ('wagtail.blocks.StructBlock', [[('image', 3), ('alternative', 4), ('is_decorative', 5), ('caption', 6)]], {}), 8: ('wagtail.documents.blocks.DocumentChooserBlock', (), {'label': 'Document'}), 9: ('wagtail.blocks.CharBlock', (), {'help_text': 'À défaut\xa0: son titre.', 'label': 'Intitulé', 'max_length': 200, 'required': False}), 10: ('wagtail.blocks.StructBlock', [[('document', 8), ('title', 9)]], {}), 11: ('wagtail.blocks.CharBlock', (), {'label': 'Titre de l’encadré', 'max_length': 120}), 12: ('wagtail.blocks.RichTextBlock', (), {'features': ['bold', 'italic', 'ol', 'ul', 'link', 'document-link'], 'label': 'Texte'}), 13: ('wagtail.blocks.StructBlock', [[('title', 11), ('text', 12)]], {}), 14: ('wagtail.blocks.CharBlock', (), {'label': 'Question', 'max_length': 200}), 15: ('wagtail.blocks.RichTextBlock', (), {'features': ['bold', 'italic', 'ol', 'ul', 'link', 'document-link'], 'label': 'Réponse'}), 16: ('wagtail.blocks.StructBlock', [[('question', 14), ('answer', 15)]], {}), 17: ('socle.sites.blocks.OpeningHoursBlock', (), {})}, verbose_name='texte complet')),
                    ('contact', models.CharField(blank=True, help_text='Qui renseigne\xa0: un nom d’association, un téléphone…', max_length=200, verbose_name='contact')),
                    ('is_free', models.BooleanField(default=False, verbose_name='entrée gratuite')),
                    ('price', models.CharField(blank=True, help_text='Par exemple\xa0: 5\xa0€ par adulte.', max_length=100, verbose_name='tarif')),
                    ('picture', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='websites.communeimage', verbose_name='image')),
                ],
                options={
                    'verbose_name': 'événement',
                    'constraints': [models.CheckConstraint(condition=models.Q(('ends_on__isnull', True), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='an_event_ends_after_it_starts', violation_error_message='Le dernier jour vient après le premier\xa0: vérifiez les deux dates.')],
                },
                bases=('wagtailcore.page',),
            ),
            migrations.CreateModel(
                name='SkippedDay',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('skipped_on', models.DateField(verbose_name='jour sans')),
                    ('event', modelcluster.fields.ParentalKey(on_delete=django.db.models.deletion.CASCADE, related_name='skipped_days', to='events.eventpage', verbose_name='événement')),
                ],
                options={
                    'verbose_name': 'jour sans événement',
                    'verbose_name_plural': 'jours sans événement',
                    'ordering': ['skipped_on'],
                },
            ),
        ]),
    ]
