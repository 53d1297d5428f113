import django.db.models.deletion
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
                name='WastePage',
                fields=[
                    ('page_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to='wagtailcore.page')),
                    ('introduction', models.CharField(blank=True, max_length=300, verbose_name='introduction')),
                    ('body', wagtail.fields.StreamField([('text', 0), ('title', 2), ('picture', 7), ('file', 10), ('notice', 13), ('question', 16), ('hours', 17)], blank=True, block_lookup={0: ('wagtail.blocks.RichTextBlock', (), {'features': ['h3', 'bold', 'italic', 'ol', 'ul', 'link', 'document-link'], 'icon': 'pilcrow', 'label': 'Texte', 'template': 'websites/blocks/text.html'}), 1: ('wagtail.blocks.CharBlock', (), {'label': 'Intertitre', 'max_length': 120}), 2: ('wagtail.blocks.StructBlock', [[('text', 1)]], {}), 3: ('wagtail.images.blocks.ImageChooserBlock', (), {'label': 'Image'}), 4: ('wagtail.blocks.CharBlock', (), {'help_text': 'Une phrase, ce que l’image apprend\xa0: «\xa0La place et l’église, un matin d’automne\xa0».', 'label': 'Description pour les personnes qui ne voient pas l’image', 'max_length': 200, 'required': False}), 5: ('wagtail.blocks.BooleanBlock', (), {'help_text': 'Elle n’apprend rien que le texte ne dise\xa0: qui écoute la page passera par-dessus.', 'label': 'Elle ne fait que décorer', 'required': False}), 6: ('wagtail.blocks.CharBlock', (), {'label': 'Légende', 'max_length': 200, 'required': False}), 7: ('wagtail.blocks.StructBlock', [[('image', 3), ('alternative', 4), ('is_decorative', 5), ('caption', 6)]], {}), 8: ('wagtail.documents.blocks.DocumentChooserBlock', (), {'label': 'Document'}), 9: ('wagtail.blocks.CharBlock', (), {'help_text': 'À défaut\xa0: son titre.', 'label': 'Intitulé', 'max_length': 200, 'required': False}), 10: ('wagtail.blocks.StructBlock', [[('document', 8), ('title', 9)]], {}), 11: ('wagtail.blocks.CharBlock', (), {'label': 'Titre de l’encadré', 'max_length': 120}), 12: ('wagtail.blocks.RichTextBlock', (), {'features': ['bold', 'italic', 'ol', 'ul', 'link', 'document-link'], 'label': 'Texte'}), 13: ('wagtail.blocks.StructBlock', [[('title', 11), ('text', 12)]], {}), 14: ('wagtail.blocks.CharBlock', (), {'label': 'Question', 'max_length': 200}), 15: ('wagtail.blocks.RichTextBlock', (), {'features': ['bold', 'italic', 'ol', 'ul', 'link', 'document-link'], 'label': 'Réponse'}), 16: ('wagtail.blocks.StructBlock', [[('question', 14), ('answer', 15)]], {}), 17: ('socle.sites.blocks.OpeningHoursBlock', (), {})}, verbose_name='consignes et documents')),
                ],
                options={
                    'verbose_name': 'page de la collecte des déchets',
                    'verbose_name_plural': 'pages de la collecte des déchets',
                },
                bases=(wagtail.contrib.routable_page.models.RoutablePageMixin, 'wagtailcore.page'),
            ),
            migrations.CreateModel(
                name='WasteRound',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('added_at', models.DateTimeField(verbose_name='ajouté le')),
                    ('kind', models.CharField(choices=[('household', 'ordures ménagères'), ('packaging', 'emballages et papiers'), ('glass', 'verre'), ('bio', 'biodéchets'), ('green', 'déchets verts'), ('bulky', 'encombrants'), ('other', 'autres déchets')], default='household', max_length=20, verbose_name='ce qui est collecté')),
                    ('sector', models.CharField(blank=True, max_length=80, verbose_name='secteur')),
                    ('day', models.PositiveSmallIntegerField(choices=[(1, 'lundi'), (2, 'mardi'), (3, 'mercredi'), (4, 'jeudi'), (5, 'vendredi'), (6, 'samedi'), (7, 'dimanche')], verbose_name='jour')),
                    ('rhythm', models.CharField(choices=[('weekly', 'toutes les semaines'), ('even', 'les semaines paires'), ('odd', 'les semaines impaires'), ('1', 'une fois par mois, le premier'), ('2', 'une fois par mois, le deuxième'), ('3', 'une fois par mois, le troisième'), ('4', 'une fois par mois, le quatrième'), ('-1', 'une fois par mois, le dernier')], default='weekly', max_length=10, verbose_name='rythme')),
                    ('starts_on', models.DateField(blank=True, null=True, verbose_name='à partir du')),
                    ('ends_on', models.DateField(blank=True, null=True, verbose_name='jusqu’au')),
                    ('advice', models.CharField(blank=True, max_length=200, verbose_name='consigne')),
                    ('website', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='websites.website', verbose_name='site internet')),
                ],
                options={
                    'verbose_name': 'tournée de collecte',
                    'verbose_name_plural': 'tournées de collecte',
                    'ordering': ['sector', 'day', 'kind', 'pk'],
                    'constraints': [models.CheckConstraint(condition=models.Q(('day__gte', 1), ('day__lte', 7)), name='a_round_is_on_a_day_of_the_week'), models.CheckConstraint(condition=models.Q(('starts_on', None), ('ends_on', None), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='a_round_ends_after_it_starts', violation_error_message='Le dernier jour vient après le premier\xa0: vérifiez les deux dates.')],
                },
            ),
            migrations.CreateModel(
                name='WasteShift',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('added_at', models.DateTimeField(verbose_name='ajouté le')),
                    ('usual_on', models.DateField(verbose_name='jour habituel')),
                    ('moved_on', models.DateField(blank=True, null=True, verbose_name='jour de remplacement')),
                    ('reason', models.CharField(blank=True, max_length=120, verbose_name='motif')),
                    ('website', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='websites.website', verbose_name='site internet')),
                ],
                options={
                    'verbose_name': 'jour de collecte déplacé',
                    'verbose_name_plural': 'jours de collecte déplacés',
                    'ordering': ['usual_on', 'pk'],
                    'constraints': [models.UniqueConstraint(fields=('website', 'usual_on'), name='one_shift_by_day_of_collection', violation_error_message='Ce jour est déjà déplacé\xa0: retirez d’abord ce qui est dit.')],
                },
            ),
        ]),
    ]
