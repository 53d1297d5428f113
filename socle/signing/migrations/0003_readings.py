"""Readings of frozen lists, by which one gesture signs many documents."""

import uuid

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("signing", "0002_evidence"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.CreateModel(
            "Reading",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.UUIDField("clé de la demande", default=uuid.uuid4, editable=False, unique=True)),
                ("read_at", models.DateTimeField("lue et signée le")),
                ("sha256", models.CharField("empreinte de la liste", max_length=64)),
                ("method", models.CharField("contrôle de l’identité", max_length=40, blank=True)),
                ("identified_at", models.DateTimeField("identité contrôlée le", null=True, blank=True)),
                ("session_sha256", models.CharField("empreinte de la session", max_length=64, blank=True)),
                ("address", models.CharField("adresse du réseau", max_length=45, blank=True)),
                (
                    "by",
                    models.ForeignKey(
                        settings.AUTH_USER_MODEL, models.deletion.PROTECT, related_name="+", verbose_name="par"
                    ),
                ),
            ],
            options={
                "verbose_name": "lecture d’une liste à signer",
                "verbose_name_plural": "lectures de listes à signer",
            },
        ),
        migrations.CreateModel(
            "ReadSlot",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("document_sha256", models.CharField("empreinte du document lu", max_length=64)),
                (
                    "reading",
                    models.ForeignKey(
                        "signing.reading", models.deletion.CASCADE, related_name="places", verbose_name="lecture"
                    ),
                ),
                (
                    "slot",
                    models.ForeignKey(
                        "signing.slot",
                        models.deletion.PROTECT,
                        related_name="readings",
                        verbose_name="place de signature",
                    ),
                ),
            ],
            options={
                "verbose_name": "place d’une lecture",
                "verbose_name_plural": "places d’une lecture",
                "constraints": [
                    models.UniqueConstraint(fields=["reading", "slot"], name="a_place_is_read_once_in_a_list")
                ],
            },
        ),
    ]
