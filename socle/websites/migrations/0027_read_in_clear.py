from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("websites", "0026_mail_alerts_of_others"),
    ]

    operations = [
        migrations.AddField(
            model_name="siteimport",
            name="is_in_clear",
            field=models.BooleanField(default=False, verbose_name="lu sans chiffrement"),
        ),
    ]
