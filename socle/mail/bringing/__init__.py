"""Bringing an old box into one of ours: read by IMAP at its provider, copied folder by folder, counted and compared."""
