"""The last day of each agreement concluded before it was kept."""

from datetime import date

from django.db import migrations

from socle.lib.migrating import RunPythonOnRows
from socle.lib import dates


def keep_last_days(apps, schema_editor):
    """From its first day and its months, as the property said until then."""
    agreement = apps.get_model("agreements", "Agreement")._base_manager
    for pk, starts_on, months in agreement.exclude(starts_on=None).values_list("pk", "starts_on", "term_months"):
        ends_on = date.fromordinal(dates.add_months(starts_on, months).toordinal() - 1)
        agreement.filter(pk=pk).update(ends_on=ends_on)


class Migration(migrations.Migration):
    dependencies = [("agreements", "0006_ends_and_renewals")]

    operations = [RunPythonOnRows("Agreement", keep_last_days)]
