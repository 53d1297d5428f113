"""Calendars and address books of the mairies, and the venues that one books. Not the events written on a site."""
