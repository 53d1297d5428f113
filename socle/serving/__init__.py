"""Middleware around each request, whatever its door: turns, headers, rates, static files. No page lives here."""
