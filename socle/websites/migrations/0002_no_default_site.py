"""Wagtail is born with a default site and a welcome page: with them, an unknown host would show somebody's site."""

from django.db import migrations


def remove_default_site(apps, schema_editor):
    Site = apps.get_model("wagtailcore", "Site")
    Page = apps.get_model("wagtailcore", "Page")
    Site.objects.filter(is_default_site=True).delete()
    welcome = Page.objects.filter(depth=2, content_type__app_label="wagtailcore", content_type__model="page")
    if welcome.exists():
        welcome.delete()
        root = Page.objects.get(depth=1)
        root.numchild = Page.objects.filter(depth=2).count()
        root.save(update_fields=["numchild"])


class Migration(migrations.Migration):
    dependencies = [("websites", "0001_initial")]
    operations = [migrations.RunPython(remove_default_site, migrations.RunPython.noop)]
