import django.db.models.deletion
import modelcluster.fields
import socle.sites.models.pages
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('wagtailcore', '0097_baselogentry_uuid_action_timestamp_indexes'),
        ('websites', '0001_release_0_2'),
    ]

    operations = [
        migrations.CreateModel(
            name='AlbumPage',
            fields=[
                ('page_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to='wagtailcore.page')),
                ('taken_on', models.DateField(default=socle.sites.models.pages.today, verbose_name='date')),
                ('summary', models.CharField(blank=True, max_length=300, verbose_name='en une phrase')),
            ],
            options={
                'verbose_name': 'album de photographies',
                'verbose_name_plural': 'albums de photographies',
            },
            bases=('wagtailcore.page',),
        ),
        migrations.CreateModel(
            name='AlbumPicture',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sort_order', models.IntegerField(blank=True, editable=False, null=True)),
                ('alternative', models.CharField(blank=True, help_text='En une phrase. Vide\xa0: elle attend.', max_length=200, verbose_name='ce qu’elle montre')),
                ('credit', models.CharField(blank=True, max_length=120, verbose_name='crédit')),
                ('album', modelcluster.fields.ParentalKey(on_delete=django.db.models.deletion.CASCADE, related_name='pictures', to='albums.albumpage', verbose_name='album')),
                ('image', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='websites.communeimage', verbose_name='image')),
            ],
            options={
                'verbose_name': 'photographie d’un album',
                'verbose_name_plural': 'photographies des albums',
                'ordering': ['sort_order'],
                'abstract': False,
            },
        ),
    ]
