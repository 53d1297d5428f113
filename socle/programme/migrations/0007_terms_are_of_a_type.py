from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [('programme', '0006_the_tripartite_is_a_type')]

    operations = [
        migrations.RemoveField(
            model_name='programme',
            name='annual_price',
        ),
        migrations.RemoveField(
            model_name='programme',
            name='price_note',
        ),
        migrations.RemoveField(
            model_name='programme',
            name='term_months',
        ),
        migrations.RemoveField(
            model_name='programme',
            name='text_is_demonstration',
        ),
        migrations.RemoveField(
            model_name='programme',
            name='text_name',
        ),
        migrations.RemoveField(
            model_name='programme',
            name='text_version',
        ),
        migrations.RemoveField(
            model_name='programme',
            name='vat_regime',
        ),
    ]
