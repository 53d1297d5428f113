"""The agenda of a site: its events, when they come back, and the calendars that phones subscribe to."""
