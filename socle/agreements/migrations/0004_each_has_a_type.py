import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [('agreements', '0003_all_are_tripartite')]

    operations = [
        migrations.AlterField(
            model_name='agreement',
            name='type',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='agreements', to='programme.agreementtype', verbose_name='type'),
        ),
    ]
