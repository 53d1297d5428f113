from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('websites', '0009_carry_what_was_declared'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='accessibilitypage',
            name='a_rate_of_conformity_is_a_percentage',
        ),
        migrations.RemoveField(
            model_name='accessibilitypage',
            name='audited_by',
        ),
        migrations.RemoveField(
            model_name='accessibilitypage',
            name='audited_on',
        ),
        migrations.RemoveField(
            model_name='accessibilitypage',
            name='not_accessible',
        ),
        migrations.RemoveField(
            model_name='accessibilitypage',
            name='plan',
        ),
        migrations.RemoveField(
            model_name='accessibilitypage',
            name='rate',
        ),
    ]
