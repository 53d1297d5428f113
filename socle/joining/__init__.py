"""Requests of mairies to join, studied and planned before anything binds them. Not agreements."""
