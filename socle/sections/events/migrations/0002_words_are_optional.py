"""An event is announced by its title, its day and its place: words about it are optional."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("events", "0001_release_0_2")]

    operations = [
        migrations.AlterField(
            "eventpage",
            "summary",
            models.TextField(
                "en deux phrases", max_length=400, blank=True, help_text="Ce texte s’affiche aussi dans l’agenda."
            ),
        ),
    ]
