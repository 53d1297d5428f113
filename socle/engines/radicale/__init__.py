"""Calendars and address books for every client: Radicale (CalDAV, CardDAV) in our own process. Not who reads what."""
