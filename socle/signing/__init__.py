"""Asks people to sign a document, in order, and keeps the proof. Not what the document binds them to."""
