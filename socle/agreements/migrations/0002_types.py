import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('agreements', '0001_release_0_2'),
        ('programme', '0006_the_tripartite_is_a_type'),
    ]

    operations = [
        migrations.AddField(
            model_name='agreement',
            name='type',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='agreements', to='programme.agreementtype', verbose_name='type'),
        ),
    ]
