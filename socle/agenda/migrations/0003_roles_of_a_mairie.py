"""A mairie has five roles: beside its mayor and its secretary, deputies, councillors and agents."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('agenda', '0002_rooms_are_venues'),
    ]

    operations = [
        migrations.AlterField(
            model_name='calendaraccess',
            name='role',
            field=models.CharField(blank=True, choices=[('secretary', 'secrétaire de mairie'), ('mayor', 'maire ou représentant légal'), ('deputy', 'adjointe ou adjoint au maire'), ('councillor', 'élue ou élu'), ('agent', 'agente ou agent')], max_length=20, verbose_name='rôle'),
        ),
        migrations.AlterField(
            model_name='venue',
            name='approver',
            field=models.CharField(blank=True, choices=[('', 'personne\xa0: la réservation vaut aussitôt'), ('secretary', 'secrétaire de mairie'), ('mayor', 'maire ou représentant légal'), ('deputy', 'adjointe ou adjoint au maire'), ('councillor', 'élue ou élu'), ('agent', 'agente ou agent')], max_length=20, verbose_name='qui accepte les réservations'),
        ),
    ]
