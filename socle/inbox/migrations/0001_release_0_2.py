import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from socle.lib.migrating import CreateModels


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('people', '0001_release_0_2'),
        ('people', '__first__'),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='ContactMessage',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('number', models.CharField(max_length=12, unique=True, verbose_name='numéro')),
                    ('status', models.CharField(choices=[('new', 'nouveau'), ('answered', 'répondu'), ('closed', 'classé'), ('spam', 'indésirable')], default='new', max_length=10, verbose_name='état')),
                    ('name', models.CharField(max_length=120, verbose_name='prénom et nom')),
                    ('email', models.EmailField(blank=True, max_length=254, verbose_name='adresse électronique')),
                    ('phone', models.CharField(blank=True, max_length=30, verbose_name='téléphone')),
                    ('address', models.CharField(blank=True, max_length=250, verbose_name='adresse postale')),
                    ('subject', models.CharField(choices=[('question', 'Une question'), ('request', 'Une demande\xa0: document, autorisation, aide…'), ('report', 'Un problème à signaler\xa0: voirie, éclairage, dépôt…'), ('other', 'Autre chose')], max_length=10, verbose_name='objet')),
                    ('words', models.TextField(verbose_name='message')),
                    ('search_text', models.TextField(verbose_name='texte cherché')),
                    ('receipt', models.TextField(blank=True, verbose_name='accusé de réception')),
                    ('form_sha256', models.CharField(max_length=64, unique=True, verbose_name='empreinte du formulaire')),
                    ('received_at', models.DateTimeField(verbose_name='reçu le')),
                    ('moved_at', models.DateTimeField(blank=True, null=True, verbose_name='changé d’état le')),
                    ('is_fictitious', models.BooleanField(default=False, verbose_name='message fictif de démonstration')),
                    ('assigned_to', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='confié à')),
                    ('beneficiary', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='contact_messages', to='people.beneficiary', verbose_name='bénéficiaire')),
                ],
                options={
                    'verbose_name': 'message d’un habitant',
                    'verbose_name_plural': 'messages des habitants',
                    'ordering': ['-received_at', '-pk'],
                    'indexes': [models.Index(fields=['beneficiary', 'status', 'received_at'], name='contact_message_by_state')],
                    'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('email', ''), _negated=True), models.Q(('phone', ''), _negated=True), _connector='OR'), name='a_message_leaves_a_way_to_answer')],
                },
            ),
            migrations.CreateModel(
                name='MessageFile',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('file', models.FileField(max_length=250, upload_to='', verbose_name='fichier')),
                    ('filename', models.CharField(max_length=100, verbose_name='nom')),
                    ('content_type', models.CharField(max_length=80, verbose_name='type')),
                    ('size', models.PositiveIntegerField(verbose_name='taille (octets)')),
                    ('message', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='files', to='inbox.contactmessage', verbose_name='message')),
                ],
                options={
                    'verbose_name': 'pièce jointe à un message',
                    'verbose_name_plural': 'pièces jointes aux messages',
                    'ordering': ['pk'],
                },
            ),
            migrations.CreateModel(
                name='MessageReply',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('words', models.TextField(verbose_name='réponse')),
                    ('written_at', models.DateTimeField(verbose_name='écrite le')),
                    ('form_sha256', models.CharField(max_length=64, unique=True, verbose_name='empreinte du formulaire')),
                    ('message', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='replies', to='inbox.contactmessage', verbose_name='message')),
                    ('written_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='écrite par')),
                ],
                options={
                    'verbose_name': 'réponse à un message',
                    'verbose_name_plural': 'réponses aux messages',
                    'ordering': ['written_at', 'pk'],
                },
            ),
            migrations.CreateModel(
                name='MessageLetter',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('kind', models.CharField(choices=[('receipt', 'accusé de réception'), ('told', 'avis à la mairie'), ('reply', 'réponse')], max_length=8, verbose_name='nature')),
                    ('due_at', models.DateTimeField(verbose_name='à envoyer le')),
                    ('left_at', models.DateTimeField(blank=True, null=True, verbose_name='partie le')),
                    ('message', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='letters', to='inbox.contactmessage', verbose_name='message')),
                    ('reply', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='letter', to='inbox.messagereply', verbose_name='réponse')),
                ],
                options={
                    'verbose_name': 'courriel d’un message',
                    'verbose_name_plural': 'courriels des messages',
                    'ordering': ['-due_at', '-pk'],
                    'indexes': [models.Index(condition=models.Q(('left_at', None)), fields=['due_at'], name='message_letters_to_send')],
                },
            ),
        ]),
    ]
