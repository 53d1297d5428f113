"""What one books is a venue: a room is, in this house, an application."""

import django.db.models.deletion
from django.db import migrations, models

from socle.lib.migrating import RunPythonOnRows


def say(kind):
    """Return what gives this kind to the calendars of what one books, whichever of the two words they have."""

    def write(apps, schema_editor):
        apps.get_model('agenda', 'Calendar')._base_manager.filter(kind__in=('room', 'venue')).update(kind=kind)

    return write


class Migration(migrations.Migration):

    dependencies = [('agenda', '0001_release_0_2')]

    operations = [
        # A constraint does not follow the name of its field.
        migrations.RemoveConstraint('room', 'one_room_per_name'),
        migrations.RemoveConstraint('room', 'a_room_closes_after_it_opens'),
        migrations.RemoveConstraint('booking', 'one_holding_booking_per_event'),
        migrations.RemoveConstraint('heldquarter', 'a_quarter_of_a_room_is_held_once'),
        migrations.RenameModel('Room', 'Venue'),
        migrations.RenameField('booking', 'room', 'venue'),
        migrations.RenameField('heldquarter', 'room', 'venue'),
        migrations.AlterField(
            'venue',
            'beneficiary',
            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='venues', to='people.beneficiary', verbose_name='bénéficiaire'),
        ),
        migrations.AlterField(
            'venue',
            'calendar',
            models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='venue', to='agenda.calendar', verbose_name='agenda'),
        ),
        migrations.AlterField(
            'calendar',
            'kind',
            models.CharField(choices=[('mairie', 'agenda de la mairie'), ('conseil', 'agenda du conseil'), ('venue', 'réservations d’une salle'), ('personal', 'agenda personnel')], max_length=10, verbose_name='nature'),
        ),
        migrations.AddConstraint(
            'venue',
            models.UniqueConstraint(fields=('beneficiary', 'name'), name='one_venue_per_name'),
        ),
        migrations.AddConstraint(
            'venue',
            models.CheckConstraint(condition=models.Q(('closes_at__gt', models.F('opens_at'))), name='a_venue_closes_after_it_opens', violation_error_message='L’heure de fin vient après l’heure de début.'),
        ),
        migrations.AddConstraint(
            'booking',
            models.UniqueConstraint(condition=models.Q(('status__in', ('asked', 'confirmed'))), fields=('venue', 'href'), name='one_holding_booking_per_event'),
        ),
        migrations.AddConstraint(
            'heldquarter',
            models.UniqueConstraint(fields=('venue', 'starts_at'), name='a_quarter_of_a_venue_is_held_once'),
        ),
        RunPythonOnRows('Calendar', say('venue'), say('room')),
    ]
