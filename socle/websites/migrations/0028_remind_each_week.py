import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("websites", "0027_read_in_clear"),
    ]

    operations = [
        migrations.CreateModel(
            name="WeeklyReminder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("is_wanted", models.BooleanField(blank=True, null=True, verbose_name="voulu")),
                ("chosen_at", models.DateTimeField(blank=True, null=True, verbose_name="choisi le")),
                ("looked_at", models.DateTimeField(blank=True, null=True, verbose_name="regardé le")),
                ("written_at", models.DateTimeField(blank=True, null=True, verbose_name="écrit le")),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="weekly_reminder",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="personne",
                    ),
                ),
            ],
            options={
                "verbose_name": "rappel hebdomadaire",
                "verbose_name_plural": "rappels hebdomadaires",
            },
        ),
    ]
