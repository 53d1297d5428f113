"""When what an access of help had opened was ended; those of before are swept by the first tick."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0009_own_names_are_proved")]

    operations = [
        migrations.AddField(
            "helpaccess",
            "swept_at",
            models.DateTimeField(blank=True, null=True, verbose_name="ce qui en restait ouvert, fermé le"),
        ),
    ]
