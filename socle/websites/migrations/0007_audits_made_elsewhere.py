import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [('websites', '0006_carry_own_names')]

    operations = [
        migrations.DeleteModel('Judgement'),
        migrations.DeleteModel('SampledPage'),
        migrations.DeleteModel('Audit'),
        migrations.CreateModel(
            name='Audit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('made_on', models.DateField(verbose_name='date de l’audit')),
                ('auditor', models.CharField(max_length=150, verbose_name='réalisé par')),
                ('rate', models.DecimalField(decimal_places=2, max_digits=5, verbose_name='taux de conformité, en pourcentage')),
                ('failing', models.TextField(blank=True, max_length=10000, verbose_name='non-conformités')),
                ('derogated', models.TextField(blank=True, max_length=10000, verbose_name='dérogations pour charge disproportionnée')),
                ('tools', models.TextField(blank=True, max_length=2000, verbose_name='environnement de test et outils')),
                ('pages', models.TextField(max_length=5000, verbose_name='pages vérifiées')),
                ('declared_at', models.DateTimeField(verbose_name='déclaré le')),
                ('is_fictitious', models.BooleanField(default=False, verbose_name='fictif')),
                ('website', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='audits', to='websites.website', verbose_name='site internet')),
            ],
            options={
                'verbose_name': 'audit d’accessibilité',
                'verbose_name_plural': 'audits d’accessibilité',
                'ordering': ['-made_on', '-pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('rate__gte', 0), ('rate__lte', 100)), name='a_rate_is_a_percentage')],
            },
        ),
    ]
