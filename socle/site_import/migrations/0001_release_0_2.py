import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('people', '__first__'),
        ('wagtailcore', '0097_baselogentry_uuid_action_timestamp_indexes'),
        ('websites', '0001_release_0_2'),
    ]

    operations = [
        migrations.CreateModel(
            name='SiteImport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(choices=[('wordpress', 'export WordPress'), ('crawl', 'lecture du site')], max_length=10, verbose_name='source')),
                ('address', models.CharField(blank=True, max_length=500, verbose_name='adresse de l’ancien site')),
                ('file', models.FileField(blank=True, max_length=250, upload_to='', verbose_name='export à lire')),
                ('status', models.CharField(choices=[('looking', 'en lecture'), ('seen', 'lu, à choisir'), ('bringing', 'en cours d’apport'), ('stopped', 'arrêté'), ('done', 'terminé'), ('taking_back', 'en cours de retrait'), ('taken_back', 'retiré'), ('failed', 'en échec')], default='looking', max_length=15, verbose_name='état')),
                ('says', models.CharField(blank=True, max_length=500, verbose_name='ce qui s’est passé')),
                ('started_at', models.DateTimeField(verbose_name='lancé le')),
                ('declared_at', models.DateTimeField(blank=True, null=True, verbose_name='déclaré comme celui de la commune le')),
                ('is_read_by_links', models.BooleanField(default=False, verbose_name='lu par ses liens')),
                ('is_listed', models.BooleanField(default=False, verbose_name='adresses relevées')),
                ('is_in_clear', models.BooleanField(default=False, verbose_name='lu sans chiffrement')),
                ('seen_at', models.DateTimeField(blank=True, null=True, verbose_name='lu le')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='terminé le')),
                ('served_at', models.DateTimeField(blank=True, null=True, verbose_name='servi le')),
                ('started_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='lancé par')),
                ('website', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='imports', to='websites.website', verbose_name='site internet')),
            ],
            options={
                'verbose_name': 'import d’un ancien site',
                'verbose_name_plural': 'imports d’anciens sites',
                'ordering': ['-pk'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('status__in', ('looking', 'bringing', 'taking_back'))), fields=('website',), name='one_import_at_work_per_site')],
            },
        ),
        migrations.CreateModel(
            name='ImportedItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('nature', models.CharField(choices=[('news', 'actualités'), ('page', 'pages'), ('image', 'images'), ('document', 'documents')], max_length=10, verbose_name='nature')),
                ('source', models.CharField(max_length=500, verbose_name='ancienne adresse')),
                ('parent_source', models.CharField(blank=True, max_length=500, verbose_name='adresse de la page au-dessus')),
                ('picture_source', models.CharField(blank=True, max_length=500, verbose_name='adresse de l’image')),
                ('title', models.CharField(blank=True, max_length=255, verbose_name='titre')),
                ('summary', models.TextField(blank=True, max_length=400, verbose_name='résumé')),
                ('content', models.TextField(blank=True, verbose_name='texte')),
                ('alternative', models.CharField(blank=True, max_length=200, verbose_name='description de l’image')),
                ('published_on', models.DateField(blank=True, null=True, verbose_name='paru le')),
                ('state', models.CharField(choices=[('to_read', 'à lire'), ('found', 'trouvé'), ('left', 'écarté'), ('known', 'déjà apporté'), ('brought', 'apporté'), ('failed', 'en échec'), ('removed', 'retiré'), ('kept', 'gardé')], default='found', max_length=10, verbose_name='ce qu’il devient')),
                ('is_chosen', models.BooleanField(default=True, verbose_name='coché')),
                ('says', models.CharField(blank=True, max_length=500, verbose_name='remarque')),
                ('revision_number', models.PositiveBigIntegerField(blank=True, null=True, verbose_name='version écrite par l’import')),
                ('document', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='websites.communedocument', verbose_name='document')),
                ('image', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='websites.communeimage', verbose_name='image')),
                ('page', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='wagtailcore.page', verbose_name='page')),
                ('of', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='site_import.siteimport', verbose_name='import')),
            ],
            options={
                'verbose_name': 'élément d’un ancien site',
                'verbose_name_plural': 'éléments d’un ancien site',
                'ordering': ['pk'],
                'indexes': [models.Index(fields=['of', 'nature', 'state'], name='imported_nature_state'), models.Index(fields=['source'], name='imported_source')],
                'constraints': [models.UniqueConstraint(fields=('of', 'source'), name='an_old_address_is_once_in_an_import')],
            },
        ),
    ]
