"""The domains that communes own already are noted as theirs, to be proved: those in service go on."""

from django.db import migrations


def carry(apps, schema_editor):
    own_name = apps.get_model("people", "OwnName")
    for domain in apps.get_model("mail", "Domain").objects.filter(is_own=True).iterator():
        own_name.objects.update_or_create(
            beneficiary_id=domain.beneficiary_id,
            name=domain.name,
            defaults={"is_for_mail": True},
            create_defaults={"is_for_mail": True, "claimed_at": domain.made_at},
        )


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0009_own_names_are_proved"),
        ("mail", "0004_boxes_read_in_the_browser"),
    ]

    operations = [migrations.RunPython(carry, migrations.RunPython.noop, elidable=False)]
