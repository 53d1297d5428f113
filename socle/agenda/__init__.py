"""Calendars and address books of the mairies, and the rooms that one books. Not the events written on a site."""
