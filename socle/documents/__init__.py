"""Turns a text and some facts into a PDF, and keeps it unaltered. Not who signs it."""
