"""What is under the map of a commune, made once for each site."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("websites", "0002_two_families")]

    operations = [
        migrations.CreateModel(
            name="MapPicture",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("file", models.FileField(blank=True, max_length=200, verbose_name="fichier")),
                ("credit", models.CharField(blank=True, max_length=200, verbose_name="source")),
                ("licence", models.CharField(blank=True, max_length=100, verbose_name="licence")),
                ("source_date", models.CharField(blank=True, max_length=40, verbose_name="date de la source")),
                ("made_of", models.CharField(blank=True, max_length=64, verbose_name="empreinte de ce qui l’a faite")),
                ("made_at", models.DateTimeField(null=True, verbose_name="faite le")),
                ("looked_at", models.DateTimeField(db_index=True, verbose_name="vérifiée le")),
                ("problem", models.TextField(blank=True, verbose_name="ce qui a manqué")),
                (
                    "website",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="map_picture",
                        to="websites.website",
                        verbose_name="site internet",
                    ),
                ),
            ],
            options={"verbose_name": "fond de plan", "verbose_name_plural": "fonds de plan"},
        ),
    ]
