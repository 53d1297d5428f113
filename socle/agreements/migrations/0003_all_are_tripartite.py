"""Every agreement there is binds a beneficiary: it is of its programme's tripartite type."""

from django.db import migrations

from socle.lib.migrating import RunPythonOnRows


def say(apps, schema_editor):
    agreements = apps.get_model('agreements', 'Agreement')._base_manager
    for kind in apps.get_model('programme', 'AgreementType').objects.filter(has_beneficiary=True):
        agreements.filter(programme_id=kind.programme_id, type=None).update(type=kind)


class Migration(migrations.Migration):

    dependencies = [('agreements', '0002_types')]

    operations = [RunPythonOnRows('Agreement', say)]
