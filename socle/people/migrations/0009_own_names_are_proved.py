import django.db.models.deletion
import socle.people.names.models
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0008_make_device_passwords"),
    ]

    operations = [
        migrations.CreateModel(
            name="OwnName",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(db_index=True, max_length=249, verbose_name="nom de domaine")),
                ("is_for_site", models.BooleanField(db_default=False, default=False, verbose_name="sert au site")),
                (
                    "is_for_mail",
                    models.BooleanField(db_default=False, default=False, verbose_name="sert à la messagerie"),
                ),
                (
                    "token",
                    models.CharField(
                        default=socle.people.names.models.new_token, max_length=64, verbose_name="jeton à publier"
                    ),
                ),
                ("claimed_at", models.DateTimeField(verbose_name="donné le")),
                ("proved_at", models.DateTimeField(blank=True, null=True, verbose_name="prouvé le")),
                (
                    "beneficiary",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="own_names",
                        to="people.beneficiary",
                        verbose_name="bénéficiaire",
                    ),
                ),
            ],
            options={
                "verbose_name": "nom de domaine d’un organisme",
                "verbose_name_plural": "noms de domaine des organismes",
                "ordering": ["name"],
            },
        ),
        migrations.AddConstraint(
            model_name="ownname",
            constraint=models.UniqueConstraint(
                fields=("beneficiary", "name"), name="one_row_per_own_name_of_a_beneficiary"
            ),
        ),
    ]
