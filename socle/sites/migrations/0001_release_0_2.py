import django.core.validators
import django.db.models.deletion
import modelsearch.index
import socle.sites.models.media
import socle.sites.models.pages
import taggit.managers
import wagtail.contrib.routable_page.models
import wagtail.fields
import wagtail.images.models
import wagtail.models.media
from django.conf import settings
from django.db import migrations, models

from socle.lib.migrating import CreateModels


def remove_default_site(apps, schema_editor):
    """Wagtail is born with a default site and a welcome page: with them, an unknown host would show somebody's site."""
    Site = apps.get_model("wagtailcore", "Site")
    Page = apps.get_model("wagtailcore", "Page")
    Site.objects.filter(is_default_site=True).delete()
    welcome = Page.objects.filter(depth=2, content_type__app_label="wagtailcore", content_type__model="page")
    if welcome.exists():
        welcome.delete()
        root = Page.objects.get(depth=1)
        root.numchild = Page.objects.filter(depth=2).count()
        root.save(update_fields=["numchild"])


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('people', '0001_release_0_2'),
        ('people', '__first__'),
        ('taggit', '0006_rename_taggeditem_content_type_object_id_taggit_tagg_content_8fc721_idx'),
        ('wagtailcore', '0097_baselogentry_uuid_action_timestamp_indexes'),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='ActsPage',
                fields=[
                    ('page_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to='wagtailcore.page')),
                    ('introduction', models.TextField(blank=True, max_length=400, verbose_name='introduction')),
                ],
                options={
                    'verbose_name': 'page des actes',
                    'verbose_name_plural': 'pages des actes',
                },
                bases=(wagtail.contrib.routable_page.models.RoutablePageMixin, 'wagtailcore.page'),
            ),
            migrations.CreateModel(
                name='ContactPage',
                fields=[
                    ('page_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to='wagtailcore.page')),
                    ('introduction', models.TextField(blank=True, max_length=400, verbose_name='introduction')),
                    ('body', wagtail.fields.StreamField([('text', 0), ('title', 2), ('picture', 7), ('file', 10), ('notice', 13), ('question', 16), ('hours', 17)], blank=True, block_lookup={0: ('wagtail.blocks.RichTextBlock', (), {'features': ['h3', 'bold', 'italic', 'ol', 'ul', 'link', 'document-link'], 'icon': 'pilcrow', 'label': 'Texte', 'template': 'websites/blocks/text.html'}), 1: ('wagtail.blocks.CharBlock', (), {'label': 'Intertitre', 'max_length': 120}), 2: ('wagtail.blocks.StructBlock', [[('text', 1)]], {}), 3: ('wagtail.images.blocks.ImageChooserBlock', (), {'label': 'Image'}), 4: ('wagtail.blocks.CharBlock', (), {'help_text': 'Une phrase, ce que l’image apprend\xa0: «\xa0La place et l’église, un matin d’automne\xa0».', 'label': 'Description pour les personnes qui ne voient pas l’image', 'max_length': 200, 'required': False}), 5: ('wagtail.blocks.BooleanBlock', (), {'help_text': 'Elle n’apprend rien que le texte ne dise\xa0: qui écoute la page passera par-dessus.', 'label': 'Elle ne fait que décorer', 'required': False}), 6: ('wagtail.blocks.CharBlock', (), {'label': 'Légende', 'max_length': 200, 'required': False}), 7: ('wagtail.blocks.StructBlock', [[('image', 3), ('alternative', 4), ('is_decorative', 5), ('caption', 6)]], {}), 8: ('wagtail.documents.blocks.DocumentChooserBlock', (), {'label': 'Document'}), 9: ('wagtail.blocks.CharBlock', (), {'help_text': 'À défaut\xa0: son titre.', 'label': 'Intitulé', 'max_length': 200, 'required': False}), 10: ('wagtail.blocks.StructBlock', [[('document', 8), ('title', 9)]], {}), 11: ('wagtail.blocks.CharBlock', (), {'label': 'Titre de l’encadré', 'max_length': 120}), 12: ('wagtail.blocks.RichTextBlock', (), {'features': ['bold', 'italic', 'ol', 'ul', 'link', 'document-link'], 'label': 'Texte'}), 13: ('wagtail.blocks.StructBlock', [[('title', 11), ('text', 12)]], {}), 14: ('wagtail.blocks.CharBlock', (), {'label': 'Question', 'max_length': 200}), 15: ('wagtail.blocks.RichTextBlock', (), {'features': ['bold', 'italic', 'ol', 'ul', 'link', 'document-link'], 'label': 'Réponse'}), 16: ('wagtail.blocks.StructBlock', [[('question', 14), ('answer', 15)]], {}), 17: ('socle.sites.blocks.OpeningHoursBlock', (), {})}, verbose_name='contenu')),
                ],
                options={
                    'verbose_name': 'page de contact',
                    'verbose_name_plural': 'pages de contact',
                },
                bases=('wagtailcore.page',),
            ),
            migrations.CreateModel(
                name='LegalNoticePage',
                fields=[
                    ('page_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to='wagtailcore.page')),
                    ('complement', wagtail.fields.RichTextField(blank=True, verbose_name='complément de la commune')),
                ],
                options={
                    'verbose_name': 'page des mentions légales',
                    'verbose_name_plural': 'pages des mentions légales',
                },
                bases=('wagtailcore.page',),
            ),
            migrations.CreateModel(
                name='NewsIndexPage',
                fields=[
                    ('page_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to='wagtailcore.page')),
                    ('introduction', models.CharField(blank=True, max_length=300, verbose_name='introduction')),
                ],
                options={
                    'verbose_name': 'page des actualités',
                    'verbose_name_plural': 'pages des actualités',
                },
                bases=(wagtail.contrib.routable_page.models.RoutablePageMixin, 'wagtailcore.page'),
            ),
            migrations.CreateModel(
                name='PersonalDataPage',
                fields=[
                    ('page_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to='wagtailcore.page')),
                    ('complement', wagtail.fields.RichTextField(blank=True, verbose_name='complément de la commune')),
                ],
                options={
                    'verbose_name': 'page des données personnelles',
                    'verbose_name_plural': 'pages des données personnelles',
                },
                bases=('wagtailcore.page',),
            ),
            migrations.CreateModel(
                name='ProceduresPage',
                fields=[
                    ('page_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to='wagtailcore.page')),
                    ('introduction', models.TextField(blank=True, max_length=400, verbose_name='introduction')),
                    ('procedures', wagtail.fields.StreamField([('procedure', 3)], blank=True, block_lookup={0: ('wagtail.blocks.CharBlock', (), {'label': 'Démarche', 'max_length': 120}), 1: ('wagtail.blocks.TextBlock', (), {'label': 'En deux phrases', 'max_length': 400}), 2: ('wagtail.blocks.URLBlock', (), {'help_text': 'Par exemple une fiche de service-public.gouv.fr. L’adresse commence par https://.', 'label': 'Page officielle', 'required': False}), 3: ('wagtail.blocks.StructBlock', [[('title', 0), ('summary', 1), ('link', 2)]], {})}, verbose_name='démarches')),
                    ('body', wagtail.fields.StreamField([('text', 0), ('title', 2), ('picture', 7), ('file', 10), ('notice', 13), ('question', 16), ('hours', 17)], blank=True, block_lookup={0: ('wagtail.blocks.RichTextBlock', (), {'features': ['h3', 'bold', 'italic', 'ol', 'ul', 'link', 'document-link'], 'icon': 'pilcrow', 'label': 'Texte', 'template': 'websites/blocks/text.html'}), 1: ('wagtail.blocks.CharBlock', (), {'label': 'Intertitre', 'max_length': 120}), 2: ('wagtail.blocks.StructBlock', [[('text', 1)]], {}), 3: ('wagtail.images.blocks.ImageChooserBlock', (), {'label': 'Image'}), 4: ('wagtail.blocks.CharBlock', (), {'help_text': 'Une phrase, ce que l’image apprend\xa0: «\xa0La place et l’église, un matin d’automne\xa0».', 'label': 'Description pour les personnes qui ne voient pas l’image', 'max_length': 200, 'required': False}), 5: ('wagtail.blocks.BooleanBlock', (), {'help_text': 'Elle n’apprend rien que le texte ne dise\xa0: qui écoute la page passera par-dessus.', 'label': 'Elle ne fait que décorer', 'required': False}), 6: ('wagtail.blocks.CharBlock', (), {'label': 'Légende', 'max_length': 200, 'required': False}), 7: ('wagtail.blocks.StructBlock', [[('image', 3), ('alternative', 4), ('is_decorative', 5), ('caption', 6)]], {}), 8: ('wagtail.documents.blocks.DocumentChooserBlock', (), {'label': 'Document'}), 9: ('wagtail.blocks.CharBlock', (), {'help_text': 'À défaut\xa0: son titre.', 'label': 'Intitulé', 'max_length': 200, 'required': False}), 10: ('wagtail.blocks.StructBlock', [[('document', 8), ('title', 9)]], {}), 11: ('wagtail.blocks.CharBlock', (), {'label': 'Titre de l’encadré', 'max_length': 120}), 12: ('wagtail.blocks.RichTextBlock', (), {'features': ['bold', 'italic', 'ol', 'ul', 'link', 'document-link'], 'label': 'Texte'}), 13: ('wagtail.blocks.StructBlock', [[('title', 11), ('text', 12)]], {}), 14: ('wagtail.blocks.CharBlock', (), {'label': 'Question', 'max_length': 200}), 15: ('wagtail.blocks.RichTextBlock', (), {'features': ['bold', 'italic', 'ol', 'ul', 'link', 'document-link'], 'label': 'Réponse'}), 16: ('wagtail.blocks.StructBlock', [[('question', 14), ('answer', 15)]], {}), 17: ('socle.sites.blocks.OpeningHoursBlock', (), {})}, verbose_name='contenu')),
                ],
                options={
                    'verbose_name': 'page des démarches',
                    'verbose_name_plural': 'pages des démarches',
                },
                bases=('wagtailcore.page',),
            ),
            migrations.CreateModel(
                name='SitemapPage',
                fields=[
                    ('page_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to='wagtailcore.page')),
                ],
                options={
                    'verbose_name': 'plan du site',
                    'verbose_name_plural': 'plans du site',
                },
                bases=('wagtailcore.page',),
            ),
            migrations.CreateModel(
                name='StandardPage',
                fields=[
                    ('page_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to='wagtailcore.page')),
                    ('introduction', models.TextField(blank=True, max_length=400, verbose_name='introduction')),
                    ('body', wagtail.fields.StreamField([('text', 0), ('title', 2), ('picture', 7), ('file', 10), ('notice', 13), ('question', 16), ('hours', 17)], blank=True, block_lookup={0: ('wagtail.blocks.RichTextBlock', (), {'features': ['h3', 'bold', 'italic', 'ol', 'ul', 'link', 'document-link'], 'icon': 'pilcrow', 'label': 'Texte', 'template': 'websites/blocks/text.html'}), 1: ('wagtail.blocks.CharBlock', (), {'label': 'Intertitre', 'max_length': 120}), 2: ('wagtail.blocks.StructBlock', [[('text', 1)]], {}), 3: ('wagtail.images.blocks.ImageChooserBlock', (), {'label': 'Image'}), 4: ('wagtail.blocks.CharBlock', (), {'help_text': 'Une phrase, ce que l’image apprend\xa0: «\xa0La place et l’église, un matin d’automne\xa0».', 'label': 'Description pour les personnes qui ne voient pas l’image', 'max_length': 200, 'required': False}), 5: ('wagtail.blocks.BooleanBlock', (), {'help_text': 'Elle n’apprend rien que le texte ne dise\xa0: qui écoute la page passera par-dessus.', 'label': 'Elle ne fait que décorer', 'required': False}), 6: ('wagtail.blocks.CharBlock', (), {'label': 'Légende', 'max_length': 200, 'required': False}), 7: ('wagtail.blocks.StructBlock', [[('image', 3), ('alternative', 4), ('is_decorative', 5), ('caption', 6)]], {}), 8: ('wagtail.documents.blocks.DocumentChooserBlock', (), {'label': 'Document'}), 9: ('wagtail.blocks.CharBlock', (), {'help_text': 'À défaut\xa0: son titre.', 'label': 'Intitulé', 'max_length': 200, 'required': False}), 10: ('wagtail.blocks.StructBlock', [[('document', 8), ('title', 9)]], {}), 11: ('wagtail.blocks.CharBlock', (), {'label': 'Titre de l’encadré', 'max_length': 120}), 12: ('wagtail.blocks.RichTextBlock', (), {'features': ['bold', 'italic', 'ol', 'ul', 'link', 'document-link'], 'label': 'Texte'}), 13: ('wagtail.blocks.StructBlock', [[('title', 11), ('text', 12)]], {}), 14: ('wagtail.blocks.CharBlock', (), {'label': 'Question', 'max_length': 200}), 15: ('wagtail.blocks.RichTextBlock', (), {'features': ['bold', 'italic', 'ol', 'ul', 'link', 'document-link'], 'label': 'Réponse'}), 16: ('wagtail.blocks.StructBlock', [[('question', 14), ('answer', 15)]], {}), 17: ('socle.sites.blocks.OpeningHoursBlock', (), {})}, verbose_name='contenu')),
                ],
                options={
                    'verbose_name': 'page',
                },
                bases=('wagtailcore.page',),
            ),
            migrations.CreateModel(
                name='CommuneDocument',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('title', models.CharField(max_length=255, verbose_name='title')),
                    ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                    ('file_size', models.PositiveBigIntegerField(editable=False, null=True)),
                    ('file_hash', models.CharField(blank=True, editable=False, max_length=40)),
                    ('file', models.FileField(upload_to=socle.sites.models.media.document_path, verbose_name='fichier')),
                    ('is_tagged', models.BooleanField(editable=False, null=True, verbose_name='balisé')),
                    ('examined_hash', models.CharField(blank=True, editable=False, max_length=40, verbose_name='empreinte du fichier examiné')),
                    ('examined_at', models.DateTimeField(editable=False, null=True, verbose_name='examiné le')),
                    ('collection', models.ForeignKey(default=wagtail.models.media.get_root_collection_id, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='wagtailcore.collection', verbose_name='collection')),
                    ('tags', taggit.managers.TaggableManager(blank=True, help_text=None, through='taggit.TaggedItem', to='taggit.Tag', verbose_name='tags')),
                    ('uploaded_by_user', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL, verbose_name='uploaded by user')),
                ],
                options={
                    'verbose_name': 'document',
                    'verbose_name_plural': 'documents',
                    'permissions': [('choose_document', 'Can choose document')],
                    'abstract': False,
                },
                bases=(modelsearch.index.Indexed, models.Model),
            ),
            migrations.CreateModel(
                name='CommuneImage',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('title', models.CharField(max_length=255, verbose_name='title')),
                    ('file', wagtail.images.models.WagtailImageField(height_field='height', upload_to=wagtail.images.models.get_upload_to, verbose_name='file', width_field='width')),
                    ('description', models.CharField(blank=True, default='', max_length=255, verbose_name='description')),
                    ('width', models.IntegerField(editable=False, verbose_name='width')),
                    ('height', models.IntegerField(editable=False, verbose_name='height')),
                    ('created_at', models.DateTimeField(auto_now_add=True, db_index=True, verbose_name='created at')),
                    ('focal_point_x', models.PositiveIntegerField(blank=True, null=True)),
                    ('focal_point_y', models.PositiveIntegerField(blank=True, null=True)),
                    ('focal_point_width', models.PositiveIntegerField(blank=True, null=True)),
                    ('focal_point_height', models.PositiveIntegerField(blank=True, null=True)),
                    ('file_size', models.PositiveIntegerField(editable=False, null=True)),
                    ('file_hash', models.CharField(blank=True, db_index=True, editable=False, max_length=40)),
                    ('collection', models.ForeignKey(default=wagtail.models.media.get_root_collection_id, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='wagtailcore.collection', verbose_name='collection')),
                    ('tags', taggit.managers.TaggableManager(blank=True, help_text=None, through='taggit.TaggedItem', to='taggit.Tag', verbose_name='tags')),
                    ('uploaded_by_user', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL, verbose_name='uploaded by user')),
                ],
                options={
                    'verbose_name': 'image',
                    'verbose_name_plural': 'images',
                    'permissions': [('choose_image', 'Can choose image')],
                    'abstract': False,
                },
                bases=(wagtail.images.models.ImageFileMixin, modelsearch.index.Indexed, models.Model),
            ),
            migrations.CreateModel(
                name='HomePage',
                fields=[
                    ('page_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to='wagtailcore.page')),
                    ('introduction', models.CharField(blank=True, max_length=300, verbose_name='mot d’accueil')),
                    ('picture_alternative', models.CharField(blank=True, help_text='Pour qui ne voit pas l’image.', max_length=200, verbose_name='description de la photographie')),
                    ('body', wagtail.fields.StreamField([('text', 0), ('title', 2), ('picture', 7), ('file', 10), ('notice', 13), ('question', 16), ('hours', 17)], blank=True, block_lookup={0: ('wagtail.blocks.RichTextBlock', (), {'features': ['h3', 'bold', 'italic', 'ol', 'ul', 'link', 'document-link'], 'icon': 'pilcrow', 'label': 'Texte', 'template': 'websites/blocks/text.html'}), 1: ('wagtail.blocks.CharBlock', (), {'label': 'Intertitre', 'max_length': 120}), 2: ('wagtail.blocks.StructBlock', [[('text', 1)]], {}), 3: ('wagtail.images.blocks.ImageChooserBlock', (), {'label': 'Image'}), 4: ('wagtail.blocks.CharBlock', (), {'help_text': 'Une phrase, ce que l’image apprend\xa0: «\xa0La place et l’église, un matin d’automne\xa0».', 'label': 'Description pour les personnes qui ne voient pas l’image', 'max_length': 200, 'required': False}), 5: ('wagtail.blocks.BooleanBlock', (), {'help_text': 'Elle n’apprend rien que le texte ne dise\xa0: qui écoute la page passera par-dessus.', 'label': 'Elle ne fait que décorer', 'required': False}), 6: ('wagtail.blocks.CharBlock', (), {'label': 'Légende', 'max_length': 200, 'required': False}), 7: ('wagtail.blocks.StructBlock', [[('image', 3), ('alternative', 4), ('is_decorative', 5), ('caption', 6)]], {}), 8: ('wagtail.documents.blocks.DocumentChooserBlock', (), {'label': 'Document'}), 9: ('wagtail.blocks.CharBlock', (), {'help_text': 'À défaut\xa0: son titre.', 'label': 'Intitulé', 'max_length': 200, 'required': False}), 10: ('wagtail.blocks.StructBlock', [[('document', 8), ('title', 9)]], {}), 11: ('wagtail.blocks.CharBlock', (), {'label': 'Titre de l’encadré', 'max_length': 120}), 12: ('wagtail.blocks.RichTextBlock', (), {'features': ['bold', 'italic', 'ol', 'ul', 'link', 'document-link'], 'label': 'Texte'}), 13: ('wagtail.blocks.StructBlock', [[('title', 11), ('text', 12)]], {}), 14: ('wagtail.blocks.CharBlock', (), {'label': 'Question', 'max_length': 200}), 15: ('wagtail.blocks.RichTextBlock', (), {'features': ['bold', 'italic', 'ol', 'ul', 'link', 'document-link'], 'label': 'Réponse'}), 16: ('wagtail.blocks.StructBlock', [[('question', 14), ('answer', 15)]], {}), 17: ('socle.sites.blocks.OpeningHoursBlock', (), {})}, verbose_name='contenu')),
                    ('picture', models.ForeignKey(blank=True, help_text='Une vue de la commune, en largeur.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='websites.communeimage', verbose_name='photographie')),
                ],
                options={
                    'verbose_name': 'page d’accueil',
                    'verbose_name_plural': 'pages d’accueil',
                },
                bases=('wagtailcore.page',),
            ),
            migrations.CreateModel(
                name='NewsPage',
                fields=[
                    ('page_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to='wagtailcore.page')),
                    ('published_on', models.DateField(default=socle.sites.models.pages.today, verbose_name='date')),
                    ('summary', models.TextField(help_text='Ce texte s’affiche aussi à l’accueil.', max_length=400, verbose_name='en deux phrases')),
                    ('picture_alternative', models.CharField(blank=True, help_text='Pour qui ne voit pas l’image\xa0: dites en une phrase ce qu’elle apprend.', max_length=200, verbose_name='description de l’image')),
                    ('picture_is_decorative', models.BooleanField(db_default=False, default=False, help_text='Elle n’apprend rien que le texte ne dise.', verbose_name='elle ne fait que décorer')),
                    ('body', wagtail.fields.StreamField([('text', 0), ('title', 2), ('picture', 7), ('file', 10), ('notice', 13), ('question', 16), ('hours', 17)], blank=True, block_lookup={0: ('wagtail.blocks.RichTextBlock', (), {'features': ['h3', 'bold', 'italic', 'ol', 'ul', 'link', 'document-link'], 'icon': 'pilcrow', 'label': 'Texte', 'template': 'websites/blocks/text.html'}), 1: ('wagtail.blocks.CharBlock', (), {'label': 'Intertitre', 'max_length': 120}), 2: ('wagtail.blocks.StructBlock', [[('text', 1)]], {}), 3: ('wagtail.images.blocks.ImageChooserBlock', (), {'label': 'Image'}), 4: ('wagtail.blocks.CharBlock', (), {'help_text': 'Une phrase, ce que l’image apprend\xa0: «\xa0La place et l’église, un matin d’automne\xa0».', 'label': 'Description pour les personnes qui ne voient pas l’image', 'max_length': 200, 'required': False}), 5: ('wagtail.blocks.BooleanBlock', (), {'help_text': 'Elle n’apprend rien que le texte ne dise\xa0: qui écoute la page passera par-dessus.', 'label': 'Elle ne fait que décorer', 'required': False}), 6: ('wagtail.blocks.CharBlock', (), {'label': 'Légende', 'max_length': 200, 'required': False}), 7: ('wagtail.blocks.StructBlock', [[('image', 3), ('alternative', 4), ('is_decorative', 5), ('caption', 6)]], {}), 8: ('wagtail.documents.blocks.DocumentChooserBlock', (), {'label': 'Document'}), 9: ('wagtail.blocks.CharBlock', (), {'help_text': 'À défaut\xa0: son titre.', 'label': 'Intitulé', 'max_length': 200, 'required': False}), 10: ('wagtail.blocks.StructBlock', [[('document', 8), ('title', 9)]], {}), 11: ('wagtail.blocks.CharBlock', (), {'label': 'Titre de l’encadré', 'max_length': 120}), 12: ('wagtail.blocks.RichTextBlock', (), {'features': ['bold', 'italic', 'ol', 'ul', 'link', 'document-link'], 'label': 'Texte'}), 13: ('wagtail.blocks.StructBlock', [[('title', 11), ('text', 12)]], {}), 14: ('wagtail.blocks.CharBlock', (), {'label': 'Question', 'max_length': 200}), 15: ('wagtail.blocks.RichTextBlock', (), {'features': ['bold', 'italic', 'ol', 'ul', 'link', 'document-link'], 'label': 'Réponse'}), 16: ('wagtail.blocks.StructBlock', [[('question', 14), ('answer', 15)]], {}), 17: ('socle.sites.blocks.OpeningHoursBlock', (), {})}, verbose_name='texte complet')),
                    ('picture', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='websites.communeimage', verbose_name='image')),
                ],
                options={
                    'verbose_name': 'actualité',
                },
                bases=('wagtailcore.page',),
            ),
            migrations.CreateModel(
                name='SiteName',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('domain', models.CharField(max_length=249, unique=True, verbose_name='nom de domaine')),
                    ('has_www', models.BooleanField(verbose_name='avec www')),
                    ('is_www_first', models.BooleanField(default=True, verbose_name='l’adresse principale commence par www')),
                    ('wanted_main', models.BooleanField(default=True, verbose_name='deviendra l’adresse principale')),
                    ('is_main', models.BooleanField(default=False, verbose_name='adresse principale')),
                    ('status', models.CharField(choices=[('asked', 'demandée'), ('waiting', 'en attente du DNS'), ('right', 'bien dirigée, certificat attendu'), ('served', 'en service'), ('replaced', 'remplacée, conduit à la nouvelle')], default='asked', max_length=10, verbose_name='état')),
                    ('asked_at', models.DateTimeField(verbose_name='demandée le')),
                    ('served_at', models.DateTimeField(blank=True, null=True, verbose_name='en service depuis le')),
                    ('main_at', models.DateTimeField(blank=True, null=True, verbose_name='principale depuis le')),
                    ('settled_at', models.DateTimeField(blank=True, null=True, verbose_name='définitive depuis le')),
                    ('wrong_at', models.DateTimeField(blank=True, null=True, verbose_name='mal dirigée depuis le')),
                    ('certificate_until', models.DateTimeField(blank=True, null=True, verbose_name='certificat valable jusqu’au')),
                    ('problem', models.CharField(blank=True, max_length=300, verbose_name='ce qui manque au certificat')),
                    ('asked_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='demandée par')),
                ],
                options={
                    'verbose_name': 'nom d’un site',
                    'verbose_name_plural': 'noms des sites',
                    'ordering': ['domain'],
                },
            ),
            migrations.CreateModel(
                name='WebSite',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('layout', models.CharField(choices=[('map', 'carte'), ('photo', 'photographie'), ('sober', 'sobre'), ('village', 'village'), ('journal', 'journal')], db_default='map', default='map', max_length=10, verbose_name='mise en page')),
                    ('font', models.CharField(choices=[('system', 'les caractères de l’appareil'), ('atkinson', 'Atkinson Hyperlegible'), ('lexend', 'Lexend'), ('literata', 'Literata')], db_default='system', default='system', max_length=10, verbose_name='caractères')),
                    ('colour', models.CharField(max_length=7, validators=[django.core.validators.RegexValidator('^#[0-9a-f]{6}\\Z', 'Une couleur s’écrit # puis six chiffres ou lettres de a à f.')], verbose_name='couleur')),
                    ('second_colour', models.CharField(blank=True, db_default='', default='', max_length=7, validators=[django.core.validators.RegexValidator('^#[0-9a-f]{6}\\Z', 'Une couleur s’écrit # puis six chiffres ou lettres de a à f.')], verbose_name='seconde couleur')),
                    ('slug', models.SlugField(max_length=63, unique=True, verbose_name='nom dans l’adresse')),
                    ('host', models.CharField(max_length=253, unique=True, verbose_name='nom d’hôte')),
                    ('created_at', models.DateTimeField(verbose_name='créé le')),
                    ('opened_at', models.DateTimeField(blank=True, null=True, verbose_name='ouvert le')),
                    ('suspended_at', models.DateTimeField(blank=True, null=True, verbose_name='suspendu le')),
                    ('indexed_at', models.DateTimeField(blank=True, null=True, verbose_name='indexé le')),
                    ('archived_at', models.DateTimeField(blank=True, null=True, verbose_name='archivé le')),
                    ('beneficiary', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='website', to='people.beneficiary', verbose_name='bénéficiaire')),
                    ('coat_of_arms', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='websites.communeimage', verbose_name='blason')),
                    ('collection', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='wagtailcore.collection', verbose_name='collection')),
                    ('redirects_to', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='websites.website', verbose_name='redirigé vers')),
                    ('root_page', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='wagtailcore.page', verbose_name='page d’accueil')),
                    ('site', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='wagtailcore.site', verbose_name='site Wagtail')),
                ],
                options={
                    'verbose_name': 'site internet',
                    'verbose_name_plural': 'sites internet',
                    'ordering': ['slug'],
                },
            ),
        ]),
        migrations.AddField(
            model_name='sitename',
            name='website',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='names', to='websites.website', verbose_name='site internet'),
        ),
        CreateModels([
            migrations.CreateModel(
                name='Review',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('status', models.CharField(choices=[('waiting', 'à relire'), ('sent_back', 'à reprendre'), ('approved', 'approuvée et publiée'), ('closed', 'close sans relecture')], default='waiting', max_length=10, verbose_name='état')),
                    ('asked_at', models.DateTimeField(verbose_name='demandée le')),
                    ('word', models.CharField(blank=True, max_length=500, verbose_name='mot de qui demande')),
                    ('answered_at', models.DateTimeField(blank=True, null=True, verbose_name='répondue le')),
                    ('answer', models.CharField(blank=True, max_length=500, verbose_name='mot de qui répond')),
                    ('answered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='répondue par')),
                    ('asked_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='demandée par')),
                    ('asked_of', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='demandée à')),
                    ('page', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='wagtailcore.page', verbose_name='page')),
                    ('website', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reviews', to='websites.website', verbose_name='site internet')),
                ],
                options={
                    'verbose_name': 'relecture d’une page',
                    'verbose_name_plural': 'relectures des pages',
                    'ordering': ['-asked_at', '-pk'],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('status__in', ('waiting', 'sent_back'))), fields=('page',), name='one_open_review_per_page')],
                },
            ),
            migrations.CreateModel(
                name='PublishedFile',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('path', models.CharField(max_length=500, verbose_name='adresse dans le site')),
                    ('sha256', models.CharField(max_length=64, verbose_name='empreinte')),
                    ('size', models.PositiveIntegerField(verbose_name='taille en octets')),
                    ('changed_at', models.DateTimeField(verbose_name='changé le')),
                    ('is_asset', models.BooleanField(default=False, verbose_name='accompagne une page')),
                    ('unused_at', models.DateTimeField(blank=True, null=True, verbose_name='inutile depuis')),
                    ('website', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='files', to='websites.website', verbose_name='site internet')),
                ],
                options={
                    'verbose_name': 'fichier publié',
                    'verbose_name_plural': 'fichiers publiés',
                    'constraints': [models.UniqueConstraint(fields=('website', 'path'), name='one_file_per_address_of_a_site')],
                },
            ),
            migrations.CreateModel(
                name='Publication',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('release', models.CharField(blank=True, max_length=40, verbose_name='dossier servi')),
                    ('published_at', models.DateTimeField(verbose_name='publié le')),
                    ('dated_at', models.DateTimeField(db_index=True, verbose_name='à jour de la date du')),
                    ('look', models.CharField(blank=True, max_length=16, verbose_name='façon')),
                    ('problem', models.TextField(blank=True, verbose_name='ce qui n’a pas pu être publié')),
                    ('website', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='publication', to='websites.website', verbose_name='site internet')),
                ],
                options={
                    'verbose_name': 'publication d’un site',
                    'verbose_name_plural': 'publications des sites',
                },
            ),
            migrations.CreateModel(
                name='MunicipalFacts',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('address', models.CharField(blank=True, max_length=250, verbose_name='adresse')),
                    ('postal_code', models.CharField(blank=True, max_length=5, verbose_name='code postal')),
                    ('city', models.CharField(blank=True, max_length=100, verbose_name='ville')),
                    ('phone', models.CharField(blank=True, max_length=30, verbose_name='téléphone')),
                    ('email', models.EmailField(blank=True, max_length=254, verbose_name='adresse électronique')),
                    ('latitude', models.FloatField(blank=True, null=True, verbose_name='latitude')),
                    ('longitude', models.FloatField(blank=True, null=True, verbose_name='longitude')),
                    ('hours_note', models.CharField(blank=True, max_length=300, verbose_name='précision sur les horaires')),
                    ('publication_director', models.CharField(blank=True, default='Le maire ou la maire de la commune', max_length=150, verbose_name='direction de la publication')),
                    ('data_protection_contact', models.CharField(blank=True, max_length=200, verbose_name='contact pour la protection des données')),
                    ('source', models.CharField(blank=True, max_length=200, verbose_name='source')),
                    ('source_on', models.DateField(blank=True, null=True, verbose_name='source à la date du')),
                    ('corrected_at', models.DateTimeField(blank=True, null=True, verbose_name='corrigé le')),
                    ('corrected_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='corrigé par')),
                    ('website', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='facts', to='websites.website', verbose_name='site internet')),
                ],
                options={
                    'verbose_name': 'renseignements de la mairie',
                    'verbose_name_plural': 'renseignements de la mairie',
                },
            ),
            migrations.CreateModel(
                name='ExceptionalDay',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('starts_on', models.DateField(verbose_name='premier jour')),
                    ('ends_on', models.DateField(verbose_name='dernier jour')),
                    ('reason', models.CharField(blank=True, max_length=120, verbose_name='motif')),
                    ('opens', models.TimeField(blank=True, null=True, verbose_name='ouvre à')),
                    ('closes', models.TimeField(blank=True, null=True, verbose_name='ferme à')),
                    ('reopens', models.TimeField(blank=True, null=True, verbose_name='rouvre à')),
                    ('closes_again', models.TimeField(blank=True, null=True, verbose_name='ferme à nouveau à')),
                    ('added_at', models.DateTimeField(verbose_name='annoncé le')),
                    ('removed_at', models.DateTimeField(blank=True, null=True, verbose_name='retiré le')),
                    ('website', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='exceptional_days', to='websites.website', verbose_name='site internet')),
                ],
                options={
                    'verbose_name': 'jour exceptionnel de la mairie',
                    'verbose_name_plural': 'jours exceptionnels de la mairie',
                    'ordering': ['starts_on', 'pk'],
                    'indexes': [models.Index(fields=['website', 'ends_on'], name='exceptional_day_by_end')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('ends_on__gte', models.F('starts_on'))), name='an_exceptional_day_ends_after_it_starts', violation_error_message='Le dernier jour vient après le premier\xa0: vérifiez les deux dates.'), models.CheckConstraint(condition=models.Q(models.Q(('closes__isnull', True), ('opens__isnull', True)), ('closes__gt', models.F('opens')), _connector='OR'), name='an_exceptional_day_closes_after_it_opens', violation_error_message='La mairie ferme après avoir ouvert\xa0: vérifiez les deux heures.'), models.CheckConstraint(condition=models.Q(models.Q(('closes_again__isnull', True), ('reopens__isnull', True)), ('closes_again__gt', models.F('reopens')), _connector='OR'), name='an_exceptional_day_closes_again_after_it_reopens', violation_error_message='La mairie ferme après avoir ouvert\xa0: vérifiez les deux heures.')],
                },
            ),
            migrations.CreateModel(
                name='Change',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('key', models.CharField(max_length=520, verbose_name='ce qui a changé')),
                    ('at', models.DateTimeField(db_index=True, verbose_name='à')),
                    ('website', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='changes', to='websites.website', verbose_name='site internet')),
                ],
                options={
                    'verbose_name': 'changement à publier',
                    'verbose_name_plural': 'changements à publier',
                    'ordering': ['pk'],
                },
            ),
            migrations.CreateModel(
                name='Alert',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('gravity', models.PositiveSmallIntegerField(choices=[(1, 'information'), (2, 'vigilance'), (3, 'urgence')], default=1, verbose_name='gravité')),
                    ('words', models.CharField(max_length=300, verbose_name='message')),
                    ('link', models.CharField(blank=True, max_length=500, verbose_name='lien')),
                    ('link_words', models.CharField(blank=True, max_length=80, verbose_name='texte du lien')),
                    ('starts_at', models.DateTimeField(verbose_name='paraît le')),
                    ('ends_at', models.DateTimeField(verbose_name='disparaît le')),
                    ('published_at', models.DateTimeField(verbose_name='publiée le')),
                    ('withdrawn_at', models.DateTimeField(blank=True, null=True, verbose_name='retirée le')),
                    ('appeared_at', models.DateTimeField(blank=True, null=True, verbose_name='parue le')),
                    ('disappeared_at', models.DateTimeField(blank=True, null=True, verbose_name='disparue le')),
                    ('published_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='publiée par')),
                    ('website', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='alerts', to='websites.website', verbose_name='site internet')),
                ],
                options={
                    'verbose_name': 'alerte',
                    'verbose_name_plural': 'alertes',
                    'ordering': ['-starts_at', '-pk'],
                    'indexes': [models.Index(fields=['website', 'ends_at'], name='alert_of_site_by_end'), models.Index(condition=models.Q(('appeared_at', None), ('withdrawn_at', None)), fields=['starts_at'], name='alert_to_appear'), models.Index(condition=models.Q(('disappeared_at', None), ('withdrawn_at', None)), fields=['ends_at'], name='alert_to_disappear')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='an_alert_ends_after_it_starts', violation_error_message='L’alerte disparaît après avoir paru\xa0: vérifiez les deux moments.'), models.CheckConstraint(condition=models.Q(('gravity__gte', 1), ('gravity__lte', 3)), name='an_alert_has_a_known_gravity')],
                },
            ),
            migrations.CreateModel(
                name='WeekOpening',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('day', models.PositiveSmallIntegerField(choices=[(1, 'lundi'), (2, 'mardi'), (3, 'mercredi'), (4, 'jeudi'), (5, 'vendredi'), (6, 'samedi'), (7, 'dimanche')], verbose_name='jour')),
                    ('opens', models.TimeField(verbose_name='ouvre à')),
                    ('closes', models.TimeField(verbose_name='ferme à')),
                    ('note', models.CharField(blank=True, max_length=200, verbose_name='précision')),
                    ('facts', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='openings', to='websites.municipalfacts', verbose_name='renseignements de la mairie')),
                ],
                options={
                    'verbose_name': 'ouverture de la mairie',
                    'verbose_name_plural': 'ouvertures de la mairie',
                    'ordering': ['day', 'opens'],
                    'constraints': [models.CheckConstraint(condition=models.Q(('closes__gt', models.F('opens'))), name='a_mairie_closes_after_it_opens', violation_error_message='La mairie ferme après avoir ouvert\xa0: vérifiez les deux heures.'), models.CheckConstraint(condition=models.Q(('day__gte', 1), ('day__lte', 7)), name='a_week_has_seven_days')],
                },
            ),
            migrations.CreateModel(
                name='CommuneRendition',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('filter_spec', models.CharField(db_index=True, max_length=255)),
                    ('file', wagtail.images.models.WagtailImageField(height_field='height', storage=wagtail.images.models.get_rendition_storage, upload_to=wagtail.images.models.get_rendition_upload_to, width_field='width')),
                    ('width', models.IntegerField(editable=False)),
                    ('height', models.IntegerField(editable=False)),
                    ('focal_point_key', models.CharField(blank=True, default='', editable=False, max_length=16)),
                    ('image', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='renditions', to='websites.communeimage', verbose_name='image')),
                ],
                options={
                    'verbose_name': 'format d’image',
                    'verbose_name_plural': 'formats d’images',
                    'constraints': [models.UniqueConstraint(fields=('image', 'filter_spec', 'focal_point_key'), name='one_rendition_per_filter')],
                },
                bases=(wagtail.images.models.ImageFileMixin, models.Model),
            ),
            migrations.CreateModel(
                name='Shown',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('key', models.CharField(max_length=520, verbose_name='ce qui est montré')),
                    ('file', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='shown', to='websites.publishedfile', verbose_name='fichier publié')),
                ],
                options={
                    'verbose_name': 'contenu montré par un fichier publié',
                    'verbose_name_plural': 'contenus montrés par un fichier publié',
                    'constraints': [models.UniqueConstraint(fields=('file', 'key'), name='a_file_shows_a_thing_once')],
                },
            ),
        ]),
        migrations.AddConstraint(
            model_name='sitename',
            constraint=models.UniqueConstraint(condition=models.Q(('is_main', True)), fields=('website',), name='one_main_name_per_site'),
        ),
        migrations.RunPython(remove_default_site, migrations.RunPython.noop),
    ]
