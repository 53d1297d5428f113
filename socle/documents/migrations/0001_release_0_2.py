import django.db.models.deletion
import socle.documents.models
import socle.documents.storage
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('people', '0001_release_0_2'),
    ]

    operations = [
        migrations.CreateModel(
            name='Document',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name='identifiant')),
                ('title', models.CharField(max_length=200, verbose_name='titre')),
                ('content_type', models.CharField(default='application/pdf', max_length=80, verbose_name='type')),
                ('file', models.FileField(max_length=250, storage=socle.documents.storage.kept_files, upload_to=socle.documents.models.document_path, verbose_name='fichier')),
                ('sha256', models.CharField(max_length=64, verbose_name='empreinte SHA-256')),
                ('size', models.PositiveIntegerField(verbose_name='taille (octets)')),
                ('kept_at', models.DateTimeField(verbose_name='conservé le')),
                ('beneficiary', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='documents', to='people.beneficiary', verbose_name='bénéficiaire')),
            ],
            options={
                'verbose_name': 'document',
                'ordering': ['-kept_at'],
            },
        ),
        migrations.CreateModel(
            name='Text',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.SlugField(max_length=60, verbose_name='nom')),
                ('version', models.CharField(max_length=10, verbose_name='version (date)')),
                ('body', models.TextField(verbose_name='texte')),
                ('sha256', models.CharField(max_length=64, verbose_name='empreinte')),
                ('is_demonstration', models.BooleanField(default=True, verbose_name='modèle de démonstration, non approuvé')),
            ],
            options={
                'verbose_name': 'texte',
                'constraints': [models.UniqueConstraint(fields=('name', 'version'), name='one_text_per_version')],
            },
        ),
    ]
