"""An import imports, and what it gave was imported: neither is brought any more."""

from django.db import migrations, models

from socle.lib.migrating import RunPythonOnRows

# Of an import, then of what it found.
NEW = (('SiteImport', 'status', 'bringing', 'importing'), ('ImportedItem', 'state', 'brought', 'imported'))


def say_new(apps, schema_editor):
    for model, field, old, new in NEW:
        apps.get_model('site_import', model)._base_manager.filter(**{field: old}).update(**{field: new})


def say_old(apps, schema_editor):
    for model, field, old, new in NEW:
        apps.get_model('site_import', model)._base_manager.filter(**{field: new}).update(**{field: old})


class Migration(migrations.Migration):

    dependencies = [('site_import', '0001_release_0_2')]

    operations = [
        migrations.RemoveConstraint('siteimport', 'one_import_at_work_per_site'),
        migrations.AlterField(
            'siteimport',
            'status',
            models.CharField(choices=[('looking', 'en lecture'), ('seen', 'lu, à choisir'), ('importing', 'en cours d’apport'), ('stopped', 'arrêté'), ('done', 'terminé'), ('taking_back', 'en cours de retrait'), ('taken_back', 'retiré'), ('failed', 'en échec')], default='looking', max_length=15, verbose_name='état'),
        ),
        migrations.AlterField(
            'importeditem',
            'state',
            models.CharField(choices=[('to_read', 'à lire'), ('found', 'trouvé'), ('left', 'écarté'), ('known', 'déjà apporté'), ('imported', 'apporté'), ('failed', 'en échec'), ('removed', 'retiré'), ('kept', 'gardé')], default='found', max_length=10, verbose_name='ce qu’il devient'),
        ),
        RunPythonOnRows('SiteImport', say_new, say_old),
        migrations.AddConstraint(
            'siteimport',
            models.UniqueConstraint(condition=models.Q(('status__in', ('looking', 'importing', 'taking_back'))), fields=('website',), name='one_import_at_work_per_site'),
        ),
    ]
