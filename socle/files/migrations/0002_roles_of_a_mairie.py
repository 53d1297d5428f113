"""A mairie has five roles: beside its mayor and its secretary, deputies, councillors and agents."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('files', '0001_release_0_2'),
    ]

    operations = [
        migrations.AlterField(
            model_name='folderright',
            name='role',
            field=models.CharField(choices=[('secretary', 'secrétaire de mairie'), ('mayor', 'maire ou représentant légal'), ('deputy', 'adjointe ou adjoint au maire'), ('councillor', 'élue ou élu'), ('agent', 'agente ou agent')], max_length=20, verbose_name='rôle'),
        ),
    ]
