"""Everybody's door: the programme's page and the error pages. No rule and no model lives here."""
