import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("websites", "0025_share_among_sites"),
    ]

    operations = [
        migrations.AddField(
            model_name="alertmailing",
            name="offer",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="mailing",
                to="websites.shareoffer",
                verbose_name="alerte partagée",
            ),
        ),
        migrations.AlterField(
            model_name="alertmailing",
            name="alert",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="mailing",
                to="websites.alert",
                verbose_name="alerte",
            ),
        ),
        migrations.AddConstraint(
            model_name="alertmailing",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("alert__isnull", True), ("offer__isnull", False)),
                    models.Q(("alert__isnull", False), ("offer__isnull", True)),
                    _connector="OR",
                ),
                name="a_mailing_is_of_one_alert",
            ),
        ),
    ]
