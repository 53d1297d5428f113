"""A token may read acts."""

from django.db import migrations, models

SCOPES = [
    ("communes:read", "lire les communes et leur étape"),
    ("beneficiaries:read", "lire les bénéficiaires"),
    ("beneficiaries:write", "inscrire des bénéficiaires"),
    ("acts:read", "lire les actes"),
    ("agreements:read", "lire les conventions"),
    ("agreements:write", "rédiger et faire avancer les conventions"),
    ("installations:read", "lire les installations"),
    ("installations:write", "agir sur les installations"),
    ("join-requests:read", "lire les demandes d’adhésion"),
    ("join-requests:write", "étudier et planifier les demandes d’adhésion"),
    ("journal:read", "lire le journal"),
    ("webhooks:read", "lire les webhooks et leurs envois"),
    ("webhooks:write", "ouvrir et conduire des webhooks"),
    ("people:read", "lire le nom des personnes, là où il figure"),
]


class Migration(migrations.Migration):
    dependencies = [("integrations", "0001_release_0_2")]

    operations = [
        migrations.AlterField("tokenscope", "scope", models.CharField("portée", max_length=24, choices=SCOPES)),
    ]
