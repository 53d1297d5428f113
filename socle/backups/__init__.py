"""Backups of the mairies’ machines, and the proof that they can be restored. Not the platform’s own safekeeping."""
