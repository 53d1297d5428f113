from django.db import migrations, models


class Migration(migrations.Migration):
    """Acts recorded until now stay where they are, to be qualified by their people."""

    dependencies = [
        ("deliberations", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="act",
            name="kind",
            field=models.CharField(
                choices=[
                    ("unqualified", "à qualifier"),
                    ("deliberation", "délibération"),
                    ("regulation", "arrêté réglementaire"),
                    ("decision", "décision"),
                    ("minutes", "procès-verbal"),
                    ("list", "liste des délibérations"),
                    ("individual", "acte individuel"),
                ],
                db_default="unqualified",
                default="unqualified",
                max_length=20,
                verbose_name="nature",
            ),
        ),
    ]
