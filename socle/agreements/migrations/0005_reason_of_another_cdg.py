from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [('agreements', '0004_each_has_a_type')]

    operations = [
        migrations.AddField(
            model_name='agreement',
            name='cdg_reason',
            field=models.CharField(blank=True, db_default='', max_length=300, verbose_name='motif d’un autre centre de gestion'),
        ),
    ]
