"""The text of each article of a founding act is the act's; its programme keeps what it empowers."""

from django.db import migrations

from socle.lib.migrating import RunPythonOnRows


def move(apps, schema_editor):
    Article = apps.get_model('deliberations', 'Article')
    Power = apps.get_model('programme', 'Power')
    founding = apps.get_model('programme', 'FoundingArticle').objects.select_related('programme').order_by('pk')
    # Two programmes may be founded by the same act: its article is written once.
    for one in founding.exclude(programme__founding_act=None):
        article, _ = Article.objects.get_or_create(
            act_id=one.programme.founding_act_id, number=one.number, defaults={'text': one.text}
        )
        Power.objects.get_or_create(programme_id=one.programme_id, article=article, defaults={'power': one.power})


class Migration(migrations.Migration):

    dependencies = [('programme', '0002_powers_of_articles')]

    operations = [RunPythonOnRows('FoundingArticle', move)]
