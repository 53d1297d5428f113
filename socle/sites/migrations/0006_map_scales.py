"""A ground for each scale of a site's maps: the commune, and the streets around its mairie."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("websites", "0005_local_procedures")]

    operations = [
        migrations.AlterField(
            model_name="mappicture",
            name="website",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="map_pictures",
                to="websites.website",
                verbose_name="site internet",
            ),
        ),
        migrations.AddField(
            model_name="mappicture",
            name="scale",
            field=models.CharField(
                choices=[("commune", "la commune"), ("streets", "les rues autour de la mairie")],
                db_default="commune",
                default="commune",
                max_length=10,
                verbose_name="échelle",
            ),
        ),
        migrations.AddConstraint(
            model_name="mappicture",
            constraint=models.UniqueConstraint(fields=("website", "scale"), name="a_site_has_one_ground_per_scale"),
        ),
    ]
