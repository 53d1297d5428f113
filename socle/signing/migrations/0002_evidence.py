"""How each place was signed, and the evidence of what was signed in the platform."""

from django.db import migrations, models

from socle.lib.migrating import RunPythonOnRows


def signed_by_certificates(apps, schema_editor):
    """What was signed before was, in demonstrations, by a certificate of the person."""
    apps.get_model("signing", "Slot").objects.exclude(certificate_sha256="").update(way="certificate")


class Migration(migrations.Migration):
    dependencies = [("signing", "0001_release_0_2")]

    operations = [
        migrations.AddField(
            "slot",
            "way",
            models.CharField(
                "moyen",
                max_length=12,
                choices=[
                    ("seal", "dans la plateforme, sous son cachet"),
                    ("certificate", "avec le certificat de la personne"),
                    ("paper", "sur papier"),
                ],
                blank=True,
                db_default="",
            ),
        ),
        migrations.CreateModel(
            "Evidence",
            [
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("body", models.TextField("preuve")),
                (
                    "slot",
                    models.OneToOneField(
                        on_delete=models.deletion.PROTECT,
                        related_name="evidence",
                        to="signing.slot",
                        verbose_name="place de signature",
                    ),
                ),
            ],
            options={"verbose_name": "preuve de signature", "verbose_name_plural": "preuves de signature"},
        ),
        RunPythonOnRows("Slot", signed_by_certificates),
    ]
