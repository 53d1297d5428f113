"""Filters of the sites' templates."""
