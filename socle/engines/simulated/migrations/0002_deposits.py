"""Acts that the twin of a transmission device was handed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("engines_simulated", "0001_release_0_2"),
    ]

    operations = [
        migrations.CreateModel(
            name="SimulatedDeposit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("siren", models.CharField(max_length=9, verbose_name="SIREN")),
                ("number", models.CharField(max_length=15, verbose_name="numéro")),
                ("identifier", models.CharField(max_length=60, verbose_name="identifiant @CTES")),
                ("subject", models.CharField(max_length=500, verbose_name="objet")),
                ("message", models.TextField(verbose_name="message")),
                ("looks", models.PositiveSmallIntegerField(default=0, verbose_name="fois où il fut demandé")),
                ("is_cancelled", models.BooleanField(default=False, verbose_name="annulé")),
                ("is_letter_taken", models.BooleanField(default=False, verbose_name="courrier pris")),
            ],
            options={
                "verbose_name": "acte remis, simulé",
                "verbose_name_plural": "actes remis, simulés",
                "ordering": ["pk"],
            },
        ),
    ]
