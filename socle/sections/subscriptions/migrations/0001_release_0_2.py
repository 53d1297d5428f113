import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('syndication', '0001_release_0_2'),
        ('websites', '0001_release_0_2'),
    ]

    operations = [
        migrations.CreateModel(
            name='AlertMailing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('begun_at', models.DateTimeField(verbose_name='commencé le')),
                ('reached', models.BigIntegerField(default=0, verbose_name='dernier abonnement servi')),
                ('sent', models.PositiveIntegerField(default=0, verbose_name='courriels partis')),
                ('done_at', models.DateTimeField(blank=True, null=True, verbose_name='terminé le')),
                ('alert', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='mailing', to='websites.alert', verbose_name='alerte')),
                ('offer', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='mailing', to='syndication.shareoffer', verbose_name='alerte partagée')),
            ],
            options={
                'verbose_name': 'envoi d’une alerte',
                'verbose_name_plural': 'envois des alertes',
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('alert__isnull', True), ('offer__isnull', False)), models.Q(('alert__isnull', False), ('offer__isnull', True)), _connector='OR'), name='a_mailing_is_of_one_alert')],
            },
        ),
        migrations.CreateModel(
            name='AlertSubscription',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('email', models.EmailField(max_length=254, verbose_name='adresse électronique')),
                ('asked_at', models.DateTimeField(verbose_name='demandé le')),
                ('confirmed_at', models.DateTimeField(blank=True, null=True, verbose_name='confirmé le')),
                ('link_sha256', models.CharField(blank=True, max_length=64, verbose_name='empreinte du lien')),
                ('link_expires_at', models.DateTimeField(blank=True, null=True, verbose_name='lien valable jusqu’au')),
                ('letter_due_at', models.DateTimeField(blank=True, null=True, verbose_name='lettre à envoyer le')),
                ('website', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='alert_subscriptions', to='websites.website', verbose_name='site internet')),
            ],
            options={
                'verbose_name': 'abonnement aux alertes',
                'verbose_name_plural': 'abonnements aux alertes',
                'ordering': ['pk'],
                'indexes': [models.Index(condition=models.Q(('letter_due_at__isnull', False)), fields=['letter_due_at'], name='subscription_letters_to_send'), models.Index(condition=models.Q(('link_sha256', ''), _negated=True), fields=['link_sha256'], name='subscription_by_link')],
                'constraints': [models.UniqueConstraint(fields=('website', 'email'), name='one_alert_subscription_per_address')],
            },
        ),
    ]
