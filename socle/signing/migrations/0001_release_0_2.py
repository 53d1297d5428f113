import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('documents', '0001_release_0_2'),
        ('people', '__first__'),
    ]

    operations = [
        migrations.CreateModel(
            name='Round',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('opened_at', models.DateTimeField(verbose_name='ouvert le')),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='clos le')),
                ('current', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.document', verbose_name='dernière version')),
                ('original', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='round', to='documents.document', verbose_name='document à signer')),
            ],
            options={
                'verbose_name': 'parapheur',
            },
        ),
        migrations.CreateModel(
            name='Slot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rank', models.PositiveSmallIntegerField(verbose_name='rang')),
                ('field_name', models.CharField(max_length=40, verbose_name='champ de signature')),
                ('label', models.CharField(max_length=200, verbose_name='pour')),
                ('signed_at', models.DateTimeField(blank=True, null=True, verbose_name='signé le')),
                ('certificate_sha256', models.CharField(blank=True, max_length=64, verbose_name='empreinte du certificat')),
                ('result', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.document', verbose_name='document signé')),
                ('round', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='slots', to='signing.round', verbose_name='parapheur')),
                ('signed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='signatures', to=settings.AUTH_USER_MODEL, verbose_name='signé par')),
            ],
            options={
                'verbose_name': 'place de signature',
                'verbose_name_plural': 'places de signature',
                'ordering': ['rank'],
                'constraints': [models.UniqueConstraint(fields=('round', 'rank'), name='one_slot_per_rank'), models.UniqueConstraint(fields=('round', 'field_name'), name='one_slot_per_field'), models.CheckConstraint(condition=models.Q(models.Q(('result__isnull', True), ('signed_at__isnull', True)), models.Q(('result__isnull', False), ('signed_at__isnull', False)), _connector='OR'), name='a_signed_slot_has_its_document')],
            },
        ),
    ]
