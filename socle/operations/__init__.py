"""What keeps an installation going: start, deferred work, doctor, measures, backup, restore. No screen lives here."""
