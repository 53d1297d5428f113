"""Each person that a site showed is written among the members of its body's assembly."""

from django.db import migrations

from socle.lib.migrating import RunPythonOnRows


def write_members(apps, schema_editor):
    """Write each person that a site showed among the members of its body's assembly, made for it."""
    Councillor, Assembly, Member = (
        apps.get_model(*name)
        for name in (("council", "Councillor"), ("assemblies", "Assembly"), ("assemblies", "Member"))
    )
    places = {}
    rows = Councillor.objects.select_related("website__beneficiary__commune").order_by("website", "position", "pk")
    for rank, who in enumerate(rows.iterator(), 1):
        body = who.website.beneficiary
        if body.pk not in places:
            is_commune = body.kind == "commune"
            places[body.pk] = Assembly._base_manager.create(
                beneficiary=body,
                kind="commune" if is_commune else "open_syndicate",
                name="conseil municipal" if is_commune else "assemblée délibérante",
                population=body.commune.population if body.commune else None,
                place="Salle du conseil" if is_commune else "",
            )
        who.member = Member.objects.create(
            assembly=places[body.pk],
            name=who.name,
            civility=who.civility,
            function=who.function,
            delegation=who.delegation,
            position=rank,
        )
        who.save(update_fields=["member"])


class Migration(migrations.Migration):
    dependencies = [("council", "0002_members_of_the_assembly")]

    operations = [RunPythonOnRows("Councillor", write_members)]
