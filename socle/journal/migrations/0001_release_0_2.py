from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('verb', models.CharField(max_length=80, verbose_name='verbe')),
                ('object_type', models.CharField(max_length=80, verbose_name='type d’objet')),
                ('object_id', models.CharField(max_length=64, verbose_name='identifiant de l’objet')),
                ('beneficiary_ref', models.CharField(blank=True, max_length=64, verbose_name='identifiant du bénéficiaire')),
                ('by_ref', models.CharField(max_length=64, verbose_name='identifiant de l’auteur ou de l’autrice')),
                ('at', models.DateTimeField(verbose_name='instant')),
                ('facts', models.JSONField(default=dict, verbose_name='faits')),
                ('position', models.PositiveBigIntegerField(editable=False, null=True, unique=True, verbose_name='rang dans la chaîne')),
                ('seal', models.CharField(blank=True, editable=False, max_length=64, verbose_name='sceau')),
            ],
            options={
                'verbose_name': 'ligne de journal',
                'verbose_name_plural': 'lignes de journal',
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['object_type', 'object_id'], name='journal_object'), models.Index(fields=['beneficiary_ref', '-id'], name='journal_beneficiary')],
            },
        ),
        migrations.CreateModel(
            name='Reading',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=40, verbose_name='ce qui a été lu')),
                ('object_type', models.CharField(max_length=80, verbose_name='type d’objet')),
                ('object_id', models.CharField(max_length=64, verbose_name='identifiant de l’objet')),
                ('code', models.CharField(blank=True, max_length=60, verbose_name='numéro ou page')),
                ('beneficiary_ref', models.CharField(blank=True, max_length=64, verbose_name='identifiant du bénéficiaire')),
                ('by_ref', models.CharField(max_length=64, verbose_name='identifiant du lecteur ou de la lectrice')),
                ('operator_ref', models.CharField(blank=True, max_length=64, verbose_name='identifiant de l’opérateur')),
                ('door', models.CharField(max_length=12, verbose_name='porte')),
                ('token', models.CharField(blank=True, max_length=8, verbose_name='jeton')),
                ('at', models.DateTimeField(db_index=True, verbose_name='instant')),
                ('slot', models.PositiveIntegerField(editable=False, verbose_name='tranche de minutes')),
            ],
            options={
                'verbose_name': 'consultation',
                'ordering': ['-at', '-id'],
                'indexes': [models.Index(fields=['beneficiary_ref', '-at'], name='reading_beneficiary'), models.Index(fields=['operator_ref', '-at'], name='reading_operator')],
                'constraints': [models.UniqueConstraint(fields=('by_ref', 'kind', 'object_type', 'object_id', 'code', 'door', 'token', 'slot'), name='the_same_view_is_one_reading')],
            },
        ),
    ]
