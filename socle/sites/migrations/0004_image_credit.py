"""Whose a photograph is, kept with the image."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("websites", "0003_map_picture")]

    operations = [
        migrations.AddField(
            model_name="communeimage",
            name="credit",
            field=models.CharField(
                blank=True,
                db_default="",
                help_text="Qui l’a prise, et sous quelle licence\u00a0; ce texte s’affiche sous l’image.",
                max_length=200,
                verbose_name="crédit",
            ),
        ),
    ]
