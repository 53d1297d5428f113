"""What was typed in a statement is carried: a whole audit as a row with its rate, the rest as words of the commune.

The drafts of the page are carried too: published again from the editor, they would otherwise lose these words.
"""

from datetime import datetime, time
from html import escape
from zoneinfo import ZoneInfo

from django.db import migrations, models

# Two steps of the tree of pages: the place of a home.
HOME = 8


def words_of(not_accessible, plan):
    carried = ""
    for heading, text in (("Contenus non accessibles", not_accessible), ("Schéma pluriannuel et plan d’action", plan)):
        if text and text.strip():
            carried += f"<h3>{escape(heading)}</h3>{text}"
    return carried


def carry(apps, schema_editor):
    page_model = apps.get_model("websites", "AccessibilityPage")
    audit_model = apps.get_model("websites", "Audit")
    website_model = apps.get_model("websites", "WebSite")
    revision_model = apps.get_model("wagtailcore", "Revision")
    websites = {site.root_page.path: site for site in website_model.objects.select_related("root_page")}
    for page in page_model.objects.all().iterator():
        if carried := words_of(page.not_accessible, page.plan):
            page_model.objects.filter(pk=page.pk).update(complement=page.complement + carried)
        if page.latest_revision_id is not None:
            draft = revision_model.objects.filter(pk=page.latest_revision_id).first()
            if draft is not None:
                content = dict(draft.content)
                if drafted := words_of(content.get("not_accessible"), content.get("plan")):
                    content["complement"] = (content.get("complement") or "") + drafted
                    content["not_accessible"] = content["plan"] = ""
                    draft.content = content
                    draft.save(update_fields=["content"])
        website = websites.get(page.path[:HOME])
        if website is None or page.audited_on is None or page.rate is None:
            continue
        at = page.last_published_at or datetime.combine(page.audited_on, time(12), ZoneInfo("Europe/Paris"))
        audit_model.objects.create(
            website=website,
            begun_at=at,
            auditor=page.audited_by,
            made_on=page.audited_on,
            concluded_at=at,
            carried_rate=page.rate,
        )


def keep_open(apps, schema_editor):
    website_model = apps.get_model("websites", "WebSite")
    website_model.objects.filter(opened_at=None).update(opened_at=models.F("created_at"))


class Migration(migrations.Migration):

    replaces = [
        ('websites', '0009_carry_what_was_declared'),
    ]

    dependencies = [
        ('websites', '0003_keep_the_sites_alive'),
        ('wagtailcore', '0097_baselogentry_uuid_action_timestamp_indexes'),
    ]

    operations = [
        migrations.RunPython(carry, migrations.RunPython.noop),
        # The sites made before this were found by search engines already: they stay as they are.
        migrations.RunPython(keep_open, migrations.RunPython.noop),
    ]
