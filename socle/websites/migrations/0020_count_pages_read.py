import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('websites', '0019_collect_waste'),
    ]

    operations = [
        migrations.CreateModel(
            name='AccessLog',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('fingerprint', models.CharField(max_length=64, unique=True, verbose_name='empreinte de la première ligne')),
                ('name', models.CharField(max_length=200, verbose_name='nom du fichier')),
                ('offset', models.BigIntegerField(default=0, verbose_name='octets lus')),
                ('size', models.BigIntegerField(default=0, verbose_name='taille du fichier')),
                ('modified_ns', models.BigIntegerField(default=0, verbose_name='modifié, en nanosecondes')),
                ('read_at', models.DateTimeField(db_index=True, verbose_name='lu le')),
                ('unreadable', models.PositiveBigIntegerField(default=0, verbose_name='lignes illisibles')),
            ],
            options={
                'verbose_name': 'journal d’accès lu',
                'verbose_name_plural': 'journaux d’accès lus',
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='AudienceDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('counted_on', models.DateField(verbose_name='jour')),
                ('views', models.PositiveIntegerField(verbose_name='pages vues')),
                ('website', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='audience_days', to='websites.website', verbose_name='site internet')),
            ],
            options={
                'verbose_name': 'audience d’un jour',
                'verbose_name_plural': 'audiences des jours',
                'ordering': ['counted_on'],
                'indexes': [models.Index(fields=['counted_on'], name='audience_by_day')],
                'constraints': [models.UniqueConstraint(fields=('website', 'counted_on'), name='one_audience_by_day_of_a_site')],
            },
        ),
        migrations.CreateModel(
            name='AudienceCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('counted_on', models.DateField(verbose_name='jour')),
                ('kind', models.CharField(choices=[('page', 'page vue'), ('file', 'document ouvert'), ('missing', 'adresse introuvable'), ('source', 'site d’où l’on vient')], max_length=10, verbose_name='ce qui est compté')),
                ('label', models.CharField(blank=True, max_length=300, verbose_name='adresse dans le site, ou site d’origine')),
                ('count', models.PositiveIntegerField(verbose_name='nombre')),
                ('website', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='audience_counts', to='websites.website', verbose_name='site internet')),
            ],
            options={
                'verbose_name': 'nombre d’une audience',
                'verbose_name_plural': 'nombres des audiences',
                'ordering': ['counted_on', 'kind', 'label'],
                'indexes': [models.Index(fields=['counted_on'], name='audience_counts_by_day')],
                'constraints': [models.UniqueConstraint(fields=('website', 'kind', 'counted_on', 'label'), name='one_number_by_day_and_label_of_a_site')],
            },
        ),
    ]
