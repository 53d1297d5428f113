import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('deliberations', '0002_articles_and_approvals'),
        ('programme', '0001_release_0_2'),
    ]

    operations = [
        migrations.CreateModel(
            name='Power',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('power', models.CharField(choices=[('project', 'approuve le projet'), ('agreement', 'approuve une convention entre opérateurs'), ('model', 'approuve le modèle de convention tripartite'), ('funding', 'approuve une demande de financement'), ('delegation', 'délègue la signature au président')], max_length=12, verbose_name='effet')),
                ('article', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='powers', to='deliberations.article', verbose_name='article')),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='powers', to='programme.programme', verbose_name='programme')),
            ],
            options={
                'verbose_name': 'effet d’un article',
                'verbose_name_plural': 'effets des articles',
                'ordering': ['article__number'],
                'constraints': [models.UniqueConstraint(fields=('programme', 'article'), name='one_power_per_article')],
            },
        ),
    ]
