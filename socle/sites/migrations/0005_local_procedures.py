"""Procedures of the catalogue as each mairie does them; the words that a mairie had written on its page are kept there."""

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import wagtail.fields
from django.conf import settings
from django.db import migrations, models

from socle.lib.migrating import RunPythonOnRows

# The procedures that a site was born with, as blocks of its page: their codes in the catalogue, and their words.
BORN = {
    "Acte d’état civil": (
        "acte-etat-civil",
        "Obtenir la copie ou l’extrait d’un acte de naissance, de mariage ou de décès. La demande se fait à "
        "la mairie du lieu de l’événement.",
    ),
    "Carte d’identité": (
        "carte-identite",
        "Demander ou renouveler une carte nationale d’identité, dans une mairie équipée, sur rendez-vous.",
    ),
    "Passeport": (
        "passeport",
        "Demander ou renouveler un passeport, dans une mairie équipée, sur rendez-vous.",
    ),
    "Listes électorales": (
        "listes-electorales",
        "S’inscrire pour voter dans la commune, vérifier son inscription, signaler un changement d’adresse.",
    ),
    "Recensement citoyen": (
        "recensement",
        "Se faire recenser à 16\u00a0ans, à la mairie, pour recevoir l’attestation demandée aux examens.",
    ),
    "Urbanisme et travaux": (
        "urbanisme",
        "Construire, agrandir, poser une clôture, changer une façade\u00a0: déclaration préalable ou permis à"
        " déposer avant les travaux.",
    ),
    "Famille et école": (
        "ecole",
        "Inscrire un enfant à l’école, connaître les démarches de scolarité.",
    ),
    "Signaler un problème": (
        "signaler",
        "Voirie, éclairage, dépôt sauvage, arbre dangereux\u00a0: appelez la mairie ou écrivez-lui, en disant"
        " le lieu et ce que vous avez vu.",
    ),
}


def keep_words(apps, schema_editor):
    """Keep what a mairie had written of a procedure: where the catalogue answers now, its words are added."""
    local = apps.get_model("websites", "LocalProcedure")
    websites = {one.root_page.path: one for one in apps.get_model("websites", "WebSite").objects.select_related("root_page")}
    pages = apps.get_model("websites", "ProceduresPage").objects.all()
    for page in pages.iterator():
        website = next((one for path, one in websites.items() if page.path.startswith(path)), None)
        kept = {}
        for block in page.procedures.raw_data:
            code, words = BORN.get(block["value"].get("title"), ("", ""))
            summary, link = block["value"].get("summary") or "", block["value"].get("link") or ""
            if not code or website is None or summary == words:
                continue
            kept[code] = local(
                website=website,
                code=code,
                here=summary,
                link="" if "service-public." in link else link,
                written_at=page.last_published_at or django.utils.timezone.now(),
            )
        local.objects.bulk_create(kept.values())


class Migration(migrations.Migration):
    dependencies = [
        ("websites", "0004_image_credit"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='procedurespage',
            name='procedures',
            field=wagtail.fields.StreamField([('procedure', 3)], blank=True, block_lookup={0: ('wagtail.blocks.CharBlock', (), {'label': 'Démarche', 'max_length': 120}), 1: ('wagtail.blocks.TextBlock', (), {'label': 'En deux phrases', 'max_length': 400}), 2: ('wagtail.blocks.URLBlock', (), {'help_text': 'Par exemple une fiche de service-public.gouv.fr. L’adresse commence par https://.', 'label': 'Page officielle', 'required': False}), 3: ('wagtail.blocks.StructBlock', [[('title', 0), ('summary', 1), ('link', 2)]], {})}, help_text='Celles que le site ne connaît pas encore\u00a0: les autres se complètent à l’écran «\u00a0Vos démarches\u00a0».', verbose_name='démarches à vous'),
        ),
        migrations.CreateModel(
            name='LocalProcedure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=40, verbose_name='démarche')),
                ('is_hidden', models.BooleanField(default=False, verbose_name='ne pas la montrer')),
                ('here', models.TextField(blank=True, max_length=1500, validators=[django.core.validators.MaxLengthValidator(1500)], verbose_name='dans notre commune')),
                ('where', models.CharField(blank=True, max_length=300, verbose_name='où')),
                ('when', models.CharField(blank=True, max_length=300, verbose_name='quand')),
                ('bring', models.TextField(blank=True, max_length=1000, validators=[django.core.validators.MaxLengthValidator(1000)], verbose_name='à apporter')),
                ('delay', models.CharField(blank=True, max_length=200, verbose_name='délai')),
                ('cost', models.CharField(blank=True, max_length=200, verbose_name='coût')),
                ('link', models.URLField(blank=True, max_length=300, verbose_name='page à ouvrir')),
                ('written_at', models.DateTimeField(verbose_name='écrite le')),
                ('website', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='procedures', to='websites.website', verbose_name='site internet')),
                ('written_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='écrite par')),
            ],
            options={
                'verbose_name': 'démarche de la commune',
                'verbose_name_plural': 'démarches de la commune',
                'ordering': ['code'],
                'constraints': [models.UniqueConstraint(fields=('website', 'code'), name='a_site_says_a_procedure_once')],
            },
        ),
        RunPythonOnRows("ProceduresPage", keep_words, elidable=True),
    ]
