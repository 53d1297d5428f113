"""A new site has two free families of characters; those already made keep theirs."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("websites", "0001_release_0_2")]

    operations = [
        migrations.AlterField(
            model_name="website",
            name="font",
            field=models.CharField(
                choices=[
                    ("duo", "deux familles"),
                    ("system", "les caractères de l’appareil"),
                    ("atkinson", "Atkinson Hyperlegible"),
                    ("lexend", "Lexend"),
                    ("literata", "Literata"),
                ],
                db_default="duo",
                default="duo",
                max_length=10,
                verbose_name="caractères",
            ),
        ),
    ]
