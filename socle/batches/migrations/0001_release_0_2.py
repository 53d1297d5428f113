import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('people', '0001_release_0_2'),
        ('people', '__first__'),
        ('programme', '0001_release_0_2'),
    ]

    operations = [
        migrations.CreateModel(
            name='Batch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name='clé de la demande')),
                ('gesture', models.CharField(max_length=40, verbose_name='geste')),
                ('filters', models.CharField(blank=True, max_length=1000, verbose_name='filtres de la liste')),
                ('status', models.CharField(choices=[('running', 'en cours'), ('paused', 'en pause'), ('finished', 'terminé'), ('cancelled', 'arrêté')], default='running', max_length=10, verbose_name='état')),
                ('started_at', models.DateTimeField(verbose_name='lancé le')),
                ('resumed_at', models.DateTimeField(verbose_name='repris le')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='fini le')),
                ('served_at', models.DateTimeField(blank=True, null=True, verbose_name='servi le')),
                ('hindrance', models.CharField(blank=True, max_length=300, verbose_name='empêchement')),
                ('hindrances', models.PositiveSmallIntegerField(default=0, verbose_name='empêchements de suite')),
                ('next_try_at', models.DateTimeField(blank=True, null=True, verbose_name='prochain essai')),
                ('followed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='suivi par')),
                ('operator', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.operator', verbose_name='opérateur')),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='programme.programme', verbose_name='programme')),
                ('started_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='lancé par')),
            ],
            options={
                'verbose_name': 'lot',
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['status', 'served_at'], name='batch_to_serve')],
            },
        ),
        migrations.CreateModel(
            name='BatchLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject', models.CharField(max_length=64, verbose_name='identifiant de l’objet')),
                ('label', models.CharField(max_length=200, verbose_name='objet')),
                ('code', models.CharField(blank=True, max_length=5, verbose_name='code INSEE')),
                ('state', models.CharField(choices=[('pending', 'à faire'), ('running', 'en cours'), ('done', 'fait'), ('refused', 'refusé'), ('failed', 'en échec'), ('left', 'laissé')], default='pending', max_length=10, verbose_name='état')),
                ('says', models.CharField(blank=True, max_length=1000, verbose_name='ce qui s’est passé')),
                ('starts', models.PositiveSmallIntegerField(default=0, verbose_name='débuts sans fin')),
                ('waits', models.PositiveSmallIntegerField(default=0, verbose_name='remises à plus tard')),
                ('due_at', models.DateTimeField(blank=True, null=True, verbose_name='pas avant')),
                ('started_at', models.DateTimeField(blank=True, null=True, verbose_name='commencé le')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='fini le')),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='batches.batch', verbose_name='lot')),
            ],
            options={
                'verbose_name': 'ligne de lot',
                'verbose_name_plural': 'lignes de lot',
                'ordering': ['id'],
                'indexes': [models.Index(fields=['batch', 'state', 'id'], name='batch_line_state'), models.Index(fields=['batch', 'ended_at'], name='batch_line_ended')],
                'constraints': [models.UniqueConstraint(fields=('batch', 'subject'), name='a_thing_is_once_in_a_batch')],
            },
        ),
    ]
