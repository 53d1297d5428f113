"""Alerts of a site by e-mail: an address left, confirmed, written to when an alert appears, let go in one click."""
