import django.db.models.deletion
from django.db import migrations, models


def keep_open(apps, schema_editor):
    website_model = apps.get_model("websites", "WebSite")
    website_model.objects.filter(opened_at=None).update(opened_at=models.F("created_at"))


class Migration(migrations.Migration):

    dependencies = [
        ('websites', '0010_compute_the_statement'),
    ]

    operations = [
        migrations.CreateModel(
            name='SiteScore',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scored_at', models.DateTimeField(db_index=True, verbose_name='examiné le')),
                ('passed', models.PositiveSmallIntegerField(verbose_name='points en ordre')),
                ('checked', models.PositiveSmallIntegerField(verbose_name='points examinés')),
            ],
            options={
                'verbose_name': 'score d’un site',
                'verbose_name_plural': 'scores des sites',
            },
        ),
        migrations.CreateModel(
            name='SiteTask',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(db_index=True, max_length=30, verbose_name='point')),
                ('who', models.CharField(choices=[('mairie', 'mairie'), ('operator', 'opérateur')], max_length=10, verbose_name='à faire par')),
                ('says', models.CharField(max_length=400, verbose_name='ce qui manque')),
                ('since_at', models.DateTimeField(verbose_name='constaté depuis le')),
            ],
            options={
                'verbose_name': 'chose à faire sur un site',
                'verbose_name_plural': 'choses à faire sur un site',
                'ordering': ['pk'],
            },
        ),
        migrations.AddField(
            model_name='communedocument',
            name='examined_hash',
            field=models.CharField(blank=True, editable=False, max_length=40, verbose_name='empreinte du fichier examiné'),
        ),
        migrations.AddField(
            model_name='communedocument',
            name='is_tagged',
            field=models.BooleanField(editable=False, null=True, verbose_name='balisé'),
        ),
        migrations.AddField(
            model_name='website',
            name='opened_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='ouvert le'),
        ),
        migrations.AddField(
            model_name='sitescore',
            name='website',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='score', to='websites.website', verbose_name='site internet'),
        ),
        migrations.AddField(
            model_name='sitetask',
            name='score',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tasks', to='websites.sitescore', verbose_name='score'),
        ),
        migrations.AddConstraint(
            model_name='sitetask',
            constraint=models.UniqueConstraint(fields=('score', 'code'), name='a_thing_to_do_is_said_once'),
        ),
        # The sites made before this were found by search engines already: they stay as they are.
        migrations.RunPython(keep_open, migrations.RunPython.noop),
    ]
