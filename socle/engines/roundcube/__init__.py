"""Roundcube, in which people read their boxes with the platform's sign-in: its settings, its trial server."""
