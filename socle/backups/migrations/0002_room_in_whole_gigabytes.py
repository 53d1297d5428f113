"""The room is said in gigabytes of 10^9 bytes, like everything else: what was given stays, to the next whole one."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

GIGABYTE = 10**9


def to_the_next_whole_one(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    account = apps.get_model("backups", "Account")
    for pk, quota in account._base_manager.values_list("pk", "quota"):
        account._base_manager.filter(pk=pk).update(quota=-(-quota // GIGABYTE) * GIGABYTE)


class Migration(migrations.Migration):
    dependencies = [
        ("backups", "0001_accounts_machines_and_their_saves"),
    ]

    operations = [
        migrations.AlterField(
            model_name="account",
            name="quota",
            field=models.PositiveBigIntegerField(default=200000000000, verbose_name="place accordée (octets)"),
        ),
        migrations.RunPython(to_the_next_whole_one, migrations.RunPython.noop),
    ]
