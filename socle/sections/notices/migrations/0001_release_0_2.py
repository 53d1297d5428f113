import django.db.models.deletion
import wagtail.contrib.routable_page.models
import wagtail.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('wagtailcore', '0097_baselogentry_uuid_action_timestamp_indexes'),
    ]

    operations = [
        migrations.CreateModel(
            name='NoticeIndexPage',
            fields=[
                ('page_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to='wagtailcore.page')),
                ('introduction', models.CharField(blank=True, max_length=300, verbose_name='introduction')),
            ],
            options={
                'verbose_name': 'page des annonces',
                'verbose_name_plural': 'pages des annonces',
            },
            bases=(wagtail.contrib.routable_page.models.RoutablePageMixin, 'wagtailcore.page'),
        ),
        migrations.CreateModel(
            name='NoticePage',
            fields=[
                ('page_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to='wagtailcore.page')),
                ('category', models.CharField(choices=[('works', 'travaux'), ('job', 'offre d’emploi'), ('tender', 'marché public'), ('inquiry', 'enquête publique')], default='works', max_length=10, verbose_name='rubrique')),
                ('summary', models.TextField(help_text='Ce texte s’affiche aussi dans la liste.', max_length=400, verbose_name='en deux phrases')),
                ('starts_on', models.DateField(blank=True, help_text='Vide si seule compte la date limite (emploi, marché).', null=True, verbose_name='premier jour')),
                ('ends_on', models.DateField(help_text='Fin des travaux ou de l’enquête, date limite des candidatures ou des offres. Une prévision suffit.', verbose_name='dernier jour')),
                ('ends_at', models.TimeField(blank=True, help_text='Pour un marché\xa0: l’heure de Paris, par exemple 12:00.', null=True, verbose_name='heure limite')),
                ('place', models.CharField(blank=True, help_text='Par exemple\xa0: rue de l’Église.', max_length=200, verbose_name='lieu')),
                ('contact', models.CharField(blank=True, max_length=200, verbose_name='qui renseigne')),
                ('link', models.URLField(blank=True, help_text='Pour un marché, la page du profil d’acheteur où retirer le dossier et répondre. L’adresse commence par https://.', max_length=500, verbose_name='lien')),
                ('body', wagtail.fields.StreamField([('text', 0), ('title', 2), ('picture', 7), ('file', 10), ('notice', 13), ('question', 16), ('hours', 17)], blank=True, block_lookup={0: ('wagtail.blocks.RichTextBlock', (), {'features': ['h3', 'bold', 'italic', 'ol', 'ul', 'link', 'document-link'], 'icon': 'pilcrow', 'label': 'Texte', 'template': 'websites/blocks/text.html'}), 1: ('wagtail.blocks.CharBlock', (), {'label': 'Intertitre', 'max_length': 120}), 2: ('wagtail.blocks.StructBlock', [[('text', 1)]], {}), 3: ('wagtail.images.blocks.ImageChooserBlock', (), {'label': 'Image'}), 4: ('wagtail.blocks.CharBlock', (), {'help_text': 'Une phrase, ce que l’image apprend\xa0: «\xa0La place et l’église, un matin d’automne\xa0».', 'label': 'Description pour les personnes qui ne voient pas l’image', 'max_length': 200, 'required': False}), 5: ('wagtail.blocks.BooleanBlock', (), {'help_text': 'Elle n’apprend rien que le texte ne dise\xa0: qui écoute la page passera par-dessus.', 'label': 'Elle ne fait que décorer', 'required': False}), 6: ('wagtail.blocks.CharBlock', (), {'label': 'Légende', 'max_length': 200, 'required': False}), 7: ('wagtail.blocks.StructBlock', [[('image', 3), ('alternative', 4), ('is_decorative', 5), ('caption', 6)]], {}), 8: ('wagtail.documents.blocks.DocumentChooserBlock', (), {'label': 'Document'}), 9: ('wagtail.blocks.CharBlock', (), {'help_text': 'À défaut\xa0: son titre.', 'label': 'Intitulé', 'max_length': 200, 'required': False}), 10: ('wagtail.blocks.StructBlock', [[('document', 8), ('title', 9)]], {}), 11: ('wagtail.blocks.CharBlock', (), {'label': 'Titre de l’encadré', 'max_length': 120}), 12: ('wagtail.blocks.RichTextBlock', (), {'features': ['bold', 'italic', 'ol', 'ul', 'link', 'document-link'], 'label': 'Texte'}), 13: ('wagtail.blocks.StructBlock', [[('title', 11), ('text', 12)]], {}), 14: ('wagtail.blocks.CharBlock', (), {'label': 'Question', 'max_length': 200}), 15: ('wagtail.blocks.RichTextBlock', (), {'features': ['bold', 'italic', 'ol', 'ul', 'link', 'document-link'], 'label': 'Réponse'}), 16: ('wagtail.blocks.StructBlock', [[('question', 14), ('answer', 15)]], {}), 17: ('socle.sites.blocks.OpeningHoursBlock', (), {})}, verbose_name='texte complet et documents')),
            ],
            options={
                'verbose_name': 'annonce',
                'constraints': [models.CheckConstraint(condition=models.Q(('starts_on__isnull', True), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='a_notice_ends_after_it_starts', violation_error_message='Le dernier jour vient après le premier\xa0: vérifiez les deux dates.')],
            },
            bases=('wagtailcore.page',),
        ),
    ]
