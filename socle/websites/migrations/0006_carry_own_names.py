"""The names that sites have already are noted as their commune's, to be proved: those in service go on."""

from django.db import migrations


def carry(apps, schema_editor):
    own_name = apps.get_model("people", "OwnName")
    for name in apps.get_model("websites", "SiteName").objects.select_related("website").iterator():
        own_name.objects.update_or_create(
            beneficiary_id=name.website.beneficiary_id,
            name=name.domain,
            defaults={"is_for_site": True},
            create_defaults={"is_for_site": True, "claimed_at": name.asked_at},
        )


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0009_own_names_are_proved"),
        ("websites", "0005_compute_the_statement"),
    ]

    operations = [migrations.RunPython(carry, migrations.RunPython.noop, elidable=False)]
