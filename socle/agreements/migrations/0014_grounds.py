"""The articles that an agreement is printed on: that which approves its model, that which delegates."""

import django.db.models.deletion
from django.db import migrations, models

from socle.lib.migrating import RunPythonOnRows


def cite(apps, schema_editor):
    """What was printed by delegation was so on the first approval of its text, and on the founding act's delegation."""
    approvals = apps.get_model("deliberations", "Approval").objects
    powers = apps.get_model("programme", "Power").objects
    partners = apps.get_model("programme", "Partner").objects
    agreements = apps.get_model("agreements", "Agreement").objects
    apart = approvals.filter(subject="agreement").values("sha256")
    printed = agreements.filter(round__isnull=False, type__approved_by="model").exclude(round__original__sha256__in=apart)
    grounds = {}
    for programme, sha256 in printed.order_by().values_list("programme", "text__sha256").distinct():
        lead = partners.filter(programme=programme, part="lead").values("operator")
        approval = approvals.filter(subject="model", sha256=sha256, article__act__operator__in=lead).order_by("pk").first()
        power = powers.filter(programme=programme, power="delegation").order_by("article__number").first()
        if approval is not None and power is not None:
            grounds[programme, sha256] = {"approved_by": approval.article_id, "delegated_by": power.article_id}
    for (programme, sha256), given in grounds.items():
        found = printed.filter(programme=programme, text__sha256=sha256).values_list("pk", flat=True)
        agreements.filter(pk__in=[*found]).update(**given)


class Migration(migrations.Migration):

    dependencies = [
        ('agreements', '0013_suspensions'),
        ('deliberations', '0010_replies'),
        ('documents', '0004_documents_that_end'),
        ('programme', '0012_prices'),
        ('signing', '0004_trusted_lists'),
    ]

    operations = [
        migrations.AddField(
            model_name='agreement',
            name='approved_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='deliberations.article', verbose_name='article qui approuve le modèle'),
        ),
        migrations.AddField(
            model_name='agreement',
            name='delegated_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='deliberations.article', verbose_name='article qui délègue'),
        ),
        migrations.AddConstraint(
            model_name='agreement',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('approved_by', None), ('delegated_by', None)), models.Q(('approved_by__isnull', False), ('delegated_by__isnull', False)), _connector='OR'), name='agreement_is_printed_on_both'),
        ),
        RunPythonOnRows('Agreement', cite, elidable=True),
    ]
