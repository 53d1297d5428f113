import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('documents', '0001_release_0_2'),
        ('people', '0001_release_0_2'),
    ]

    operations = [
        migrations.CreateModel(
            name='Act',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('unqualified', 'à qualifier'), ('deliberation', 'délibération'), ('regulation', 'arrêté réglementaire'), ('decision', 'décision'), ('minutes', 'procès-verbal'), ('list', 'liste des délibérations'), ('individual', 'acte individuel')], db_default='unqualified', default='unqualified', max_length=20, verbose_name='nature')),
                ('body', models.CharField(max_length=120, verbose_name='assemblée')),
                ('number', models.CharField(max_length=30, verbose_name='numéro')),
                ('subject', models.CharField(max_length=500, verbose_name='objet')),
                ('adopted_on', models.DateField(verbose_name='adopté le')),
                ('received_on', models.DateField(blank=True, null=True, verbose_name='reçu en préfecture le')),
                ('published_on', models.DateField(blank=True, null=True, verbose_name='publié le')),
                ('not_transmissible_because', models.CharField(blank=True, max_length=300, verbose_name='motif de non-transmission')),
                ('identifier', models.CharField(blank=True, max_length=60, verbose_name='identifiant @CTES')),
                ('publication_certificate', models.TextField(blank=True, verbose_name='certificat de publication')),
                ('is_fictitious', models.BooleanField(default=False, verbose_name='acte fictif de démonstration')),
                ('beneficiary', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='acts', to='people.beneficiary', verbose_name='bénéficiaire')),
                ('document', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='acts', to='documents.document', verbose_name='document')),
                ('operator', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='acts', to='people.operator', verbose_name='opérateur')),
            ],
            options={
                'verbose_name': 'acte',
                'ordering': ['-adopted_on', 'number'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('beneficiary__isnull', False), ('operator__isnull', True)), models.Q(('beneficiary__isnull', True), ('operator__isnull', False)), _connector='OR'), name='an_act_belongs_to_one_body'), models.UniqueConstraint(condition=models.Q(('beneficiary__isnull', False)), fields=('beneficiary', 'number'), name='one_act_per_beneficiary_number'), models.UniqueConstraint(condition=models.Q(('operator__isnull', False)), fields=('operator', 'number'), name='one_act_per_operator_number')],
            },
        ),
    ]
