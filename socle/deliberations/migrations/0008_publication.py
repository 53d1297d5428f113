"""An act has a mode of publication; what the platform put online has the digest of its bytes; a day may be declared."""

from itertools import islice

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, OuterRef, Q, Subquery

from socle.lib.migrating import RunPythonOnRows
from socle.lib.text import folded

MODES = [("electronic", "mise en ligne"), ("posted", "affichage"), ("paper", "sur papier")]


def seal_what_is_online(apps, schema_editor):
    """Write the digest of what the sites serve already: the file of the act, the same to the byte.

    A day without an instant was typed: it stays as it is, declared, and what stands on it stands.
    """
    act, document = apps.get_model("deliberations", "Act"), apps.get_model("documents", "Document")
    digest = document._base_manager.filter(pk=OuterRef("document_id")).values("sha256")
    act._base_manager.filter(put_online_at__isnull=False).update(mode="electronic", online_sha256=Subquery(digest))


def make_findable(apps, schema_editor):
    """Write what a search reads of the acts recorded before there was one."""
    act = apps.get_model("deliberations", "Act")
    rows = act._base_manager.only("number", "subject").order_by("pk").iterator(chunk_size=1000)
    while batch := list(islice(rows, 1000)):
        for one in batch:
            one.search_text = folded(f"{one.number} {one.subject}")
        act._base_manager.bulk_update(batch, ["search_text"])


class Migration(migrations.Migration):
    dependencies = [
        ("deliberations", "0007_transmissions"),
        ("documents", "0001_release_0_2"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            "act",
            "mode",
            models.CharField(
                "mode de publication", max_length=10, choices=MODES, blank=True, default="", db_default=""
            ),
        ),
        migrations.AddField(
            "act",
            "online_sha256",
            models.CharField(
                "empreinte de ce qui est mis en ligne", max_length=64, blank=True, default="", db_default=""
            ),
        ),
        migrations.AddField(
            "act",
            "held_back_because",
            models.CharField(
                "données personnelles qu’il contient", max_length=300, blank=True, default="", db_default=""
            ),
        ),
        migrations.AddField("act", "notified_on", models.DateField("notifié le", null=True, blank=True)),
        migrations.AddField(
            "act",
            "declared_by",
            models.ForeignKey(
                settings.AUTH_USER_MODEL,
                django.db.models.deletion.PROTECT,
                null=True,
                blank=True,
                related_name="+",
                verbose_name="publication déclarée par",
            ),
        ),
        migrations.AddField(
            "act",
            "publication_proof",
            models.ForeignKey(
                "documents.document",
                django.db.models.deletion.PROTECT,
                null=True,
                blank=True,
                related_name="+",
                verbose_name="preuve de publication",
            ),
        ),
        migrations.AddField(
            "act", "search_text", models.TextField("texte cherché", blank=True, default="", db_default="")
        ),
        RunPythonOnRows("Act", seal_what_is_online),
        RunPythonOnRows("Act", make_findable),
        migrations.AddConstraint(
            "act",
            models.CheckConstraint(
                condition=Q(put_online_at__isnull=True, online_sha256="")
                | Q(put_online_at__isnull=False, mode="electronic") & ~Q(online_sha256=""),
                name="what_is_put_online_has_its_digest",
            ),
        ),
        migrations.AddIndex(
            "act", models.Index(fields=["beneficiary", "-adopted_on", "number"], name="acts_of_a_beneficiary")
        ),
        migrations.CreateModel(
            "PublicationChoice",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("mode", models.CharField("mode de publication", max_length=10, choices=MODES)),
                ("starts_on", models.DateField("à partir du")),
                ("ends_on", models.DateField("jusqu’au", null=True, blank=True)),
                (
                    "act",
                    models.ForeignKey(
                        "deliberations.act",
                        django.db.models.deletion.PROTECT,
                        related_name="choices",
                        verbose_name="acte",
                    ),
                ),
            ],
            options={
                "verbose_name": "choix du mode de publication",
                "verbose_name_plural": "choix du mode de publication",
                "ordering": ["-starts_on", "-pk"],
                "constraints": [
                    models.UniqueConstraint(fields=["act"], name="an_act_chooses_one_mode"),
                    models.CheckConstraint(
                        condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                        name="a_choice_ends_after_it_starts",
                    ),
                ],
            },
        ),
    ]
