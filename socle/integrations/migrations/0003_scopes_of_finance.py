"""A token may note the reception of acts, take the files of agreements, read contributions and note their titles."""

from django.db import migrations, models

SCOPES = [
    ("communes:read", "lire les communes et leur étape"),
    ("beneficiaries:read", "lire les bénéficiaires"),
    ("beneficiaries:write", "inscrire des bénéficiaires"),
    ("acts:read", "lire les actes"),
    ("acts:write", "noter la réception des actes en préfecture"),
    ("agreements:read", "lire les conventions"),
    ("agreements:write", "rédiger et faire avancer les conventions"),
    ("agreements:files", "prendre le PDF des conventions et leur preuve"),
    ("contributions:read", "lire les contributions appelées et leurs titres"),
    ("contributions:write", "noter les titres des contributions"),
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
    dependencies = [("integrations", "0002_acts_are_read")]

    operations = [
        migrations.AlterField("tokenscope", "scope", models.CharField("portée", max_length=24, choices=SCOPES)),
    ]
