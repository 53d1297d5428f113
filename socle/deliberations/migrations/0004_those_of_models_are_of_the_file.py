"""Until now an approval of a model was noted by the programme's file alone."""

from django.db import migrations

from socle.lib.migrating import RunPythonOnRows


def declare(apps, schema_editor):
    apps.get_model("deliberations", "Approval").objects.filter(subject="model").update(is_declared=True)


class Migration(migrations.Migration):

    dependencies = [
        ("deliberations", "0003_approvals_of_the_file"),
    ]

    operations = [RunPythonOnRows("Approval", declare)]
