"""An act has a matter, somebody who answers for it, and the figures of its vote."""

from django.db import migrations, models
from django.db.models import Q

FIGURES = {
    "members_in_office": "membres en exercice",
    "votes_for": "voix pour",
    "votes_against": "voix contre",
    "abstentions": "abstentions",
}


class Migration(migrations.Migration):
    dependencies = [("deliberations", "0005_put_online_by_the_site")]

    operations = [
        migrations.AddField("act", "matter", models.CharField("matière", max_length=14, blank=True, default=""), False),
        migrations.AddField(
            "act",
            "author_name",
            models.CharField("prénom et nom de l’auteur ou de l’autrice", max_length=120, blank=True, default=""),
            False,
        ),
        migrations.AddField(
            "act",
            "author_quality",
            models.CharField("qualité de l’auteur ou de l’autrice", max_length=120, blank=True, default=""),
            False,
        ),
        *(
            migrations.AddField("act", name, models.PositiveSmallIntegerField(label, null=True, blank=True))
            for name, label in FIGURES.items()
        ),
        migrations.AddConstraint(
            "act",
            models.CheckConstraint(
                condition=Q(**dict.fromkeys(FIGURES)) | Q(**{f"{name}__isnull": False for name in FIGURES}),
                name="a_vote_is_said_whole",
            ),
        ),
    ]
