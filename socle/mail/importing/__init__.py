"""Import of an old box into one of ours: read by IMAP at its provider, copied by folder, counted and compared."""
