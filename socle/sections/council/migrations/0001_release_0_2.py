import django.db.models.deletion
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
                name='CouncilPage',
                fields=[
                    ('page_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to='wagtailcore.page')),
                    ('introduction', models.TextField(blank=True, max_length=400, verbose_name='introduction')),
                    ('body', wagtail.fields.StreamField([('text', 0), ('title', 2), ('picture', 7), ('file', 10), ('notice', 13), ('question', 16), ('hours', 17)], blank=True, block_lookup={0: ('wagtail.blocks.RichTextBlock', (), {'features': ['h3', 'bold', 'italic', 'ol', 'ul', 'link', 'document-link'], 'icon': 'pilcrow', 'label': 'Texte', 'template': 'websites/blocks/text.html'}), 1: ('wagtail.blocks.CharBlock', (), {'label': 'Intertitre', 'max_length': 120}), 2: ('wagtail.blocks.StructBlock', [[('text', 1)]], {}), 3: ('wagtail.images.blocks.ImageChooserBlock', (), {'label': 'Image'}), 4: ('wagtail.blocks.CharBlock', (), {'help_text': 'Une phrase, ce que l’image apprend\xa0: «\xa0La place et l’église, un matin d’automne\xa0».', 'label': 'Description pour les personnes qui ne voient pas l’image', 'max_length': 200, 'required': False}), 5: ('wagtail.blocks.BooleanBlock', (), {'help_text': 'Elle n’apprend rien que le texte ne dise\xa0: qui écoute la page passera par-dessus.', 'label': 'Elle ne fait que décorer', 'required': False}), 6: ('wagtail.blocks.CharBlock', (), {'label': 'Légende', 'max_length': 200, 'required': False}), 7: ('wagtail.blocks.StructBlock', [[('image', 3), ('alternative', 4), ('is_decorative', 5), ('caption', 6)]], {}), 8: ('wagtail.documents.blocks.DocumentChooserBlock', (), {'label': 'Document'}), 9: ('wagtail.blocks.CharBlock', (), {'help_text': 'À défaut\xa0: son titre.', 'label': 'Intitulé', 'max_length': 200, 'required': False}), 10: ('wagtail.blocks.StructBlock', [[('document', 8), ('title', 9)]], {}), 11: ('wagtail.blocks.CharBlock', (), {'label': 'Titre de l’encadré', 'max_length': 120}), 12: ('wagtail.blocks.RichTextBlock', (), {'features': ['bold', 'italic', 'ol', 'ul', 'link', 'document-link'], 'label': 'Texte'}), 13: ('wagtail.blocks.StructBlock', [[('title', 11), ('text', 12)]], {}), 14: ('wagtail.blocks.CharBlock', (), {'label': 'Question', 'max_length': 200}), 15: ('wagtail.blocks.RichTextBlock', (), {'features': ['bold', 'italic', 'ol', 'ul', 'link', 'document-link'], 'label': 'Réponse'}), 16: ('wagtail.blocks.StructBlock', [[('question', 14), ('answer', 15)]], {}), 17: ('socle.sites.blocks.OpeningHoursBlock', (), {})}, verbose_name='commissions et documents')),
                ],
                options={
                    'verbose_name': 'page du conseil',
                    'verbose_name_plural': 'pages du conseil',
                },
                bases=('wagtailcore.page',),
            ),
            migrations.CreateModel(
                name='Councillor',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(max_length=120, verbose_name='prénom et nom')),
                    ('civility', models.CharField(blank=True, choices=[('', 'non précisée'), ('mrs', 'madame'), ('mr', 'monsieur')], max_length=3, verbose_name='civilité')),
                    ('function', models.CharField(choices=[('mayor', 'maire'), ('deputy', 'adjoint ou adjointe'), ('delegated', 'conseiller ou conseillère avec délégation'), ('member', 'conseiller ou conseillère')], default='member', max_length=10, verbose_name='fonction')),
                    ('position', models.PositiveSmallIntegerField(verbose_name='rang')),
                    ('delegation', models.CharField(blank=True, max_length=300, verbose_name='délégation')),
                    ('portrait_agreed_on', models.DateField(blank=True, null=True, verbose_name='accord pour le portrait donné le')),
                    ('portrait', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='websites.communeimage', verbose_name='portrait')),
                    ('website', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='councillors', to='websites.website', verbose_name='site internet')),
                ],
                options={
                    'verbose_name': 'membre du conseil',
                    'verbose_name_plural': 'membres du conseil',
                    'ordering': ['position', 'pk'],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('function', 'mayor')), fields=('website',), name='a_council_has_one_mayor', violation_error_message='Une seule personne est maire à la fois.'), models.CheckConstraint(condition=models.Q(('portrait__isnull', True), ('portrait_agreed_on__isnull', False), _connector='OR'), name='a_portrait_is_shown_with_consent', violation_error_message='Un portrait se montre avec l’accord de la personne.')],
                },
            ),
        ]),
    ]
