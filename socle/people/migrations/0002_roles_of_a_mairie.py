"""A mairie has five roles: beside its mayor and its secretary, deputies, councillors and agents."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0001_release_0_2'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='invitation',
            name='an_invitation_fits_its_organisation',
        ),
        migrations.RemoveConstraint(
            model_name='membership',
            name='a_role_fits_its_organisation',
        ),
        migrations.AlterField(
            model_name='invitation',
            name='role',
            field=models.CharField(choices=[('secretary', 'secrétaire de mairie'), ('mayor', 'maire ou représentant légal'), ('deputy', 'adjointe ou adjoint au maire'), ('councillor', 'élue ou élu'), ('agent', 'agente ou agent'), ('programme_officer', 'chargé·e de programme'), ('technician', 'technicien ou technicienne'), ('finance_officer', 'responsable financier ou financière'), ('president', 'président ou présidente du syndicat'), ('cdg_advisor', 'conseiller ou conseillère du centre de gestion'), ('cdg_president', 'président ou présidente du centre de gestion')], max_length=20, verbose_name='rôle'),
        ),
        migrations.AlterField(
            model_name='membership',
            name='role',
            field=models.CharField(choices=[('secretary', 'secrétaire de mairie'), ('mayor', 'maire ou représentant légal'), ('deputy', 'adjointe ou adjoint au maire'), ('councillor', 'élue ou élu'), ('agent', 'agente ou agent'), ('programme_officer', 'chargé·e de programme'), ('technician', 'technicien ou technicienne'), ('finance_officer', 'responsable financier ou financière'), ('president', 'président ou présidente du syndicat'), ('cdg_advisor', 'conseiller ou conseillère du centre de gestion'), ('cdg_president', 'président ou présidente du centre de gestion')], max_length=20, verbose_name='rôle'),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('beneficiary__isnull', False), ('operator__isnull', True), ('role__in', ('secretary', 'mayor', 'deputy', 'councillor', 'agent'))), models.Q(('beneficiary__isnull', True), ('operator__isnull', False), ('role__in', ('programme_officer', 'technician', 'finance_officer', 'president', 'cdg_advisor', 'cdg_president'))), _connector='OR'), name='an_invitation_fits_its_organisation'),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('beneficiary__isnull', False), ('operator__isnull', True), ('role__in', ('secretary', 'mayor', 'deputy', 'councillor', 'agent'))), models.Q(('beneficiary__isnull', True), ('operator__isnull', False), ('role__in', ('programme_officer', 'technician', 'finance_officer', 'president', 'cdg_advisor', 'cdg_president'))), _connector='OR'), name='a_role_fits_its_organisation'),
        ),
    ]
