from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Sweep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rule', models.CharField(max_length=40, verbose_name='règle')),
                ('ran_at', models.DateTimeField(verbose_name='passage')),
                ('treated', models.PositiveIntegerField(default=0, verbose_name='lignes traitées')),
                ('error', models.CharField(blank=True, max_length=200, verbose_name='échec')),
            ],
            options={
                'verbose_name': 'passage d’une règle de conservation',
                'verbose_name_plural': 'passages des règles de conservation',
                'ordering': ['-ran_at', '-id'],
                'indexes': [models.Index(fields=['rule', '-ran_at'], name='retention_last_sweep')],
            },
        ),
    ]
