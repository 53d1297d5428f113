"""The terms of the end that a type of agreement says."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('programme', '0007_terms_are_of_a_type'),
    ]

    operations = [
        migrations.AddField(
            model_name='agreementtype',
            name='breach_months',
            field=models.PositiveSmallIntegerField(db_default=1, default=1, verbose_name='délai de mise en demeure (mois)'),
        ),
        migrations.AddField(
            model_name='agreementtype',
            name='notice_months',
            field=models.PositiveSmallIntegerField(db_default=3, default=3, verbose_name='préavis du bénéficiaire (mois)'),
        ),
        migrations.AddField(
            model_name='agreementtype',
            name='operators_notice_months',
            field=models.PositiveSmallIntegerField(db_default=6, default=6, verbose_name='préavis des opérateurs (mois)'),
        ),
        migrations.AddField(
            model_name='agreementtype',
            name='renewals',
            field=models.PositiveSmallIntegerField(db_default=1, default=1, verbose_name='renouvellements'),
        ),
        migrations.AddField(
            model_name='agreementtype',
            name='reversibility_months',
            field=models.PositiveSmallIntegerField(db_default=3, default=3, verbose_name='réversibilité (mois)'),
        ),
    ]
