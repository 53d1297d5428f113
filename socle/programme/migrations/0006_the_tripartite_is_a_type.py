"""The terms that a programme held are those of its tripartite agreement, one type among others from now on."""

from django.db import migrations

from socle.lib.migrating import RunPythonOnRows

TERMS = ('text_name', 'text_version', 'text_is_demonstration', 'term_months', 'annual_price', 'vat_regime', 'price_note')


def move(apps, schema_editor):
    AgreementType = apps.get_model('programme', 'AgreementType')
    Partner = apps.get_model('programme', 'Partner')
    Power = apps.get_model('programme', 'Power')
    TypeParty = apps.get_model('programme', 'TypeParty')
    for programme in apps.get_model('programme', 'Programme').objects.order_by('pk'):
        approving = Power.objects.filter(programme=programme, power='model').order_by('pk').first()
        tripartite = AgreementType.objects.create(
            programme=programme,
            code='tripartite',
            name='Convention tripartite d’équipement numérique',
            approved_by='model',
            article_id=approving.article_id if approving else None,
            has_beneficiary=True,
            order=0,
            **{name: getattr(programme, name) for name in TERMS},
        )
        lead = Partner.objects.filter(programme=programme, part='lead').first()
        for rank, part in enumerate(('beneficiary', 'cdg', 'lead'), start=1):
            TypeParty.objects.create(
                type=tripartite,
                rank=rank,
                part=part,
                operator_id=lead.operator_id if lead and part == 'lead' else None,
            )


class Migration(migrations.Migration):

    dependencies = [('programme', '0005_types_of_agreement')]

    operations = [RunPythonOnRows('Programme', move)]
