from __future__ import annotations

from typing import Any

from django.db import migrations

from socle.lib.migrating import RunPythonOnRows

# As `agenda.actions.give_to_roles` gives a new calendar: who publishes writes, the others read; all of them book.
NEW = {"deputy": True, "councillor": False, "agent": False}


def open_them(apps: Any, schema_editor: Any) -> None:
    """Open the calendars of a mairie to the new roles, but for those that it closed to its mayor or its secretary."""
    Access = apps.get_model("agenda", "CalendarAccess")
    using = schema_editor.connection.alias
    every = Access._base_manager.using(using)
    shared = every.filter(calendar__owner__isnull=True, may_write=True)
    both = set(shared.filter(role="secretary").values_list("calendar", "calendar__kind"))
    both &= set(shared.filter(role="mayor").values_list("calendar", "calendar__kind"))
    every.bulk_create(
        [
            Access(calendar_id=calendar, role=role, may_write=writes or kind == "venue")
            for calendar, kind in sorted(both)
            for role, writes in NEW.items()
        ],
        ignore_conflicts=True,
    )


class Migration(migrations.Migration):
    dependencies = [("agenda", "0003_roles_of_a_mairie")]

    operations = [RunPythonOnRows("CalendarAccess", open_them, elidable=True)]
