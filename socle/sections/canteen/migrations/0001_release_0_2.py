import django.db.models.deletion
import wagtail.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('wagtailcore', '0097_baselogentry_uuid_action_timestamp_indexes'),
    ]

    operations = [
        migrations.CreateModel(
            name='MenuPage',
            fields=[
                ('page_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to='wagtailcore.page')),
                ('introduction', models.CharField(blank=True, max_length=300, verbose_name='introduction')),
                ('body', wagtail.fields.StreamField([('text', 0), ('title', 2), ('picture', 7), ('file', 10), ('notice', 13), ('question', 16), ('hours', 17)], blank=True, block_lookup={0: ('wagtail.blocks.RichTextBlock', (), {'features': ['h3', 'bold', 'italic', 'ol', 'ul', 'link', 'document-link'], 'icon': 'pilcrow', 'label': 'Texte', 'template': 'websites/blocks/text.html'}), 1: ('wagtail.blocks.CharBlock', (), {'label': 'Intertitre', 'max_length': 120}), 2: ('wagtail.blocks.StructBlock', [[('text', 1)]], {}), 3: ('wagtail.images.blocks.ImageChooserBlock', (), {'label': 'Image'}), 4: ('wagtail.blocks.CharBlock', (), {'help_text': 'Une phrase, ce que l’image apprend\xa0: «\xa0La place et l’église, un matin d’automne\xa0».', 'label': 'Description pour les personnes qui ne voient pas l’image', 'max_length': 200, 'required': False}), 5: ('wagtail.blocks.BooleanBlock', (), {'help_text': 'Elle n’apprend rien que le texte ne dise\xa0: qui écoute la page passera par-dessus.', 'label': 'Elle ne fait que décorer', 'required': False}), 6: ('wagtail.blocks.CharBlock', (), {'label': 'Légende', 'max_length': 200, 'required': False}), 7: ('wagtail.blocks.StructBlock', [[('image', 3), ('alternative', 4), ('is_decorative', 5), ('caption', 6)]], {}), 8: ('wagtail.documents.blocks.DocumentChooserBlock', (), {'label': 'Document'}), 9: ('wagtail.blocks.CharBlock', (), {'help_text': 'À défaut\xa0: son titre.', 'label': 'Intitulé', 'max_length': 200, 'required': False}), 10: ('wagtail.blocks.StructBlock', [[('document', 8), ('title', 9)]], {}), 11: ('wagtail.blocks.CharBlock', (), {'label': 'Titre de l’encadré', 'max_length': 120}), 12: ('wagtail.blocks.RichTextBlock', (), {'features': ['bold', 'italic', 'ol', 'ul', 'link', 'document-link'], 'label': 'Texte'}), 13: ('wagtail.blocks.StructBlock', [[('title', 11), ('text', 12)]], {}), 14: ('wagtail.blocks.CharBlock', (), {'label': 'Question', 'max_length': 200}), 15: ('wagtail.blocks.RichTextBlock', (), {'features': ['bold', 'italic', 'ol', 'ul', 'link', 'document-link'], 'label': 'Réponse'}), 16: ('wagtail.blocks.StructBlock', [[('question', 14), ('answer', 15)]], {}), 17: ('socle.sites.blocks.OpeningHoursBlock', (), {})}, verbose_name='inscriptions, tarifs et documents')),
            ],
            options={
                'verbose_name': 'page des menus de la cantine',
                'verbose_name_plural': 'pages des menus de la cantine',
            },
            bases=('wagtailcore.page',),
        ),
        migrations.CreateModel(
            name='MenuWeekPage',
            fields=[
                ('page_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to='wagtailcore.page')),
                ('week_on', models.DateField(help_text='Un jour de la semaine suffit\xa0: le lundi s’en déduit.', verbose_name='semaine du')),
                ('served', models.TextField(blank=True, help_text='Tapez ou collez le menu. Une ligne «\xa0Lundi\xa0» commence un jour, un plat par ligne ensuite.', max_length=4000, verbose_name='ce qui est servi')),
                ('allergens', models.TextField(blank=True, help_text='Comme la cuisine les indique.', max_length=1000, verbose_name='allergènes')),
                ('body', wagtail.fields.StreamField([('file', 2)], blank=True, block_lookup={0: ('wagtail.documents.blocks.DocumentChooserBlock', (), {'label': 'Document'}), 1: ('wagtail.blocks.CharBlock', (), {'help_text': 'À défaut\xa0: son titre.', 'label': 'Intitulé', 'max_length': 200, 'required': False}), 2: ('wagtail.blocks.StructBlock', [[('document', 0), ('title', 1)]], {})}, verbose_name='le menu en document')),
            ],
            options={
                'verbose_name': 'menu d’une semaine',
                'verbose_name_plural': 'menus des semaines',
            },
            bases=('wagtailcore.page',),
        ),
    ]
