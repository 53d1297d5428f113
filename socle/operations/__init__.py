"""Operations of an installation: start, deferred work, doctor, measures, backup, restore. No screen lives here."""
