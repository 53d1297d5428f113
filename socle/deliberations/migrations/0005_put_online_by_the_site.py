"""An act is put online by the site of its body, at an instant that its publication writes."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("deliberations", "0004_those_of_models_are_of_the_file")]

    operations = [
        migrations.AddField(
            "act",
            "put_online_asked_at",
            models.DateTimeField("mise en ligne demandée le", null=True, blank=True),
        ),
        migrations.AddField("act", "put_online_at", models.DateTimeField("mis en ligne le", null=True, blank=True)),
        migrations.AddConstraint(
            "act",
            models.CheckConstraint(
                condition=Q(put_online_at__isnull=True) | Q(published_on__isnull=False),
                name="an_act_put_online_is_published",
            ),
        ),
    ]
