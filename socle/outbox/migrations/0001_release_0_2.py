from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Departure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=64, unique=True, verbose_name='clé')),
                ('claimed_at', models.DateTimeField(verbose_name='réservé le')),
                ('left_at', models.DateTimeField(blank=True, null=True, verbose_name='parti le')),
            ],
            options={
                'verbose_name': 'départ d’un message',
                'verbose_name_plural': 'départs des messages',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('to', models.CharField(max_length=500, verbose_name='à')),
                ('sender', models.CharField(max_length=250, verbose_name='de')),
                ('subject', models.CharField(max_length=300, verbose_name='objet')),
                ('body', models.TextField(verbose_name='texte')),
                ('written_at', models.DateTimeField(auto_now_add=True, verbose_name='écrit le')),
            ],
            options={
                'verbose_name': 'message',
                'ordering': ['-id'],
            },
        ),
    ]
