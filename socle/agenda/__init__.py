"""Calendars and address books of the mairies, personal and shared, and the rooms that one books. Not the events of a site."""
