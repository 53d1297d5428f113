from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("websites", "0028_remind_each_week"),
    ]

    operations = [
        migrations.AddField(
            model_name="outsideaddress",
            name="silences",
            field=models.PositiveSmallIntegerField(default=0, verbose_name="sans réponse, en des jours différents"),
        ),
        migrations.AddField(
            model_name="outsideaddress",
            name="silent_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="dernier jour sans réponse compté le"),
        ),
        migrations.AddField(
            model_name="outsideaddress",
            name="silent_since_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="sans réponse depuis le"),
        ),
        migrations.AlterField(
            model_name="outsideaddress",
            name="verdict",
            field=models.CharField(
                choices=[
                    ("unasked", "pas encore vérifiée"),
                    ("answers", "répond"),
                    ("unsure", "non vérifiée"),
                    ("silent", "ne répond pas"),
                    ("failing", "échoue depuis peu"),
                    ("broken", "ne répond plus"),
                ],
                default="unasked",
                max_length=10,
                verbose_name="constat",
            ),
        ),
    ]
