import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("mail", "0003_say_whether_mail_is_here"),
        ("people", "0008_make_device_passwords"),
    ]

    operations = [
        migrations.CreateModel(
            name="BrowserReading",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code_digest", models.CharField(max_length=64, unique=True, verbose_name="empreinte du code")),
                (
                    "token_digest",
                    models.CharField(
                        blank=True, max_length=64, null=True, unique=True, verbose_name="empreinte du jeton"
                    ),
                ),
                ("asked_at", models.DateTimeField(verbose_name="demandée le")),
                ("opened_at", models.DateTimeField(blank=True, null=True, verbose_name="ouverte le")),
                (
                    "opening",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="readings",
                        to="mail.opening",
                        verbose_name="accès à la boîte",
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="readings",
                        to="people.opensession",
                        verbose_name="session",
                    ),
                ),
            ],
            options={
                "verbose_name": "lecture d’une boîte dans le navigateur",
                "verbose_name_plural": "lectures d’une boîte dans le navigateur",
                "ordering": ["-pk"],
            },
        ),
    ]
