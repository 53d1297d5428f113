import django.db.models.deletion
import wagtail.contrib.routable_page.models
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('wagtailcore', '0097_baselogentry_uuid_action_timestamp_indexes'),
        ('websites', '0001_release_0_2'),
    ]

    operations = [
        migrations.CreateModel(
            name='ListingPage',
            fields=[
                ('page_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to='wagtailcore.page')),
                ('introduction', models.CharField(blank=True, max_length=300, verbose_name='introduction')),
            ],
            options={
                'verbose_name': 'page de l’annuaire',
                'verbose_name_plural': 'pages de l’annuaire',
            },
            bases=(wagtail.contrib.routable_page.models.RoutablePageMixin, 'wagtailcore.page'),
        ),
        migrations.CreateModel(
            name='ListingEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('association', 'associations'), ('shop', 'commerces'), ('food', 'restaurants et cafés'), ('craft', 'artisans'), ('farm', 'agriculture et vente à la ferme'), ('lodging', 'hébergements'), ('health', 'santé'), ('service', 'entreprises et services'), ('school', 'écoles'), ('venue', 'équipements et salles')], max_length=12, verbose_name='catégorie')),
                ('name', models.CharField(max_length=150, verbose_name='nom')),
                ('sort_name', models.CharField(editable=False, max_length=160, verbose_name='nom, pour le classement')),
                ('activity', models.CharField(blank=True, max_length=600, verbose_name='activité')),
                ('place', models.CharField(blank=True, max_length=200, verbose_name='lieu')),
                ('phone', models.CharField(blank=True, max_length=30, verbose_name='téléphone')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='adresse électronique')),
                ('link', models.CharField(blank=True, max_length=300, verbose_name='site internet de la structure')),
                ('hours', models.CharField(blank=True, max_length=300, verbose_name='horaires')),
                ('picture_alternative', models.CharField(blank=True, max_length=200, verbose_name='description de la photographie')),
                ('is_person', models.BooleanField(default=False, verbose_name='nomme une personne')),
                ('agreed_on', models.DateField(blank=True, null=True, verbose_name='accord de la personne donné le')),
                ('added_at', models.DateTimeField(verbose_name='ajoutée le')),
                ('removed_at', models.DateTimeField(blank=True, null=True, verbose_name='retirée le')),
                ('picture', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='websites.communeimage', verbose_name='photographie')),
                ('website', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='listing', to='websites.website', verbose_name='site internet')),
            ],
            options={
                'verbose_name': 'fiche de l’annuaire',
                'verbose_name_plural': 'fiches de l’annuaire',
                'ordering': ['sort_name', 'pk'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('removed_at', None)), fields=('website', 'kind', 'sort_name'), name='one_entry_of_a_name_in_a_kind'), models.CheckConstraint(condition=models.Q(('is_person', False), ('agreed_on__isnull', False), _connector='OR'), name='a_person_agreed_to_be_listed')],
            },
        ),
    ]
